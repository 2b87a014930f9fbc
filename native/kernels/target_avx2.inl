// From here on the compiler may use AVX2 and FMA, until target_end.inl.
// Layer: kernels. SPDX-License-Identifier: MIT
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
