// How a convolution falls into Winograd tiles: the images that tiles lie in, and blocks of consecutive tiles
// with the rows that they read and the outputs that they write. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "base/table.h"
#include "conv/geometry.h"
#include "conv/padding.h"
#include "kernels/winograd.h"

namespace native_conv {

// A convolution as plain ones of planes at stride 1: each output depth is an image whose channels are those
// of every tap in depth, and each of the ∏dilation sets of rows and columns that a dilated kernel never mixes
// is one. Sets of columns whose tiles fit into one block share an image, and thereby rows.
struct WinogradGrid {
  WinogradForm form;
  WinogradTile tile;
  std::int64_t height_step, width_step;  // dilation of rows and columns
  std::int64_t sets_height, sets_width;  // of rows and columns that have outputs
  std::int64_t tile_rows, tile_columns;  // of a set
  std::int64_t depth;                    // channels of the products
  std::int64_t row_sets;                 // of columns, whose tiles make a tile row
  bool copied;                           // what is read is a padded copy
  ColumnOrder columns;                   // of the copy, sorted where row_sets is not sets_width
  Triple extent;                         // of the copy
  Strides source;                        // of what is read
  int column_step;                       // between a tile's columns
  WinogradLines lines;

  WinogradGrid(const Geometry& g, WinogradForm chosen);

  std::int64_t images(const Geometry& g) const { return g.output[0] * sets_height * (sets_width / row_sets); }
  std::int64_t row_tiles() const { return row_sets * tile_columns; }
  std::int64_t image_tiles() const { return tile_rows * row_tiles(); }
  std::int64_t copy_length(const Geometry& g) const { return copied ? g.in_channels * volume(extent) : 0; }
  // Strips that `tiles` consecutive tiles lie in, at most.
  int most_strips(int tiles) const;
};

// A block of consecutive tiles of `batch` samples: lanes are its tiles in order, `lanes` of them in whole
// vectors, and the `tail` that is left. Its strips are the tile rows, or parts of one that is wider than a
// block, that they lie in.
struct WinogradBlock {
  int tiles, lanes, tail;
  Table<std::int64_t> rows;  // as WinogradInput has them
  std::vector<int> widths;
  Table<std::int32_t> places;  // of tiles, idle lanes included
  std::vector<WinogradPatch> patches;
  Table<std::int64_t> outputs;  // one offset for each cache line that the patches of a channel lie in

  // `output`: strides of the result.
  WinogradBlock(const Geometry& g, const WinogradGrid& grid, const Strides& output, std::int64_t first,
                int count, int vector_lanes);

 private:
  void list_outputs(const Geometry& g, const WinogradGrid& grid, const Strides& output);
};

// The padded copies that tiles read where padding or dilation asks for them; the maps of the axes are worked
// out once. One at a time.
template <class T>
class WinogradCopy {
 public:
  WinogradCopy(const Geometry& g, const WinogradGrid& grid)
      : layout_(g.layout),
        from_(strides_of(g.layout, g.in_channels, g.input)),
        depth_(axis_map(g.padding_mode, g.input[0], g.pad_begin[0], grid.extent[0])),
        height_(axis_map(g.padding_mode, g.input[1], g.pad_begin[1], grid.extent[1])),
        width_(grid.columns.map(g.padding_mode, g.input[2], g.pad_begin[2])),
        runs_(runs_of(width_)) {}

  // Of `channels` channels, the first of which is at `source`.
  const T* make(const T* source, std::int64_t channels, const RunControl& control) const {
    PaddedCopy<T> copy;
    copy.layout = layout_;
    copy.source = source;
    copy.from = from_;
    copy.channels = channels;
    copy.repeat = 1;
    copy.depth_map = depth_.data();
    copy.height_map = height_.data();
    copy.width_map = &width_;
    copy.width_runs = &runs_;
    copy.depth = static_cast<std::int64_t>(depth_.size());
    copy.height = static_cast<std::int64_t>(height_.size());
    copy.target = scratch<T>(Scratch::padded, copy.length());
    copy_all(copy, control);
    return copy.target;
  }

 private:
  const Layout layout_;
  const Strides from_;
  const Table<std::int32_t> depth_, height_, width_;
  const Table<Run> runs_;
};

// F(4, 3) along the axes that the kernel has taps along.
inline WinogradForm winograd_f4_form(const Geometry& g) {
  return g.kernel[1] == 1 ? WinogradForm::f4_row : WinogradForm::f4;
}

// Empty, or why the convolution of `g` does not fall into tiles, or must not.
std::string reject_tiles(const Geometry& g);

// How many of `tiles` are computed in whole vectors, idle lanes included: a short rest is cheaper on its own.
int winograd_lanes(int tiles, int vector_lanes);

}  // namespace native_conv
