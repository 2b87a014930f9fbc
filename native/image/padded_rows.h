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
      : g_(g),
        first_(g.anchor_x * g.channels),
        end_(first_ + g.source.width * g.channels),
        columns_(static_cast<std::size_t>(g.source.width + g.kernel_width - 1)) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      columns_[i] = padded_index(g.border, g.source.width, static_cast<std::int64_t>(i) - g.anchor_x);
    }
  }

  // Of a padded row.
  std::int64_t length() const { return static_cast<std::int64_t>(columns_.size()) * g_.channels; }

  // Values [first, last) of padded row `row` of a plane of X.
  template <class X, class Y>
  void copy(const void* source, std::int64_t plane, std::int64_t row, std::int64_t first, std::int64_t last,
            Y* y) const {
    const std::int64_t from = padded_index(g_.border, g_.source.height, row - g_.anchor_y);
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
    for (; at < last; ++at) *y++ = border<Y>(x, at);
  }

 private:
  template <class Y, class X>
  Y border(const X* x, std::int64_t at) const {
    const std::int64_t column = columns_[static_cast<std::size_t>(at / g_.channels)];
    return column < 0 ? Y{} : static_cast<Y>(x[column * g_.channels + at % g_.channels]);
  }

  const ImageGeometry& g_;
  std::int64_t first_, end_;
  std::vector<std::int64_t> columns_;  // of the padded row: the source's
};

}  // namespace native_conv
