// What plans say about scratch: never less than a run takes, on one thread and on several, and never more
// than the limit. Layer: test. SPDX-License-Identifier: MIT
#include <string>
#include <thread>
#include <vector>

#include "base/buffer.h"
#include "conv/plan.h"
#include "conv/workspace.h"
#include "conv_cases.h"

namespace native_conv::test {
namespace {

constexpr Kind kinds[] = {Kind::conv, Kind::conv_transpose, Kind::conv_weight_grad, Kind::im2col,
                          Kind::col2im};

// Scratch that a thread which has none takes for a run on its own.
std::int64_t scratch_taken(const Geometry& g) {
  std::int64_t taken = -1;
  std::thread([&] {
    Numbers numbers(1);
    const Operands<float> operands(numbers, g, false, false);
    const std::int64_t before = held_scratch_bytes();
    operands.run(nullptr, [&](const Buffers<float>& b) { run_stage(g, b, on_threads(1)); });
    taken = held_scratch_bytes() - before;
  }).join();
  return taken;
}

std::vector<AlgorithmId> algorithms_that_run(GeometryBuilder builder) {
  std::vector<AlgorithmId> ids;
  for (int id = 0; id < static_cast<int>(AlgorithmId::count); ++id) {
    try {
      make_plan(builder.set("algorithm", id).build());
      ids.push_back(static_cast<AlgorithmId>(id));
    } catch (const Error& error) {
      REQUIRE(error.code() == ErrorCode::algorithm);
    }
  }
  return ids;
}

TEST_SUITE("conv") {
  TEST_CASE("no run takes more scratch than its plan says") {
    int runs = 0, with_scratch = 0;
    for (Isa isa : tested_isas()) {
      const WithIsa with(isa);
      for (const Shape& shape : shapes()) {
        CAPTURE(std::string(shape.name));
        for (Kind kind : kinds) {
          for (Layout layout : {Layout::channels_first, Layout::channels_last}) {
            GeometryBuilder builder = shape.builder().choose("kind", kind).choose("layout", layout);
            for (AlgorithmId id : algorithms_that_run(builder)) {
              const Geometry g = builder.choose("algorithm", id).build();
              CAPTURE(static_cast<int>(kind));
              CAPTURE(std::string(algorithm_name(id)));
              const std::int64_t taken = scratch_taken(g);
              CHECK(taken >= 0);
              CHECK(taken <= plan_workspace(g, make_plan(g), 1));
              ++runs;
              with_scratch += taken > 0;
            }
          }
        }
      }
    }
    MESSAGE(runs << " runs, " << with_scratch << " of which took scratch");
    CHECK(with_scratch > runs / 4);
  }

  TEST_CASE("under a limit, auto takes the best algorithm that keeps to it, and says what it left out") {
    for (const Shape& shape : shapes()) {
      for (Kind kind : {Kind::conv, Kind::conv_transpose, Kind::conv_weight_grad}) {
        const Geometry g = shape.builder().choose("kind", kind).build();
        const Plan best = make_plan(g);
        const std::int64_t bytes = plan_workspace(g, best, 1);
        CHECK(make_plan(g, {bytes, 1, 0}).algorithm == best.algorithm);
        if (bytes == 0) continue;
        const Plan smaller = make_plan(g, {bytes - 1, 1, 0});
        CHECK(plan_workspace(g, smaller, 1) < bytes);
        CHECK(smaller.refusals.size() > best.refusals.size());
        CHECK(smaller.refusals[best.refusals.size()].reason ==
              "it needs " + std::to_string(bytes) + " bytes of scratch, setWorkspaceLimit allows " +
                  std::to_string(bytes - 1));
      }
    }
  }

  TEST_CASE("is known at once for a weight gradient of more taps than memory could list") {
    GeometryBuilder builder;
    builder.choose("kind", Kind::conv_weight_grad).set3("input", {1, 1, 1 << 30});
    builder.set3("kernel", {1, 1, 1 << 30}).fit_output();
    const Geometry g = builder.build();
    CHECK(plan_workspace(g, make_plan(g), 1) > 0);
  }

  TEST_CASE("what no algorithm can do within the limit is refused; a forced one is never replaced") {
    const auto refused = [](const Geometry& g, std::int64_t bytes) {
      try {
        make_plan(g, {bytes, 1, 0});
      } catch (const Error& error) {
        return error.code() == ErrorCode::too_large;
      }
      return false;
    };
    GeometryBuilder plain = shapes()[0].builder();
    CHECK_FALSE(refused(plain.build(), 0));
    const Geometry forced = plain.choose("algorithm", AlgorithmId::im2col_gemm).build();
    const std::int64_t bytes = plan_workspace(forced, make_plan(forced), 1);
    CHECK(refused(forced, bytes - 1));
    CHECK_FALSE(refused(forced, bytes));
    CHECK(refused(shapes()[0].builder().choose("kind", Kind::col2im).build(), 0));
    GeometryBuilder folded = shapes()[0].builder().choose("kind", Kind::conv_transpose);
    CHECK(refused(folded.choose("paddingMode", PaddingMode::reflect).build(), 0));
  }
}

}  // namespace
}  // namespace native_conv::test
