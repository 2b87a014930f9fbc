// How a convolution falls into Winograd tiles: the images that tiles lie in, and blocks of consecutive tiles
// with the rows that they read and the outputs that they write. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "conv/geometry.h"
#include "conv/padding.h"
#include "kernels/winograd.h"

namespace native_conv {

// A convolution as plain ones of planes at stride 1: each output depth is an image whose channels are those
// of every tap in depth, and each of the ∏dilation sets of rows and columns that a dilated kernel never mixes
// is one.
struct WinogradGrid {
  WinogradForm form;
  WinogradTile tile;
  bool copied;                           // what is read is a padded copy
  ColumnOrder columns;                   // of the copy
  Triple extent;                         // of the copy
  Strides source;                        // of what is read
  std::int64_t height_step, width_step;  // dilation of rows and columns
  std::int64_t sets_height, sets_width;  // of rows and columns that have outputs
  std::int64_t tile_rows, tile_columns;  // of an image
  std::int64_t depth;                    // channels of the products

  WinogradGrid(const Geometry& g, WinogradForm chosen);

  std::int64_t images(const Geometry& g) const { return g.output[0] * sets_height * sets_width; }
  // Whether a tile row is wider than a block, so that a band lies in one.
  bool is_wide() const { return tile_columns > winograd_tiles; }
  std::int64_t image_tiles() const { return tile_rows * tile_columns; }
  std::int64_t copy_length(const Geometry& g) const { return copied ? g.in_channels * volume(extent) : 0; }
};

// Tiles whose rows are read together: those of a block that lie in one image, or in one of its tile rows
// where these are wider than a block.
struct WinogradBand {
  int row_count, tiles;
  std::int64_t from, to;  // columns that exist
  std::size_t rows;       // of tap 0 in depth, in WinogradBlock::rows; the other taps' follow
  std::size_t segments, segment_end;
};

// A block of consecutive tiles of `batch` samples: lanes are its tiles in order, `lanes` of them in whole
// vectors, and the `tail` that is left.
struct WinogradBlock {
  int tiles, lanes, tail;
  std::vector<std::int64_t> rows;
  std::vector<WinogradBand> bands;
  std::vector<WinogradSegment> segments;
  std::vector<WinogradPatch> patches;
  int most_rows, most_tiles;  // of a band

  // `output`: strides of the result.
  WinogradBlock(const Geometry& g, const WinogradGrid& grid, const Strides& output, std::int64_t first,
                int count, int vector_lanes);
};

// The most scratch that a band's transform takes, in elements, in any block of so many tiles.
std::int64_t most_band_scratch(const WinogradGrid& grid, int tiles);

// How many of `tiles` are computed in whole vectors, idle lanes included: a short rest is cheaper on its own.
int winograd_lanes(int tiles, int vector_lanes);

}  // namespace native_conv
