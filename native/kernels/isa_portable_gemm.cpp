// The plain C++ kernels of matrix products and of what feeds them: tiles, copies, transposes, sums.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "kernels/registry.h"

#include <cmath>
#include <utility>

namespace native_conv {
namespace {

#include "kernels/vector_portable.inl"

#include "kernels/finish.inl"
#include "kernels/pad.inl"
#include "kernels/gemm.inl"
#include "kernels/interleave.inl"
#include "kernels/strip.inl"
#include "kernels/transpose.inl"
#include "kernels/channel_sums.inl"
#include "kernels/chain.inl"

}  // namespace

void gemm_panel_f32_4x8_portable(const GemmTile<float>& t) { panel_tile<Float4, 4, 2>(t); }
void gemm_patch_f32_4x8_portable(const GemmTile<float>& t) { patch_tile<Float4, 4, 2>(t); }
void scatter_f32_portable(const ScatterTile<float>& t) { scatter_tile<Float4>(t); }
void strip_f32_4_portable(const StripTile<float>& t) { strip_tile<Float4, 4, 8>(t); }
void interleave_f32_portable(const InterleaveTile<float>& t) { interleave_tile<Float4>(t); }
void transpose_f32_portable(const TransposeTile<float>& t) { transpose_tile<Float4>(t); }
void channel_sums_f32_4_portable(const ChannelSums<float>& t) { channel_sums<Float4, 4, 4>(t); }
void pad_rows_f32_portable(const PadRows<float>& p) { pad_rows<Float4>(p); }
void gather_rows_f32_portable(const GatherRows<float>& t) { gather_rows<Float4>(t); }
float chain_f32_portable(const Chain<float>& t) { return chain<Float4>(t); }
void gemm_panel_f64_4x4_portable(const GemmTile<double>& t) { panel_tile<Double2, 4, 2>(t); }
void gemm_patch_f64_4x4_portable(const GemmTile<double>& t) { patch_tile<Double2, 4, 2>(t); }
void scatter_f64_portable(const ScatterTile<double>& t) { scatter_tile<Double2>(t); }
void strip_f64_4_portable(const StripTile<double>& t) { strip_tile<Double2, 4, 8>(t); }
void interleave_f64_portable(const InterleaveTile<double>& t) { interleave_tile<Double2>(t); }
void transpose_f64_portable(const TransposeTile<double>& t) { transpose_tile<Double2>(t); }
void channel_sums_f64_4_portable(const ChannelSums<double>& t) { channel_sums<Double2, 4, 4>(t); }
void pad_rows_f64_portable(const PadRows<double>& p) { pad_rows<Double2>(p); }
void gather_rows_f64_portable(const GatherRows<double>& t) { gather_rows<Double2>(t); }
double chain_f64_portable(const Chain<double>& t) { return chain<Double2>(t); }

}  // namespace native_conv
