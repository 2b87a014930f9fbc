// Every algorithm against `direct` (portable, one thread), bit for bit, over shapes, layouts, dtypes,
// instruction sets and threads; operands end at unmapped memory. `direct` itself is held against the
// TypeScript reference. Layer: test. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <map>

#include "base/cpu.h"
#include "base/error.h"
#include "conv/tiling.h"
#include "conv_cases.h"

namespace native_conv::test {
namespace {

constexpr Kind convolutions[] = {Kind::conv, Kind::conv_transpose, Kind::conv_weight_grad};

// The plan for a forced algorithm, or null where it cannot run.
const Algorithm* forced(Geometry g, AlgorithmId id) {
  g.algorithm = id;
  try {
    return make_plan(g).algorithm;
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::algorithm);
    CHECK(std::string(error.what()).find(algorithm_name(id)) != std::string::npos);
    return nullptr;
  }
}

// For what is outside the contract: off by no more than one rounding of Σ|x||w| for each of `roundings`;
// where the error is not local, of the largest Σ|x||w| of all.
template <class T>
void check_close(const std::vector<T>& actual, const std::vector<T>& expected,
                 const std::vector<T>& magnitude, std::int64_t roundings) {
  const T unit = std::numeric_limits<T>::epsilon() * static_cast<T>(roundings);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const T most = unit * magnitude[i] + std::numeric_limits<T>::min();
    if (std::abs(actual[i] - expected[i]) <= most) continue;
    FAIL_CHECK("element " << i << " is " << hex(actual[i]) << ", expected " << hex(expected[i]));
    return;
  }
}

bool is_outside_contract(AlgorithmId id) {
  return id == AlgorithmId::winograd_f2 || id == AlgorithmId::winograd_f4 || id == AlgorithmId::fft ||
         id == AlgorithmId::col2im;
}

bool is_local(AlgorithmId id) { return id == AlgorithmId::col2im; }

bool stretches(ActivationKind activation) {
  return activation == ActivationKind::prelu || activation == ActivationKind::hard_swish;
}

// Counts runs by kind and algorithm, so that one that never ran is noticed.
using Coverage = std::map<std::pair<Kind, AlgorithmId>, int>;

template <class T>
void compare_algorithms(Numbers& numbers, const Geometry& g, bool bias, bool residual, Coverage& coverage) {
  const Operands<T> operands(numbers, g, bias, residual);
  const std::int64_t taps = g.out_per_group() * volume(g.kernel) + 2;
  std::vector<T> expected, magnitude;
  {
    const WithIsa portable(Isa::portable);
    const Algorithm* direct = forced(g, AlgorithmId::direct);
    REQUIRE(direct);
    Geometry linear = g;
    linear.activation = ActivationKind::none;
    expected = operands.run(nullptr, [&](const Buffers<T>& b) { run_with(*direct, g, b, on_threads(1)); });
    magnitude = operands.absolute().run(
        nullptr, [&](const Buffers<T>& b) { run_with(*direct, linear, b, on_threads(1)); });
  }
  const std::vector<T> largest(magnitude.size(), *std::max_element(magnitude.begin(), magnitude.end()));
  for (Isa isa : tested_isas()) {
    const WithIsa capped(isa);
    CAPTURE(isa_name(isa));
    covered_isas().insert(isa);
    for (int id = 1; id < static_cast<int>(AlgorithmId::count); ++id) {
      const auto algorithm_id = static_cast<AlgorithmId>(id);
      CAPTURE(algorithm_name(algorithm_id));
      const Algorithm* algorithm = forced(g, algorithm_id);
      if (!algorithm) continue;
      ++coverage[{g.kind, algorithm_id}];
      const std::unique_ptr<WeightCache> cache = operands.cache();
      for (int threads : {1, 3}) {
        for (WeightCache* weights : {static_cast<WeightCache*>(nullptr), cache.get()}) {
          if (weights && g.kind == Kind::conv_weight_grad) continue;
          CAPTURE(threads);
          CAPTURE((weights != nullptr));
          const std::vector<T> actual = operands.run(
              weights, [&](const Buffers<T>& b) { run_with(*algorithm, g, b, on_threads(threads)); });
          if (is_outside_contract(algorithm_id)) {
            // prelu's slopes and hard-swish would magnify the difference; their code is the others'.
            if (!stretches(g.activation)) {
              check_close(actual, expected, is_local(algorithm_id) ? magnitude : largest, 2 * taps);
            }
          } else {
            check_same_bits(actual.data(), expected.data(), expected.size());
          }
        }
      }
    }
  }
}

