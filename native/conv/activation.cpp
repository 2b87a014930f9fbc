// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/activation.h"

#include <algorithm>
#include <cmath>

namespace native_conv {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
// Hendrycks & Gimpel, arXiv 1606.08415; erfc keeps the digits of the left tail.
double gelu(double x) { return 0.5 * x * std::erfc(-x * 0.70710678118654752440); }

template <class T, class Function>
void for_range(T* y, std::int64_t begin, std::int64_t end, Function function) {
  for (std::int64_t i = begin; i < end; ++i) y[i] = static_cast<T>(function(static_cast<double>(y[i])));
}

template <class T>
void apply_range(ActivationKind kind, double alpha, T* y, std::int64_t begin, std::int64_t end) {
  switch (kind) {
    case ActivationKind::sigmoid:
      return for_range(y, begin, end, sigmoid);
    case ActivationKind::tanh:
      return for_range(y, begin, end, [](double x) { return std::tanh(x); });
    case ActivationKind::silu:
      return for_range(y, begin, end, [](double x) { return x / (1 + std::exp(-x)); });
    case ActivationKind::elu:
      return for_range(y, begin, end, [alpha](double x) { return x < 0 ? alpha * std::expm1(x) : x; });
    case ActivationKind::gelu:
      return for_range(y, begin, end, gelu);
    default:
      return;
  }
}

}  // namespace

bool is_smooth(ActivationKind kind) {
  return kind == ActivationKind::sigmoid || kind == ActivationKind::tanh || kind == ActivationKind::silu ||
         kind == ActivationKind::elu || kind == ActivationKind::gelu;
}

template <class T>
void apply_smooth(ActivationKind kind, double alpha, T* y, std::int64_t count, const RunControl& control) {
  constexpr std::int64_t chunk = 4096;
  parallel_for(control, (count + chunk - 1) / chunk, [&](std::int64_t task) {
    apply_range(kind, alpha, y, task * chunk, std::min(count, (task + 1) * chunk));
  });
}

template void apply_smooth(ActivationKind, double, float*, std::int64_t, const RunControl&);
template void apply_smooth(ActivationKind, double, double*, std::int64_t, const RunControl&);

}  // namespace native_conv
