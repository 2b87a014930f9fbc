// A layer's weight: its own copy, and the packed forms that algorithms made of it, each made once.
// Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/buffer.h"

namespace native_conv {

// What tells one packed form from another: the packing algorithm's name for it, then the numbers it depends
// on.
using PackKey = std::vector<std::int64_t>;

enum class PackForm : std::int64_t { gemm, phases, depthwise, col2im, winograd, fft };

class WeightCache {
 public:
  WeightCache(const void* weight, std::size_t bytes);

  const void* raw() const { return raw_.get(); }
  // Of all forms made so far, the weight's own included.
  std::int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  // The form for `key`, made by make(buffer) at its first use. Safe from several threads.
  template <class Make>
  const void* get(const PackKey& key, std::size_t bytes, Make&& make) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::unique_ptr<AlignedBuffer>& form = forms_[key];
    if (!form) {
      auto fresh = std::make_unique<AlignedBuffer>(bytes);
      make(fresh->reserve(bytes));
      form = std::move(fresh);
      bytes_.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
    }
    return form->reserve(0);
  }

 private:
  std::unique_ptr<unsigned char[]> raw_;
  std::atomic<std::int64_t> bytes_;
  std::mutex mutex_;
  std::map<PackKey, std::unique_ptr<AlignedBuffer>> forms_;
};

// `count` elements packed by make(T*): kept in the cache, or, without one, in this thread's `slot` for this
// call.
template <class T, class Make>
const T* packed_weights(WeightCache* cache, const PackKey& key, std::int64_t count, Make&& make,
                        Scratch slot = Scratch::weights) {
  if (cache) {
    return static_cast<const T*>(
        cache->get(key, checked_bytes(count, sizeof(T)), [&](void* to) { make(static_cast<T*>(to)); }));
  }
  T* to = scratch<T>(slot, count);
  make(to);
  return to;
}

}  // namespace native_conv
