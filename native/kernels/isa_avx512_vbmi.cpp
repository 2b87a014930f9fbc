// AVX-512 kernels for processors that have VNNI and VBMI too, permutations of the bytes of whole registers.
// Layer: kernels. SPDX-License-Identifier: MIT
#include <algorithm>

#include "kernels/registry.h"

#if NATIVE_CONV_X86

#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(                                                                     \
    __attribute__((target("avx512vbmi,avx512vnni,avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), \
    apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx512vbmi,avx512vnni,avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif

namespace native_conv {
namespace {

#include "kernels/leave_x86.inl"
#include "kernels/masks_avx512.inl"
#include "kernels/words_avx512.inl"
#include "kernels/image_filter.inl"
#include "kernels/filter_windows_avx512.inl"
#include "kernels/quads_avx512.inl"
#include "kernels/narrow_avx512.inl"

}  // namespace

void filter_kept_u8_vbmi_avx512(const ByteFilter<std::int16_t>& t) { filter_kept<4>(t), leave(); }
void narrow_u8_vbmi_avx512(const NarrowRows& t) { narrow(t), leave(); }

}  // namespace native_conv

#include "kernels/target_end.inl"

#endif
