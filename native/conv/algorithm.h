// The interface of an algorithm, and what it runs on. A new algorithm is its own file plus one line in
// plan.cpp. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "base/thread_pool.h"
#include "conv/geometry.h"
#include "conv/weight_cache.h"
#include "kernels/kernels.h"

namespace native_conv {

// The buffers of one stage; lengths() says how long each is. `cache` holds packed forms of `weight`, or is
// null.
template <class T>
struct Buffers {
  const T* source;
  const T* weight;
  const T* bias;
  const T* residual;
  const T* slope;
  T* target;
  WeightCache* cache;
};

struct Algorithm {
  AlgorithmId id;
  // Why it cannot, or had better not, take this geometry; empty = it takes it.
  std::string (*reject)(const Geometry& g);
  // Bytes of scratch: the padded copy and what each of `threads` threads holds beside it; packed weights
  // included.
  std::int64_t (*workspace)(const Geometry& g, int threads);
  // The name of the micro-kernel in its inner loop.
  const char* (*kernel)(const Geometry& g);
  // Everything but the smooth activations and the folding of padded gradients (run.h adds those).
  void (*run_f32)(const Geometry& g, const Buffers<float>& buffers, const RunControl& control);
  void (*run_f64)(const Geometry& g, const Buffers<double>& buffers, const RunControl& control);
};

// The epilogue that kernels fuse, of a geometry and its buffers.
template <class T>
Finish<T> finish_of(const Geometry& g, const Buffers<T>& buffers) {
  Finish<T> finish;
  finish.bias = buffers.bias;
  switch (g.activation) {
    case ActivationKind::clamp:
      finish.fused = Fused::clamp;
      finish.low = static_cast<T>(g.min);
      finish.high = static_cast<T>(g.max);
      break;
    case ActivationKind::leaky:
      finish.fused = Fused::leaky;
      finish.alpha = static_cast<T>(g.alpha);
      break;
    case ActivationKind::prelu:
      finish.fused = Fused::prelu;
      finish.slope = buffers.slope;
      break;
    case ActivationKind::hard_swish:
      finish.fused = Fused::hard_swish;
      break;
    default:
      break;
  }
  return finish;
}

// Calls body with a zero of the dtype's C++ type, for what is a template below.
template <class Body>
auto with_type(DType dtype, Body&& body) {
  return dtype == DType::float32 ? body(float{}) : body(double{});
}

inline std::int64_t size_of(DType dtype) {
  return dtype == DType::float32 ? std::int64_t{sizeof(float)} : std::int64_t{sizeof(double)};
}

extern const Algorithm direct, im2col_gemm, implicit_gemm, pointwise, depthwise, phases, transpose_col2im;
extern const Algorithm winograd_f2, winograd_f4, fft;
extern const Algorithm direct_transpose, direct_weight_grad, weight_grad_gemm, depthwise_weight_grad,
    winograd_weight_grad;

}  // namespace native_conv
