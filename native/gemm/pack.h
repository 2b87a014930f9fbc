// Which GEMM micro-kernel takes a product, and its weights packed into panels for it. A weight is addressed
// as base[channel · channel_step + taps[k]], so that any memory order and any choice of taps packs the same
// way. Layer: gemm. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

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

  void pack(T* to, const T* base, std::int64_t channel_step, const std::int64_t* taps) const {
    pack_taps(0, depth, to, base, channel_step, taps);
  }
  // Taps [begin, end) of all blocks.
  void pack_taps(std::int64_t begin, std::int64_t end, T* to, const T* base, std::int64_t channel_step,
                 const std::int64_t* taps) const;

 private:
  void pack_block(std::int64_t b, std::int64_t k, std::int64_t end, T* to, const T* base,
                  std::int64_t channel_step, const std::int64_t* taps) const;
};

// How many of the taps from `k` on lie side by side in memory.
inline std::int64_t adjacent_taps(const std::int64_t* taps, std::int64_t k, std::int64_t depth) {
  std::int64_t end = k + 1;
  while (end < depth && taps[end] == taps[end - 1] + 1) ++end;
  return end - k;
}

// Taps [k, end) of a block. Channels or taps that lie side by side are moved in vectors.
template <class T>
void PackedPanels<T>::pack_block(std::int64_t b, std::int64_t k, std::int64_t end, T* to, const T* base,
                                 std::int64_t channel_step, const std::int64_t* taps) const {
  constexpr std::int64_t least_transposed = 3, step = 8;
  const T* from = base + block_begin(b) * channel_step;
  const std::int64_t size = block_size(b), row = broadcast() ? size : most;
  to += depth * (broadcast() ? block_begin(b) : b * most) + k * row;
  if (size < row) std::fill_n(to, (end - k) * row, T(0));
  for (std::int64_t count = 1; k < end; k += count, to += count * row) {
    const T* tap = from + taps[k];
    if (channel_step == 1) {
      std::int64_t c = 0;
      // Of a known size, so that no call is made for it.
      for (; c + step <= size; c += step) std::memcpy(to + c, tap + c, step * sizeof(T));
      for (; c < size; ++c) to[c] = tap[c];
      continue;
    }
    count = adjacent_taps(taps, k, end);
    if (count >= least_transposed) {
      kernels<T>().transpose.run({tap, channel_step, size, count, to, row});
      continue;
    }
    count = 1;
    for (std::int64_t c = 0; c < size; ++c) to[c] = tap[c * channel_step];
  }
}

template <class T>
void PackedPanels<T>::pack_taps(std::int64_t begin, std::int64_t end, T* to, const T* base,
                                std::int64_t channel_step, const std::int64_t* taps) const {
  // Blocks that share cache lines pass over a few taps in turn.
  constexpr std::int64_t taps_in_cache = 16;
  const std::int64_t most_taps = channel_step == 1 ? taps_in_cache : std::max<std::int64_t>(1, end - begin);
  for (std::int64_t k = begin; k < end; k += most_taps) {
    for (std::int64_t b = 0; b < blocks().parts; ++b) {
      stop_if_cancelled();
      pack_block(b, k, std::min(end, k + most_taps), to, base, channel_step, taps);
    }
  }
}

}  // namespace native_conv
