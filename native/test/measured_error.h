// Algorithms outside the contract against the definition in float64: the largest error in units of
// eps·Σ|x||w|, over instruction sets and threads. Layer: test. SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include "base/error.h"
#include "conv_cases.h"

namespace native_conv::test {

// Element for element, in double.
inline std::vector<double> widened(const Guarded<float>& values) { return {values.begin(), values.end()}; }
inline std::vector<double> widened(const Guarded<double>& values) { return {values.begin(), values.end()}; }

struct Truth {
  std::vector<double> value, magnitude;
};

// The definition in float64, and Σ|x||w| + |bias| + |residual|, by the direct algorithm, whose chains have
// the same bits on every instruction set.
template <class T>
Truth truth_of(const Geometry& g, const Operands<T>& operands) {
  Geometry wide = g;
  wide.dtype = DType::float64;
  const auto run = [&](const Operands<T>& from) {
    std::vector<double> target(static_cast<std::size_t>(lengths(g).target));
    from.run(nullptr, [&](const Buffers<T>& b) {
      const std::vector<double> source = widened(from.source()), weight = widened(from.weight());
      const auto copy = [](const T* p, std::int64_t count) {
        return p ? std::vector<double>(p, p + count) : std::vector<double>();
      };
      const std::vector<double> bias = copy(b.bias, lengths(g).channels),
                                slope = copy(b.slope, lengths(g).channels),
                                residual = copy(b.residual, lengths(g).target);
      Buffers<double> buffers{};
      buffers.source = source.data();
      buffers.weight = weight.data();
      buffers.bias = b.bias ? bias.data() : nullptr;
      buffers.residual = b.residual ? residual.data() : nullptr;
      buffers.slope = b.slope ? slope.data() : nullptr;
      buffers.target = target.data();
      const Algorithm& definition = wide.kind == Kind::conv             ? direct
                                    : wide.kind == Kind::conv_transpose ? direct_transpose
                                                                        : direct_weight_grad;
      definition.run_f64(wide, buffers, RunControl{});
    });
    return target;
  };
  Truth truth;
  truth.value = run(operands);
  wide.activation = ActivationKind::none;
  truth.magnitude = run(operands.absolute());
  return truth;
}

template <class T>
void compare(Numbers& numbers, const Geometry& g, bool epilogue, double units) {
  const Operands<T> operands(numbers, g, epilogue, epilogue, NumberRange::even);
  const Truth truth = truth_of(g, operands);
  // Not local: an error is that of the largest outputs around.
  const double largest = *std::max_element(truth.magnitude.begin(), truth.magnitude.end());
  const double unit = std::numeric_limits<T>::epsilon() / 2 * largest;
  const Plan plan = make_plan(g);
  for (Isa isa : tested_isas()) {
    const WithIsa capped(isa);
    CAPTURE(isa_name(isa));
    covered_isas().insert(isa);
    // What a weight gradient has in the weight's place is no weight.
    const bool packs = g.kind != Kind::conv_weight_grad;
    const std::unique_ptr<WeightCache> cache = packs ? operands.cache() : nullptr;
    for (int threads : {1, 2, 3}) {
      CAPTURE(threads);
      const std::vector<T> actual =
          operands.run(threads == 2 ? cache.get() : nullptr, [&](const Buffers<T>& b) {
            RunControl control;
            control.threads = threads;
            if constexpr (sizeof(T) == sizeof(float)) {
              plan.algorithm->run_f32(g, b, control);
            } else {
              plan.algorithm->run_f64(g, b, control);
            }
          });
      for (std::size_t i = 0; i < actual.size(); ++i) {
        const double error = std::abs(static_cast<double>(actual[i]) - truth.value[i]) / unit;
        if (error <= units) continue;
        FAIL_CHECK("element " << i << " is " << actual[i] << ", expected " << truth.value[i] << ": off by "
                              << error);
        break;
      }
    }
  }
}

}  // namespace native_conv::test
