// Weight gradients with the input's channels in vectors against `direct` (portable), bit for bit, on every
// instruction set. Layer: test. SPDX-License-Identifier: MIT
#include <limits>
#include <string>
#include <vector>

#include "conv/channel_weight_grad.h"
#include "conv_cases.h"

namespace native_conv::test {
namespace {

constexpr Triple one = {1, 1, 1}, none = {0, 0, 0}, k3 = {1, 3, 3}, p1 = {0, 1, 1};

// Groups of few channels, from less than a vector of them to several.
const std::vector<Shape>& few_channel_shapes() {
  static const std::vector<Shape> all = {
      {"depthwise", 2, 37, 37, 37, {1, 9, 11}, k3, one, one, p1, p1},
      {"multiplier 5, stride 2", 2, 19, 95, 19, {1, 13, 12}, {1, 5, 4}, {1, 2, 2}, one, {0, 2, 1}, {0, 2, 2}},
      {"2 of 2", 2, 38, 38, 19, {1, 8, 9}, k3, one, one, p1, p1},
      {"3 of 3", 1, 21, 21, 7, {1, 10, 9}, k3, one, one, p1, p1},
      {"4 of 4, dilated", 2, 36, 36, 9, {1, 12, 13}, k3, one, {1, 2, 3}, {0, 2, 3}, {0, 2, 3}},
      {"8 of 8", 3, 40, 40, 5, {1, 7, 7}, k3, one, one, p1, p1},
      {"8 of 8, stride 3x2", 1, 24, 24, 3, {1, 14, 15}, k3, {1, 3, 2}, one, p1, p1},
      {"7 of 2", 2, 6, 21, 3, {1, 9, 8}, {1, 3, 2}, one, one, p1, none},
      {"2 of 5", 1, 35, 14, 7, {1, 9, 8}, k3, one, one, p1, p1},
      {"11 of 4, asymmetric padding", 1, 12, 33, 3, {1, 8, 9}, k3, one, one, {0, 0, 2}, {0, 2, 0}},
      {"cropped", 1, 12, 12, 6, {1, 9, 10}, k3, one, one, {0, -2, 1}, {0, 0, -3}},
      {"one tap", 2, 24, 24, 6, {1, 5, 9}, one, one, one, none, none},
      {"many taps", 1, 12, 12, 3, {1, 14, 12}, {1, 7, 5}, one, one, {0, 3, 2}, {0, 3, 2}},
      {"stride beyond the kernel", 1, 18, 18, 6, {1, 17, 11}, {1, 2, 1}, {1, 3, 3}, one, none, none},
      {"one group", 1, 2, 1, 1, {1, 9, 10}, k3, one, one, p1, p1},
      {"1-D", 2, 24, 24, 6, {1, 1, 70}, {1, 1, 5}, one, one, {0, 0, 2}, {0, 0, 2}},
      {"3-D", 2, 16, 16, 4, {4, 5, 6}, {3, 2, 3}, {2, 1, 1}, {1, 2, 1}, {1, 1, 1}, {1, 1, 1}},
      {"bands of rows", 2, 6, 6, 3, {1, 150, 61}, k3, one, one, p1, p1},
      {"bands of rows, dilated, stride 2", 1, 4, 4, 2, {1, 301, 60}, k3, {1, 2, 1}, {1, 3, 1}, p1, p1},
      {"bands of rows that share none", 1, 4, 4, 2, {1, 280, 57}, {1, 1, 3}, {1, 2, 1}, one, p1, p1},
      {"pieces of rows", 2, 4, 4, 2, {1, 1, 17001}, {1, 1, 3}, one, one, {0, 0, 1}, {0, 0, 1}},
      {"pieces of rows, stride 2",
       1,
       4,
       4,
       4,
       {1, 2, 36000},
       {1, 1, 4},
       {1, 1, 2},
       one,
       {0, 0, 1},
       {0, 0, 1}},
  };
  return all;
}

template <class T>
void compare_all(Layout layout) {
  Numbers numbers(81);
  int counter = 0;
  for (const Shape& shape : few_channel_shapes()) {
    CAPTURE(std::string(shape.name));
    for (int mode = 0; mode < static_cast<int>(PaddingMode::count); ++mode) {
      CAPTURE(mode);
      GeometryBuilder builder = shape.builder();
      builder.choose("kind", Kind::conv_weight_grad).choose("dtype", dtype_of<T>()).choose("layout", layout);
      builder.set("paddingMode", mode).choose("weightLayout", static_cast<WeightOrder>(counter++ % 4));
      const Geometry g = builder.build();
      const Operands<T> operands(numbers, g, false, false);
      const std::vector<T> expected = operands.run(
          nullptr, [&](const Buffers<T>& b) { run_with(direct_weight_grad, g, b, on_threads(1)); });
      for (Isa isa : tested_isas()) {
        const WithIsa capped(isa);
        CAPTURE(isa_name(isa));
        covered_isas().insert(isa);
        if (g.in_per_group() > kernels<T>().lanes) continue;
        for (int threads : {1, 3}) {
          CAPTURE(threads);
          const std::vector<T> actual = operands.run(
              nullptr, [&](const Buffers<T>& b) { run_channel_weight_grad(g, b, on_threads(threads)); });
          check_same_bits(actual.data(), expected.data(), expected.size());
        }
      }
    }
  }
}

Geometry grouped(std::int64_t in, std::int64_t out, std::int64_t groups) {
  const Shape shape = {"", 1, in, out, groups, {1, 9, 9}, k3, one, one, p1, p1};
  return shape.builder().choose("kind", Kind::conv_weight_grad).set("reproducible", 1).build();
}

TEST_SUITE("conv") {
  TEST_CASE("channels in vectors give the bits of direct: float32, channels first") {
    compare_all<float>(Layout::channels_first);
  }
  TEST_CASE("channels in vectors give the bits of direct: float32, channels last") {
    compare_all<float>(Layout::channels_last);
  }
  TEST_CASE("channels in vectors give the bits of direct: float64, channels first") {
    compare_all<double>(Layout::channels_first);
  }
  TEST_CASE("channels in vectors give the bits of direct: float64, channels last") {
    compare_all<double>(Layout::channels_last);
  }

  TEST_CASE("implicit-gemm puts the input's channels into vectors where that takes fewer of them") {
    for (Isa isa : tested_isas()) {
      const WithIsa capped(isa);
      CAPTURE(isa_name(isa));
      const int lanes = kernels<float>().lanes;
      const auto kernel = [](const Geometry& g) {
        const Plan plan = make_plan(g);
        CHECK(plan.algorithm->id == AlgorithmId::implicit_gemm);
        return std::string(plan_kernel(plan));
      };
      for (const Geometry& g : {grouped(64, 64, 32), grouped(lanes, 2, 2), grouped(lanes, 1, 1)}) {
        CHECK(kernel(g).find("channel_sums") == 0);
      }
      for (const Geometry& g :
           {grouped(4 * lanes, 4 * lanes, 4), grouped(4, 4 * lanes, 2), grouped(lanes + 2, lanes + 2, 1)}) {
        CHECK(kernel(g).find("gemm_patch") == 0);
      }
    }
  }

  TEST_CASE("a window that 32-bit offsets do not reach over is refused") {
    constexpr std::int64_t reach = std::int64_t{1} << 30;
    const Shape shape = {"", 1, 2, 2, 2, {1, 1, reach + 1}, {1, 1, 2}, one, {1, 1, reach}, none, none};
    const Geometry g = shape.builder().choose("kind", Kind::conv_weight_grad).build();
    CHECK(reject_channel_weight_grad(g).find("more than 32-bit offsets reach") != std::string::npos);
    CHECK(!depthwise_weight_grad.reject(g).empty());
  }
}

}  // namespace
}  // namespace native_conv::test
