// The end of what a target_*.inl began. Layer: kernels. SPDX-License-Identifier: MIT
#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
