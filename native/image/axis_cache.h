// What resampling has made of an axis. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include "image/axis.h"
#include "image/kept.h"

namespace native_conv {

// What it is made from: the axis, whether of uint8 images, and where that matters the pixels that a pass
// reads, and their channels.
struct AxisKey {
  Axis axis;
  bool integers;
  std::int64_t size, channels;

  bool operator==(const AxisKey& o) const {
    return integers == o.integers && size == o.size && channels == o.channels && axis == o.axis;
  }
};

template <class Plan>
struct AxisCache : Kept<AxisKey, Plan> {
  // An application resizes to few sizes, from few.
  AxisCache() : Kept<AxisKey, Plan>(std::size_t{8} << 20) {}
};

}  // namespace native_conv
