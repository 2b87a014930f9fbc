// The AVX-512 kernels of depthwise convolutions.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "base/bits.h"
#include "kernels/registry.h"

#if NATIVE_CONV_X86

#include "kernels/target_avx512.inl"

namespace native_conv {
namespace {

#include "kernels/vector_avx512.inl"
#include "kernels/leave_x86.inl"

#include "kernels/finish.inl"
#include "kernels/pad.inl"
#include "kernels/depthwise.inl"

}  // namespace

void depthwise_rows_f32_6_avx512(const DepthwiseRows<float>& t) { depthwise_rows<F32x16>(t), leave(); }
void depthwise_plane_f32_avx512(const DepthwisePlane<float>& t) { depthwise_plane<F32x16>(t), leave(); }
void depthwise_last_f32_6_avx512(const DepthwiseLastTile<float>& t) {
  depthwise_last_tile<F32x16, 6>(t), leave();
}
void depthwise_rows_f64_6_avx512(const DepthwiseRows<double>& t) { depthwise_rows<F64x8>(t), leave(); }
void depthwise_plane_f64_avx512(const DepthwisePlane<double>& t) { depthwise_plane<F64x8>(t), leave(); }
void depthwise_last_f64_6_avx512(const DepthwiseLastTile<double>& t) {
  depthwise_last_tile<F64x8, 6>(t), leave();
}

}  // namespace native_conv

#include "kernels/target_end.inl"

#endif
