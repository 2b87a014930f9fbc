// The AVX-512 kernels (F, DQ, BW, VL): 32 registers of 16 floats or 8 doubles.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "kernels/registry.h"

#if NATIVE_CONV_X86

#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), \
                             apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif

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
#include "kernels/depthwise.inl"
#include "kernels/chain.inl"
#include "kernels/winograd.inl"
#include "kernels/fft.inl"

#include "kernels/masks_avx512.inl"
#include "kernels/bytes_avx512.inl"
#include "kernels/normalise.inl"
#include "kernels/words_avx512.inl"
#include "kernels/image_filter.inl"
#include "kernels/quads_avx512.inl"
#include "kernels/halves.inl"
#include "kernels/blend.inl"

}  // namespace

void gemm_panel_f32_14x32_avx512(const GemmTile<float>& t) { panel_tile<F32x16, 14, 2>(t), leave(); }
void gemm_patch_f32_14x32_avx512(const GemmTile<float>& t) { patch_or_runs_tile<F32x16, 14, 2>(t), leave(); }
void scatter_f32_avx512(const ScatterTile<float>& t) { scatter_tile<F32x16>(t), leave(); }
void strip_f32_8_avx512(const StripTile<float>& t) { strip_tile<F32x16, 8, 24>(t), leave(); }
void interleave_f32_avx512(const InterleaveTile<float>& t) { interleave_tile<F32x16>(t), leave(); }
void transpose_f32_avx512(const TransposeTile<float>& t) { transpose_tile<F32x16>(t), leave(); }
void channel_sums_f32_10_avx512(const ChannelSums<float>& t) { channel_sums<F32x16, 10>(t), leave(); }
void pad_rows_f32_avx512(const PadRows<float>& p) { pad_rows<F32x16>(p), leave(); }
void gather_rows_f32_avx512(const GatherRows<float>& t) { gather_rows<F32x16>(t), leave(); }
void depthwise_rows_f32_6_avx512(const DepthwiseRows<float>& t) { depthwise_rows<F32x16>(t), leave(); }
void depthwise_plane_f32_avx512(const DepthwisePlane<float>& t) { depthwise_plane<F32x16>(t), leave(); }
void depthwise_last_f32_6_avx512(const DepthwiseLastTile<float>& t) {
  depthwise_last_tile<F32x16, 6>(t), leave();
}
float chain_f32_avx512(const Chain<float>& t) { return chain<F32x16>(t); }
void gemm_panel_f64_14x16_avx512(const GemmTile<double>& t) { panel_tile<F64x8, 14, 2>(t), leave(); }
void gemm_patch_f64_14x16_avx512(const GemmTile<double>& t) { patch_or_runs_tile<F64x8, 14, 2>(t), leave(); }
void scatter_f64_avx512(const ScatterTile<double>& t) { scatter_tile<F64x8>(t), leave(); }
void strip_f64_8_avx512(const StripTile<double>& t) { strip_tile<F64x8, 8, 24>(t), leave(); }
void interleave_f64_avx512(const InterleaveTile<double>& t) { interleave_tile<F64x8>(t), leave(); }
void transpose_f64_avx512(const TransposeTile<double>& t) { transpose_tile<F64x8>(t), leave(); }
void channel_sums_f64_10_avx512(const ChannelSums<double>& t) { channel_sums<F64x8, 10>(t), leave(); }
void pad_rows_f64_avx512(const PadRows<double>& p) { pad_rows<F64x8>(p), leave(); }
void gather_rows_f64_avx512(const GatherRows<double>& t) { gather_rows<F64x8>(t), leave(); }
void depthwise_rows_f64_6_avx512(const DepthwiseRows<double>& t) { depthwise_rows<F64x8>(t), leave(); }
void depthwise_plane_f64_avx512(const DepthwisePlane<double>& t) { depthwise_plane<F64x8>(t), leave(); }
void depthwise_last_f64_6_avx512(const DepthwiseLastTile<double>& t) {
  depthwise_last_tile<F64x8, 6>(t), leave();
}
double chain_f64_avx512(const Chain<double>& t) { return chain<F64x8>(t); }
void winograd_weights_f32_avx512(const WinogradWeights<float>& t) { winograd_weights<F32x16>(t), leave(); }
void winograd_input_f32_avx512(const WinogradInput<float>& t) { winograd_input<F32x16>(t), leave(); }
void winograd_product_f32_avx512(const WinogradProduct<float>& t) {
  winograd_product<F32x16, 8, 3, 16>(t), leave();
}
void winograd_output_f32_avx512(const WinogradOutput<float>& t) { winograd_output<F32x16>(t), leave(); }
void fft_lines_f32_avx512(const FftLines<float>& t) { fft_lines<F32x16>(t), leave(); }
void fft_columns_f32_avx512(const FftColumns<float>& t) { fft_columns<F32x16>(t), leave(); }
void winograd_weights_f64_avx512(const WinogradWeights<double>& t) { winograd_weights<F64x8>(t), leave(); }
void winograd_input_f64_avx512(const WinogradInput<double>& t) { winograd_input<F64x8>(t), leave(); }
void winograd_product_f64_avx512(const WinogradProduct<double>& t) {
  winograd_product<F64x8, 8, 3, 16>(t), leave();
}
void winograd_output_f64_avx512(const WinogradOutput<double>& t) { winograd_output<F64x8>(t), leave(); }
void fft_lines_f64_avx512(const FftLines<double>& t) { fft_lines<F64x8>(t), leave(); }
void fft_columns_f64_avx512(const FftColumns<double>& t) { fft_columns<F64x8>(t), leave(); }
void blend_rows_u8_avx512(const BlendRows& t) { blend_rows<Quads16, HalfSums<Quads16>>(t), leave(); }
void blend_lanes_u8_avx512(const BlendLanes& t) { blend_lanes<Quads16, HalfSums<Quads16>>(t), leave(); }
void quads_u8_avx512(const ByteQuads& t) { quads<Quads16>(t), leave(); }
void filter_bytes_u8_avx512(const ByteFilter<std::uint8_t>& t) {
  filter_bytes<I16x32, StoreFiltered>(t), leave();
}
void filter_words_u8_avx512(const ByteFilter<std::int16_t>& t) {
  filter_bytes<I16x32, StoreFiltered>(t), leave();
}
void filter_kept_u8_avx512(const ByteFilter<std::int16_t>& t) {
  filter_bytes<I16x32, KeepFiltered>(t), leave();
}
void filter_two_bytes_u8_avx512(const TwoByteFilters<std::uint8_t>& t) { filter_two<I16x32>(t), leave(); }
void filter_two_words_u8_avx512(const TwoByteFilters<std::int16_t>& t) { filter_two<I16x32>(t), leave(); }
void filter_sums_u8_avx512(const SumFilter<std::uint8_t, std::uint8_t>& t) {
  filter_sums<I16x32>(t), leave();
}
void filter_sums_i16_avx512(const SumFilter<std::uint8_t, std::int16_t>& t) {
  filter_sums<I16x32>(t), leave();
}
void column_words_u8_avx512(const WordColumn& t) { column_words<I16x32>(t), leave(); }
void column_sums_u8_avx512(const SumFilter<std::int16_t, std::uint8_t>& t) {
  filter_sums<I16x32>(t), leave();
}
void column_sums_i16_avx512(const SumFilter<std::int16_t, std::int16_t>& t) {
  filter_sums<I16x32>(t), leave();
}
void normalise_f32_avx512(const Normalise<float>& t) { normalise<Bytes16>(t), leave(); }
void normalise_f16_avx512(const Normalise<std::uint16_t>& t) { normalise<Bytes16>(t), leave(); }
void normalise_u8_avx512(const Normalise<std::uint8_t>& t) { normalise<Bytes16>(t), leave(); }
void gray_u8_avx512(const GrayRow& t) { gray_row<Bytes16>(t), leave(); }

}  // namespace native_conv

#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif

#endif
