// The plain C++ kernels of images: resizing, filters, conversions.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "kernels/registry.h"

#include <cmath>
#include <utility>

namespace native_conv {
namespace {

#include "kernels/vector_portable.inl"

#include "kernels/normalise.inl"
#include "kernels/words_portable.inl"
#include "kernels/image_filter.inl"
#include "kernels/quads_portable.inl"
#include "kernels/halves.inl"
#include "kernels/blend.inl"

}  // namespace

void blend_rows_u8_portable(const BlendRows& t) { blend_rows<PlainQuads, HalfSums<PlainQuads>>(t); }
void blend_lanes_u8_portable(const BlendLanes& t) { blend_lanes<PlainQuads, HalfSums<PlainQuads>>(t); }
void quads_u8_portable(const ByteQuads& t) { quads<PlainQuads>(t); }
void filter_bytes_u8_portable(const ByteFilter<std::uint8_t>& t) {
  filter_bytes<Int16x8, StoreFiltered, 4>(t);
}
void filter_words_u8_portable(const ByteFilter<std::int16_t>& t) {
  filter_bytes<Int16x8, StoreFiltered, 4>(t);
}
void filter_kept_u8_portable(const ByteFilter<std::int16_t>& t) { filter_bytes<Int16x8, KeepFiltered, 4>(t); }
void filter_two_bytes_u8_portable(const TwoByteFilters<std::uint8_t>& t) { filter_two<Int16x8>(t); }
void filter_two_words_u8_portable(const TwoByteFilters<std::int16_t>& t) { filter_two<Int16x8>(t); }
void filter_sums_u8_portable(const SumFilter<std::uint8_t>& t) { filter_sums<Int16x8>(t); }
void filter_sums_i16_portable(const SumFilter<std::int16_t>& t) { filter_sums<Int16x8>(t); }
void column_words_u8_portable(const WordColumn& t) { column_words<Int16x8>(t); }
void column_sums_u8_portable(const SumColumn<std::uint8_t>& t) { column_sums<Int16x8>(t); }
void column_sums_i16_portable(const SumColumn<std::int16_t>& t) { column_sums<Int16x8>(t); }
void normalise_f32_portable(const Normalise<float>& t) { look_up(t); }
void normalise_f16_portable(const Normalise<std::uint16_t>& t) { look_up(t); }
void normalise_u8_portable(const Normalise<std::uint8_t>& t) { look_up(t); }
void gray_u8_portable(const GrayRow& t) { gray_each(t); }

}  // namespace native_conv
