// The AVX2 + FMA kernels of depthwise convolutions.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "base/bits.h"
#include "kernels/registry.h"

#if NATIVE_CONV_X86

#include "kernels/target_avx2.inl"

namespace native_conv {
namespace {

#include "kernels/vector_avx2.inl"
#include "kernels/leave_x86.inl"

#include "kernels/finish.inl"
#include "kernels/pad.inl"
#include "kernels/depthwise.inl"

}  // namespace

void depthwise_rows_f32_4_avx2(const DepthwiseRows<float>& t) { depthwise_rows<F32x8>(t), leave(); }
void depthwise_plane_f32_avx2(const DepthwisePlane<float>& t) { depthwise_plane<F32x8>(t), leave(); }
void depthwise_last_f32_4_avx2(const DepthwiseLastTile<float>& t) {
  depthwise_last_tile<F32x8, 4>(t), leave();
}
void depthwise_rows_f64_4_avx2(const DepthwiseRows<double>& t) { depthwise_rows<F64x4>(t), leave(); }
void depthwise_plane_f64_avx2(const DepthwisePlane<double>& t) { depthwise_plane<F64x4>(t), leave(); }
void depthwise_last_f64_4_avx2(const DepthwiseLastTile<double>& t) {
  depthwise_last_tile<F64x4, 4>(t), leave();
}

}  // namespace native_conv

#include "kernels/target_end.inl"

#endif
