// A depthwise and a pointwise stage fused against the two run one by one, bit for bit; and calls whose stages
// do not fit together. Layer: test. SPDX-License-Identifier: MIT
#include "base/error.h"
#include "conv/call.h"
#include "conv/separable.h"
#include "conv_cases.h"

namespace native_conv::test {
namespace {

struct Pair {
  Shape depthwise;
  std::int64_t out;
};

// The last two are cut into several bands, the very last into bands of one row.
const std::vector<Pair>& pairs() {
  constexpr Triple one = {1, 1, 1}, none = {0, 0, 0}, pad = {0, 1, 1};
  static const std::vector<Pair> all = {
      {{"3x3", 2, 16, 16, 16, {1, 9, 11}, {1, 3, 3}, one, one, pad, pad}, 24},
      {{"multiplier 2, stride 2", 1, 5, 10, 5, {1, 13, 12}, {1, 3, 5}, {1, 2, 2}, one, {0, 1, 2}, pad}, 17},
      {{"dilated, unpadded", 1, 7, 7, 7, {1, 12, 15}, {1, 3, 3}, one, {1, 2, 2}, none, none}, 3},
      {{"bands", 2, 33, 33, 33, {1, 37, 71}, {1, 3, 3}, one, one, pad, pad}, 5},
      {{"bands of one row", 1, 70, 70, 70, {1, 3, 940}, {1, 3, 1}, one, one, {0, 1, 0}, {0, 1, 0}}, 2},
  };
  return all;
}

template <class T>
Stage stage_of(const Geometry& g, const Buffers<T>& b) {
  return {g, b.source, b.weight, b.bias, b.residual, b.slope, b.target, b.cache};
}

template <class T>
void compare(Layout layout) {
  Numbers numbers(51);
  int counter = 0;
  for (const Pair& pair : pairs()) {
    const int variation = counter++;
    CAPTURE(pair.depthwise.name);
    GeometryBuilder first = pair.depthwise.builder();
    first.choose("layout", layout).choose("dtype", sizeof(T) == 4 ? DType::float32 : DType::float64);
    first.set("paddingMode", variation % 5);
    const Geometry depthwise = first.build();
    GeometryBuilder second;
    second.choose("layout", layout).choose("dtype", depthwise.dtype);
    second.set("batch", static_cast<double>(depthwise.batch))
        .set("outChannels", static_cast<double>(pair.out));
    second.set("inChannels", static_cast<double>(depthwise.out_channels));
    second.set3("input", depthwise.output).set3("output", depthwise.output);
    second.choose("activation", variation % 2 ? ActivationKind::sigmoid : ActivationKind::prelu);
    const Geometry pointwise = second.build();
    REQUIRE(can_fuse(depthwise, pointwise));

    const Operands<T> from(numbers, depthwise, true, false), to(numbers, pointwise, true, variation % 2 == 0);
    const std::vector<T> between =
        from.run(nullptr, [&](const Buffers<T>& b) { run_stage(depthwise, b, {}); });
    const std::vector<T> expected = to.run(nullptr, [&](const Buffers<T>& b) {
      Buffers<T> buffers = b;
      buffers.source = between.data();
      run_stage(pointwise, buffers, {});
    });
    const Isa before = current_isa();
    for (Isa isa : tested_isas()) {
      CAPTURE(isa_name(isa));
      set_isa_cap(isa_name(isa));
      const std::unique_ptr<WeightCache> caches[] = {from.cache(), to.cache()};
      for (bool cached : {false, true}) {
        for (int threads : {1, 3}) {
          CAPTURE(cached);
          CAPTURE(threads);
          RunControl control;
          control.threads = threads;
          std::vector<T> actual;
          from.run(cached ? caches[0].get() : nullptr, [&](const Buffers<T>& a) {
            actual = to.run(cached ? caches[1].get() : nullptr, [&](const Buffers<T>& b) {
              Stage stages[] = {stage_of(depthwise, a), stage_of(pointwise, b)};
              stages[0].target = nullptr;
              stages[1].source = nullptr;
              run_call({stages[0], stages[1]}, control);
            });
          });
          check_same_bits(actual.data(), expected.data(), expected.size());
        }
      }
    }
    set_isa_cap(isa_name(before));
  }
}

TEST_SUITE("conv") {
  TEST_CASE("separable, fused: float32, channels first") { compare<float>(Layout::channels_first); }
  TEST_CASE("separable, fused: float32, channels last") { compare<float>(Layout::channels_last); }
  TEST_CASE("separable, fused: float64, channels first") { compare<double>(Layout::channels_first); }
  TEST_CASE("separable, fused: float64, channels last") { compare<double>(Layout::channels_last); }

  TEST_CASE("stages that do not fit together are refused before anything is read") {
    const Geometry pixel = GeometryBuilder().build();
    const Geometry larger = GeometryBuilder().set("inputW", 2).set("outputW", 2).build();
    const float one[2] = {1, 1};
    float result[2] = {};
    const Stage writes{pixel, one, one, nullptr, nullptr, nullptr, nullptr, nullptr};
    const Stage reads_more{larger, nullptr, one, nullptr, nullptr, nullptr, result, nullptr};
    const Stage reads_none{pixel, nullptr, one, nullptr, nullptr, nullptr, result, nullptr};
    CHECK_THROWS_AS(run_call({writes, reads_more}, {}), Error);
    CHECK_THROWS_AS(run_call({reads_none}, {}), Error);
    CHECK(result[0] == 0);
    run_call({writes, reads_none}, {});
    CHECK(result[0] == 1);
  }
}

}  // namespace
}  // namespace native_conv::test
