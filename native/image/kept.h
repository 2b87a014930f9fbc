// What was made once, kept for the calls that repeat: making it can take as long as using it. Layer: image.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>

#include "base/cpu.h"

namespace native_conv {

// Keys have ==, and values bytes(), what they hold. For static objects that are never destroyed; threads may
// share one.
template <class Key, class Value>
class Kept {
 public:
  explicit Kept(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  // make() returns a std::shared_ptr<const Value>, of the instruction set in use.
  template <class Make>
  std::shared_ptr<const Value> get(const Key& key, Make&& make) {
    const Isa isa = current_isa();
    if (auto known = find(key, isa)) return known;
    std::shared_ptr<const Value> value = make();
    keep({key, isa, value});
    return value;
  }

 private:
  struct Entry {
    Key key;
    Isa isa;
    std::shared_ptr<const Value> value;
  };

  static std::size_t bytes_of(const Entry& entry) { return sizeof entry + entry.value->bytes(); }

  std::shared_ptr<const Value> find(const Key& key, Isa isa) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->isa != isa || !(entry->key == key)) continue;
      entries_.splice(entries_.begin(), entries_, entry);
      return entry->value;
    }
    return nullptr;
  }

  // What is no longer used goes first.
  void keep(Entry&& entry) {
    const std::size_t bytes = bytes_of(entry);
    if (bytes > most_bytes_) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    entries_.push_front(std::move(entry));
    held_ += bytes;
    for (; held_ > most_bytes_; entries_.pop_back()) held_ -= bytes_of(entries_.back());
  }

  const std::size_t most_bytes_;
  std::mutex mutex_;
  std::list<Entry> entries_;
  std::size_t held_ = 0;
};

}  // namespace native_conv
