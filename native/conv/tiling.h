// How a sweep's output positions are cut into tiles, and the walk over them. Layer: conv.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/cpu.h"
#include "conv/geometry.h"
#include "gemm/pack.h"

namespace native_conv {

// What a group of tiles may read before the next block of channels passes over it: half of the second-level
// cache.
inline std::int64_t group_bytes() {
  static const std::int64_t bytes = cache_sizes().l2 / 2;
  return bytes;
}

// The output positions as lines of columns, and every line as tiles of what one micro-kernel call takes. A
// line is one row, or several that lie `pitch` columns apart; columns between a row's width and the pitch are
// junk that is computed and dropped.
struct Tiling {
  std::int64_t lines, rows;  // rows: of a line
  std::int64_t pitch, columns;
  EvenSplit tiles;  // of a line, in steps of `step` columns
  std::int64_t step;
  std::int64_t lacking;  // columns that each line's first step does not have

  Tiling(std::int64_t total_rows, std::int64_t rows_of_line, std::int64_t row_pitch, std::int64_t width,
         std::int64_t most, std::int64_t granularity, std::int64_t lacking_columns = 0)
      : lines(rows_of_line > 0 ? total_rows / rows_of_line : 0),
        rows(rows_of_line),
        pitch(row_pitch),
        columns((rows_of_line - 1) * row_pitch + width),
        tiles((lacking_columns + columns + granularity - 1) / granularity, most / granularity),
        step(granularity),
        lacking(lacking_columns) {}

  // All tiles of `most` columns, but the last.
  void fill_tiles(std::int64_t most) {
    tiles.small = most / step;
    tiles.larger = 0;
  }

  std::int64_t units() const { return lines * tiles.parts; }
  std::int64_t begin(std::int64_t tile) const {
    return std::max<std::int64_t>(0, tiles.begin(tile) * step - lacking);
  }
  std::int64_t size(std::int64_t tile) const {
    return std::min(columns, (tiles.begin(tile) + tiles.size(tile)) * step - lacking) - begin(tile);
  }
};

// A tile and where it lies. The next one is found by counting up: the divisions that its number would take
// are as long as several steps of a micro-kernel.
class TileWalk {
 public:
  TileWalk(const Tiling& tiling, const Triple& counts, std::int64_t unit)
      : tiling_(tiling), height_(counts[1]), width_(counts[2]), tile_(unit % tiling.tiles.parts) {
    const std::int64_t begin = tiling.begin(tile_),
                       row = unit / tiling.tiles.parts * tiling.rows + begin / tiling.pitch;
    at_ = {row / height_, row % height_, begin % tiling.pitch};
  }

  std::int64_t size() const { return tiling_.size(tile_); }
  // Of the first column, which may be junk.
  const Triple& position() const { return at_; }

  void next() {
    at_[2] += size();
    for (; at_[2] >= tiling_.pitch; at_[2] -= tiling_.pitch) next_row(at_);
    if (++tile_ < tiling_.tiles.parts) return;
    tile_ = 0;
    if (at_[2] > 0) next_row(at_);
    at_[2] = 0;
  }

  // Calls body(first, count, position) for the parts of the tile that lie in one row, junk left out.
  template <class Body>
  void for_each_part(Body&& body) const {
    Triple at = at_;
    for (std::int64_t first = 0, end = size(); first < end; next_row(at), at[2] = 0) {
      const std::int64_t count = std::min(end - first, width_ - at[2]);
      if (count > 0) body(first, count, at);
      first += tiling_.pitch - at[2];
    }
  }

 private:
  void next_row(Triple& at) const {
    if (++at[1] < height_) return;
    at[1] = 0;
    ++at[0];
  }

  const Tiling& tiling_;
  const std::int64_t height_, width_;
  std::int64_t tile_;
  Triple at_;
};

}  // namespace native_conv
