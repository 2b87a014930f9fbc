// What compilers spell differently. Layer: base. SPDX-License-Identifier: MIT
#pragma once

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

// A condition that nearly always holds, so that what depends on it is laid out without a jump.
#if defined(__GNUC__) || defined(__clang__)
#define NATIVE_CONV_LIKELY(condition) __builtin_expect(condition, true)
#else
#define NATIVE_CONV_LIKELY(condition) (condition)
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
