// The image kernels of every instruction set against loops written out, in guarded memory: exact, and nothing
// written or read that their contracts do not allow. Layer: test. SPDX-License-Identifier: MIT
#include "kernels/image.h"

#include <algorithm>

#include "support.h"

namespace native_conv::test {
namespace {

// Weights of 22 fraction bits, their halves packed as the kernels take them.
struct Weights {
  explicit Weights(Numbers& numbers, int taps) : whole(static_cast<std::size_t>(taps)) {
    const auto pairs = static_cast<std::size_t>((taps + 1) / 2);
    low.resize(pairs);
    high.resize(pairs);
    for (int t = 0; t < taps; ++t) {
      const int w = numbers.integer(-(1 << 22) / taps, (2 << 22) / taps);
      const int top = (w + 2048) >> 12, bottom = w - top * 4096;
      whole[static_cast<std::size_t>(t)] = w;
      const auto at = static_cast<std::size_t>(t / 2);
      const int shift = t % 2 * 16;
      low[at] |= static_cast<std::int32_t>(static_cast<std::uint32_t>(bottom & 0xffff) << shift);
      high[at] |= static_cast<std::int32_t>(static_cast<std::uint32_t>(top & 0xffff) << shift);
    }
  }
  std::vector<std::int32_t> whole, low, high;
};

std::uint8_t blended(std::int64_t sum) {
  const std::int64_t value = (sum + (1 << 21)) >> 22;
  return static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

void fill(Numbers& numbers, Guarded<std::uint8_t>& bytes) {
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(numbers.integer(0, 255));
}

TEST_SUITE("kernels") {
  TEST_CASE("blend_rows sums weighted rows exactly") {
    Numbers numbers(1);
    for_each_kernel<blend_rows_u8>("blend_rows_u8", [&](const KernelRow&, blend_rows_u8* run) {
      for (int taps : {1, 2, 3, 7, 24}) {
        for (int count : {1, 7, 31, 32, 33, 100, 193}) {
          CAPTURE(taps);
          CAPTURE(count);
          const Weights weights(numbers, taps);
          std::vector<Guarded<std::uint8_t>> rows;
          std::vector<const std::uint8_t*> x;
          for (int t = 0; t < taps; ++t) {
            rows.emplace_back(static_cast<std::size_t>(count + blend_slack));
            fill(numbers, rows.back());
            rows.back().freeze();
          }
          for (int t = 0; t < taps + taps % 2; ++t)
            x.push_back(rows[static_cast<std::size_t>(std::min(t, taps - 1))].data());
          Guarded<std::uint8_t> y(static_cast<std::size_t>(count));
          run({x.data(), weights.low.data(), weights.high.data(), (taps + 1) / 2, count, y.data()});
          for (int j = 0; j < count; ++j) {
            std::int64_t sum = 0;
            for (int t = 0; t < taps; ++t)
              sum += std::int64_t{weights.whole[static_cast<std::size_t>(t)]} *
                     x[static_cast<std::size_t>(t)][j];
            REQUIRE(int{y[static_cast<std::size_t>(j)]} == int{blended(sum)});
          }
        }
      }
    });
  }

  TEST_CASE("blend_lanes sums weighted columns of a transposed block exactly") {
    Numbers numbers(2);
    for_each_kernel<blend_lanes_u8>("blend_lanes_u8", [&](const KernelRow&, blend_lanes_u8* run) {
      for (int channels : {1, 3, 4}) {
        for (int taps : {1, 3, 6}) {
          CAPTURE(channels);
          CAPTURE(taps);
          constexpr int outputs = 5, first = 10;
          const int positions = outputs + taps - 1;
          Guarded<std::uint8_t> x(static_cast<std::size_t>((positions + 1) * channels * image_lanes));
          fill(numbers, x);
          x.freeze();
          std::vector<std::int32_t> bounds, low, high, whole;
          for (int o = 0; o < outputs; ++o) {
            const Weights weights(numbers, taps);
            bounds.insert(bounds.end(), {first + o, taps});
            low.insert(low.end(), weights.low.begin(), weights.low.end());
            high.insert(high.end(), weights.high.begin(), weights.high.end());
            whole.insert(whole.end(), weights.whole.begin(), weights.whole.end());
          }
          Guarded<std::uint8_t> y(static_cast<std::size_t>(outputs * channels * image_lanes));
          run({x.data(), first, channels, bounds.data(), low.data(), high.data(), (taps + 1) / 2, outputs,
               y.data()});
          for (int o = 0; o < outputs; ++o) {
            for (int c = 0; c < channels * image_lanes; ++c) {
              std::int64_t sum = 0;
              for (int t = 0; t < taps; ++t)
                sum += std::int64_t{whole[static_cast<std::size_t>(o * taps + t)]} *
                       x[static_cast<std::size_t>((o + t) * channels * image_lanes + c)];
              REQUIRE(int{y[static_cast<std::size_t>(o * channels * image_lanes + c)]} == int{blended(sum)});
            }
          }
        }
      }
    });
  }

  TEST_CASE("transpose moves every byte and no other") {
    Numbers numbers(3);
    for_each_kernel<transpose_u8>("transpose_u8", [&](const KernelRow&, transpose_u8* run) {
      for (int rows : {1, 15, 16, 17, 32}) {
        for (int columns : {1, 15, 16, 31, 48, 100}) {
          CAPTURE(rows);
          CAPTURE(columns);
          const int x_row = columns + 3, y_row = rows + 5;
          Guarded<std::uint8_t> x(static_cast<std::size_t>((rows - 1) * x_row + columns));
          Guarded<std::uint8_t> y(static_cast<std::size_t>((columns - 1) * y_row + rows));
          fill(numbers, x);
          x.freeze();
          for (std::uint8_t& byte : y) byte = 77;
          run({x.data(), x_row, rows, columns, y.data(), y_row});
          for (int j = 0; j < columns; ++j) {
            for (int i = 0; i < (j + 1 < columns ? y_row : rows); ++i) {
              const int expected = i < rows ? x[static_cast<std::size_t>(i * x_row + j)] : 77;
              REQUIRE(int{y[static_cast<std::size_t>(j * y_row + i)]} == expected);
            }
          }
        }
      }
    });
  }

  TEST_CASE("normalise rounds the product, the sum and the result in turn") {
    Numbers numbers(5);
    for_each_kernel<normalise_u8>("normalise_u8", [&](const KernelRow&, normalise_u8* run) {
      for (int channels = 1; channels <= 4; ++channels) {
        for (int count : {1, 7, 15, 16, 17, 48, 49, 100, 193}) {
          CAPTURE(channels);
          CAPTURE(count);
          const int channel = numbers.integer(0, channels - 1);
          Guarded<std::uint8_t> x(static_cast<std::size_t>(count * channels));
          fill(numbers, x);
          x.freeze();
          Guarded<double> a(normalise_period), b(normalise_period);
          for (double& value : a) value = numbers.integer(1, 1000) / 777.0;
          for (double& value : b) value = numbers.integer(-1000, 1000) / 333.0;
          Guarded<float> y(static_cast<std::size_t>(count));
          run({x.data(), channels, channel, a.data(), b.data(), count, y.data()});
          for (int j = 0; j < count; ++j) {
            const double product = x.data()[j * channels + channel] * a.data()[j % normalise_period];
            CHECK(y.data()[j] == static_cast<float>(product + b.data()[j % normalise_period]));
          }
        }
      }
    });
  }
}

}  // namespace
}  // namespace native_conv::test