constexpr std::int64_t pointwise_depth = 48;

// A 1×1 product from inputs that begin anywhere in a cache line, on the panel kernels.
template <class T>
void compare_pointwise(std::int64_t channels, std::int64_t positions) {
  constexpr std::size_t line = 64 / sizeof(T);
  Numbers numbers(33);
  GeometryBuilder builder;
  builder.set("inChannels", pointwise_depth).set("outChannels", static_cast<double>(channels));
  builder.choose("dtype", dtype_of<T>()).set3("input", {1, 1, positions}).fit_output();
  const Geometry g = builder.build();
  const Operands<T> operands(numbers, g, true, false);
  const std::vector<T> expected = operands.run(
      nullptr, [&](const Buffers<T>& b) { run_with(*forced(g, AlgorithmId::direct), g, b, on_threads(1)); });
  std::vector<T> memory(operands.source().size() + 2 * line);
  T* const aligned =
      memory.data() + (line - reinterpret_cast<std::uintptr_t>(memory.data()) / sizeof(T) % line);
  for (Isa isa : tested_isas()) {
    const WithIsa capped(isa);
    CAPTURE(isa_name(isa));
    const Algorithm* algorithm = forced(g, AlgorithmId::pointwise);
    REQUIRE(algorithm);
    CHECK(std::string(algorithm->kernel(g)).find("panel") != std::string::npos);
    for (const std::size_t skew : {std::size_t{0}, std::size_t{1}, line / 4, line - 1}) {
      CAPTURE(skew);
      std::copy(operands.source().begin(), operands.source().end(), aligned + skew);
      const std::vector<T> actual = operands.run(nullptr, [&](Buffers<T> b) {
        b.source = aligned + skew;
        run_with(*algorithm, g, b, on_threads(2));
      });
      check_same_bits(actual.data(), expected.data(), expected.size());
    }
  }
}

