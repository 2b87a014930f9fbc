// The pages under results: faulting them in costs more than many convolutions that fill them, so ask the C
// library to keep freed blocks, and the kernel for huge pages. Both are hints, and nothing where the platform
// has no such thing. Layer: base. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace native_conv {

// Lets glibc serve blocks below 32 MiB from memory that it keeps (at most 64 MiB of it), and not by mapping
// and unmapping each. It respects a threshold that the environment or the program has set.
void keep_freed_blocks();

// Asks for huge pages where `bytes` at `data` are a block too large to be kept; call it before the first
// touch.
void expect_large_block(void* data, std::size_t bytes);

}  // namespace native_conv
