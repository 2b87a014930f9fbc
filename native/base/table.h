// Tables of positions: of any length, since axes and kernels are, and written and read for one call. Layer:
// base. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace native_conv {

// While there is one, its thread keeps the large tables that go while an exception passes, as that of an
// aborted call does, and frees them with it: unmapping takes milliseconds, which nobody has to wait for.
class LeftTables {
 public:
  LeftTables();
  LeftTables(const LeftTables&) = delete;
  LeftTables& operator=(const LeftTables&) = delete;
  ~LeftTables();

  // Whether one of this thread keeps `block`, which it frees with std::allocator<char>.
  static bool keep(void* block, std::size_t bytes);
  std::size_t bytes() const;

 private:
  // At the beginning of a block that is kept, since a call without memory must end, too.
  struct Left {
    Left* next;
    std::size_t bytes;
  };
  Left* first_ = nullptr;
  LeftTables* before_;
};

template <class T>
struct TableBlocks : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = TableBlocks<U>;
  };
  TableBlocks() = default;
  template <class U>
  TableBlocks(const TableBlocks<U>&) {}

  void deallocate(T* block, std::size_t count) {
    if (!LeftTables::keep(block, count * sizeof(T))) std::allocator<T>::deallocate(block, count);
  }
};

template <class T>
using Table = std::vector<T, TableBlocks<T>>;

}  // namespace native_conv