template <class T>
void compare_on_all_shapes(Layout layout) {
  Numbers numbers(31);
  Coverage coverage;
  int counter = 0;
  for (const Shape& shape : shapes()) {
    CAPTURE(shape.name);
    for (Kind kind : convolutions) {
      CAPTURE(static_cast<int>(kind));
      const int variation = counter++;
      GeometryBuilder builder = shape.builder();
      builder.choose("kind", kind).choose("dtype", dtype_of<T>()).choose("layout", layout);
      builder.choose("weightLayout", static_cast<WeightOrder>(variation % 4));
      if (kind == Kind::conv) builder.choose("paddingMode", static_cast<PaddingMode>(variation / 3 % 5));
      if (kind != Kind::conv_weight_grad) builder.choose("activation", fused[variation % 5]);
      builder.set("alpha", 0.125).set("min", -1).set("max", 3);
      const Geometry g = builder.build();
      if (lengths(g).target == 0 || lengths(g).source == 0 || lengths(g).weight == 0) continue;
      compare_algorithms<T>(numbers, g, variation % 2 == 0, variation % 3 == 0, coverage);
    }
  }
  std::vector<std::pair<Kind, AlgorithmId>> expected = {{Kind::conv, AlgorithmId::direct},
                                                        {Kind::conv, AlgorithmId::im2col_gemm},
                                                        {Kind::conv, AlgorithmId::implicit_gemm},
                                                        {Kind::conv, AlgorithmId::pointwise},
                                                        {Kind::conv, AlgorithmId::depthwise},
                                                        {Kind::conv, AlgorithmId::fft},
                                                        {Kind::conv_transpose, AlgorithmId::direct},
                                                        {Kind::conv_transpose, AlgorithmId::phases},
                                                        {Kind::conv_transpose, AlgorithmId::fft},
                                                        {Kind::conv_transpose, AlgorithmId::col2im},
                                                        {Kind::conv_weight_grad, AlgorithmId::implicit_gemm},
                                                        {Kind::conv_weight_grad, AlgorithmId::depthwise},
                                                        {Kind::conv_weight_grad, AlgorithmId::direct}};
  if (layout == Layout::channels_first) {
    expected.push_back({Kind::conv, AlgorithmId::winograd_f2});
    expected.push_back({Kind::conv, AlgorithmId::winograd_f4});
    expected.push_back({Kind::conv_transpose, AlgorithmId::winograd_f2});
    expected.push_back({Kind::conv_transpose, AlgorithmId::winograd_f4});
    expected.push_back({Kind::conv_weight_grad, AlgorithmId::winograd_f4});
  }
  for (const std::pair<Kind, AlgorithmId>& run : expected) {
    INFO("kind " << static_cast<int>(run.first) << " by " << algorithm_name(run.second));
    CHECK(coverage[run] > 0);
  }
}

// An algorithm of the contract against direct, on every instruction set.
template <class T>
void compare_with_direct(AlgorithmId id, Numbers& numbers, const Geometry& g,
                         std::initializer_list<int> thread_counts) {
  const Operands<T> operands(numbers, g, true, true);
  const std::vector<T> expected = operands.run(
      nullptr, [&](const Buffers<T>& b) { run_with(*forced(g, AlgorithmId::direct), g, b, on_threads(2)); });
  for (Isa isa : tested_isas()) {
    const WithIsa capped(isa);
    CAPTURE(isa_name(isa));
    const Algorithm* algorithm = forced(g, id);
    REQUIRE(algorithm);
    for (int threads : thread_counts) {
      CAPTURE(threads);
      const std::vector<T> actual = operands.run(
          nullptr, [&](const Buffers<T>& b) { run_with(*algorithm, g, b, on_threads(threads)); });
      check_same_bits(actual.data(), expected.data(), expected.size());
    }
  }
}

// implicit-gemm where the padded copy is three quarters of the second-level cache, and so made in bands.
template <class T>
void compare_bands(Layout layout) {
  constexpr Triple one = {1, 1, 1}, k3 = {1, 3, 3}, p1 = {0, 1, 1};
  const std::vector<Shape> banded = {
      {"rows", 1, 0, 3, 1, {1, 29, 30}, k3, one, one, p1, p1},
      {"rows, strided and dilated", 1, 0, 2, 1, {1, 41, 27}, k3, {1, 2, 2}, {1, 3, 1}, {0, 3, 1}, {0, 2, 1}},
      {"rows, only every other one", 1, 0, 2, 1, {1, 61, 19}, {1, 1, 3}, {1, 2, 1}, one, p1, p1},
      {"slices", 1, 0, 3, 1, {11, 8, 9}, {2, 3, 3}, one, one, one, one},
      {"slices, only every other one", 2, 0, 4, 1, {9, 8, 9}, k3, {2, 1, 1}, one, one, one},
  };
  Numbers numbers(33);
  for (const Shape& shape : banded) {
    CAPTURE(shape.name);
    GeometryBuilder builder = shape.builder();
    const std::int64_t position = volume(shape.input) * std::int64_t{sizeof(T)};
    builder.set("inChannels", static_cast<double>(cache_sizes().l2 * 3 / 4 / position + 1));
    builder.choose("dtype", dtype_of<T>()).choose("layout", layout).choose("activation", fused[1]);
    builder.set("min", -1).set("max", 3);
    const Geometry g = builder.build();
    compare_with_direct<T>(AlgorithmId::implicit_gemm, numbers, g, {1, 3});
    for (Isa isa : tested_isas()) {
      const WithIsa capped(isa);
      CAPTURE(isa_name(isa));
      CHECK(forced(g, AlgorithmId::implicit_gemm)->workspace(g, 1) < cache_sizes().l2);
    }
  }
}

