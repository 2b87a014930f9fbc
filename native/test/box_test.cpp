// The kernels of box filters against loops written out, in guarded memory, and every mean of every area
// against the portable one. Layer: test. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "image/geometry.h"
#include "kernels/image.h"
#include "support.h"

namespace native_conv::test {
namespace {

constexpr int counts[] = {1, 7, 8, 9, 31, 32, 33, 64, 65, 300};

template <class T>
Guarded<T> random_values(Numbers& numbers, int count, int most) {
  Guarded<T> values(static_cast<std::size_t>(count));
  for (T& value : values) value = static_cast<T>(numbers.integer(0, most));
  return values;
}

void check_columns() {
  Numbers numbers(21);
  for_each_kernel_there_is<box_columns_u8>("box_columns_u8", [&](const KernelRow&, auto* run) {
    for (int count : counts) {
      CAPTURE(count);
      const auto gained = random_values<std::uint8_t>(numbers, count, 255);
      const auto lost = random_values<std::uint8_t>(numbers, count, 255);
      auto sums = random_values<std::uint16_t>(numbers, count, 65535);
      std::vector<std::uint16_t> expected(sums.begin(), sums.end());
      for (std::size_t j = 0; j < expected.size(); ++j)
        expected[j] = static_cast<std::uint16_t>(expected[j] + gained[j] - lost[j]);
      run({gained.data(), lost.data(), count, sums.data()});
      REQUIRE(std::equal(sums.begin(), sums.end(), expected.begin()));
    }
  });
}

// expected(sum) is the mean; sums of columns go up to `most`.
template <class Mean, class Expected>
void check_rows(const char* op, const Mean& mean, int width, int most, Expected&& expected) {
  Numbers numbers(22);
  for_each_kernel_there_is<void(const BoxRow<Mean>&)>(op, [&](const KernelRow&, auto* run) {
    for (int channels = 1; channels <= 4; ++channels) {
      for (int count : counts) {
        CAPTURE(channels);
        CAPTURE(count);
        const int reach = (width - 1) * channels;
        auto held = random_values<std::uint16_t>(
            numbers, channels + count + reach + static_cast<int>(filter_block), most);
        std::fill_n(held.data(), channels, std::uint16_t{0});
        held.freeze();
        const std::uint16_t* const sums = held.data() + channels;
        Guarded<std::uint8_t> y(static_cast<std::size_t>(count));
        run({sums, channels, reach, mean, count, y.data()});
        for (int j = 0; j < count; ++j) {
          std::int64_t sum = 0;
          for (int i = 0; i <= reach; i += channels) sum += sums[j + i];
          REQUIRE(int{y[static_cast<std::size_t>(j)]} == expected(sum));
        }
      }
    }
  });
}

// Bytes that grow by 1 every `area` pixels, so that the sum of as many takes every value there is.
std::vector<std::uint8_t> means_of(std::int64_t area, Isa isa) {
  const std::int64_t length = 256 * area;
  std::vector<std::uint8_t> source(static_cast<std::size_t>(length)), target(source.size());
  for (std::int64_t j = 0; j < length; ++j)
    source[static_cast<std::size_t>(j)] = static_cast<std::uint8_t>(j / area);
  const Picture picture{PixelType::uint8, 1, length, length, length};
  const WithIsa capped(isa);
  run_image({{ImageOperation::box, 1, 1, picture, picture, PaddingMode::replicate, 1, area, 0, 0, 0,
              Rounding::even, 1, 1},
             source.data(),
             target.data(),
             {}},
            RunControl{1, nullptr});
  return target;
}

TEST_SUITE("kernels") {
  TEST_CASE("sums of columns gain a row and lose one") { check_columns(); }

  TEST_CASE("means along rows are those of sums written out") {
    // Of 7 columns of 5 rows, and of 9 of 40.
    check_rows("box_row_words_u8", WordMean{17, 59919, 5}, 7, 5 * 255,
               [](std::int64_t sum) { return static_cast<int>((sum + 17) / 35); });
    const float factor = 1.0f / 360;
    check_rows("box_row_sums_u8", NearMean{factor}, 9, 40 * 255, [&](std::int64_t sum) {
      return static_cast<int>(std::nearbyint(static_cast<float>(sum) * factor));
    });
  }
}

TEST_SUITE("images") {
  TEST_CASE("boxes of every area have the same means on every instruction set") {
    for (std::int64_t area = 1; area <= 300; ++area) {
      CAPTURE(area);
      const std::vector<std::uint8_t> expected = means_of(area, Isa::portable);
      REQUIRE(int{expected.back()} == 255);
      for (Isa isa : tested_isas()) {
        CAPTURE(isa_name(isa));
        REQUIRE((means_of(area, isa) == expected));
      }
    }
  }
}

}  // namespace
}  // namespace native_conv::test
