// The AVX-512 kernels of matrix products and of what feeds them: tiles, copies, transposes, sums.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "kernels/registry.h"

#if NATIVE_CONV_X86

#include "kernels/target_avx512.inl"

namespace native_conv {
namespace {

#include "kernels/vector_avx512.inl"
#include "kernels/leave_x86.inl"

#include "kernels/finish.inl"
#include "kernels/pad.inl"
#include "kernels/gemm.inl"
#include "kernels/patch_runs.inl"
#include "kernels/interleave.inl"
#include "kernels/strip.inl"
#include "kernels/transpose.inl"
#include "kernels/channel_sums.inl"
#include "kernels/chain.inl"

}  // namespace

void gemm_panel_f32_14x32_avx512(const GemmTile<float>& t) { panel_tile<F32x16, 14, 2>(t), leave(); }
void gemm_patch_f32_14x32_avx512(const GemmTile<float>& t) { patch_or_runs_tile<F32x16, 14, 2>(t), leave(); }
void scatter_f32_avx512(const ScatterTile<float>& t) { scatter_tile<F32x16>(t), leave(); }
void strip_f32_8_avx512(const StripTile<float>& t) { strip_tile<F32x16, 8, 24>(t), leave(); }
void interleave_f32_avx512(const InterleaveTile<float>& t) { interleave_tile<F32x16>(t), leave(); }
void transpose_f32_avx512(const TransposeTile<float>& t) { transpose_tile<F32x16>(t), leave(); }
void channel_sums_f32_10_avx512(const ChannelSums<float>& t) { channel_sums<F32x16, 10, 27>(t), leave(); }
void pad_rows_f32_avx512(const PadRows<float>& p) { pad_rows<F32x16>(p), leave(); }
void gather_rows_f32_avx512(const GatherRows<float>& t) { gather_rows<F32x16>(t), leave(); }
float chain_f32_avx512(const Chain<float>& t) { return chain<F32x16>(t); }
void gemm_panel_f64_14x16_avx512(const GemmTile<double>& t) { panel_tile<F64x8, 14, 2>(t), leave(); }
void gemm_patch_f64_14x16_avx512(const GemmTile<double>& t) { patch_or_runs_tile<F64x8, 14, 2>(t), leave(); }
void scatter_f64_avx512(const ScatterTile<double>& t) { scatter_tile<F64x8>(t), leave(); }
void strip_f64_8_avx512(const StripTile<double>& t) { strip_tile<F64x8, 8, 24>(t), leave(); }
void interleave_f64_avx512(const InterleaveTile<double>& t) { interleave_tile<F64x8>(t), leave(); }
void transpose_f64_avx512(const TransposeTile<double>& t) { transpose_tile<F64x8>(t), leave(); }
void channel_sums_f64_10_avx512(const ChannelSums<double>& t) { channel_sums<F64x8, 10, 27>(t), leave(); }
void pad_rows_f64_avx512(const PadRows<double>& p) { pad_rows<F64x8>(p), leave(); }
void gather_rows_f64_avx512(const GatherRows<double>& t) { gather_rows<F64x8>(t), leave(); }
double chain_f64_avx512(const Chain<double>& t) { return chain<F64x8>(t); }

}  // namespace native_conv

#include "kernels/target_end.inl"

#endif
