// What blocks of Winograd tiles read where the gradient of a weight is summed over them: the input, as the
// forward convolution does, and the gradient of the output. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/table.h"
#include "conv/winograd_blocks.h"

namespace native_conv {

// What the tiles of a block read of the output's gradient: a strip for the patches that lie in the same rows,
// and one of zeros where tiles have no outputs.
struct GradientStrips {
  Table<std::int64_t> rows;
  std::vector<int> widths, counts;
  Table<std::int32_t> places;

  GradientStrips(const WinogradBlock& block, const WinogradGrid& grid, const Strides& output) {
    const auto step = static_cast<int>(grid.width_step);
    WinogradPatch first{};
    for (const WinogradPatch& patch : block.patches) {
      if (patch.lane > tiles()) append_zeros(grid, patch.lane - tiles());
      // Sets of columns that a dilated kernel never mixes lie within each other.
      const bool shared = !widths.empty() && widths.back() > 0 && patch.at > first.at &&
                          patch.at < first.at + step && patch.at / output.s[1] == first.at / output.s[1];
      if (!shared) {
        first = patch;
        append(grid, patch, grid.height_step * output.s[1]);
      }
      const int begin = static_cast<int>(patch.at - first.at);
      widths.back() = std::max(widths.back(), begin + (patch.columns - 1) * step + 1);
      const int count = (patch.columns + grid.tile.columns - 1) / grid.tile.columns;
      counts.back() += count;
      for (int i = 0; i < count; ++i) places.push_back(begin + i * grid.tile.columns * step);
    }
    if (block.tiles > tiles()) append_zeros(grid, block.tiles - tiles());
  }

  // Columns from the first to the last that the tiles of a strip have.
  static std::int64_t reach(const WinogradGrid& grid) {
    return std::min<std::int64_t>(grid.tile_columns, winograd_tiles) * grid.tile.columns * grid.width_step;
  }
  static WinogradLines lines(const WinogradGrid& grid) {
    return {0, static_cast<int>((reach(grid) + 15) / 16 * 16)};
  }

 private:
  int tiles() const { return static_cast<int>(places.size()); }

  void append(const WinogradGrid& grid, const WinogradPatch& patch, std::int64_t row_step) {
    for (int h = 0; h < grid.tile.row_points; ++h) {
      rows.push_back(h < patch.lines ? patch.at + h * row_step : winograd_no_row);
    }
    widths.push_back(0);
    counts.push_back(0);
  }

  void append_zeros(const WinogradGrid& grid, int count) {
    append(grid, WinogradPatch{}, 0);
    counts.back() = count;
    places.resize(places.size() + static_cast<std::size_t>(count), 0);
  }
};

// Some tiles, and what they read on either side.
struct GradientTiles {
  WinogradBlock block;
  GradientStrips gradient;
  std::vector<int> counts;
  Table<std::int32_t> places;
  std::int64_t first;

  GradientTiles(const Geometry& g, const WinogradGrid& grid, const Strides& output, std::int64_t begin,
                int count)
      : block(g, grid, output, begin, count, 1),
        gradient(block, grid, output),
        counts(block.widths.size()),
        places(block.places),
        first(begin) {
    const std::int64_t strip = std::int64_t{grid.tile.row_points} * grid.lines.pitch;
    for (std::int32_t& place : places) {
      ++counts[static_cast<std::size_t>(place / strip)];
      place = static_cast<std::int32_t>(place % strip);
    }
  }
};

}  // namespace native_conv
