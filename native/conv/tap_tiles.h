// The taps of an output channel's weight gradient, and how they are cut into tiles. Layer: conv.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/table.h"
#include "base/thread_pool.h"
#include "conv/geometry.h"
#include "gemm/pack.h"

namespace native_conv {

// Taps [tap, tap + (rows − 1)·step], every `step`-th.
struct TapTile {
  std::int64_t tap, step;
  int rows;
};

// Consecutive tiles [first, end) that hold the taps [tap, tap + count).
struct TapBundle {
  std::int64_t first, end, tap, count;
};

class TapTiles {
 public:
  std::int64_t step;          // elements from one tap to the next, in the order of the weight
  Table<std::int64_t> reads;  // what taps read, from the group's first channel and position 0
  Table<TapTile> tiles;
  Table<TapBundle> bundles;

  std::int64_t count() const { return static_cast<std::int64_t>(reads.size()); }

  // Of at most `rows` taps a tile; at most `most_taps` a bundle. `image`: strides of the input.
  TapTiles(const Geometry& g, const Strides& image, int rows, std::int64_t most_taps) : most_(most_taps) {
    const WeightStrides w = weight_strides(g);
    const std::int64_t channels = g.in_per_group(), taps = volume(g.kernel);
    // As they lie in the weight: its channels between the taps, or its taps between the channels.
    const bool channels_within = w.i < w.k[2];
    step = channels * taps == 1 ? 1 : channels_within || taps == 1 ? w.i : w.k[2];
    reads.reserve(static_cast<std::size_t>(channels * taps));
    const auto read = [&](std::int64_t i, const Triple& tap) {
      checkpoint_.pass();
      const Triple at = {tap[0] * g.dilation[0], tap[1] * g.dilation[1], tap[2] * g.dilation[2]};
      reads.push_back(i * image.c + offset_of(at, image.s));
    };
    if (channels_within) {
      for_each_tap(g.kernel, [&](const Triple& tap) {
        for (std::int64_t i = 0; i < channels; ++i) read(i, tap);
      });
    } else {
      for (std::int64_t i = 0; i < channels; ++i) {
        for_each_tap(g.kernel, [&](const Triple& tap) { read(i, tap); });
      }
    }

    // Inputs of neighbouring channels are evenly spaced, which kernels read with less work.
    const std::int64_t between = w.i / step;
    const bool spaced = channels >= 2 * rows, bundled = spaced && between > 1 && taps * rows <= most_taps;
    const auto rows_from = [&](std::int64_t i) { return std::min<std::int64_t>(rows, channels - i); };
    if (bundled) {
      for (std::int64_t i = 0; i < channels; i += rows) {
        for (std::int64_t tap = 0; tap < taps; ++tap)
          tiles.push_back({i * taps + tap, taps, static_cast<int>(rows_from(i))});
        bundle(i * taps, rows_from(i) * taps);
      }
      return;
    }
    // Runs of taps that no tile crosses the end of.
    const std::int64_t run = spaced && between == 1 ? channels : channels * taps;
    for (std::int64_t begin = 0; begin < channels * taps; begin += run) {
      const EvenSplit parts(run, rows);
      for (std::int64_t part = 0; part < parts.parts; ++part) {
        // Whole tiles where the kernel makes most of them.
        const std::int64_t at = run == channels ? part * rows : parts.begin(part),
                           size = run == channels ? rows_from(at) : parts.size(part);
        tiles.push_back({begin + at, 1, static_cast<int>(size)});
        bundle(begin + at, size);
      }
    }
  }

 private:
  // The taps that the newest tiles hold, with those of the bundle before where there is room.
  void bundle(std::int64_t tap, std::int64_t count) {
    checkpoint_.pass();
    const auto end = static_cast<std::int64_t>(tiles.size());
    if (!bundles.empty() && bundles.back().count + count <= most_) {
      bundles.back().end = end;
      bundles.back().count += count;
      return;
    }
    bundles.push_back({bundles.empty() ? 0 : bundles.back().end, end, tap, count});
  }

  std::int64_t most_;
  Checkpoint checkpoint_;
};

}  // namespace native_conv
