// How the rows of images are shared out. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "image/geometry.h"

namespace native_conv {

// Output rows [first, last) of one plane: what one task does.
struct Strip {
  std::int64_t plane, first, last;
};

// Calls body(strip) for strips that cover every plane: enough of them to share out and to stop between, and
// few enough that the source rows that two of them need do not count.
template <class Body>
void for_each_strip(const ImageGeometry& g, const RunControl& control, Body&& body) {
  constexpr std::int64_t strip_pixels = 1 << 19;  // of the source
  constexpr std::int64_t least_rows = 16;
  const std::int64_t pixels = g.source.height * g.source.width;
  const std::int64_t wanted =
      std::max<std::int64_t>(control.threads > 1 ? 4 * control.threads : 1, pixels / strip_pixels);
  const std::int64_t most = std::max<std::int64_t>(1, g.target.height / least_rows);
  const std::int64_t strips = std::min(wanted, most);
  parallel_for(control, g.planes * strips, [&](std::int64_t task) {
    const std::int64_t strip = task % strips;
    body(Strip{task / strips, strip * g.target.height / strips, (strip + 1) * g.target.height / strips});
  });
}

}  // namespace native_conv
