// Scratch memory that is kept from call to call: 64-byte aligned, one set of slots per thread, so that steady
// state allocates nothing. Layer: base. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>

#include "base/error.h"

namespace native_conv {

constexpr std::size_t buffer_alignment = 64;

class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t bytes) { reserve(bytes); }
  AlignedBuffer(const AlignedBuffer&) = delete;
  AlignedBuffer& operator=(const AlignedBuffer&) = delete;
  ~AlignedBuffer() { release(); }

  // Grows to at least `bytes`; the contents are lost when it grows.
  void* reserve(std::size_t bytes) {
    if (bytes <= capacity_) return data_;
    release();
    data_ = ::operator new (bytes, std::align_val_t{buffer_alignment});
    capacity_ = bytes;
    return data_;
  }

  void release() {
    if (data_) ::operator delete (data_, std::align_val_t{buffer_alignment});
    data_ = nullptr;
    capacity_ = 0;
  }

  std::size_t capacity() const { return capacity_; }

 private:
  void* data_ = nullptr;
  std::size_t capacity_ = 0;
};

// What a slot is for; two uses that live at the same time need two slots.
enum class Scratch : int {
  padded,
  weights,
  panel,
  pixels,
  pixel_offsets,
  tile,
  offsets,
  intermediate,
  intermediate_next,
  columns,
  gradient,
  fused_weights,
  fused_offsets,
  image_ring,
  image_block,
  image_plane,
  image_sums,
  image_row,
  image_gray,
  image_blended,
  count
};

// What all threads hold in their slots.
std::int64_t held_scratch_bytes();

// This thread's memory for `slot`, grown to `bytes`; std::bad_alloc leaves the slot empty.
void* reserve_scratch(Scratch slot, std::size_t bytes);

inline std::size_t checked_bytes(std::int64_t count, std::size_t size) {
  if (count < 0 || static_cast<std::uint64_t>(count) > std::numeric_limits<std::ptrdiff_t>::max() / size) {
    throw Error(ErrorCode::too_large,
                "scratch of " + std::to_string(count) + " elements does not fit the address space");
  }
  return static_cast<std::size_t>(count) * size;
}

// This thread's memory for `slot`, with room for `count` elements; what it held before may be lost.
template <class T>
T* scratch(Scratch slot, std::int64_t count) {
  return static_cast<T*>(reserve_scratch(slot, checked_bytes(count, sizeof(T))));
}

}  // namespace native_conv
