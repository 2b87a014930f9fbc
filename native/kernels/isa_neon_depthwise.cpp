// The NEON (AArch64) kernels of depthwise convolutions.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "base/bits.h"
#include "kernels/registry.h"

#if NATIVE_CONV_ARM64

#include <arm_neon.h>

#include <cstring>

namespace native_conv {
namespace {

#include "kernels/vector_neon.inl"

#include "kernels/finish.inl"
#include "kernels/pad.inl"
#include "kernels/depthwise.inl"

}  // namespace

void depthwise_rows_f32_6_neon(const DepthwiseRows<float>& t) { depthwise_rows<F32x4>(t); }
void depthwise_plane_f32_neon(const DepthwisePlane<float>& t) { depthwise_plane<F32x4>(t); }
void depthwise_last_f32_6_neon(const DepthwiseLastTile<float>& t) { depthwise_last_tile<F32x4, 6>(t); }
void depthwise_rows_f64_6_neon(const DepthwiseRows<double>& t) { depthwise_rows<F64x2>(t); }
void depthwise_plane_f64_neon(const DepthwisePlane<double>& t) { depthwise_plane<F64x2>(t); }
void depthwise_last_f64_6_neon(const DepthwiseLastTile<double>& t) { depthwise_last_tile<F64x2, 6>(t); }

}  // namespace native_conv

#endif
