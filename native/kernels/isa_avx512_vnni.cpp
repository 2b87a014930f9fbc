// AVX-512 kernels for processors that have VNNI too, sums of four products of bytes.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "kernels/registry.h"

#if NATIVE_CONV_X86

#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push( \
    __attribute__((target("avx512vnni,avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx512vnni,avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif

namespace native_conv {
namespace {

#include "kernels/leave_x86.inl"
#include "kernels/masks_avx512.inl"
#include "kernels/words_avx512.inl"
#include "kernels/image_filter.inl"
#include "kernels/filter_quads_avx512.inl"
#include "kernels/quads_avx512.inl"
#include "kernels/digits_avx512.inl"
#include "kernels/blend.inl"

}  // namespace

void blend_lanes_u8_vnni_avx512(const BlendLanes& t) { blend_lanes<Quads16, DigitSums>(t), leave(); }
void blend_rows_u8_vnni_avx512(const BlendRows& t) { blend_rows<Quads16, DigitSums>(t), leave(); }

void filter_quads_u8_vnni_avx512(const QuadFilter<std::uint8_t>& t) { filter_quads(t), leave(); }
void filter_quads_i16_vnni_avx512(const QuadFilter<std::int16_t>& t) { filter_quads(t), leave(); }
void keep_quads_u8_vnni_avx512(const KeepQuads& t) { keep_quads<4>(t), leave(); }
void column_quads_u8_vnni_avx512(const ColumnQuads<std::uint8_t>& t) { column_quads<7>(t), leave(); }
void column_quads_i16_vnni_avx512(const ColumnQuads<std::int16_t>& t) { column_quads<7>(t), leave(); }

}  // namespace native_conv

#include "kernels/target_end.inl"

#endif
