// The NEON kernels (AArch64): 32 registers of 4 floats or 2 doubles.
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
#include "kernels/depthwise.inl"
#include "kernels/chain.inl"
#include "kernels/winograd.inl"
#include "kernels/fft.inl"

#include "kernels/bytes_neon.inl"
#include "kernels/normalise.inl"
#include "kernels/words_neon.inl"
#include "kernels/image_filter.inl"
#include "kernels/quads_neon.inl"
#include "kernels/halves.inl"
#include "kernels/blend.inl"

}  // namespace

void gemm_panel_f32_6x16_neon(const GemmTile<float>& t) { panel_tile<F32x4, 6, 4>(t); }
void gemm_patch_f32_6x16_neon(const GemmTile<float>& t) { patch_tile<F32x4, 6, 4>(t); }
void scatter_f32_neon(const ScatterTile<float>& t) { scatter_tile<F32x4>(t); }
void strip_f32_8_neon(const StripTile<float>& t) { strip_tile<F32x4, 8, 24>(t); }
void interleave_f32_neon(const InterleaveTile<float>& t) { interleave_tile<F32x4>(t); }
void transpose_f32_neon(const TransposeTile<float>& t) { transpose_tile<F32x4>(t); }
void channel_sums_f32_10_neon(const ChannelSums<float>& t) { channel_sums<F32x4, 10>(t); }
void pad_rows_f32_neon(const PadRows<float>& p) { pad_rows<F32x4>(p); }
void gather_rows_f32_neon(const GatherRows<float>& t) { gather_rows<F32x4>(t); }
void depthwise_rows_f32_6_neon(const DepthwiseRows<float>& t) { depthwise_rows<F32x4>(t); }
void depthwise_plane_f32_neon(const DepthwisePlane<float>& t) { depthwise_plane<F32x4>(t); }
void depthwise_last_f32_6_neon(const DepthwiseLastTile<float>& t) { depthwise_last_tile<F32x4, 6>(t); }
float chain_f32_neon(const Chain<float>& t) { return chain<F32x4>(t); }
void gemm_panel_f64_6x8_neon(const GemmTile<double>& t) { panel_tile<F64x2, 6, 4>(t); }
void gemm_patch_f64_6x8_neon(const GemmTile<double>& t) { patch_tile<F64x2, 6, 4>(t); }
void scatter_f64_neon(const ScatterTile<double>& t) { scatter_tile<F64x2>(t); }
void strip_f64_8_neon(const StripTile<double>& t) { strip_tile<F64x2, 8, 24>(t); }
void interleave_f64_neon(const InterleaveTile<double>& t) { interleave_tile<F64x2>(t); }
void transpose_f64_neon(const TransposeTile<double>& t) { transpose_tile<F64x2>(t); }
void channel_sums_f64_10_neon(const ChannelSums<double>& t) { channel_sums<F64x2, 10>(t); }
void pad_rows_f64_neon(const PadRows<double>& p) { pad_rows<F64x2>(p); }
void gather_rows_f64_neon(const GatherRows<double>& t) { gather_rows<F64x2>(t); }
void depthwise_rows_f64_6_neon(const DepthwiseRows<double>& t) { depthwise_rows<F64x2>(t); }
void depthwise_plane_f64_neon(const DepthwisePlane<double>& t) { depthwise_plane<F64x2>(t); }
void depthwise_last_f64_6_neon(const DepthwiseLastTile<double>& t) { depthwise_last_tile<F64x2, 6>(t); }
double chain_f64_neon(const Chain<double>& t) { return chain<F64x2>(t); }
void winograd_weights_f32_neon(const WinogradWeights<float>& t) { winograd_weights<F32x4>(t); }
void winograd_input_f32_neon(const WinogradInput<float>& t) { winograd_input<F32x4>(t); }
void winograd_product_f32_neon(const WinogradProduct<float>& t) { winograd_product<F32x4, 8, 3, 16>(t); }
void winograd_output_f32_neon(const WinogradOutput<float>& t) { winograd_output<F32x4>(t); }
void fft_lines_f32_neon(const FftLines<float>& t) { fft_lines<F32x4>(t); }
void fft_columns_f32_neon(const FftColumns<float>& t) { fft_columns<F32x4>(t); }
void winograd_weights_f64_neon(const WinogradWeights<double>& t) { winograd_weights<F64x2>(t); }
void winograd_input_f64_neon(const WinogradInput<double>& t) { winograd_input<F64x2>(t); }
void winograd_product_f64_neon(const WinogradProduct<double>& t) { winograd_product<F64x2, 8, 3, 16>(t); }
void winograd_output_f64_neon(const WinogradOutput<double>& t) { winograd_output<F64x2>(t); }
void fft_lines_f64_neon(const FftLines<double>& t) { fft_lines<F64x2>(t); }
void fft_columns_f64_neon(const FftColumns<double>& t) { fft_columns<F64x2>(t); }
void blend_rows_u8_neon(const BlendRows& t) { blend_rows<Quads4, HalfSums<Quads4>>(t); }
void blend_lanes_u8_neon(const BlendLanes& t) { blend_lanes<Quads4, HalfSums<Quads4>>(t); }
void quads_u8_neon(const ByteQuads& t) { quads<Quads4>(t); }
void filter_bytes_u8_neon(const ByteFilter<std::uint8_t>& t) { filter_bytes<I16x8, StoreFiltered>(t); }
void filter_words_u8_neon(const ByteFilter<std::int16_t>& t) { filter_bytes<I16x8, StoreFiltered>(t); }
void filter_kept_u8_neon(const ByteFilter<std::int16_t>& t) { filter_bytes<I16x8, KeepFiltered>(t); }
void filter_two_bytes_u8_neon(const TwoByteFilters<std::uint8_t>& t) { filter_two<I16x8>(t); }
void filter_two_words_u8_neon(const TwoByteFilters<std::int16_t>& t) { filter_two<I16x8>(t); }
void filter_sums_u8_neon(const SumFilter<std::uint8_t, std::uint8_t>& t) { filter_sums<I16x8>(t); }
void filter_sums_i16_neon(const SumFilter<std::uint8_t, std::int16_t>& t) { filter_sums<I16x8>(t); }
void column_words_u8_neon(const WordColumn& t) { column_words<I16x8>(t); }
void column_sums_u8_neon(const SumFilter<std::int16_t, std::uint8_t>& t) { filter_sums<I16x8>(t); }
void column_sums_i16_neon(const SumFilter<std::int16_t, std::int16_t>& t) { filter_sums<I16x8>(t); }
void normalise_f32_neon(const Normalise<float>& t) { normalise<Bytes4>(t); }
void normalise_f16_neon(const Normalise<std::uint16_t>& t) { normalise<Bytes4>(t); }
void normalise_u8_neon(const Normalise<std::uint8_t>& t) { normalise<Bytes4>(t); }
void gray_u8_neon(const GrayRow& t) { gray_row<Bytes4>(t); }

}  // namespace native_conv

#endif
