// The pages under results: faulting them in costs more than many convolutions that fill them, so ask the C
// library to keep freed blocks, and the kernel for huge pages. Both are hints, and nothing where the platform
// has no such thing. Layer: base. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "base/thread_pool.h"

namespace native_conv {

// Lets glibc serve blocks of up to kept_block() bytes from memory that it keeps, and not by mapping and
// unmapping each; it gives back what is free above all blocks in use once that is twice as much. Does nothing
// more once it has been called. False where the environment or the program has set thresholds of its own,
// which stay, so that freed memory is not ours to keep.
bool keep_freed_blocks();

// A 128th of the memory that the process may use, but no less than 32 MiB and no more than 128 MiB.
std::size_t kept_block();

// An eighth of the memory that the process may use, but no less than 128 MiB and no more than 2 GiB.
std::size_t kept_results();

// Gives back what glibc has kept, also below blocks in use. It takes milliseconds for each gigabyte, in which
// the malloc of other threads may wait.
void give_back_freed_blocks();

// Asks for huge pages where `bytes` at `data` are a large block, and for the rest of the heap where they lie
// in it; call it before the first touch.
void expect_large_block(void* data, std::size_t bytes);

// Faults such huge pages in, one after another, so that a run can be stopped between two: a page takes up to
// some milliseconds where a virtual machine's host has to find it, and the first tile of a convolution
// touches one for each of its channels. Bytes that are there already stay.
void touch_large_block(void* data, std::size_t bytes, const RunControl& control);

// Memory of so many bytes of its own, of which nothing is touched, not even by an allocator's header; null
// where there is none. What is as large as a huge page begins where one may.
void* map_block(std::size_t bytes);
void unmap_block(void* data, std::size_t bytes);

// Faults in, behind a large block of the heap, the room for another one: the allocator writes a header behind
// each block that it gives, and where a huge page has to be found for that, the thread that asks for a block,
// JavaScript's, waits for 0.1 to 6 ms.
void prepare_next_block(const void* data, std::size_t bytes);

}  // namespace native_conv
