// Rows with a filter's border on either side. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <vector>

#include "image/geometry.h"

namespace native_conv {

class PaddedRows {
 public:
  explicit PaddedRows(const ImageGeometry& g)
      : channels_(g.channels),
        first_(g.anchor_x * g.channels),
        end_(first_ + g.source.width * g.channels),
        columns_(static_cast<std::size_t>(g.source.width + g.kernel_width - 1)) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      columns_[i] = padded_index(g.border, g.source.width, static_cast<std::int64_t>(i) - g.anchor_x);
    }
  }

  std::int64_t length() const { return static_cast<std::int64_t>(columns_.size()) * channels_; }

  // Values [first, last) of a source row with its border; a null row is zeros.
  template <class X, class Y>
  void copy(const X* x, std::int64_t first, std::int64_t last, Y* y) const {
    if (!x) {
      std::fill_n(y, last - first, Y{});
      return;
    }
    std::int64_t at = first;
    for (; at < std::min(last, first_); ++at) *y++ = border(x, at);
    const std::int64_t inside = std::min(last, end_) - at;
    if (inside > 0) {
      y = std::copy_n(x + at - first_, inside, y);
      at += inside;
    }
    for (; at < last; ++at) *y++ = border(x, at);
  }

 private:
  template <class X>
  X border(const X* x, std::int64_t at) const {
    const std::int64_t column = columns_[static_cast<std::size_t>(at / channels_)];
    return column < 0 ? X{} : x[column * channels_ + at % channels_];
  }

  std::int64_t channels_, first_, end_;
  std::vector<std::int64_t> columns_;  // of the padded row: the source's
};

}  // namespace native_conv
