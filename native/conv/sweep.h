// One group of one image as a matrix product that is never laid out: every output position reads its patch
// through a table of K offsets, from the input itself or its padded copy. Convolutions, the phases of
// transposed convolutions and pointwise products differ in steps and tables only; so do NCHW and NHWC. Layer:
// conv. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdlib>

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
  // panel: so many tiles' patches are gathered before they are read (conv/gathered_patches.h); 0: none.
  std::int64_t gathered = 0;
};

// Elements of the input from the first to the last that positions read through a table of offsets.
inline std::int64_t input_span(const Triple& counts, const Triple& x_step, const std::int32_t* offsets,
                               std::int64_t depth) {
  // Offsets may descend.
  const std::int64_t taps = depth ? std::abs(std::int64_t{offsets[depth - 1]} - offsets[0]) : 0;
  return taps + std::abs(offset_of({counts[0] - 1, counts[1] - 1, counts[2] - 1}, x_step)) + 1;
}

// Writes all outputs, on up to control.threads threads.
template <class T>
void run_sweep(const Sweep<T>& sweep, const RunControl& control);

// Products (images × groups) that run at once: one a thread where there are groups or enough images, each
// with a padded copy of its own that stays in cache; else one after another, each shared out among the
// threads.
inline int products_at_once(const Geometry& g, int threads) {
  return g.groups > 1 || g.batch >= 2 * threads ? threads : 1;
}

// Calls body(product, control) for every product, with what threads are left to it.
template <class Body>
void for_each_product(const Geometry& g, const RunControl& control, Body&& body) {
  const std::int64_t products = g.batch * g.groups;
  if (products_at_once(g, control.threads) > 1) {
    parallel_for(control, products, [&](std::int64_t product) { body(product, control.alone()); });
    return;
  }
  for (std::int64_t product = 0; product < products; ++product) body(product, control);
}

// The micro-kernel family for `channels` outputs of `depth` taps at `counts` positions, whose rows the panel
// kernel would read `pitch` elements apart; by default at many positions in one row.
template <class T>
Family choose_family(Layout layout, std::int64_t channels, std::int64_t depth,
                     const Triple& counts = {1, 1, 1 << 12}, std::int64_t pitch = 0);

// Bytes of scratch that a thread needs beside the padded copy and the weights.
std::int64_t sweep_scratch_bytes(DType dtype);

}  // namespace native_conv
