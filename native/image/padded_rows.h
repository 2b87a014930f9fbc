// A picture's rows with a filter's border on all sides. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <vector>

#include "image/convert.h"
#include "image/geometry.h"

namespace native_conv {

class PaddedRows {
 public:
  explicit PaddedRows(const ImageGeometry& g)
      : g_(g), first_(g.anchor_x * g.channels), end_(first_ + g.source.width * g.channels) {
    for (std::int64_t at = 0; at < first_; ++at) border_.push_back(offset_of(at));
    for (std::int64_t at = end_; at < length(); ++at) border_.push_back(offset_of(at));
  }

  // Of a padded row.
  std::int64_t length() const { return (g_.source.width + g_.kernel_width - 1) * g_.channels; }

  // Where the source's values begin in a padded row.
  std::int64_t first() const { return first_; }

  // A padded row's values before and behind the source's, from these.
  template <class Y>
  void fill_border(Y* row) const {
    for (std::int64_t at = 0; at < first_; ++at) row[at] = border<Y>(row + first_, at);
    for (std::int64_t at = end_; at < length(); ++at) row[at] = border<Y>(row + first_, first_ + at - end_);
  }

  // The source's row that is padded row `row`, or -1 for one of zeros.
  std::int64_t source_row(std::int64_t row) const {
    const std::int64_t from = row - g_.anchor_y;
    if (from >= 0 && from < g_.source.height) return from;
    return padded_index(g_.border, g_.source.height, from);
  }

  // Values [first, last) of padded row `row` of a plane of X.
  template <class X, class Y>
  void copy(const void* source, std::int64_t plane, std::int64_t row, std::int64_t first, std::int64_t last,
            Y* y) const {
    const std::int64_t from = source_row(row);
    if (from < 0) {
      std::fill_n(y, last - first, Y{});
      return;
    }
    const X* x = static_cast<const X*>(source) + plane * g_.source.plane + from * g_.source.row;
    std::int64_t at = first;
    for (; at < std::min(last, first_); ++at) *y++ = border<Y>(x, at);
    const std::int64_t inside = std::min(last, end_) - at;
    if (inside > 0) {
      copy_row(x + at - first_, inside, y);
      y += inside;
      at += inside;
    }
    for (; at < last; ++at) *y++ = border<Y>(x, first_ + at - end_);
  }

 private:
  // Of a value of a padded row within the source's, or -1.
  std::int64_t offset_of(std::int64_t at) const {
    const std::int64_t pixel = at / g_.channels;
    const std::int64_t column = padded_index(g_.border, g_.source.width, pixel - g_.anchor_x);
    return column < 0 ? -1 : column * g_.channels + at % g_.channels;
  }

  template <class Y, class X>
  Y border(const X* x, std::int64_t i) const {
    const std::int64_t offset = border_[static_cast<std::size_t>(i)];
    return offset < 0 ? Y{} : static_cast<Y>(x[offset]);
  }

  const ImageGeometry& g_;
  std::int64_t first_, end_;
  std::vector<std::int64_t>
      border_;  // offsets of the values before the source's row, then of those behind it
};

}  // namespace native_conv
