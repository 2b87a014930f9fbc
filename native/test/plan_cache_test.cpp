// Remembered plans: found again by every bit of the packed geometry, by ISA, and never after an error.
// Layer: test. SPDX-License-Identifier: MIT
#include <cmath>
#include <thread>

#include "base/cpu.h"
#include "conv/plan_cache.h"
#include "geometry_builder.h"
#include "support.h"

namespace native_conv::test {
namespace {

std::shared_ptr<const Planned> planned(GeometryBuilder& builder) {
  return plan_packed(builder.values().data(), builder.values().size());
}

TEST_SUITE("conv") {
  TEST_CASE("a plan is made once for the same packed geometry") {
    GeometryBuilder a, b;
    b.set("padBeginW", 1).fit_output();
    const auto first = planned(a);
    CHECK((planned(a) == first));
    CHECK((planned(b) != first));
    CHECK(planned(b)->geometry.pad_begin[2] == 1);
    CHECK(planned(b)->lengths.target == output_length(planned(b)->geometry));
    CHECK(planned(a)->geometry.pad_begin[2] == 0);
    GeometryBuilder minus;
    minus.set("alpha", -0.0);
    CHECK(std::signbit(planned(minus)->geometry.alpha));
    CHECK_FALSE(std::signbit(planned(a)->geometry.alpha));
  }

  TEST_CASE("a plan is made anew for another instruction set") {
    GeometryBuilder builder;
    const std::string before = isa_name(current_isa());
    const auto first = planned(builder);
    set_isa_cap("portable");
    const auto second = planned(builder);
    set_isa_cap(before);
    CHECK((before == "portable") == (first == second));
  }

  TEST_CASE("a plan outlives its place in the memory, and thousands of others") {
    GeometryBuilder builder;
    const auto first = planned(builder);
    for (int width = 2; width < 3000; ++width) {
      GeometryBuilder other;
      other.set("inputW", width).fit_output();
      CHECK(planned(other)->geometry.input[2] == width);
    }
    CHECK(first->geometry.input[2] == 1);
    CHECK(planned(builder)->geometry.input[2] == 1);
  }

  TEST_CASE("what cannot be planned throws every time") {
    GeometryBuilder builder;
    builder.choose("algorithm", AlgorithmId::phases);
    for (int i = 0; i < 2; ++i) CHECK_THROWS_AS(planned(builder), Error);
    builder.set("algorithm", 0).set("groups", 0);
    for (int i = 0; i < 2; ++i) CHECK_THROWS_AS(planned(builder), Error);
  }

  TEST_CASE("threads remember for themselves") {
    GeometryBuilder builder;
    const auto first = planned(builder);
    std::shared_ptr<const Planned> second;
    std::thread([&] { second = planned(builder); }).join();
    CHECK((second != first));
    CHECK(second->plan.algorithm == first->plan.algorithm);
  }
}

}  // namespace
}  // namespace native_conv::test
