// fft against the definition in float64, over tiles that reach beyond the map, wrap around onto zeros or
// stand alone, and its kernels against a transform by definition; operands end at unmapped memory. Layer:
// test. SPDX-License-Identifier: MIT
#include "conv/fft_tiles.h"
#include "measured_error.h"

namespace native_conv::test {
namespace {

std::vector<Shape> large_kernels() {
  constexpr Triple one = {1, 1, 1}, none = {0, 0, 0};
  return {
      {"31x31", 1, 3, 3, 3, {1, 40, 41}, {1, 31, 31}, one, one, {0, 15, 15}, {0, 15, 15}},
      {"more channels than lanes", 2, 19, 19, 19, {1, 12, 17}, {1, 5, 7}, one, one, {0, 2, 3}, {0, 2, 3}},
      {"many tiles", 1, 2, 2, 2, {1, 90, 131}, {1, 7, 9}, one, one, {0, 3, 4}, {0, 3, 4}},
      {"multiplier", 2, 5, 15, 5, {1, 21, 19}, {1, 9, 4}, one, one, {0, 4, 1}, {0, 3, 2}},
      {"dilated", 1, 4, 4, 4, {1, 23, 29}, {1, 5, 4}, one, {1, 2, 3}, {0, 4, 5}, {0, 4, 4}},
      {"kernel beyond the map", 1, 2, 2, 2, {1, 4, 5}, {1, 9, 11}, one, one, {0, 6, 7}, {0, 5, 4}},
      {"windows in the padding", 1, 2, 2, 2, {1, 3, 4}, {1, 3, 3}, one, one, {0, 9, 8}, {0, 7, 30}},
      {"cropped", 1, 3, 3, 3, {1, 17, 18}, {1, 5, 5}, one, one, {0, -3, 2}, {0, 1, -4}},
      {"columns only", 1, 3, 3, 3, {1, 70, 9}, {1, 13, 1}, one, one, {0, 6, 0}, {0, 6, 0}},
      {"1-D", 2, 3, 3, 3, {1, 1, 700}, {1, 1, 101}, one, one, {0, 0, 50}, {0, 0, 50}},
      {"slices", 1, 2, 2, 2, {5, 9, 10}, {1, 5, 5}, {2, 1, 1}, one, {1, 2, 2}, {1, 2, 2}},
      {"long 1-D", 1, 1, 1, 1, {1, 1, 5000}, {1, 1, 1501}, one, one, {0, 0, 700}, {0, 0, 900}},
      {"images beside each other", 5, 2, 4, 2, {3, 11, 13}, {1, 5, 6}, one, one, {0, 2, 3}, {0, 1, 3}},
      {"rows longer than are turned at once",
       1,
       3,
       3,
       3,
       {1, 4, 1200},
       {1, 3, 400},
       one,
       one,
       {0, 1, 9},
       {0, 1, 0}},
      {"one output", 1, 2, 2, 2, {1, 8, 7}, {1, 8, 7}, one, one, none, none},
  };
}

template <class T>
void compare_large_kernels() {
  Numbers numbers(61);
  int counter = 0;
  for (const Shape& shape : large_kernels()) {
    CAPTURE(shape.name);
    for (Layout layout : {Layout::channels_first, Layout::channels_last}) {
      for (int mode = 0; mode < shape.padding_modes(); ++mode) {
        CAPTURE(mode);
        const int variation = counter++;
        GeometryBuilder builder = shape.builder();
        builder.choose("dtype", dtype_of<T>()).choose("layout", layout).set("paddingMode", mode);
        builder.choose("weightLayout", static_cast<WeightOrder>(variation % 4));
        builder.choose("activation", fused[variation % 5]).choose("algorithm", AlgorithmId::fft);
        builder.set("alpha", 0.125).set("min", -1).set("max", 3);
        compare<T>(numbers, builder.build(), variation % 2 == 0, 8);
        if (mode > 0 || shape.stride[0] != 1 || shape.in != shape.out) continue;
        builder.choose("kind", Kind::conv_transpose);
        const Geometry transposed = builder.build();
        // Where no element sees all taps, the transforms round as many sums as ever.
        if (transposed.output[1] < shape.kernel[1] || transposed.output[2] < shape.kernel[2]) continue;
        compare<T>(numbers, transposed, variation % 2 == 0, 8);
      }
    }
  }
}

// Where frequency f lies after a forward transform.
template <class T>
int place_of(const FftLength<T>& length, int f) {
  int place = 0, size = length.points;
  for (int s = 0; s < length.stages; ++s) {
    size /= length.radix[s];
    place += f % length.radix[s] * size;
    f /= length.radix[s];
  }
  return place;
}

template <class T>
void check_transforms() {
  Numbers numbers(62);
  for (Isa isa : tested_isas()) {
    const WithIsa capped(isa);
    CAPTURE(isa_name(isa));
    const Kernels<T>& k = kernels<T>();
    // The last one is taken apart until its blocks fit the first-level cache.
    for (int points : {1, 2, 3, 4, 5, 6, 12, 25, 30, 64, 80, 96, 1440}) {
      CAPTURE(points);
      const FftLength<T>& length = fft_length<T>(points);
      Guarded<T> z(static_cast<std::size_t>(2 * k.lanes * points));
      numbers.fill(z, NumberRange::even);
      const std::vector<T> before(z.begin(), z.end());
      const auto at = [&](int point, int lane, int imaginary) {
        return static_cast<std::size_t>((2 * point + imaginary) * k.lanes + lane);
      };
      k.fft_lines.run({z.data(), 2 * k.lanes, 0, 1, &length, false});
      const double unit = std::numeric_limits<T>::epsilon() * 8;
      for (int f = 0; f < points; ++f) {
        for (int lane : {0, k.lanes - 1}) {
          double re = 0, im = 0, magnitude = 0;
          for (int e = 0; e < points; ++e) {
            const double angle = -2 * std::acos(-1.0) * (e * f % points) / points, x = before[at(e, lane, 0)],
                         y = before[at(e, lane, 1)];
            re += x * std::cos(angle) - y * std::sin(angle);
            im += x * std::sin(angle) + y * std::cos(angle);
            magnitude += std::abs(x) + std::abs(y);
          }
          const int place = place_of(length, f);
          CHECK(std::abs(z[at(place, lane, 0)] - re) <= unit * magnitude);
          CHECK(std::abs(z[at(place, lane, 1)] - im) <= unit * magnitude);
        }
      }
      k.fft_lines.run({z.data(), 2 * k.lanes, 0, 1, &length, true});
      for (std::size_t i = 0; i < before.size(); ++i) {
        const double back = static_cast<double>(z[i]) / points;
        CHECK(std::abs(back - static_cast<double>(before[i])) <= unit * 16);
      }
      // A product with i / points turns every point.
      Guarded<T> x(before.size()), y(before.size()), turn(static_cast<std::size_t>(2 * k.lanes));
      std::copy(before.begin(), before.end(), x.begin());
      for (int lane = 0; lane < k.lanes; ++lane) {
        turn[static_cast<std::size_t>(lane)] = T(0);
        turn[static_cast<std::size_t>(k.lanes + lane)] = T(1) / static_cast<T>(points);
      }
      k.fft_columns.run({x.data(), y.data(), 2 * k.lanes, 0, 1, turn.data(), 0, 0, &length, true});
      for (int e = 0; e < points; ++e) {
        CHECK(std::abs(y[at(e, 0, 0)] + before[at(e, 0, 1)]) <= unit * 16);
        CHECK(std::abs(y[at(e, 0, 1)] - before[at(e, 0, 0)]) <= unit * 16);
      }
    }
  }
}

Geometry layer(std::int64_t taps, AlgorithmId id = AlgorithmId::automatic, std::int64_t channels = 64,
               std::int64_t size = 64) {
  const Triple kernel = {1, taps, taps}, pad = {0, taps / 2, taps / 2}, one = {1, 1, 1};
  const Shape shape = {"", 1, channels, channels, channels, {1, size, size}, kernel, one, one, pad, pad};
  return shape.builder().choose("algorithm", id).build();
}

TEST_SUITE("fft") {
  TEST_CASE("stays within its error: float32") { compare_large_kernels<float>(); }
  TEST_CASE("stays within its error: float64") { compare_large_kernels<double>(); }
  TEST_CASE("kernels transform as the definition does, and back: float32") { check_transforms<float>(); }
  TEST_CASE("kernels transform as the definition does, and back: float64") { check_transforms<double>(); }

  TEST_CASE("a result does not depend on the threads") {
    Numbers numbers(63);
    const Geometry g = layer(9, AlgorithmId::fft);
    const Operands<float> operands(numbers, g, true, true);
    const auto run = [&](int threads) {
      return operands.run(nullptr, [&](const Buffers<float>& b) { fft.run_f32(g, b, on_threads(threads)); });
    };
    const std::vector<float> one = run(1), three = run(3);
    check_same_bits(three.data(), one.data(), one.size());
  }

  TEST_CASE("auto takes it for large kernels only, and never where bits are promised") {
    CHECK(make_plan(layer(31)).algorithm->id == AlgorithmId::fft);
    CHECK(make_plan(layer(7)).algorithm->id == AlgorithmId::depthwise);
    // The transform of the filters does not count: on small maps it would be most of the cost.
    const auto chosen = [](std::int64_t taps, std::int64_t channels, std::int64_t size) {
      return make_plan(layer(taps, AlgorithmId::automatic, channels, size)).algorithm->id;
    };
    CHECK(chosen(17, 240, 28) == AlgorithmId::fft);
    CHECK(chosen(21, 960, 14) == AlgorithmId::fft);
    CHECK(chosen(11, 240, 28) == AlgorithmId::depthwise);
    CHECK(chosen(11, 32, 112) == AlgorithmId::depthwise);
    Geometry g = layer(31);
    g.reproducible = true;
    CHECK(make_plan(g).algorithm->id == AlgorithmId::depthwise);
  }

  TEST_CASE("is planned for a map without outputs") {
    Geometry g = layer(31, AlgorithmId::fft);
    g.output[1] = 0;
    CHECK(plan_workspace(g, make_plan(g), 1) == 0);
  }

  TEST_CASE("says why it cannot run") {
    Geometry g = layer(31, AlgorithmId::fft);
    CHECK(fft.reject(g) == "");
    g.stride[2] = 2;
    CHECK(fft.reject(g) == "the stride is not 1");
    g = layer(31, AlgorithmId::fft);
    g.groups = 32;
    CHECK(fft.reject(g) == "each group has 2 input channels, not 1");
    g = layer(31, AlgorithmId::fft);
    g.kernel[0] = 2;
    CHECK(fft.reject(g) == "the kernel is 2 slices deep, not 1");
    g = layer(31, AlgorithmId::fft);
    g.dilation[1] = 6667;
    CHECK(fft.reject(g) == "the kernel spans 200011 pixels, more than 131072");
  }
}

}  // namespace
}  // namespace native_conv::test
