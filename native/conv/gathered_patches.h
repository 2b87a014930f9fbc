// Patches gathered for gemm_panel: a tile's pixels, tap by tap, as rows of memory that are aligned, one
// beside the other, whatever lies between them in the input. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/buffer.h"
#include "conv/tiling.h"
#include "kernels/kernels.h"

namespace native_conv {

// Elements of a tile's patches with `depth` taps.
template <class T>
std::int64_t gathered_length(std::int64_t depth, const Kernels<T>& k) {
  return depth * k.gemm_panel.columns;
}

// Tiles of `length` elements that make a group of at most `most_bytes`, but one at least.
template <class T>
std::int64_t gathered_tiles(std::int64_t length, std::int64_t most_bytes = group_bytes()) {
  const std::int64_t bytes = std::max<std::int64_t>(1, length) * std::int64_t{sizeof(T)};
  return std::max<std::int64_t>(1, most_bytes / bytes);
}

// As many channels read a patch often enough.
constexpr std::int64_t least_gathered_channels = 32;

// Whether gathering pays: enough channels read the patches, these fit a group, and an input of `length`
// elements does not. Measured on transposed convolutions of U-Net, 2×2 stride 2 (docs/decisions.md).
template <class T>
bool gathers(std::int64_t channels, std::int64_t depth, std::int64_t length, const Kernels<T>& k) {
  const std::int64_t element = sizeof(T);
  return channels >= least_gathered_channels && gathered_length(depth, k) * element <= group_bytes() &&
         length * element > group_bytes();
}

// Tiles of a group in a product whose positions are one row, channels and taps lying `pitch` elements apart,
// or 0 where it had better read its pixels where they lie. Blocks of few channels would fetch them again and
// again, each vector out of two cache lines and each channel out of another page; where channels are a
// multiple of 1 KiB apart, all of them out of few sets of the first-level cache (docs/decisions.md).
template <class T>
std::int64_t gathered_row_tiles(std::int64_t channels, std::int64_t depth, std::int64_t positions,
                                std::int64_t pitch, const Kernels<T>& k) {
  constexpr int few_rows = 8, few_taps = 32;
  constexpr std::int64_t sets = 1024, element = sizeof(T);
  const std::int64_t length = gathered_length(depth, k);
  if (k.gemm_panel.rows > few_rows || depth < few_taps || length * element > group_bytes()) return 0;
  const bool few_sets = pitch * element % sets == 0, large = depth * positions * element > group_bytes();
  const std::int64_t least = few_sets ? least_gathered_channels : (large ? 2 : 3) * least_gathered_channels;
  return channels >= least ? gathered_tiles<T>(length, group_bytes() / 4) : 0;
}

// Where the rows begin, in this thread's scratch memory.
template <class T>
const std::int32_t* gathered_offsets(std::int64_t depth, const Kernels<T>& k) {
  std::int32_t* offsets = scratch<std::int32_t>(Scratch::pixel_offsets, depth);
  for (std::int64_t i = 0; i < depth; ++i) {
    offsets[i] = static_cast<std::int32_t>(i * k.gemm_panel.columns);
  }
  return offsets;
}

// Bytes of scratch for a group of tiles with `depth` taps, among `positions`, and for its offsets, at most.
template <class T>
std::int64_t gathered_scratch_bytes(std::int64_t depth, std::int64_t positions, const Kernels<T>& k) {
  const std::int64_t tiles = (positions + k.gemm_panel.columns - 1) / k.gemm_panel.columns;
  const std::int64_t tile = gathered_length(depth, k) * std::int64_t{sizeof(T)};
  return std::min(tiles * tile, std::max(tile, group_bytes())) + depth * std::int64_t{sizeof(std::int32_t)};
}

}  // namespace native_conv
