// What resampling has made of an axis, kept for the calls that repeat: making it can take as long as using
// it. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <list>
#include <memory>
#include <mutex>

#include "base/cpu.h"
#include "image/axis.h"

namespace native_conv {

// What it is made from: the axis, whether of uint8 images, and where that matters the pixels that a pass
// reads, and their channels.
struct AxisKey {
  Axis axis;
  bool integers;
  std::int64_t size, channels;

  bool operator==(const AxisKey& o) const {
    return integers == o.integers && size == o.size && channels == o.channels && axis == o.axis;
  }
};

// Plan has bytes(), what it holds. For static objects that are never destroyed; threads may share one.
template <class Plan>
class AxisCache {
 public:
  // make() returns a std::shared_ptr<const Plan>.
  template <class Make>
  std::shared_ptr<const Plan> get(const AxisKey& key, Make&& make) {
    const Isa isa = current_isa();
    if (auto known = find(key, isa)) return known;
    std::shared_ptr<const Plan> plan = make();
    keep({key, isa, plan});
    return plan;
  }

 private:
  // An application resizes to few sizes, from few; what it no longer uses goes first.
  static constexpr std::size_t most_bytes = std::size_t{8} << 20;

  struct Entry {
    AxisKey key;
    Isa isa;
    std::shared_ptr<const Plan> plan;
  };

  static std::size_t bytes_of(const Entry& entry) { return sizeof entry + entry.plan->bytes(); }

  std::shared_ptr<const Plan> find(const AxisKey& key, Isa isa) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->isa != isa || !(entry->key == key)) continue;
      entries_.splice(entries_.begin(), entries_, entry);
      return entry->plan;
    }
    return nullptr;
  }

  void keep(Entry&& entry) {
    const std::size_t bytes = bytes_of(entry);
    if (bytes > most_bytes) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    entries_.push_front(std::move(entry));
    held_ += bytes;
    for (; held_ > most_bytes; entries_.pop_back()) held_ -= bytes_of(entries_.back());
  }

  std::mutex mutex_;
  std::list<Entry> entries_;
  std::size_t held_ = 0;
};

}  // namespace native_conv
