// Patches of the input gathered into panels: what im2col-gemm multiplies and what the weight gradient sums
// over. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/table.h"
#include "conv/geometry.h"
#include "conv/padding.h"

namespace native_conv {

// Reads any patch of one group of one image through index maps; no copy of the input.
class PatchReader {
 public:
  explicit PatchReader(const Geometry& g) : g_(g), strides_(strides_of(g.layout, g.in_channels, g.input)) {
    for (int axis = 0; axis < 3; ++axis) {
      maps_[axis] = axis_map(g.padding_mode, g.input[axis], g.pad_begin[axis], window_extent(g, axis));
    }
  }

  // Offset from the image's first channel of the group to what tap (kd, kh, kw) of output position (od, oh,
  // ow) reads in channel 0, or -1 for zero padding.
  std::int64_t at(const Triple& output, const Triple& tap) const {
    std::int64_t offset = 0;
    for (int axis = 0; axis < 3; ++axis) {
      const std::int64_t i = mapped(axis, output, tap);
      if (i < 0) return -1;
      offset += i * strides_.s[axis];
    }
    return offset;
  }

  // Writes to[i * step] for i < count: what the output positions from the linear index `first` on read at
  // `tap` in the channel that begins at `channel`.
  template <class T>
  void gather(const T* channel, std::int64_t first, std::int64_t count, const Triple& tap, T* to,
              std::int64_t step) const {
    const std::int32_t* columns = maps_[2].data() + tap[2] * g_.dilation[2];
    for (Triple at = unravel(first, g_.output); count > 0; at = unravel(first, g_.output)) {
      const std::int64_t run = std::min(count, g_.output[2] - at[2]);
      const std::int64_t d = mapped(0, at, tap), h = mapped(1, at, tap);
      const bool outside = d < 0 || h < 0;
      const T* row = outside ? channel : channel + d * strides_.s[0] + h * strides_.s[1];
      for (std::int64_t i = 0; i < run; ++i) {
        const std::int64_t w = columns[(at[2] + i) * g_.stride[2]];
        to[i * step] = outside || w < 0 ? T(0) : row[w * strides_.s[2]];
      }
      to += run * step;
      first += run;
      count -= run;
    }
  }

  const Strides& strides() const { return strides_; }

 private:
  std::int64_t mapped(int axis, const Triple& output, const Triple& tap) const {
    return maps_[axis]
                [static_cast<std::size_t>(output[axis] * g_.stride[axis] + tap[axis] * g_.dilation[axis])];
  }

  const Geometry& g_;
  const Strides strides_;
  Table<std::int32_t> maps_[3];
};

}  // namespace native_conv
