// The kernels in plain C++ for any processor; std::fma rounds once wherever it runs.
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
#include "kernels/depthwise.inl"
#include "kernels/chain.inl"
#include "kernels/winograd.inl"
#include "kernels/fft.inl"

#include "kernels/normalise.inl"
#include "kernels/words_portable.inl"
#include "kernels/image_filter.inl"
#include "kernels/quads_portable.inl"
#include "kernels/halves.inl"
#include "kernels/blend.inl"

}  // namespace

void gemm_panel_f32_4x8_portable(const GemmTile<float>& t) { panel_tile<Float4, 4, 2>(t); }
void gemm_patch_f32_4x8_portable(const GemmTile<float>& t) { patch_tile<Float4, 4, 2>(t); }
void scatter_f32_portable(const ScatterTile<float>& t) { scatter_tile<Float4>(t); }
void strip_f32_4_portable(const StripTile<float>& t) { strip_tile<Float4, 4, 8>(t); }
void interleave_f32_portable(const InterleaveTile<float>& t) { interleave_tile<Float4>(t); }
void transpose_f32_portable(const TransposeTile<float>& t) { transpose_tile<Float4>(t); }
void channel_sums_f32_4_portable(const ChannelSums<float>& t) { channel_sums<Float4, 4>(t); }
void pad_rows_f32_portable(const PadRows<float>& p) { pad_rows<Float4>(p); }
void gather_rows_f32_portable(const GatherRows<float>& t) { gather_rows<Float4>(t); }
void depthwise_rows_f32_4_portable(const DepthwiseRows<float>& t) { depthwise_rows<Float4>(t); }
void depthwise_plane_f32_portable(const DepthwisePlane<float>& t) { depthwise_plane<Float4>(t); }
void depthwise_last_f32_2_portable(const DepthwiseLastTile<float>& t) { depthwise_last_tile<Float4, 2>(t); }
float chain_f32_portable(const Chain<float>& t) { return chain<Float4>(t); }
void gemm_panel_f64_4x4_portable(const GemmTile<double>& t) { panel_tile<Double2, 4, 2>(t); }
void gemm_patch_f64_4x4_portable(const GemmTile<double>& t) { patch_tile<Double2, 4, 2>(t); }
void scatter_f64_portable(const ScatterTile<double>& t) { scatter_tile<Double2>(t); }
void strip_f64_4_portable(const StripTile<double>& t) { strip_tile<Double2, 4, 8>(t); }
void interleave_f64_portable(const InterleaveTile<double>& t) { interleave_tile<Double2>(t); }
void transpose_f64_portable(const TransposeTile<double>& t) { transpose_tile<Double2>(t); }
void channel_sums_f64_4_portable(const ChannelSums<double>& t) { channel_sums<Double2, 4>(t); }
void pad_rows_f64_portable(const PadRows<double>& p) { pad_rows<Double2>(p); }
void gather_rows_f64_portable(const GatherRows<double>& t) { gather_rows<Double2>(t); }
void depthwise_rows_f64_4_portable(const DepthwiseRows<double>& t) { depthwise_rows<Double2>(t); }
void depthwise_plane_f64_portable(const DepthwisePlane<double>& t) { depthwise_plane<Double2>(t); }
void depthwise_last_f64_2_portable(const DepthwiseLastTile<double>& t) { depthwise_last_tile<Double2, 2>(t); }
double chain_f64_portable(const Chain<double>& t) { return chain<Double2>(t); }
void winograd_weights_f32_portable(const WinogradWeights<float>& t) { winograd_weights<Float4>(t); }
void winograd_input_f32_portable(const WinogradInput<float>& t) { winograd_input<Float4>(t); }
void winograd_product_f32_portable(const WinogradProduct<float>& t) { winograd_product<Float4, 4, 2, 4>(t); }
void winograd_output_f32_portable(const WinogradOutput<float>& t) { winograd_output<Float4>(t); }
void fft_lines_f32_portable(const FftLines<float>& t) { fft_lines<Float4>(t); }
void fft_columns_f32_portable(const FftColumns<float>& t) { fft_columns<Float4>(t); }
void winograd_weights_f64_portable(const WinogradWeights<double>& t) { winograd_weights<Double2>(t); }
void winograd_input_f64_portable(const WinogradInput<double>& t) { winograd_input<Double2>(t); }
void winograd_product_f64_portable(const WinogradProduct<double>& t) {
  winograd_product<Double2, 4, 2, 4>(t);
}
void winograd_output_f64_portable(const WinogradOutput<double>& t) { winograd_output<Double2>(t); }
void fft_lines_f64_portable(const FftLines<double>& t) { fft_lines<Double2>(t); }
void fft_columns_f64_portable(const FftColumns<double>& t) { fft_columns<Double2>(t); }
void blend_rows_u8_portable(const BlendRows& t) { blend_rows<PlainQuads, HalfSums<PlainQuads>>(t); }
void blend_lanes_u8_portable(const BlendLanes& t) { blend_lanes<PlainQuads, HalfSums<PlainQuads>>(t); }
void quads_u8_portable(const ByteQuads& t) { quads<PlainQuads>(t); }
void filter_bytes_u8_portable(const ByteFilter<std::uint8_t>& t) { filter_bytes<Int16x8, StoreFiltered>(t); }
void filter_words_u8_portable(const ByteFilter<std::int16_t>& t) { filter_bytes<Int16x8, StoreFiltered>(t); }
void filter_kept_u8_portable(const ByteFilter<std::int16_t>& t) { filter_bytes<Int16x8, KeepFiltered>(t); }
void filter_two_bytes_u8_portable(const TwoByteFilters<std::uint8_t>& t) { filter_two<Int16x8>(t); }
void filter_two_words_u8_portable(const TwoByteFilters<std::int16_t>& t) { filter_two<Int16x8>(t); }
void filter_sums_u8_portable(const SumFilter<std::uint8_t, std::uint8_t>& t) { filter_sums<Int16x8>(t); }
void filter_sums_i16_portable(const SumFilter<std::uint8_t, std::int16_t>& t) { filter_sums<Int16x8>(t); }
void column_words_u8_portable(const WordColumn& t) { column_words<Int16x8>(t); }
void column_sums_u8_portable(const SumFilter<std::int16_t, std::uint8_t>& t) { filter_sums<Int16x8>(t); }
void column_sums_i16_portable(const SumFilter<std::int16_t, std::int16_t>& t) { filter_sums<Int16x8>(t); }
void normalise_f32_portable(const Normalise<float>& t) { look_up(t); }
void normalise_f16_portable(const Normalise<std::uint16_t>& t) { look_up(t); }
void normalise_u8_portable(const Normalise<std::uint8_t>& t) { look_up(t); }
void gray_u8_portable(const GrayRow& t) { gray_each(t); }

}  // namespace native_conv
