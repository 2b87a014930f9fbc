// winograd-f2 and winograd-f4 against the definition in float64: error in units of eps·Σ|x||w|, over shapes
// whose tiles reach beyond the map, instruction sets, threads, samples and epilogues; operands end at
// unmapped memory. Layer: test. SPDX-License-Identifier: MIT
#include "base/error.h"
#include "measured_error.h"

namespace native_conv::test {
namespace {

std::vector<Shape> tiled_shapes() {
  constexpr Triple one = {1, 1, 1}, none = {0, 0, 0}, k3 = {1, 3, 3}, p1 = {0, 1, 1};
  return {
      {"whole tiles", 1, 16, 16, 1, {1, 28, 28}, k3, one, one, p1, p1},
      {"tails everywhere", 2, 17, 19, 1, {1, 9, 13}, k3, one, one, p1, p1},
      {"many blocks", 3, 3, 18, 1, {1, 31, 30}, k3, one, one, p1, p1},
      {"rows wider than a block", 1, 2, 5, 1, {1, 7, 300}, k3, one, one, p1, p1},
      {"small samples", 9, 5, 33, 1, {1, 3, 4}, k3, one, one, p1, p1},
      {"one output", 1, 4, 3, 1, k3, k3, one, one, none, none},
      {"no padding", 1, 6, 16, 1, {1, 14, 18}, k3, one, one, none, none},
      {"wide padding", 1, 3, 4, 1, {1, 5, 6}, k3, one, one, {0, 4, 7}, {0, 3, 9}},
      {"cropped", 1, 3, 4, 1, {1, 12, 13}, k3, one, one, {0, -2, 1}, {0, 1, -3}},
      {"groups", 2, 12, 20, 4, {1, 10, 9}, k3, one, one, p1, p1},
      {"dilated", 2, 5, 7, 1, {1, 19, 22}, k3, one, {1, 2, 3}, {0, 2, 3}, {0, 2, 3}},
      {"dilated beyond the map", 1, 3, 4, 1, {1, 5, 4}, k3, one, {1, 6, 5}, {0, 6, 5}, {0, 6, 5}},
      {"1-D", 2, 20, 18, 1, {1, 1, 333}, {1, 1, 3}, one, one, {0, 0, 1}, {0, 0, 1}},
      {"1-D, dilated", 1, 4, 5, 1, {1, 1, 50}, {1, 1, 3}, one, {1, 1, 4}, {0, 0, 4}, {0, 0, 4}},
      {"rows only", 1, 4, 5, 1, {1, 6, 20}, {1, 1, 3}, one, one, {0, 0, 1}, {0, 0, 1}},
      {"3-D", 2, 4, 9, 1, {5, 9, 10}, {3, 3, 3}, one, one, one, one},
      {"3-D, strided and dilated in depth",
       1,
       3,
       4,
       1,
       {9, 6, 7},
       {2, 3, 3},
       {2, 1, 1},
       {3, 2, 1},
       {3, 2, 1},
       {1, 2, 1}},
  };
}

template <class T>
void compare_on_all_shapes(AlgorithmId id, double units) {
  Numbers numbers(41);
  int counter = 0;
  for (const Shape& shape : tiled_shapes()) {
    CAPTURE(shape.name);
    for (int mode = 0; mode < static_cast<int>(PaddingMode::count); ++mode) {
      CAPTURE(mode);
      const int variation = counter++;
      GeometryBuilder builder = shape.builder();
      builder.choose("dtype", dtype_of<T>());
      builder.choose("weightLayout", static_cast<WeightOrder>(variation % 4)).set("paddingMode", mode);
      builder.choose("activation", fused[variation % 5]).choose("algorithm", id);
      builder.set("alpha", 0.125).set("min", -1).set("max", 3);
      compare<T>(numbers, builder.build(), variation % 2 == 0, units);
      if (mode > 0 || shape.stride != Triple{1, 1, 1}) continue;
      builder.choose("kind", Kind::conv_transpose);
      const Geometry transposed = builder.build();
      if (transposed.output[1] < transposed.kernel[1] || transposed.output[2] < transposed.kernel[2]) {
        CHECK(winograd_f4.reject(transposed).find("the source is smaller than the kernel") == 0);
        continue;
      }
      compare<T>(numbers, transposed, variation % 2 == 0, units);
    }
  }
}

Geometry layer(std::int64_t channels, std::int64_t size, AlgorithmId id = AlgorithmId::automatic) {
  const Shape shape = {"",        1,         channels,  channels,  1,        {1, size, size},
                       {1, 3, 3}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}};
  return shape.builder().choose("algorithm", id).build();
}

TEST_SUITE("winograd") {
  TEST_CASE("winograd-f2 stays within its error: float32") {
    compare_on_all_shapes<float>(AlgorithmId::winograd_f2, 4);
  }
  TEST_CASE("winograd-f4 stays within its error: float32") {
    compare_on_all_shapes<float>(AlgorithmId::winograd_f4, 12);
  }
  TEST_CASE("winograd-f2 stays within its error: float64") {
    compare_on_all_shapes<double>(AlgorithmId::winograd_f2, 6);
  }
  TEST_CASE("winograd-f4 stays within its error: float64") {
    compare_on_all_shapes<double>(AlgorithmId::winograd_f4, 14);
  }

  TEST_CASE("auto takes F(4, 3) where tiles are many, F(2, 3) where they are few and channels many") {
    const auto chosen = [](const Geometry& g) { return make_plan(g).algorithm->id; };
    CHECK(chosen(layer(64, 56)) == AlgorithmId::winograd_f4);
    CHECK(chosen(layer(512, 7)) == AlgorithmId::winograd_f2);
    CHECK(chosen(layer(64, 7)) == AlgorithmId::implicit_gemm);
    CHECK(chosen(layer(128, 7)) == AlgorithmId::winograd_f2);
    CHECK(chosen(layer(16, 14)) == AlgorithmId::implicit_gemm);
    CHECK(chosen(layer(16, 28)) == AlgorithmId::winograd_f4);
    CHECK(chosen(layer(8, 56)) == AlgorithmId::implicit_gemm);
    Geometry reproducible = layer(64, 56);
    reproducible.reproducible = true;
    CHECK(chosen(reproducible) == AlgorithmId::implicit_gemm);
  }

  TEST_CASE("a forced algorithm takes what auto would not, and says why it cannot") {
    const auto refusal = [](Geometry g) -> std::string {
      try {
        make_plan(g);
      } catch (const Error& error) {
        return error.what();
      }
      return "";
    };
    CHECK(make_plan(layer(3, 5, AlgorithmId::winograd_f4)).algorithm->id == AlgorithmId::winograd_f4);
    Geometry g = layer(16, 28, AlgorithmId::winograd_f2);
    g.stride[2] = 2;
    CHECK(refusal(g) == "algorithm 'winograd-f2' cannot run: the stride is not 1");
    g = layer(16, 28, AlgorithmId::winograd_f4);
    g.kernel[1] = 5;
    CHECK(refusal(g) == "algorithm 'winograd-f4' cannot run: the kernel is 5×3, not 3×3 or 1×3");
    g = layer(16, 28, AlgorithmId::winograd_f4);
    g.reproducible = true;
    CHECK(refusal(g).find("numbers contract") != std::string::npos);
    g = layer(16, 28, AlgorithmId::winograd_f4);
    g.layout = Layout::channels_last;
    CHECK(refusal(g).find("channels last") != std::string::npos);
  }

  TEST_CASE("is planned for a map without outputs") {
    for (AlgorithmId id : {AlgorithmId::winograd_f2, AlgorithmId::winograd_f4}) {
      for (int axis = 0; axis < 3; ++axis) {
        CAPTURE(axis);
        Geometry g = layer(16, 28, id);
        g.output[axis] = 0;
        CHECK(plan_workspace(g, make_plan(g), 1) == 0);
        g.algorithm = AlgorithmId::automatic;
        CHECK(plan_workspace(g, make_plan(g), 1) == 0);
      }
    }
  }

  TEST_CASE("a run is cancelled between tiles") {
    Numbers numbers(42);
    const Geometry g = layer(16, 28, AlgorithmId::winograd_f4);
    const Operands<float> operands(numbers, g, false, false);
    const std::int32_t cancel = 1;
    for (int threads : {1, 4}) {
      RunControl control = on_threads(threads);
      control.cancel = &cancel;
      try {
        operands.run(nullptr, [&](const Buffers<float>& b) { winograd_f4.run_f32(g, b, control); });
        FAIL("nothing was thrown");
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::cancelled);
      }
    }
  }
}

}  // namespace
}  // namespace native_conv::test
