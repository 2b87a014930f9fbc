// The tiles of a group, worked out once for all blocks of channels that pass over it: where each reads, and
// where it is written. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/bits.h"
#include "conv/sweep.h"
#include "conv/tiling.h"
#include "gemm/deep_tile.h"

namespace native_conv {

template <class T>
struct PlannedTile {
  const T* x;            // panel: what its first column reads at offset 0
  const T* const* rows;  // patch: what each of its positions does
  int positions;
  // Whether its rows are stretches of the output, from `at` on, so that the kernel writes them; else there
  // are `runs`.
  bool direct;
  std::int64_t at;
  std::uint64_t kept;  // panel, direct: a bit for each column that is written; 0: all are
  const PixelRun* runs;
  int run_count;
};

// Tiles are planned in place and used where they lie, since they point into each other.
template <class T>
class PlannedTiles {
 public:
  // So many tiles of at most `positions` positions fit.
  static std::int64_t capacity(std::int64_t positions) {
    return std::min(most_tiles, most_positions / positions);
  }

  PlannedTiles() = default;
  PlannedTiles(const PlannedTiles&) = delete;
  PlannedTiles& operator=(const PlannedTiles&) = delete;

  std::int64_t count() const { return count_; }
  const PlannedTile<T>& operator[](std::int64_t tile) const { return tiles_[tile]; }

  void add(const Sweep<T>& s, const TileWalk& walk) {
    PlannedTile<T>& tile = tiles_[count_++];
    const bool panel = s.panels->family == Family::panel;
    tile.x = s.x + offset_of(walk.position(), s.x_step);
    tile.positions = static_cast<int>(walk.size());
    tile.rows = rows_ + row_count_;
    if (!panel) add_rows(s, walk);
    tile.runs = runs_ + run_count_;
    tile.run_count = add_runs(s, walk);
    tile.at = tile.run_count ? tile.runs[0].at : 0;
    const bool has_junk = tile.run_count > 1 || tile.runs[0].count < tile.positions;
    // What accumulates in the output has no junk.
    const bool whole = !has_junk || !is_deep(s.panels->depth);
    tile.direct =
        panel ? whole && s.y_step[2] == 1 && are_adjacent(tile) : s.y_channel == 1 && tile.run_count == 1;
    tile.kept = panel && tile.direct && has_junk ? columns_of(tile) : 0;
    if (!tile.direct) run_count_ += tile.run_count;
  }

 private:
  static constexpr std::int64_t most_tiles = 64, most_positions = 1024;

  void add_rows(const Sweep<T>& s, const TileWalk& walk) {
    walk.for_each_part([&](std::int64_t first, std::int64_t size, const Triple& position) {
      const T* x = s.x + offset_of(position, s.x_step);
      for (std::int64_t p = 0; p < size; ++p) rows_[row_count_ + first + p] = x + p * s.x_step[2];
    });
    row_count_ += walk.size();
  }

  // Where a tile is written, as few runs as possible; returns how many.
  int add_runs(const Sweep<T>& s, const TileWalk& walk) {
    PixelRun* const runs = runs_ + run_count_;
    int count = 0;
    walk.for_each_part([&](std::int64_t first, std::int64_t size, const Triple& position) {
      const PixelRun next = {static_cast<int>(first), static_cast<int>(size), offset_of(position, s.y_step)};
      PixelRun* last = count ? runs + count - 1 : nullptr;
      if (last && last->first + last->count == next.first &&
          last->at + last->count * s.y_step[2] == next.at) {
        last->count += next.count;
      } else {
        runs[count++] = next;
      }
    });
    return count;
  }

  // Whether runs of neighbouring outputs follow each other.
  static bool are_adjacent(const PlannedTile<T>& tile) {
    for (int i = 1; i < tile.run_count; ++i) {
      if (tile.runs[i].at != tile.runs[i - 1].at + tile.runs[i - 1].count) return false;
    }
    return true;
  }

  // A bit for each column that is in a run.
  static std::uint64_t columns_of(const PlannedTile<T>& tile) {
    std::uint64_t columns = 0;
    for (int i = 0; i < tile.run_count; ++i) {
      columns |= first_bits(tile.runs[i].count) << tile.runs[i].first;
    }
    return columns;
  }

  std::int64_t count_ = 0, row_count_ = 0, run_count_ = 0;
  PlannedTile<T> tiles_[most_tiles];
  const T* rows_[most_positions];
  PixelRun runs_[most_positions];
};

}  // namespace native_conv
