// What resampling has made of the tables of an axis, kept for the calls that repeat: making it can take as
// long as using it. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <cstring>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "base/cpu.h"
#include "image/resample.h"

namespace native_conv {

// Of uint8 images: what a pass over `size` pixels of `channels` is made from.
struct AxisKey {
  ResampleAxis axis;
  std::int64_t size, channels;
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
    keep(Entry(key, isa, plan));
    return plan;
  }

 private:
  // An application resizes to few sizes, from few; what it no longer uses goes first.
  static constexpr std::size_t most_bytes = std::size_t{8} << 20;

  struct Entry {
    Entry(const AxisKey& key, Isa isa_in_use, std::shared_ptr<const Plan> made)
        : isa(isa_in_use),
          size(key.size),
          channels(key.channels),
          taps(key.axis.taps),
          bounds(key.axis.bounds, key.axis.bounds + 2 * key.axis.outputs),
          weights(key.axis.integers, key.axis.integers + key.axis.outputs * key.axis.taps),
          plan(std::move(made)) {}
    bool holds(const AxisKey& key, Isa wanted) const {
      const ResampleAxis& axis = key.axis;
      return isa == wanted && size == key.size && channels == key.channels && taps == axis.taps &&
             bounds.size() == static_cast<std::size_t>(2 * axis.outputs) &&
             std::memcmp(bounds.data(), axis.bounds, bounds.size() * sizeof bounds[0]) == 0 &&
             std::memcmp(weights.data(), axis.integers, weights.size() * sizeof weights[0]) == 0;
    }
    std::size_t bytes() const {
      return (bounds.size() + weights.size()) * sizeof(std::int32_t) + plan->bytes();
    }
    Isa isa;
    std::int64_t size, channels, taps;
    std::vector<std::int32_t> bounds, weights;
    std::shared_ptr<const Plan> plan;
  };

  std::shared_ptr<const Plan> find(const AxisKey& key, Isa isa) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (!entry->holds(key, isa)) continue;
      entries_.splice(entries_.begin(), entries_, entry);
      return entry->plan;
    }
    return nullptr;
  }

  void keep(Entry&& entry) {
    const std::size_t bytes = entry.bytes();
    if (bytes > most_bytes) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    entries_.push_front(std::move(entry));
    held_ += bytes;
    for (; held_ > most_bytes; entries_.pop_back()) held_ -= entries_.back().bytes();
  }

  std::mutex mutex_;
  std::list<Entry> entries_;
  std::size_t held_ = 0;
};

}  // namespace native_conv
