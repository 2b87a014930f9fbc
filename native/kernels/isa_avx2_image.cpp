// The AVX2 + FMA kernels of images: resizing, filters, conversions.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "kernels/registry.h"

#if NATIVE_CONV_X86

#include "kernels/target_avx2.inl"

namespace native_conv {
namespace {

#include "kernels/vector_avx2.inl"
#include "kernels/leave_x86.inl"

#include "kernels/bytes_avx2.inl"
#include "kernels/normalise.inl"
#include "kernels/words_avx2.inl"
#include "kernels/image_filter.inl"
#include "kernels/sums_avx2.inl"
#include "kernels/image_box.inl"
#include "kernels/quads_avx2.inl"
#include "kernels/halves.inl"
#include "kernels/blend.inl"

}  // namespace

void blend_rows_u8_avx2(const BlendRows& t) { blend_rows<Quads8, HalfSums<Quads8>>(t), leave(); }
void blend_lanes_u8_avx2(const BlendLanes& t) { blend_lanes<Quads8, HalfSums<Quads8>>(t), leave(); }
void quads_u8_avx2(const ByteQuads& t) { quads<Quads8>(t), leave(); }
void filter_bytes_u8_avx2(const ByteFilter<std::uint8_t>& t) {
  filter_bytes<I16x16, StoreFiltered, 4>(t), leave();
}
void filter_words_u8_avx2(const ByteFilter<std::int16_t>& t) {
  filter_bytes<I16x16, StoreFiltered, 4>(t), leave();
}
void filter_kept_u8_avx2(const ByteFilter<std::int16_t>& t) {
  filter_bytes<I16x16, KeepFiltered, 4>(t), leave();
}
void filter_two_bytes_u8_avx2(const TwoByteFilters<std::uint8_t>& t) { filter_two<I16x16>(t), leave(); }
void filter_two_words_u8_avx2(const TwoByteFilters<std::int16_t>& t) { filter_two<I16x16>(t), leave(); }
void filter_sums_u8_avx2(const SumFilter<std::uint8_t>& t) { filter_sums<I16x16>(t), leave(); }
void filter_sums_i16_avx2(const SumFilter<std::int16_t>& t) { filter_sums<I16x16>(t), leave(); }
void column_words_u8_avx2(const WordColumn& t) { column_words<I16x16>(t), leave(); }
void column_sums_u8_avx2(const SumColumn<std::uint8_t>& t) { column_sums<I16x16>(t), leave(); }
void column_sums_i16_avx2(const SumColumn<std::int16_t>& t) { column_sums<I16x16>(t), leave(); }
void box_columns_u8_avx2(const BoxColumns& t) { box_columns<WordSums16>(t), leave(); }
void box_row_words_u8_avx2(const BoxRow<WordMean>& t) { box_row<WordSums16>(t), leave(); }
void box_row_sums_u8_avx2(const BoxRow<NearMean>& t) { box_row<Sums8>(t), leave(); }
void normalise_f32_avx2(const Normalise<float>& t) { normalise<Bytes8>(t), leave(); }
// Halves are an extension of their own (F16C).
void normalise_f16_avx2(const Normalise<std::uint16_t>& t) { look_up(t), leave(); }
void normalise_u8_avx2(const Normalise<std::uint8_t>& t) { normalise<Bytes8>(t), leave(); }
void gray_u8_avx2(const GrayRow& t) { gray_row<Bytes8>(t), leave(); }

}  // namespace native_conv

#include "kernels/target_end.inl"

#endif
