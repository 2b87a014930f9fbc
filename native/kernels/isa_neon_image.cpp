// The NEON (AArch64) kernels of images: resizing, filters, conversions.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "kernels/registry.h"

#if NATIVE_CONV_ARM64

#include <arm_neon.h>

#include <cstring>

namespace native_conv {
namespace {

#include "kernels/vector_neon.inl"

#include "kernels/bytes_neon.inl"
#include "kernels/normalise.inl"
#include "kernels/words_neon.inl"
#include "kernels/image_filter.inl"
#include "kernels/sums_neon.inl"
#include "kernels/image_box.inl"
#include "kernels/quads_neon.inl"
#include "kernels/halves.inl"
#include "kernels/blend.inl"

}  // namespace

void blend_rows_u8_neon(const BlendRows& t) { blend_rows<Quads4, HalfSums<Quads4>>(t); }
void blend_lanes_u8_neon(const BlendLanes& t) { blend_lanes<Quads4, HalfSums<Quads4>>(t); }
void quads_u8_neon(const ByteQuads& t) { quads<Quads4>(t); }
void filter_bytes_u8_neon(const ByteFilter<std::uint8_t>& t) { filter_bytes<I16x8, StoreFiltered, 4>(t); }
void filter_words_u8_neon(const ByteFilter<std::int16_t>& t) { filter_bytes<I16x8, StoreFiltered, 4>(t); }
void filter_kept_u8_neon(const ByteFilter<std::int16_t>& t) { filter_bytes<I16x8, KeepFiltered, 4>(t); }
void filter_two_bytes_u8_neon(const TwoByteFilters<std::uint8_t>& t) { filter_two<I16x8>(t); }
void filter_two_words_u8_neon(const TwoByteFilters<std::int16_t>& t) { filter_two<I16x8>(t); }
void filter_sums_u8_neon(const SumFilter<std::uint8_t>& t) { filter_sums<I16x8>(t); }
void filter_sums_i16_neon(const SumFilter<std::int16_t>& t) { filter_sums<I16x8>(t); }
void column_words_u8_neon(const WordColumn& t) { column_words<I16x8>(t); }
void column_sums_u8_neon(const SumColumn<std::uint8_t>& t) { column_sums<I16x8>(t); }
void column_sums_i16_neon(const SumColumn<std::int16_t>& t) { column_sums<I16x8>(t); }
void box_columns_u8_neon(const BoxColumns& t) { box_columns<WordSums8>(t); }
void box_row_words_u8_neon(const BoxRow<WordMean>& t) { box_row<WordSums8>(t); }
void box_row_sums_u8_neon(const BoxRow<NearMean>& t) { box_row<Sums4>(t); }
void normalise_f32_neon(const Normalise<float>& t) { normalise<Bytes4>(t); }
void normalise_f16_neon(const Normalise<std::uint16_t>& t) { normalise<Bytes4>(t); }
void normalise_u8_neon(const Normalise<std::uint8_t>& t) { normalise<Bytes4>(t); }
void gray_u8_neon(const GrayRow& t) { gray_row<Bytes4>(t); }

}  // namespace native_conv

#endif