// Maps with positions enough for several threads to copy and sweep a band each.
template <class T>
void compare_shared_bands(Layout layout) {
  constexpr Triple one = {1, 1, 1}, k3 = {1, 3, 3};
  const Shape shared[] = {
      {"few channels", 1, 3, 5, 1, {1, 40, 31}, k3, one, one, {0, 1, 1}, {0, 1, 1}},
      {"output channels for whole vectors", 1, 6, 64, 1, {1, 33, 29}, k3, one, one, {0, 1, 1}, {0, 1, 1}},
      {"stride 2", 1, 4, 33, 1, {1, 61, 57}, {1, 5, 5}, {1, 2, 2}, one, {0, 2, 2}, {0, 1, 2}},
      {"dilated", 2, 3, 17, 1, {1, 37, 41}, k3, one, {1, 3, 2}, {0, 3, 2}, {0, 3, 2}},
      {"slices", 1, 2, 9, 1, {14, 9, 11}, {3, 3, 3}, one, one, one, one},
  };
  Numbers numbers(35);
  for (const Shape& shape : shared) {
    CAPTURE(shape.name);
    for (PaddingMode mode : {PaddingMode::zeros, PaddingMode::reflect, PaddingMode::circular}) {
      CAPTURE(static_cast<int>(mode));
      GeometryBuilder builder = shape.builder();
      builder.choose("dtype", dtype_of<T>()).choose("layout", layout).choose("paddingMode", mode);
      const Geometry g = builder.build();
      compare_with_direct<T>(AlgorithmId::implicit_gemm, numbers, g, {2, 3, 4});
    }
  }
}

// dW of 1×1 convolutions, of which some are found with the input's channels in vectors, some with the
// output's.
template <class T>
void compare_pointwise_weight_grads(Layout layout) {
  constexpr Triple one = {1, 1, 1}, none = {0, 0, 0};
  const Shape pointwise[] = {
      {"more outputs", 2, 20, 70, 1, {1, 5, 9}, one, one, one, none, none},
      {"more inputs", 2, 70, 20, 1, {1, 5, 9}, one, one, one, none, none},
      {"inputs that fill no vector", 1, 3, 32, 1, {1, 1, 31}, one, one, one, none, none},
      {"as many of both", 3, 48, 48, 1, {2, 3, 3}, one, one, one, none, none},
      {"more positions than are packed at a time", 1, 16, 33, 1, {1, 45, 47}, one, one, one, none, none},
  };
  Numbers numbers(36);
  for (const Shape& shape : pointwise) {
    CAPTURE(shape.name);
    for (int order = 0; order < static_cast<int>(WeightOrder::count); ++order) {
      CAPTURE(order);
      GeometryBuilder builder = shape.builder();
      builder.choose("kind", Kind::conv_weight_grad).choose("dtype", dtype_of<T>()).choose("layout", layout);
      builder.choose("weightLayout", static_cast<WeightOrder>(order));
      compare_with_direct<T>(AlgorithmId::implicit_gemm, numbers, builder.build(), {1, 3});
    }
  }
}

