// How the rows of images are shared out. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "image/geometry.h"

namespace native_conv {

// Output rows [first, last) of one plane: what one task does.
struct Strip {
  std::int64_t plane, first, last;
};

// Strips to a plane: enough to share out and to stop between, and few enough that the source rows that two of
// them need, up to kernel_height less one each time, are no more than a thirtieth of all; but one for each
// thread.
inline std::int64_t strips_of(const ImageGeometry& g, int threads) {
  constexpr std::int64_t strip_pixels = 1 << 19;  // of the source
  constexpr std::int64_t least_rows = 16, most_shared = 30;
  const std::int64_t pixels = g.source.height * g.source.width;
  const std::int64_t sharing = g.source.height / (most_shared * g.kernel_height) + 1;
  const std::int64_t balanced = std::max<std::int64_t>(threads > 1 ? 4 * threads : 1, pixels / strip_pixels);
  // However many they share: a strip must end before a caller who cancels loses patience.
  const std::int64_t patient = pixels >> 24;
  const std::int64_t wanted = std::max<std::int64_t>({threads, std::min(balanced, sharing), patient});
  return std::min(wanted, std::max<std::int64_t>(1, g.target.height / least_rows));
}

// Calls body(strip) for strips that cover every plane.
template <class Body>
void for_each_strip(const ImageGeometry& g, const RunControl& control, Body&& body) {
  const std::int64_t strips = strips_of(g, control.threads);
  parallel_for(control, g.planes * strips, [&](std::int64_t task) {
    const std::int64_t strip = task % strips;
    body(Strip{task / strips, strip * g.target.height / strips, (strip + 1) * g.target.height / strips});
  });
}

}  // namespace native_conv
