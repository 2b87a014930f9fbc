// The AVX2 + FMA kernels of matrix products and of what feeds them: tiles, copies, transposes, sums.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "kernels/registry.h"

#if NATIVE_CONV_X86

#include "kernels/target_avx2.inl"

namespace native_conv {
namespace {

#include "kernels/vector_avx2.inl"
#include "kernels/leave_x86.inl"

#include "kernels/finish.inl"
#include "kernels/pad.inl"
#include "kernels/gemm.inl"
#include "kernels/interleave.inl"
#include "kernels/strip.inl"
#include "kernels/transpose.inl"
#include "kernels/channel_sums.inl"
#include "kernels/chain.inl"

}  // namespace

void gemm_panel_f32_6x16_avx2(const GemmTile<float>& t) { panel_tile<F32x8, 6, 2>(t), leave(); }
void gemm_patch_f32_6x16_avx2(const GemmTile<float>& t) { patch_tile<F32x8, 6, 2>(t), leave(); }
void scatter_f32_avx2(const ScatterTile<float>& t) { scatter_tile<F32x8>(t), leave(); }
void strip_f32_4_avx2(const StripTile<float>& t) { strip_tile<F32x8, 4, 12>(t), leave(); }
void interleave_f32_avx2(const InterleaveTile<float>& t) { interleave_tile<F32x8>(t), leave(); }
void transpose_f32_avx2(const TransposeTile<float>& t) { transpose_tile<F32x8>(t), leave(); }
void channel_sums_f32_10_avx2(const ChannelSums<float>& t) { channel_sums<F32x8, 10, 12>(t), leave(); }
void pad_rows_f32_avx2(const PadRows<float>& p) { pad_rows<F32x8>(p), leave(); }
void gather_rows_f32_avx2(const GatherRows<float>& t) { gather_rows<F32x8>(t), leave(); }
float chain_f32_avx2(const Chain<float>& t) { return chain<F32x8>(t); }
void gemm_panel_f64_6x8_avx2(const GemmTile<double>& t) { panel_tile<F64x4, 6, 2>(t), leave(); }
void gemm_patch_f64_6x8_avx2(const GemmTile<double>& t) { patch_tile<F64x4, 6, 2>(t), leave(); }
void scatter_f64_avx2(const ScatterTile<double>& t) { scatter_tile<F64x4>(t), leave(); }
void strip_f64_4_avx2(const StripTile<double>& t) { strip_tile<F64x4, 4, 12>(t), leave(); }
void interleave_f64_avx2(const InterleaveTile<double>& t) { interleave_tile<F64x4>(t), leave(); }
void transpose_f64_avx2(const TransposeTile<double>& t) { transpose_tile<F64x4>(t), leave(); }
void channel_sums_f64_10_avx2(const ChannelSums<double>& t) { channel_sums<F64x4, 10, 12>(t), leave(); }
void pad_rows_f64_avx2(const PadRows<double>& p) { pad_rows<F64x4>(p), leave(); }
void gather_rows_f64_avx2(const GatherRows<double>& t) { gather_rows<F64x4>(t), leave(); }
double chain_f64_avx2(const Chain<double>& t) { return chain<F64x4>(t); }

}  // namespace native_conv

#include "kernels/target_end.inl"

#endif
