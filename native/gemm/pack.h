// Which GEMM micro-kernel takes a product, and its weights packed into panels for it. A weight is addressed
// as base[channel · channel_step + taps[k]], so that any memory order and any choice of taps packs the same
// way. Layer: gemm. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

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

  void pack(T* to, const T* base, std::int64_t channel_step, const std::int64_t* taps) const;
};

template <class T>
void PackedPanels<T>::pack(T* to, const T* base, std::int64_t channel_step, const std::int64_t* taps) const {
  for (std::int64_t b = 0; b < blocks().parts; ++b) {
    const T* from = base + block_begin(b) * channel_step;
    const std::int64_t size = block_size(b), row = broadcast() ? size : most;
    for (std::int64_t k = 0; k < depth; ++k, to += row) {
      for (std::int64_t c = 0; c < size; ++c) to[c] = from[c * channel_step + taps[k]];
      std::fill(to + size, to + row, T(0));
    }
  }
}

}  // namespace native_conv
