// Layer: base. SPDX-License-Identifier: MIT
#include "base/pages.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>

#include "base/cgroup.h"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace native_conv {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;
// The largest block that glibc keeps by itself (DEFAULT_MMAP_THRESHOLD_MAX of a 64-bit system).
constexpr std::size_t least_kept = 32 * mebibyte, most_kept = 128 * mebibyte;
constexpr std::size_t least_kept_results = 128 * mebibyte, most_kept_results = 2048 * mebibyte;
// What a block and its header are rounded up to.
constexpr std::size_t beside = 64 * 1024;
// What glibc's heap grows by beside what is asked for: addresses, not memory, with room for whole huge pages.
constexpr std::size_t heap_growth = 64 * mebibyte;
// A result that is worth asking for huge pages: in a program of its own, Zen 5 in a virtual machine, first
// touch takes 2.8 ms for each MiB in pages of 4 KiB and 0.06 in huge ones.
constexpr std::size_t large_block = mebibyte / 4;

// What the process may use, looked up once: the files of its cgroups take 0.2 ms.
#if defined(__linux__)
double usable_memory() {
  static const double usable = [] {
    const double physical =
        static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
    const double quota = memory_quota();
    return quota > 0 ? std::min(quota, physical) : physical;
  }();
  return usable;
}
#endif

// One of so many parts of the memory that the process may use, within bounds; the least where nobody knows.
std::size_t share_of_memory(double parts, std::size_t least, std::size_t most) {
#if defined(__linux__)
  return std::clamp(static_cast<std::size_t>(usable_memory() / parts), least, most);
#else
  static_cast<void>(parts);
  static_cast<void>(most);
  return least;
#endif
}

#if defined(__linux__) && defined(MADV_HUGEPAGE)
constexpr std::uintptr_t huge_page = 2 * mebibyte;

// Where the heap ended when huge pages were asked for, from its first result on.
std::atomic<std::uintptr_t> advised_end{0};

std::uintptr_t whole_pages(std::uintptr_t end) {
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  return (end + page - 1) / page * page;
}

void advise(std::uintptr_t first, std::uintptr_t last) {
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

// MADV_POPULATE_WRITE, since Linux 5.14: what is not mapped any more is an error there, and no fault.
constexpr int populate_write = 23;
// Up to where the heap has been populated.
std::atomic<std::uintptr_t> populated_end{0};
#endif

#if defined(__GLIBC__)
// Whether such a block is mapped by itself; it is never touched.
bool is_mapped(std::size_t bytes) {
  // The successor, mallinfo2, would bind the binary to glibc 2.33; its counts of blocks are the same.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const int before = mallinfo().hblks;
  void* volatile block = std::malloc(bytes);  // volatile: else the compiler leaves the pair out
  const bool mapped = mallinfo().hblks > before;
#pragma GCC diagnostic pop
  std::free(block);
  return mapped;
}
#endif

}  // namespace

std::size_t kept_block() {
  static const std::size_t block = share_of_memory(128, least_kept, most_kept);
  return block;
}

std::size_t kept_results() {
  static const std::size_t results = share_of_memory(8, least_kept_results, most_kept_results);
  return results;
}

bool keep_freed_blocks() {
#if defined(__GLIBC__)
  static const bool ours_to_choose = [] {
    // Freeing a mapped block raises glibc's dynamic threshold for mapping to the block's size, and that for
    // giving memory back to twice as much (mallopt(3), M_MMAP_THRESHOLD).
    is_mapped(least_kept - beside);
    // Anything else is somebody's choice. What is free may serve two such blocks.
    if (is_mapped(least_kept - beside) || !is_mapped(3 * least_kept)) return false;
    mallopt(M_TOP_PAD, static_cast<int>(heap_growth));
    // Refused by glibc before 2.35.
    if (kept_block() > least_kept && mallopt(M_MMAP_THRESHOLD, static_cast<int>(kept_block() + beside)))
      mallopt(M_TRIM_THRESHOLD, static_cast<int>(2 * kept_block()));
    return true;
  }();
  return ours_to_choose;
#else
  return true;
#endif
}

void give_back_freed_blocks() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  advised_end = 0;  // what the heap grows by from here on is new to the kernel
#endif
}

void expect_large_block(void* data, std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  if (bytes < large_block) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  const auto heap_end = reinterpret_cast<std::uintptr_t>(sbrk(0));
  // Blocks that are mapped by themselves, and the heaps of other threads, lie above.
  if (begin >= heap_end) return advise((begin + huge_page - 1) / huge_page * huge_page, begin + bytes);
  // The heap may have shrunk and grown to the same end since: large blocks ask again, which takes a
  // microsecond there.
  if (advised_end.exchange(heap_end) != heap_end || bytes >= huge_page)
    advise(begin / huge_page * huge_page, heap_end);
#else
  static_cast<void>(data);
  static_cast<void>(bytes);
#endif
}

void touch_large_block(void* data, std::size_t bytes, const RunControl& control) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  if (bytes < 2 * huge_page) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  const std::uintptr_t first = begin / huge_page, last = (begin + bytes - 1) / huge_page;
  parallel_for(control, static_cast<std::int64_t>(last - first + 1), [&](std::int64_t page) {
    const std::uintptr_t at = std::max(begin, (first + static_cast<std::uintptr_t>(page)) * huge_page);
    // What stands there stays; compilers would make a read of adding or setting nothing.
    char nothing = 0;
    __atomic_compare_exchange_n(reinterpret_cast<char*>(at), &nothing, 0, false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
  });
#else
  static_cast<void>(data);
  static_cast<void>(bytes);
  static_cast<void>(control);
#endif
}

#if defined(__linux__) && defined(MADV_HUGEPAGE)
void* map_block(std::size_t bytes) {
  // What lies before the first place of a huge page, and after the block, goes back at once.
  const std::size_t room = bytes + huge_page;
  void* const mapped = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  const auto first = reinterpret_cast<std::uintptr_t>(mapped);
  const std::uintptr_t begin = (first + huge_page - 1) / huge_page * huge_page,
                       end = whole_pages(begin + bytes);
  if (begin > first) munmap(mapped, begin - first);
  if (first + room > end) munmap(reinterpret_cast<void*>(end), first + room - end);
  return reinterpret_cast<void*>(begin);
}

void unmap_block(void* data, std::size_t bytes) {
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  munmap(data, whole_pages(begin + bytes) - begin);
}
#else
void* map_block(std::size_t bytes) { return std::malloc(bytes); }
void unmap_block(void* data, std::size_t) { std::free(data); }
#endif

void prepare_next_block(const void* data, std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(data) + bytes, heap_end = advised_end.load();
  if (bytes < large_block || end >= heap_end || !keep_freed_blocks()) return;
  if (populated_end.load() > heap_end) populated_end = 0;  // the heap has shrunk
  const std::uintptr_t last = std::min((end + bytes) / huge_page * huge_page + huge_page, heap_end);
  for (std::uintptr_t page = std::max(end, populated_end.load()) / huge_page * huge_page; page < last;) {
    const std::uintptr_t next = std::min(page + huge_page, last);
    if (madvise(reinterpret_cast<void*>(page), next - page, populate_write) != 0) return;
    populated_end = page = next;
  }
#else
  static_cast<void>(data);
  static_cast<void>(bytes);
#endif
}

}  // namespace native_conv