// Rows of one dimension with so many channels that panel kernels of few rows gather what they read, also at a
// stride and with holes.
template <class T>
void compare_gathered_rows() {
  constexpr Triple one = {1, 1, 1}, none = {0, 0, 0};
  const Shape rows[] = {
      {"same", 2, 21, 99, 1, {1, 1, 203}, {1, 1, 3}, one, one, {0, 0, 1}, {0, 0, 1}},
      {"stride 2", 1, 21, 99, 1, {1, 1, 331}, {1, 1, 3}, {1, 1, 2}, one, {0, 0, 1}, {0, 0, 1}},
      {"dilated", 1, 21, 99, 1, {1, 1, 170}, {1, 1, 5}, one, {1, 1, 4}, {0, 0, 8}, {0, 0, 8}},
      {"groups", 1, 42, 198, 2, {1, 1, 150}, {1, 1, 2}, one, one, none, none},
      {"an output of one pixel", 1, 40, 99, 1, {1, 1, 3}, {1, 1, 3}, one, one, none, none},
  };
  Numbers numbers(37);
  for (const Shape& shape : rows) {
    CAPTURE(shape.name);
    GeometryBuilder builder = shape.builder();
    builder.choose("dtype", dtype_of<T>());
    compare_with_direct<T>(AlgorithmId::implicit_gemm, numbers, builder.build(), {1, 3});
  }
}

// Transposed convolutions whose weights are more than their input: threads share the output's channels, each
// with a padded copy of its own, where there are no more than four of them.
template <class T>
void compare_stretches(Layout layout) {
  constexpr Triple one = {1, 1, 1}, two = {1, 2, 2};
  const Shape small[] = {
      {"4x4, stride 2", 1, 37, 24, 1, {1, 10, 12}, {1, 4, 4}, two, one, {0, 1, 1}, {0, 1, 1}},
      {"two images", 2, 40, 33, 1, {1, 6, 6}, {1, 4, 4}, two, one, {0, 1, 1}, {0, 1, 1}},
      {"5x5, stride 3x2", 1, 19, 20, 1, {1, 9, 7}, {1, 5, 5}, {1, 3, 2}, one, {0, 2, 1}, {0, 1, 2}},
      {"volume", 1, 9, 30, 1, {4, 6, 6}, {3, 4, 4}, {1, 2, 2}, one, {1, 1, 1}, {1, 1, 1}},
      {"fewer channels than threads", 1, 2, 70, 1, {1, 4, 6}, {1, 4, 4}, two, one, {0, 1, 1}, {0, 1, 1}},
  };
  Numbers numbers(37);
  for (const Shape& shape : small) {
    CAPTURE(shape.name);
    GeometryBuilder builder = shape.builder();
    builder.choose("kind", Kind::conv_transpose).choose("dtype", dtype_of<T>()).choose("layout", layout);
    compare_with_direct<T>(AlgorithmId::phases, numbers, builder.build(), {1, 2, 3, 4, 5});
  }
}

// Chains that are made in stretches.
template <class T>
void compare_deep(Layout layout) {
  constexpr Triple one = {1, 1, 1}, none = {0, 0, 0};
  struct Deep {
    AlgorithmId algorithm;
    Kind kind;
    Shape shape;
  };
  const Deep deep[] = {
      {AlgorithmId::pointwise, Kind::conv, {"1x1", 1, 33000, 5, 1, {1, 3, 7}, one, one, one, none, none}},
      {AlgorithmId::implicit_gemm,
       Kind::conv,
       {"rows that share tiles", 1, 3, 4, 1, {1, 109, 113}, {1, 105, 107}, one, one, none, none}},
      {AlgorithmId::implicit_gemm,
       Kind::conv,
       {"one output", 2, 40, 1, 1, {1, 30, 31}, {1, 30, 31}, one, one, none, none}},
      {AlgorithmId::im2col_gemm,
       Kind::conv,
       {"padded", 1, 5, 3, 1, {1, 83, 85}, {1, 82, 84}, one, one, {0, 2, 0}, {0, 0, 1}}},
      {AlgorithmId::phases,
       Kind::conv_transpose,
       {"phases together", 1, 3, 34000, 1, {1, 3, 6}, {1, 1, 2}, {1, 1, 2}, one, none, none}},
      {AlgorithmId::phases,
       Kind::conv_transpose,
       {"phases", 1, 3, 90000, 1, {1, 1, 5}, {1, 1, 3}, {1, 1, 2}, one, none, none}},
  };
  Numbers numbers(38);
  for (const Deep& each : deep) {
    CAPTURE(each.shape.name);
    GeometryBuilder builder = each.shape.builder();
    builder.choose("kind", each.kind).choose("dtype", dtype_of<T>()).choose("layout", layout);
    builder.choose("activation", fused[1]).set("min", -1).set("max", 3);
    const Geometry g = builder.build();
    compare_with_direct<T>(each.algorithm, numbers, g, {1, 2});
  }
}

