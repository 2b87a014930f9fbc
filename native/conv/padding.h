// Padding as an index map per axis (all modes, any width), and the padded copy that the implicit algorithms
// read. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "base/table.h"
#include "base/thread_pool.h"
#include "conv/geometry.h"

namespace native_conv {

// For each of `extent` positions `step` apart, beginning `begin` before the axis: its source, or -1.
Table<std::int32_t> axis_map(PaddingMode mode, std::int64_t size, std::int64_t begin, std::int64_t extent,
                             std::int64_t step = 1);

// Positions of a row as runs of equal step, so that copying it needs no look-up per element.
struct Run {
  std::int64_t to, from, length, step;  // from < 0: zeros; length <= steps_between_looks
};
Table<Run> runs_of(const Table<std::int32_t>& map);

// The order of a padded copy's columns. Sorted by their remainder modulo the stride, the columns that
// neighbouring outputs read at one tap lie side by side, so that vectors can load them.
class ColumnOrder {
 public:
  ColumnOrder() = default;
  // A stride of 1 leaves the columns as they are.
  ColumnOrder(std::int64_t extent, std::int64_t stride)
      : stride_(stride), of_remainder_((extent + stride - 1) / stride) {}

  bool sorted() const { return stride_ > 1; }
  std::int64_t width() const { return of_remainder_ * stride_; }
  // Where the padded position `at` lies.
  std::int64_t column(std::int64_t at) const { return at % stride_ * of_remainder_ + at / stride_; }
  // The columns' sources: axis_map in this order.
  Table<std::int32_t> map(PaddingMode mode, std::int64_t size, std::int64_t begin,
                          std::int64_t step = 1) const;

 private:
  std::int64_t stride_ = 1, of_remainder_ = 0;
};

// A copy [channels][depth][height][width] (or [depth][height][width][channels]) of part of one image,
// gathered through a map per axis.
template <class T>
struct PaddedCopy {
  Layout layout;
  const T* source;  // the first channel, position (0, 0, 0)
  Strides from;
  std::int64_t channels;
  std::int64_t repeat;  // channels last: each source channel is written `repeat` times (depthwise multiplier)
  const std::int32_t* depth_map;
  const std::int32_t* height_map;
  const Table<std::int32_t>* width_map;
  const Table<Run>* width_runs;
  std::int64_t depth, height;
  T* target;
  // Channels first: elements from a row to the next, and of a slice. Rows may overlap where all columns that
  // they share are zeros. 0: rows lie end to end.
  std::int64_t pitch = 0, slice = 0;

  std::int64_t width() const { return static_cast<std::int64_t>(width_map->size()); }
  std::int64_t row_pitch() const { return pitch ? pitch : width(); }
  std::int64_t slice_length() const { return slice ? slice : height * width(); }
  std::int64_t length() const { return channels * repeat * depth * slice_length(); }
  // The copy falls into this many independent parts: slices of a channel, or rows of pixels.
  std::int64_t parts() const { return layout == Layout::channels_first ? channels * depth : depth * height; }
  void copy_part(std::int64_t part) const;
};

// All parts, on up to control.threads threads: each of them copies neighbouring rows, which it will mostly
// read itself.
template <class T>
void copy_all(const PaddedCopy<T>& copy, const RunControl& control);

}  // namespace native_conv
