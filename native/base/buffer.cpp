// Layer: base. SPDX-License-Identifier: MIT
#include "base/buffer.h"

#include <atomic>

namespace native_conv {
namespace {

std::atomic<std::int64_t> held{0};

// A thread's slots; what they hold is counted.
class Slots {
 public:
  void* reserve(Scratch slot, std::size_t bytes) {
    AlignedBuffer& buffer = buffers_[static_cast<std::size_t>(slot)];
    if (bytes > buffer.capacity()) release(buffer);
    const std::size_t before = buffer.capacity();
    void* data = buffer.reserve(bytes);
    held.fetch_add(static_cast<std::int64_t>(buffer.capacity() - before), std::memory_order_relaxed);
    return data;
  }

  ~Slots() {
    for (AlignedBuffer& buffer : buffers_) release(buffer);
  }

 private:
  static void release(AlignedBuffer& buffer) {
    held.fetch_sub(static_cast<std::int64_t>(buffer.capacity()), std::memory_order_relaxed);
    buffer.release();
  }

  std::array<AlignedBuffer, static_cast<std::size_t>(Scratch::count)> buffers_;
};

}  // namespace

std::int64_t held_scratch_bytes() { return held.load(std::memory_order_relaxed); }

void* reserve_scratch(Scratch slot, std::size_t bytes) {
  thread_local Slots slots;
  return slots.reserve(slot, bytes);
}

}  // namespace native_conv
