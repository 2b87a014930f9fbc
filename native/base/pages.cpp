// Layer: base. SPDX-License-Identifier: MIT
#include "base/pages.h"

#include <cstdint>
#include <cstdlib>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace native_conv {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;
// The largest block that glibc may keep (DEFAULT_MMAP_THRESHOLD_MAX of a 64-bit system).
constexpr std::size_t most_kept = 32 * mebibyte;
// What a block and its header are rounded up to is still below that.
constexpr std::size_t nearly_most_kept = most_kept - 64 * 1024;

}  // namespace

void keep_freed_blocks() {
#if defined(__GLIBC__)
  // Freeing a mapped block raises glibc's dynamic threshold for mapping to the block's size, and that for
  // giving memory back to twice as much (mallopt(3), M_MMAP_THRESHOLD). The block is never touched.
  void* volatile block = std::malloc(nearly_most_kept);  // volatile: else the compiler leaves the pair out
  std::free(block);
#endif
}

void expect_large_block(void* data, std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  if (bytes < most_kept) return;
  constexpr std::uintptr_t page = 2 * mebibyte;
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  const std::uintptr_t first = (begin + page - 1) / page * page, last = (begin + bytes) / page * page;
  madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#else
  static_cast<void>(data);
  static_cast<void>(bytes);
#endif
}

}  // namespace native_conv
