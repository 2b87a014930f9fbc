// Patches of the input gathered into panels: what im2col-gemm multiplies and what the weight gradient sums
// over. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

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
      const std::int64_t i =
          maps_[axis]
               [static_cast<std::size_t>(output[axis] * g_.stride[axis] + tap[axis] * g_.dilation[axis])];
      if (i < 0) return -1;
      offset += i * strides_.s[axis];
    }
    return offset;
  }

  const Strides& strides() const { return strides_; }

 private:
  const Geometry& g_;
  const Strides strides_;
  std::vector<std::int32_t> maps_[3];
};

}  // namespace native_conv
