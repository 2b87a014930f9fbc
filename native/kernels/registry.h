// Declares every kernel of kernels.inc that this build compiles. Layer: kernels. SPDX-License-Identifier: MIT
#pragma once

#include "kernels/image.h"
#include "kernels/kernels.h"

#if defined(__x86_64__) || defined(_M_X64)
#define NATIVE_CONV_X86 1
#elif defined(__aarch64__) || defined(_M_ARM64)
#define NATIVE_CONV_ARM64 1
#endif

// GCC keeps an accumulator array in registers only if every loop over it is unrolled.
#if defined(__clang__)
#define NATIVE_CONV_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define NATIVE_CONV_UNROLL _Pragma("GCC unroll 64")
#else
#define NATIVE_CONV_UNROLL
#endif

// Reading ahead of what the hardware foresees; p may point anywhere.
#if defined(__GNUC__) || defined(__clang__)
#define NATIVE_CONV_PREFETCH(p) __builtin_prefetch(p)
#else
#define NATIVE_CONV_PREFETCH(p) static_cast<void>(p)
#endif

#if defined(_MSC_VER) && !defined(__clang__)
#define NATIVE_CONV_INLINE __forceinline
#define NATIVE_CONV_NOINLINE __declspec(noinline)
#else
#define NATIVE_CONV_INLINE __attribute__((always_inline)) inline
#define NATIVE_CONV_NOINLINE __attribute__((noinline))
#endif

#if defined(__GNUC__)
#define NATIVE_CONV_KEEP(value, register_class) __asm__("" : "+" register_class(value))
#else
#define NATIVE_CONV_KEEP(value, register_class) static_cast<void>(value)
#endif

namespace native_conv {

#define KERNEL(op, isa, function, rows, columns) op function;
#include "kernels/kernels.inc"
#undef KERNEL

}  // namespace native_conv
