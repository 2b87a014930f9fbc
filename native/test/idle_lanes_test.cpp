// What an algorithm computes must not depend on what its scratch held before, and nor must how long it takes:
// processors need a hundred times as long for operands that are subnormal, as leftovers often are. The
// processor's own flag tells whether any operand was. Layer: test. SPDX-License-Identifier: MIT
#include "base/error.h"
#include "conv_cases.h"

#if defined(__x86_64__) || defined(_M_X64)

#include <xmmintrin.h>

namespace native_conv::test {
namespace {

constexpr unsigned denormal_operand = 0x2;

// Fills this thread's scratch, as much of it as these shapes take, with numbers that are subnormal as float
// and as double.
void fill_scratch_with_subnormals() {
  constexpr std::size_t count = 64 * 1024;
  for (int slot = 0; slot < static_cast<int>(Scratch::count); ++slot) {
    std::fill_n(scratch<float>(static_cast<Scratch>(slot), count), count, 1e-39f);
  }
}

template <class T>
bool meets_subnormals(const Algorithm& algorithm, const Geometry& g, const Operands<T>& operands,
                      WeightCache* cache) {
  bool met = false;
  const auto run = [&](const Buffers<T>& b) {
    run_with(algorithm, g, b, on_threads(1));  // allocates, and packs the weight
    fill_scratch_with_subnormals();
    _mm_setcsr(_mm_getcsr() & ~denormal_operand);
    run_with(algorithm, g, b, on_threads(1));
    met = (_mm_getcsr() & denormal_operand) != 0;
  };
  operands.run(cache, run);
  return met;
}

template <class T>
void check_all(Layout layout) {
  Numbers numbers(71);
  int runs = 0;
  for (const Shape& shape : shapes()) {
    CAPTURE(std::string(shape.name));
    for (Kind kind : {Kind::conv, Kind::conv_transpose, Kind::conv_weight_grad}) {
      for (int id = 1; id < static_cast<int>(AlgorithmId::count); ++id) {
        const auto algorithm = static_cast<AlgorithmId>(id);
        GeometryBuilder builder = shape.builder();
        builder.choose("kind", kind).choose("dtype", dtype_of<T>()).choose("layout", layout);
        const Geometry g = builder.choose("algorithm", algorithm).build();
        if (lengths(g).target == 0 || lengths(g).source == 0 || lengths(g).weight == 0) continue;
        CAPTURE(static_cast<int>(kind));
        CAPTURE(std::string(algorithm_name(algorithm)));
        for (Isa isa : tested_isas()) {
          const WithIsa capped(isa);
          CAPTURE(std::string(isa_name(isa)));
          const Algorithm* chosen = nullptr;
          try {
            chosen = make_plan(g).algorithm;
          } catch (const Error&) {
            continue;
          }
          const Operands<T> operands(numbers, g, false, false, NumberRange::even);
          const std::unique_ptr<WeightCache> cache = operands.cache();
          CHECK(!meets_subnormals<T>(*chosen, g, operands,
                                     kind == Kind::conv_weight_grad ? nullptr : cache.get()));
          ++runs;
        }
      }
    }
  }
  CHECK(runs > 0);
}

TEST_SUITE("conv") {
  TEST_CASE("no algorithm computes on what its scratch held before: float32, channels first") {
    check_all<float>(Layout::channels_first);
  }
  TEST_CASE("no algorithm computes on what its scratch held before: float32, channels last") {
    check_all<float>(Layout::channels_last);
  }
  TEST_CASE("no algorithm computes on what its scratch held before: float64, channels first") {
    check_all<double>(Layout::channels_first);
  }
}

}  // namespace
}  // namespace native_conv::test

#endif