// Padded copies of rows that are longer than the runs they are copied in.
template <class T>
void compare_runs(Layout layout) {
  constexpr Triple one = {1, 1, 1};
  const Shape rows[] = {
      {"one row", 1, 1, 2, 1, {1, 1, 66001}, {1, 1, 3}, one, one, {0, 0, 1}, {0, 0, 1}},
      {"padding longer than a run", 1, 1, 1, 1, {1, 1, 2000}, {1, 1, 3}, one, one, {0, 0, 67000}, {0, 0, 1}},
      {"rows that share zeros", 1, 1, 1, 1, {1, 2, 66001}, {1, 2, 3}, one, one, {0, 1, 1}, {0, 0, 1}},
      {"stride 2", 1, 2, 1, 1, {1, 1, 67003}, {1, 1, 4}, {1, 1, 2}, one, {0, 0, 2}, {0, 0, 1}},
  };
  Numbers numbers(40);
  for (const Shape& shape : rows) {
    CAPTURE(shape.name);
    for (PaddingMode mode : {PaddingMode::zeros, PaddingMode::symmetric}) {
      CAPTURE(static_cast<int>(mode));
      GeometryBuilder builder = shape.builder();
      builder.choose("dtype", dtype_of<T>()).choose("layout", layout).choose("paddingMode", mode);
      compare_with_direct<T>(AlgorithmId::implicit_gemm, numbers, builder.build(), {1, 3});
      builder.choose("kind", Kind::conv_weight_grad);
      compare_with_direct<T>(AlgorithmId::implicit_gemm, numbers, builder.build(), {2});
    }
  }
}

// Depthwise convolutions of rows that are read in bands of their columns.
template <class T>
void compare_long_rows(Layout layout) {
  constexpr Triple one = {1, 1, 1}, none = {0, 0, 0};
  const Shape rows[] = {
      {"masked", 2, 2, 2, 2, {1, 1, 17001}, {1, 1, 5}, one, one, {0, 0, 2}, {0, 0, 2}},
      {"stride 2", 1, 2, 4, 2, {1, 1, 17003}, {1, 1, 4}, {1, 1, 2}, one, {0, 0, 1}, {0, 0, 2}},
      {"stride 3", 1, 3, 3, 3, {1, 1, 35003}, {1, 1, 7}, {1, 1, 3}, one, {0, 0, 3}, {0, 0, 3}},
      {"many taps", 1, 1, 2, 1, {1, 1, 34001}, {1, 1, 34}, one, {1, 1, 3}, {0, 0, 58}, {0, 0, 60}},
      {"windows longer than a band", 1, 1, 1, 1, {1, 1, 34900}, {1, 1, 40}, one, {1, 1, 431}, none, none},
      {"several rows below one", 1, 1, 1, 1, {2, 2, 17000}, {2, 2, 34}, one, one, none, none},
      {"many products a column", 1, 1, 1, 1, {1, 1, 16800}, {1, 1, 16400}, one, one, none, none},
  };
  Numbers numbers(39);
  for (const Shape& shape : rows) {
    CAPTURE(shape.name);
    for (PaddingMode mode : {PaddingMode::zeros, PaddingMode::reflect}) {
      if (mode != PaddingMode::zeros && shape.begin == none) continue;
      CAPTURE(static_cast<int>(mode));
      GeometryBuilder builder = shape.builder();
      builder.choose("dtype", dtype_of<T>()).choose("layout", layout).choose("paddingMode", mode);
      compare_with_direct<T>(AlgorithmId::depthwise, numbers, builder.build(), {1, 3});
    }
  }
}

