// A test operand that ends exactly where unmapped memory begins, and is preceded by unmapped memory too:
// reading or writing one element too far is a crash, not luck. Layer: test. SPDX-License-Identifier: MIT
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <new>

namespace native_conv::test {

template <class T>
class Guarded {
 public:
  explicit Guarded(std::size_t count) : count_(count) {
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t body = (count * sizeof(T) + page - 1) / page * page;
    mapped_bytes_ = body + 2 * page;
    void* map = mmap(nullptr, mapped_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) throw std::bad_alloc();
    map_ = static_cast<char*>(map);
    if (body > 0 && mprotect(map_ + page, body, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
    data_ = reinterpret_cast<T*>(map_ + page + body - count * sizeof(T));
  }
  Guarded(Guarded&& other) noexcept
      : count_(other.count_), mapped_bytes_(other.mapped_bytes_), map_(other.map_), data_(other.data_) {
    other.map_ = nullptr;
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  ~Guarded() {
    if (map_) munmap(map_, mapped_bytes_);
  }

  // From here on a write crashes too: for operands that a kernel may only read.
  void freeze() {
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    if (mapped_bytes_ > 2 * page) mprotect(map_ + page, mapped_bytes_ - 2 * page, PROT_READ);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return count_; }
  T* begin() { return data_; }
  T* end() { return data_ + count_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + count_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }

 private:
  std::size_t count_;
  std::size_t mapped_bytes_ = 0;
  char* map_ = nullptr;
  T* data_ = nullptr;
};

}  // namespace native_conv::test
