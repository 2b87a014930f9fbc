// winograd-f2 and winograd-f4, and the latter's weight gradients, against the definition in float64: error in
// units of eps·Σ|x||w|, over shapes whose tiles reach beyond the map, instruction sets, threads, samples and
// epilogues; operands end at unmapped memory. Layer: test. SPDX-License-Identifier: MIT
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

// Weight gradients: every shape in every padding mode and some order of the weight's axes.
template <class T>
void compare_weight_gradients(double units) {
  Numbers numbers(43);
  int counter = 0;
  std::vector<Shape> shapes = tiled_shapes();
  constexpr Triple one = {1, 1, 1}, k3 = {1, 3, 3}, p1 = {0, 1, 1};
  shapes.push_back({"several passes", 2, 70, 67, 1, {1, 33, 35}, k3, one, one, p1, p1});
  shapes.push_back({"blocks of channels", 1, 130, 97, 1, {1, 9, 10}, k3, one, one, p1, p1});
  shapes.push_back({"groups of several blocks", 2, 140, 136, 2, {1, 6, 7}, k3, one, one, p1, p1});
  shapes.push_back({"blocks of channels, 3-D", 1, 35, 20, 1, {4, 5, 9}, {3, 3, 3}, one, one, one, one});
  shapes.push_back({"small maps", 9, 5, 33, 1, {1, 6, 7}, k3, one, one, p1, p1});
  shapes.push_back({"3-D, strided and dilated in depth, wider",
                    1,
                    3,
                    4,
                    1,
                    {9, 12, 9},
                    {2, 3, 3},
                    {2, 1, 1},
                    {3, 2, 1},
                    {3, 2, 1},
                    {1, 2, 1}});
  for (const Shape& shape : shapes) {
    CAPTURE(std::string(shape.name));
    for (int mode = 0; mode < shape.padding_modes(); ++mode) {
      CAPTURE(mode);
      GeometryBuilder builder = shape.builder();
      builder.choose("kind", Kind::conv_weight_grad).choose("dtype", dtype_of<T>()).set("paddingMode", mode);
      builder.choose("weightLayout", static_cast<WeightOrder>(counter++ % 4));
      const Geometry g = builder.choose("algorithm", AlgorithmId::winograd_f4).build();
      const std::int64_t height = (g.output[1] + g.dilation[1] - 1) / g.dilation[1],
                         width = (g.output[2] + g.dilation[2] - 1) / g.dilation[2];
      if (g.kernel[1] > 1 && (height * width < 32 || height < 3 || width < 3)) {
        CHECK(winograd_weight_grad.reject(g).find("the map has so few outputs") == 0);
        continue;
      }
      compare<T>(numbers, g, false, units);
    }
  }
}

Geometry weight_gradient_of(Geometry g) {
  g.kind = Kind::conv_weight_grad;
  return g;
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

  TEST_CASE("the weight gradient of winograd-f4 stays within its error: float32") {
    compare_weight_gradients<float>(20);
  }
  TEST_CASE("the weight gradient of winograd-f4 stays within its error: float64") {
    compare_weight_gradients<double>(20);
  }

  TEST_CASE("a weight gradient is the same on any number of threads") {
    Numbers numbers(44);
    constexpr Triple one = {1, 1, 1}, p1 = {0, 1, 1};
    const Shape shape = {"", 3, 80, 70, 1, {1, 30, 31}, {1, 3, 3}, one, one, p1, p1};
    GeometryBuilder builder = shape.builder();
    const Geometry g = builder.choose("kind", Kind::conv_weight_grad).build();
    const Operands<float> operands(numbers, g, false, false);
    const auto on = [&](int threads) {
      return operands.run(
          nullptr, [&](const Buffers<float>& b) { winograd_weight_grad.run_f32(g, b, on_threads(threads)); });
    };
    const std::vector<float> expected = on(1);
    for (int threads : {2, 3, 8}) {
      CAPTURE(threads);
      const std::vector<float> actual = on(threads);
      check_same_bits(actual.data(), expected.data(), expected.size());
    }
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
    CHECK(chosen(weight_gradient_of(layer(64, 56))) == AlgorithmId::winograd_f4);
    CHECK(chosen(weight_gradient_of(layer(16, 14))) == AlgorithmId::winograd_f4);
    CHECK(chosen(weight_gradient_of(layer(16, 5))) == AlgorithmId::implicit_gemm);
    CHECK(chosen(weight_gradient_of(layer(8, 56))) == AlgorithmId::implicit_gemm);
    CHECK(chosen(weight_gradient_of(reproducible)) == AlgorithmId::implicit_gemm);
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
    g = weight_gradient_of(layer(16, 28, AlgorithmId::winograd_f4));
    g.stride[2] = 2;
    CHECK(refusal(g) == "algorithm 'winograd-f4' cannot run: the stride is not 1");
    g = weight_gradient_of(layer(16, 28, AlgorithmId::winograd_f4));
    g.reproducible = true;
    CHECK(refusal(g).find("numbers contract") != std::string::npos);
    g = weight_gradient_of(layer(16, 9000, AlgorithmId::winograd_f4));
    g.dilation = g.pad_begin = g.pad_end = {0, 100, 100};
    g.dilation[0] = 1;
    CHECK(refusal(g).find("too far apart") != std::string::npos);
    g = weight_gradient_of(layer(16, 28, AlgorithmId::winograd_f2));
    CHECK(refusal(g).find("not among those that this version has") != std::string::npos);
  }

  TEST_CASE("is planned for a map without outputs") {
    for (AlgorithmId id : {AlgorithmId::winograd_f2, AlgorithmId::winograd_f4}) {
      for (int axis = 0; axis < 3; ++axis) {
        CAPTURE(axis);
        Geometry g = layer(16, 28, id);
        g.output[axis] = 0;
        CHECK(plan_workspace(g, make_plan(g), 1) == 0);
        if (id == AlgorithmId::winograd_f4) {
          const Geometry gradient = weight_gradient_of(g);
          CHECK(plan_workspace(gradient, make_plan(gradient), 1) >= 0);
        }
        g.algorithm = AlgorithmId::automatic;
        CHECK(plan_workspace(g, make_plan(g), 1) == 0);
      }
    }
  }

  TEST_CASE("a run is cancelled between tiles") {
    Numbers numbers(42);
    const Geometry g = layer(16, 28, AlgorithmId::winograd_f4);
    const std::int32_t cancel = 1;
    for (const Geometry& each : {g, weight_gradient_of(g)}) {
      const Operands<float> operands(numbers, each, false, false);
      for (int threads : {1, 4}) {
        RunControl control = on_threads(threads);
        control.cancel = &cancel;
        try {
          operands.run(nullptr, [&](const Buffers<float>& b) {
            make_plan(each).algorithm->run_f32(each, b, control);
          });
          FAIL("nothing was thrown");
        } catch (const Error& error) {
          CHECK(error.code() == ErrorCode::cancelled);
        }
      }
    }
  }
}

}  // namespace
}  // namespace native_conv::test
