// The NEON (AArch64) kernels of matrix products and of what feeds them: tiles, copies, transposes, sums.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "kernels/registry.h"

#if NATIVE_CONV_ARM64

#include <arm_neon.h>

#include <cstring>

namespace native_conv {
namespace {

#include "kernels/vector_neon.inl"

#include "kernels/finish.inl"
#include "kernels/pad.inl"
#include "kernels/gemm.inl"
#include "kernels/interleave.inl"
#include "kernels/strip.inl"
#include "kernels/transpose.inl"
#include "kernels/channel_sums.inl"
#include "kernels/chain.inl"

}  // namespace

void gemm_panel_f32_6x16_neon(const GemmTile<float>& t) { panel_tile<F32x4, 6, 4>(t); }
void gemm_patch_f32_6x16_neon(const GemmTile<float>& t) { patch_tile<F32x4, 6, 4>(t); }
void scatter_f32_neon(const ScatterTile<float>& t) { scatter_tile<F32x4>(t); }
void strip_f32_8_neon(const StripTile<float>& t) { strip_tile<F32x4, 8, 24>(t); }
void interleave_f32_neon(const InterleaveTile<float>& t) { interleave_tile<F32x4>(t); }
void transpose_f32_neon(const TransposeTile<float>& t) { transpose_tile<F32x4>(t); }
void channel_sums_f32_10_neon(const ChannelSums<float>& t) { channel_sums<F32x4, 10, 24>(t); }
void pad_rows_f32_neon(const PadRows<float>& p) { pad_rows<F32x4>(p); }
void gather_rows_f32_neon(const GatherRows<float>& t) { gather_rows<F32x4>(t); }
float chain_f32_neon(const Chain<float>& t) { return chain<F32x4>(t); }
void gemm_panel_f64_6x8_neon(const GemmTile<double>& t) { panel_tile<F64x2, 6, 4>(t); }
void gemm_patch_f64_6x8_neon(const GemmTile<double>& t) { patch_tile<F64x2, 6, 4>(t); }
void scatter_f64_neon(const ScatterTile<double>& t) { scatter_tile<F64x2>(t); }
void strip_f64_8_neon(const StripTile<double>& t) { strip_tile<F64x2, 8, 24>(t); }
void interleave_f64_neon(const InterleaveTile<double>& t) { interleave_tile<F64x2>(t); }
void transpose_f64_neon(const TransposeTile<double>& t) { transpose_tile<F64x2>(t); }
void channel_sums_f64_10_neon(const ChannelSums<double>& t) { channel_sums<F64x2, 10, 24>(t); }
void pad_rows_f64_neon(const PadRows<double>& p) { pad_rows<F64x2>(p); }
void gather_rows_f64_neon(const GatherRows<double>& t) { gather_rows<F64x2>(t); }
double chain_f64_neon(const Chain<double>& t) { return chain<F64x2>(t); }

}  // namespace native_conv

#endif
