// Declares every kernel of kernels.inc that this build compiles. Layer: kernels. SPDX-License-Identifier: MIT
#pragma once

#include "base/compiler.h"
#include "kernels/image.h"
#include "kernels/kernels.h"

#if defined(__x86_64__) || defined(_M_X64)
#define NATIVE_CONV_X86 1
#elif defined(__aarch64__) || defined(_M_ARM64)
#define NATIVE_CONV_ARM64 1
#endif

namespace native_conv {

#define KERNEL(op, isa, function, rows, columns) op function;
#define EXTENDED_KERNEL(op, isa, extension, function, rows, columns) op function;
#include "kernels/kernels.inc"
#undef EXTENDED_KERNEL
#undef KERNEL

}  // namespace native_conv