TEST_SUITE("conv") {
  TEST_CASE("products of more taps than a stretch has give the bits of direct") {
    compare_deep<float>(Layout::channels_first);
    compare_deep<double>(Layout::channels_first);
    compare_deep<float>(Layout::channels_last);
  }
  TEST_CASE("padded copies of long rows give the bits of direct") {
    compare_runs<float>(Layout::channels_first);
    compare_runs<float>(Layout::channels_last);
  }
  TEST_CASE("depthwise convolutions of long rows give the bits of direct") {
    compare_long_rows<float>(Layout::channels_first);
    compare_long_rows<double>(Layout::channels_first);
    compare_long_rows<float>(Layout::channels_last);
  }
  TEST_CASE("a 1×1 product gives the bits of direct wherever its input lies in memory") {
    // Rows of whole cache lines; channels that fill no vectors, so that every instruction set takes panels.
    compare_pointwise<float>(21, 160);
    compare_pointwise<double>(21, 160);
  }
  TEST_CASE("a 1×1 product of an input larger than a group gives the bits of direct") {
    compare_pointwise<float>(33, group_bytes() / (pointwise_depth * 4) + 40);
    compare_pointwise<double>(33, group_bytes() / (pointwise_depth * 8) + 40);
  }
  TEST_CASE("rows of one dimension whose pixels are gathered give the bits of direct") {
    compare_gathered_rows<float>();
    compare_gathered_rows<double>();
  }
  TEST_CASE("a 1×1 product of channels that share few sets of the cache gives the bits of direct") {
    compare_pointwise<float>(33, 5 * 256);
    compare_pointwise<double>(33, 5 * 128);
  }
  TEST_CASE("a padded copy in bands gives the bits of direct") {
    compare_bands<float>(Layout::channels_first);
    compare_bands<double>(Layout::channels_last);
  }
  TEST_CASE(
      "weight gradients of 1×1 convolutions give the bits of direct whichever channels lie in vectors") {
    compare_pointwise_weight_grads<float>(Layout::channels_first);
    compare_pointwise_weight_grads<double>(Layout::channels_first);
    compare_pointwise_weight_grads<float>(Layout::channels_last);
  }
  TEST_CASE("transposed convolutions whose channels threads share give the bits of direct") {
    compare_stretches<float>(Layout::channels_first);
    compare_stretches<double>(Layout::channels_first);
    compare_stretches<float>(Layout::channels_last);
  }
  TEST_CASE("bands that threads take in turn give the bits of direct") {
    compare_shared_bands<float>(Layout::channels_first);
    compare_shared_bands<double>(Layout::channels_first);
    compare_shared_bands<float>(Layout::channels_last);
  }
  TEST_CASE("every algorithm gives the bits of direct, or stays within its error: float32, channels first") {
    compare_on_all_shapes<float>(Layout::channels_first);
  }
  TEST_CASE("every algorithm gives the bits of direct, or stays within its error: float32, channels last") {
    compare_on_all_shapes<float>(Layout::channels_last);
  }
  TEST_CASE("every algorithm gives the bits of direct, or stays within its error: float64, channels first") {
    compare_on_all_shapes<double>(Layout::channels_first);
  }
  TEST_CASE("every algorithm gives the bits of direct, or stays within its error: float64, channels last") {
    compare_on_all_shapes<double>(Layout::channels_last);
  }

  TEST_CASE("what a reproducible plan chooses gives the bits of direct, for every padding and activation") {
    Numbers numbers(32);
    for (const Shape& shape : {shapes()[1], shapes()[4], shapes()[13], shapes()[22]}) {
      CAPTURE(shape.name);
      for (int mode = 0; mode < static_cast<int>(PaddingMode::count); ++mode) {
        for (int activation = 0; activation < static_cast<int>(ActivationKind::count); ++activation) {
          for (Kind kind : {Kind::conv, Kind::conv_transpose}) {
            CAPTURE(mode);
            CAPTURE(activation);
            CAPTURE(static_cast<int>(kind));
            GeometryBuilder builder = shape.builder();
            builder.choose("kind", kind).set("paddingMode", mode).set("activation", activation);
            builder.set("alpha", 0.5).set("min", -1).set("max", 3).set("reproducible", 1);
            Geometry g = builder.build();
            // A gradient through copying padding has no epilogue: bias and activation belong to forward
            // calls.
            const bool plain = kind == Kind::conv_transpose && g.padding_mode != PaddingMode::zeros;
            if (plain && g.activation != ActivationKind::none) continue;
            const Operands<float> operands(numbers, g, !plain, !plain);
            const auto run = [&] {
              return operands.run(nullptr, [&](const Buffers<float>& b) { run_stage(g, b, on_threads(2)); });
            };
            const std::vector<float> actual = run();
            g.algorithm = AlgorithmId::direct;
            const WithIsa portable(Isa::portable);
            const std::vector<float> expected = run();
            check_same_bits(actual.data(), expected.data(), expected.size());
          }
        }
      }
    }
  }

  TEST_CASE("an axis without outputs is planned, however long its stride is") {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      CAPTURE(axis);
      GeometryBuilder builder = shapes()[1].builder();
      Geometry g = builder.build();
      g.output[axis] = 0;
      g.stride[axis] = std::int64_t{1} << 62;
      g.pad_begin[axis] = 1;
      CHECK(plan_workspace(g, make_plan(g), 2) == 0);
    }
  }

  TEST_CASE("empty results, empty batches and gradients over nothing") {
    for (const Shape& shape : {shapes()[shapes().size() - 2], shapes().back()}) {
      for (Kind kind : convolutions) {
        CAPTURE(shape.name);
        CAPTURE(static_cast<int>(kind));
        Numbers numbers(33);
        const Geometry g = shape.builder().choose("kind", kind).build();
        const Operands<float> operands(numbers, g, false, false);
        const std::vector<float> result =
            operands.run(nullptr, [&](const Buffers<float>& b) { run_stage(g, b, on_threads(2)); });
        for (float value : result) CHECK(same_bits(value, 0.0f));
      }
    }
  }

  TEST_CASE("a forced algorithm that cannot run says why; auto says why each better one was refused") {
    const Geometry g = shapes()[1].builder().build();
    CHECK(forced(g, AlgorithmId::depthwise) == nullptr);
    CHECK(forced(g, AlgorithmId::pointwise) == nullptr);
    CHECK(forced(g, AlgorithmId::phases) == nullptr);
    const Plan plan = make_plan(g);
    REQUIRE(plan.algorithm);
    CHECK(plan.refusals.size() >= 2);
    for (const Refusal& refusal : plan.refusals) CHECK(!refusal.reason.empty());
  }

  TEST_CASE("a reproducible plan chooses nothing outside the contract") {
    for (const Shape& shape : shapes()) {
      for (Kind kind : convolutions) {
        const Plan plan = make_plan(shape.builder().choose("kind", kind).set("reproducible", 1).build());
        REQUIRE(plan.algorithm);
        const AlgorithmId id = plan.algorithm->id;
        CHECK(!is_outside_contract(id));
      }
    }
  }
}

}  // namespace
}  // namespace native_conv::test
