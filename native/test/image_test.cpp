// run_image on guarded images: sources without slack, targets whose gaps stay untouched, the same bytes on
// every instruction set and number of threads, geometries that are refused. Layer: test.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>

#include "base/error.h"
#include "image/axis.h"
#include "image/geometry.h"
#include "support.h"

namespace native_conv::test {
namespace {

// All of an axis, packed.
std::vector<double> axis(std::int64_t size, std::int64_t outputs, ResizeFilter filter) {
  const auto from = static_cast<double>(size), to = static_cast<double>(outputs);
  return {from, 0, from, to, static_cast<double>(filter), 1, 0, -0.5, 0, to, 0};
}
ImageTable packed(const std::vector<double>& fields) {
  return {nullptr, nullptr, fields.data(), static_cast<std::int64_t>(fields.size())};
}

struct Sizes {
  std::int64_t planes, channels, height, width, to_height, to_width, gap;
  ResizeFilter filter = ResizeFilter::bilinear;
};

template <class T>
void check_resample(PixelType type, const Sizes& s) {
  const std::vector<double> rows = axis(s.height, s.to_height, s.filter);
  const std::vector<double> columns = axis(s.width, s.to_width, s.filter);
  const std::int64_t row = s.width * s.channels + s.gap, to_row = s.to_width * s.channels + s.gap;
  ImageGeometry g{ImageOperation::resample,
                  s.planes,
                  s.channels,
                  {type, s.height, s.width, row, s.height * row},
                  {type, s.to_height, s.to_width, to_row, s.to_height * to_row},
                  PaddingMode::replicate,
                  1,
                  1,
                  0,
                  0,
                  0,
                  Rounding::even,
                  s.planes,
                  s.channels};
  Guarded<T> source(static_cast<std::size_t>(source_extent(g)));
  Numbers numbers(7);
  for (T& value : source) value = static_cast<T>(numbers.integer(0, 255));
  source.freeze();
  std::vector<T> expected;
  for (Isa isa : tested_isas()) {
    const WithIsa capped(isa);
    CAPTURE(isa_name(isa));
    for (int threads : {1, 3}) {
      CAPTURE(threads);
      Guarded<T> target(static_cast<std::size_t>(target_extent(g)));
      std::fill(target.begin(), target.end(), T(99));
      run_image({g, source.data(), target.data(), {packed(rows), packed(columns)}},
                RunControl{threads, nullptr});
      if (expected.empty()) expected.assign(target.begin(), target.end());
      CHECK(std::equal(target.begin(), target.end(), expected.begin()));
      for (std::size_t at = 0; at < target.size(); ++at) {
        if (static_cast<std::int64_t>(at) % to_row >= s.to_width * s.channels) REQUIRE(target[at] == T(99));
      }
    }
  }
}

ImageTable table(const std::vector<float>& weights, std::int64_t length) {
  return {nullptr, weights.data(), nullptr, length};
}

template <class T>
void check_filter(ImageOperation operation, PixelType type, const Sizes& s,
                  const std::vector<ImageTable>& tables) {
  const std::int64_t row = s.width * s.channels + s.gap;
  const ImageGeometry g{operation,
                        s.planes,
                        s.channels,
                        {PixelType::uint8, s.height, s.width, row, s.height * row},
                        {type, s.height, s.width, row, s.height * row},
                        PaddingMode::reflect,
                        3,
                        5,
                        1,
                        4,
                        operation == ImageOperation::box ? 0 : 2.0,
                        Rounding::even,
                        s.planes,
                        s.channels};
  Guarded<std::uint8_t> source(static_cast<std::size_t>(source_extent(g)));
  Numbers numbers(8);
  for (std::uint8_t& value : source) value = static_cast<std::uint8_t>(numbers.integer(0, 255));
  source.freeze();
  std::vector<T> expected;
  for (Isa isa : tested_isas()) {
    const WithIsa capped(isa);
    CAPTURE(isa_name(isa));
    for (int threads : {1, 3}) {
      CAPTURE(threads);
      Guarded<T> target(static_cast<std::size_t>(target_extent(g)));
      std::fill(target.begin(), target.end(), T{99});
      run_image({g, source.data(), target.data(), tables}, RunControl{threads, nullptr});
      if (expected.empty()) expected.assign(target.begin(), target.end());
      CHECK(std::equal(target.begin(), target.end(), expected.begin()));
      for (std::size_t at = 0; at < target.size(); ++at) {
        if (static_cast<std::int64_t>(at) % row >= s.width * s.channels) REQUIRE(target[at] == T{99});
      }
    }
  }
}

TEST_SUITE("images") {
  TEST_CASE("resampling stays inside its images and does not depend on threads or instruction sets") {
    constexpr auto box = ResizeFilter::box, cubic = ResizeFilter::bicubic, lanczos = ResizeFilter::lanczos;
    for (const Sizes& s :
         {Sizes{1, 3, 70, 61, 33, 20, 0}, Sizes{2, 1, 45, 300, 90, 31, 5, box}, Sizes{1, 4, 1, 1, 5, 7, 0},
          Sizes{3, 2, 129, 40, 100, 40, 1, cubic}, Sizes{1, 1, 40, 33, 7, 33, 3, lanczos},
          Sizes{1, 5, 40, 33, 17, 21, 2, ResizeFilter::hamming}, Sizes{1, 3, 30, 700, 11, 90, 0, lanczos},
          Sizes{1, 3, 21, 480, 21, 160, 0, ResizeFilter::nearest}}) {
      CAPTURE(s.height);
      check_resample<std::uint8_t>(PixelType::uint8, s);
      check_resample<std::uint16_t>(PixelType::uint16, s);
      check_resample<std::int16_t>(PixelType::int16, s);
      check_resample<float>(PixelType::float32, s);
    }
  }

  TEST_CASE("filters stay inside their images and do not depend on threads or instruction sets") {
    for (const Sizes& s : {Sizes{1, 3, 40, 61, 40, 61, 0}, Sizes{2, 1, 45, 300, 45, 300, 5},
                           Sizes{1, 4, 1, 1, 1, 1, 0}, Sizes{1, 3, 20, 700, 20, 700, 1}}) {
      CAPTURE(s.height);
      // Weights with fractions, then whole ones: floats, and integers in one pass and in two.
      const std::vector<float> fractions = {1, -2, 0, 0.3f, 3, -1, 2, 0, 1, -1, 0.25f, 1, 4, -3, 1};
      const std::vector<float> whole = {1, -2, 0, 5, 3, -1, 2, 0, 1, -1, 2, 1, 4, -3, 1};
      for (const auto& weights : {fractions, whole}) {
        check_filter<std::int16_t>(ImageOperation::filter, PixelType::int16, s, {table(weights, 15)});
        check_filter<std::uint8_t>(ImageOperation::separable, PixelType::uint8, s,
                                   {table(weights, 3), table(weights, 5)});
      }
      check_filter<std::uint8_t>(ImageOperation::box, PixelType::uint8, s, {});
    }
  }

  TEST_CASE("a cancelled run stops") {
    const std::vector<double> all = axis(64, 64, ResizeFilter::bilinear);
    const std::int32_t cancel = 1;
    std::vector<std::uint8_t> source(64 * 64), target(64 * 64);
    const Picture picture{PixelType::uint8, 64, 64, 64, 64 * 64};
    const ImageCall call{{ImageOperation::resample, 1, 1, picture, picture, PaddingMode::zeros, 2, 2, 0, 0, 0,
                          Rounding::even, 1, 1},
                         source.data(),
                         target.data(),
                         {packed(all), packed(all)}};
    CHECK_THROWS_AS(run_image(call, RunControl{1, &cancel}), Error);
  }

  TEST_CASE("axes that leave their pictures, or are none, are refused") {
    const std::vector<double> good = axis(64, 32, ResizeFilter::lanczos);
    std::vector<std::uint8_t> source(64 * 64), target(32 * 32);
    const ImageGeometry g{ImageOperation::resample,
                          1,
                          1,
                          {PixelType::uint8, 64, 64, 64, 64 * 64},
                          {PixelType::uint8, 32, 32, 32, 32 * 32},
                          PaddingMode::zeros,
                          1,
                          1,
                          0,
                          0,
                          0,
                          Rounding::even,
                          1,
                          1};
    const auto run = [&](const std::vector<double>& rows) {
      run_image({g, source.data(), target.data(), {packed(rows), packed(good)}}, RunControl{});
    };
    CHECK_NOTHROW(run(good));
    // Too high a picture; begin and end of a part; a filter, a coordinate and a cubic that there are not;
    // outputs beyond the last, fewer than the picture has, and positions before its top.
    for (const auto& change : {std::pair{0, 128.0},
                               {1, -1.0},
                               {1, 64.0},
                               {2, 65.0},
                               {4, 6.0},
                               {6, 3.0},
                               {7, -2.0},
                               {8, 1.0},
                               {9, 31.0},
                               {10, 1.0}}) {
      CAPTURE(change.first);
      std::vector<double> bad = good;
      bad[static_cast<std::size_t>(change.first)] = change.second;
      if (change.first == 0) bad[2] = change.second;
      CHECK_THROWS_AS(run(bad), Error);
    }
  }

  TEST_CASE("boxes of other types, or too large for 32 bits, are refused") {
    std::vector<std::uint8_t> source(16), target(16);
    const Picture picture{PixelType::uint8, 4, 4, 4, 16};
    ImageGeometry g{ImageOperation::box, 1, 1, picture, picture, PaddingMode::zeros, 1, 1, 0, 0, 0,
                    Rounding::even,      1, 1};
    CHECK_NOTHROW(run_image({g, source.data(), target.data(), {}}, RunControl{}));
    g.target.width = 3;
    CHECK_THROWS_AS(run_image({g, source.data(), target.data(), {}}, RunControl{}), Error);
    g.target = picture;
    g.target.type = PixelType::float32;
    CHECK_THROWS_AS(run_image({g, source.data(), target.data(), {}}, RunControl{}), Error);
    g.target = picture;
    g.kernel_height = g.kernel_width = 4000;
    CHECK_THROWS_AS(run_image({g, source.data(), target.data(), {}}, RunControl{}), Error);
  }

  TEST_CASE("axes that are no numbers are refused") {
    std::vector<std::int16_t> source(16, 7), target(16);
    const Picture picture{PixelType::int16, 4, 4, 4, 16};
    const ImageGeometry g{ImageOperation::resample, 1, 1, picture, picture, PaddingMode::zeros, 1, 1, 0, 0, 0,
                          Rounding::even,           1, 1};
    const std::vector<double> good = axis(4, 4, ResizeFilter::bicubic);
    CHECK_NOTHROW(run_image({g, source.data(), target.data(), {packed(good), packed(good)}}, RunControl{}));
    for (std::size_t field = 0; field < good.size(); ++field) {
      CAPTURE(field);
      std::vector<double> bad = good;
      bad[field] = std::numeric_limits<double>::quiet_NaN();
      CHECK_THROWS_AS(run_image({g, source.data(), target.data(), {packed(good), packed(bad)}}, RunControl{}),
                      Error);
    }
  }

  TEST_CASE("backgrounds that are no pixels are refused of bytes, and clamped of words") {
    const std::vector<double> all = axis(2, 2, ResizeFilter::bilinear);
    const std::vector<std::int32_t> places = {0, 0, 0, 1, 0};
    const auto run = [&](PixelType type, const void* source, double background) {
      const Picture from{type, 2, 2, 4, 8}, to{PixelType::float32, 2, 2, 2, 4};
      const ImageGeometry g{ImageOperation::tensor, 1, 2, from, to, PaddingMode::zeros, 1, 1, 0, 0, 0,
                            Rounding::even,         1, 1};
      const std::vector<double> values = {1, 0, 0, background, 0, 0};
      std::vector<float> target(4);
      run_image({g,
                 source,
                 target.data(),
                 {packed(all),
                  packed(all),
                  {places.data(), nullptr, nullptr, 5},
                  {nullptr, nullptr, values.data(), 6}}},
                RunControl{});
      return target[0];
    };
    const std::vector<std::uint8_t> bytes(8, 0);
    const std::vector<std::uint16_t> words(8, 0);
    CHECK(run(PixelType::uint8, bytes.data(), 255) == 255);
    for (double background : {-1.0, 256.0, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
      CAPTURE(background);
      CHECK_THROWS_AS(run(PixelType::uint8, bytes.data(), background), Error);
      CHECK(run(PixelType::uint16, words.data(), background) <= 65535);
    }
  }

  TEST_CASE("sizes that overflow are refused") {
    std::vector<double> values = {0, 1, 1, 0, 4, 4, 4, 16, 0, 4, 4, 4, 16, 0, 1, 1, 0, 0, 0, 0, 1, 1};
    CHECK_NOTHROW(unpack_image_geometry(values.data(), values.size()));
    for (const auto& change :
         {std::pair{1, 1e18}, {2, 2e9}, {4, 3e9}, {6, 3.0}, {7, 1e19}, {12, 0.5}, {13, 9.0}}) {
      CAPTURE(change.first);
      std::vector<double> bad = values;
      bad[static_cast<std::size_t>(change.first)] = change.second;
      CHECK_THROWS_AS(unpack_image_geometry(bad.data(), bad.size()), Error);
    }
    CHECK_THROWS_AS(unpack_image_geometry(values.data(), values.size() - 1), Error);
  }
}

}  // namespace
}  // namespace native_conv::test
