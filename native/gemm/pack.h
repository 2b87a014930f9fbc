// Which GEMM micro-kernel takes a product, and its weights packed into panels for it. A weight is addressed
// as base[channel · channel_step + taps[k]], so that any memory order and any choice of taps packs the same
// way. Layer: gemm. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/table.h"
#include "base/thread_pool.h"
#include "kernels/kernels.h"

namespace native_conv {

// panel: channels broadcast × pixels in vectors. patch: pixels broadcast × channels in vectors. strip: as
// panel, its vectors anywhere.
enum class Family : int { panel, patch, strip };

template <class T>
const char* kernel_name(Family family) {
  const Kernels<T>& k = kernels<T>();
  if (family == Family::strip) return k.strip.name;
  return family == Family::panel ? k.gemm_panel.name : k.gemm_patch.name;
}

// Splits `total` into ceil(total / most) parts that differ by at most one.
struct EvenSplit {
  std::int64_t parts, small, larger;  // the first `larger` parts have one more than `small`

  EvenSplit(std::int64_t total, std::int64_t most)
      : parts((total + most - 1) / most),
        small(parts ? total / parts : 0),
        larger(parts ? total % parts : 0) {}
  std::int64_t begin(std::int64_t part) const { return part * small + std::min(part, larger); }
  std::int64_t size(std::int64_t part) const { return small + (part < larger ? 1 : 0); }
};

// The weights of one group as blocks of channels. panel and strip: block b is [depth][size(b)]; patch:
// [depth][NR], zero-filled.
template <class T>
struct PackedPanels {
  Family family;
  std::int64_t channels, depth, most;  // most: MR (panel) or NR (patch)

  PackedPanels(Family kind, std::int64_t channel_count, std::int64_t k, const Kernels<T>& kernels)
      : family(kind),
        channels(channel_count),
        depth(k),
        most(kind == Family::panel   ? kernels.gemm_panel.rows
             : kind == Family::strip ? kernels.strip.rows
                                     : kernels.gemm_patch.columns) {}

  bool broadcast() const { return family != Family::patch; }  // the channels

  EvenSplit blocks() const { return EvenSplit(channels, most); }
  // patch blocks are cut at full vectors, so only the last is short.
  std::int64_t block_begin(std::int64_t b) const { return broadcast() ? blocks().begin(b) : b * most; }
  std::int64_t block_size(std::int64_t b) const {
    return broadcast() ? blocks().size(b) : std::min(most, channels - b * most);
  }
  std::int64_t length() const { return depth * (broadcast() ? channels : blocks().parts * most); }
  const T* block(const T* packed, std::int64_t b) const {
    return packed + depth * (broadcast() ? blocks().begin(b) : b * most);
  }

  // Taps [begin, end) of all blocks; `taps` are theirs.
  void pack(std::int64_t begin, std::int64_t end, T* to, const T* base, std::int64_t channel_step,
            const std::int64_t* taps) const;

 private:
  void pack_block(std::int64_t b, std::int64_t k, std::int64_t count, T* to, const T* base,
                  std::int64_t channel_step, const std::int64_t* taps) const;
};

// Taps on their way into panels, a piece of them at a time: a list of all would take twice the room of a
// filter. Calls pack(begin, end, taps) with the taps [begin, end).
template <class Pack>
class PackedTaps {
 public:
  PackedTaps(std::int64_t depth, Pack pack) : pack_(std::move(pack)) {
    taps_.reserve(static_cast<std::size_t>(std::min(depth, steps_between_looks)));
  }

  void add(std::int64_t tap) {
    taps_.push_back(tap);
    if (static_cast<std::int64_t>(taps_.size()) == steps_between_looks) end();
  }
  // Packs those that are left.
  void end() {
    const auto count = static_cast<std::int64_t>(taps_.size());
    pack_(packed_, packed_ + count, taps_.data());
    packed_ += count;
    taps_.clear();
  }

 private:
  const Pack pack_;
  std::int64_t packed_ = 0;
  Table<std::int64_t> taps_;
};

// How many of `count` taps, from the first on, lie side by side in memory.
inline std::int64_t adjacent_taps(const std::int64_t* taps, std::int64_t count) {
  std::int64_t adjacent = 1;
  while (adjacent < count && taps[adjacent] == taps[adjacent - 1] + 1) ++adjacent;
  return adjacent;
}

// `count` taps of a block from k on. Channels or taps that lie side by side are moved in vectors.
template <class T>
void PackedPanels<T>::pack_block(std::int64_t b, std::int64_t k, std::int64_t count, T* to, const T* base,
                                 std::int64_t channel_step, const std::int64_t* taps) const {
  constexpr std::int64_t least_transposed = 3, step = 8;
  const T* from = base + block_begin(b) * channel_step;
  const std::int64_t size = block_size(b), row = broadcast() ? size : most;
  to += depth * (broadcast() ? block_begin(b) : b * most) + k * row;
  if (size < row) std::fill_n(to, count * row, T(0));
  for (std::int64_t at_once = 1; count > 0; count -= at_once, taps += at_once, to += at_once * row) {
    const T* tap = from + *taps;
    if (channel_step == 1) {
      std::int64_t c = 0;
      // Of a known size, so that no call is made for it.
      for (; c + step <= size; c += step) std::memcpy(to + c, tap + c, step * sizeof(T));
      for (; c < size; ++c) to[c] = tap[c];
      continue;
    }
    at_once = adjacent_taps(taps, count);
    if (at_once >= least_transposed) {
      kernels<T>().transpose.run({tap, channel_step, size, at_once, to, row});
      continue;
    }
    at_once = 1;
    for (std::int64_t c = 0; c < size; ++c) to[c] = tap[c * channel_step];
  }
}

template <class T>
void PackedPanels<T>::pack(std::int64_t begin, std::int64_t end, T* to, const T* base,
                           std::int64_t channel_step, const std::int64_t* taps) const {
  // Blocks that share cache lines pass over a few taps in turn; the others over as many as take well under a
  // millisecond.
  constexpr std::int64_t taps_in_cache = 16, taps_between_looks = 1 << 13;
  const std::int64_t most_taps = channel_step == 1 ? taps_in_cache : taps_between_looks;
  for (std::int64_t k = begin; k < end; k += most_taps) {
    for (std::int64_t b = 0; b < blocks().parts; ++b) {
      stop_if_cancelled();
      pack_block(b, k, std::min(end - k, most_taps), to, base, channel_step, taps + (k - begin));
    }
  }
}

}  // namespace native_conv
