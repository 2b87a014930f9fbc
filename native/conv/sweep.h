// One group of one image as a matrix product that is never laid out: every output position reads its patch
// through a table of K offsets, from the input itself or its padded copy. Convolutions, the phases of
// transposed convolutions and pointwise products differ in steps and tables only; so do NCHW and NHWC. Layer:
// conv. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "base/thread_pool.h"
#include "conv/geometry.h"
#include "gemm/pack.h"
#include "kernels/kernels.h"

namespace native_conv {

template <class T>
struct Sweep {
  Triple counts;                // output positions
  const T* x;                   // what the first output position reads at offset 0
  Triple x_step;                // elements from one output position to the next; panel: x_step[2] is 1
  const std::int32_t* offsets;  // [depth]
  const PackedPanels<T>* panels;
  const T* weights;  // packed by *panels
  T* y;
  Triple y_step;
  std::int64_t y_channel;
  const T* residual;  // null, or addressed as y
  const Finish<T>* finish;
  std::int64_t channel;  // of the first output channel, in bias and slope
};

// Writes all outputs, on up to control.threads threads.
template <class T>
void run_sweep(const Sweep<T>& sweep, const RunControl& control);

// The micro-kernel family for `channels` outputs of `depth` taps.
template <class T>
Family choose_family(Layout layout, std::int64_t channels, std::int64_t depth);

// Bytes of scratch that a thread needs beside the padded copy and the weights.
std::int64_t sweep_scratch_bytes(DType dtype);

}  // namespace native_conv
