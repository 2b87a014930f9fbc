// Operands for a geometry, in guarded memory. Layer: test.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "conv/run.h"
#include "shapes.h"
#include "support.h"

namespace native_conv::test {

template <class T>
DType dtype_of() {
  return sizeof(T) == sizeof(float) ? DType::float32 : DType::float64;
}

constexpr ActivationKind fused[] = {ActivationKind::none, ActivationKind::clamp, ActivationKind::leaky,
                                    ActivationKind::prelu, ActivationKind::hard_swish};

inline void run_with(const Algorithm& a, const Geometry& g, const Buffers<float>& b, const RunControl& c) {
  a.run_f32(g, b, c);
}
inline void run_with(const Algorithm& a, const Geometry& g, const Buffers<double>& b, const RunControl& c) {
  a.run_f64(g, b, c);
}

// Operands of one stage: inputs that cannot be written to, and a target full of NaN that must be overwritten.
template <class T>
class Operands {
 public:
  Operands(Numbers& numbers, const Geometry& g, bool with_bias, bool with_residual,
           NumberRange range = NumberRange::mixed)
      : Operands(lengths(g), with_bias, with_residual) {
    with_slope_ = g.activation == ActivationKind::prelu;
    for (Guarded<T>* operand : {&source_, &weight_, &bias_, &slope_, &residual_}) {
      numbers.fill(*operand, range);
      operand->freeze();
    }
  }

  // The same operands without their signs: what a linear call makes of them is Σ|x||w|.
  Operands absolute() const {
    Operands copy(length_, with_bias_, with_residual_);
    const auto strip = [](Guarded<T>& to, const Guarded<T>& from) {
      std::transform(from.begin(), from.end(), to.begin(), [](T value) { return std::abs(value); });
    };
    strip(copy.source_, source_);
    strip(copy.weight_, weight_);
    strip(copy.bias_, bias_);
    strip(copy.residual_, residual_);
    return copy;
  }

  // Runs `body(buffers)` on a fresh target and returns what it wrote.
  template <class Body>
  std::vector<T> run(WeightCache* cache, Body&& body) const {
    Guarded<T> target(size(length_.target));
    std::fill(target.begin(), target.end(), std::numeric_limits<T>::quiet_NaN());
    Buffers<T> buffers{};
    buffers.source = source_.data();
    buffers.weight = cache ? static_cast<const T*>(cache->raw()) : weight_.data();
    buffers.bias = with_bias_ ? bias_.data() : nullptr;
    buffers.residual = with_residual_ ? residual_.data() : nullptr;
    buffers.slope = with_slope_ ? slope_.data() : nullptr;
    buffers.target = target.data();
    buffers.cache = cache;
    body(buffers);
    return std::vector<T>(target.begin(), target.end());
  }

  std::unique_ptr<WeightCache> cache() const {
    return std::make_unique<WeightCache>(weight_.data(), weight_.size() * sizeof(T));
  }

  const Guarded<T>& source() const { return source_; }
  const Guarded<T>& weight() const { return weight_; }

 private:
  Operands(const Lengths& length, bool with_bias, bool with_residual)
      : length_(length),
        source_(size(length.source)),
        weight_(size(length.weight)),
        bias_(size(length.channels)),
        slope_(size(length.channels)),
        residual_(size(length.target)),
        with_bias_(with_bias && length.channels > 0),
        with_residual_(with_residual && length.channels > 0) {}

  static std::size_t size(std::int64_t count) { return static_cast<std::size_t>(count); }

  Lengths length_;
  Guarded<T> source_, weight_, bias_, slope_, residual_;
  bool with_bias_, with_residual_, with_slope_ = false;
};

}  // namespace native_conv::test
