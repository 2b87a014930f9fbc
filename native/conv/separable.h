// A depthwise convolution followed by a 1×1 convolution, fused: bands of output rows go through both, so that
// the intermediate is as large as a band and never leaves the cache. The bits are those of the two run one by
// one. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include "conv/algorithm.h"

namespace native_conv {

// Whether the two geometries, the second reading the first one's result, can run fused.
bool can_fuse(const Geometry& depthwise, const Geometry& pointwise);

// Bytes of the intermediate that one thread holds.
std::int64_t fused_bytes(const Geometry& depthwise);

// `depthwise_buffers` has no target and no residual. Leaves smooth activations to the caller, as algorithms
// do.
template <class T>
void run_fused(const Geometry& depthwise, const Buffers<T>& depthwise_buffers, const Geometry& pointwise,
               const Buffers<T>& pointwise_buffers, const RunControl& control);

}  // namespace native_conv
