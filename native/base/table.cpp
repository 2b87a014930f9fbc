// Layer: base. SPDX-License-Identifier: MIT
#include "base/table.h"

#include <exception>

namespace native_conv {
namespace {

// Smaller ones are freed in a fraction of a millisecond.
constexpr std::size_t large_block = std::size_t{1} << 20;

thread_local LeftTables* left_tables = nullptr;

}  // namespace

LeftTables::LeftTables() : before_(left_tables) { left_tables = this; }

LeftTables::~LeftTables() {
  left_tables = before_;
  while (first_) {
    Left* const block = first_;
    first_ = block->next;
    std::allocator<char>().deallocate(reinterpret_cast<char*>(block), block->bytes);
  }
}

bool LeftTables::keep(void* block, std::size_t bytes) {
  if (bytes < large_block || !left_tables || std::uncaught_exceptions() == 0) return false;
  left_tables->first_ = new (block) Left{left_tables->first_, bytes};
  return true;
}

std::size_t LeftTables::bytes() const {
  std::size_t sum = 0;
  for (const Left* block = first_; block; block = block->next) sum += block->bytes;
  return sum;
}

}  // namespace native_conv
