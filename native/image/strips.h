// How the rows of images are shared out. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "image/geometry.h"

namespace native_conv {

// Output rows [first, last) of one plane: what one task does. Of a large picture it takes tens to hundreds of
// milliseconds, so that whoever runs one calls stop_if_cancelled() after each row or few.
struct Strip {
  std::int64_t plane, first, last;
};

// Strips to a plane: enough to share out, and few enough that the source rows that two of them need, up to
// kernel_height less one each time, are no more than a thirtieth of all; but as many for each thread, and at
// least one.
inline std::int64_t strips_of(const ImageGeometry& g, int threads) {
  constexpr std::int64_t strip_pixels = 1 << 19;  // of the source
  constexpr std::int64_t least_rows = 16, most_shared = 30;
  const std::int64_t pixels = g.source.height * g.source.width;
  const std::int64_t sharing = g.source.height / (most_shared * g.kernel_height) + 1;
  const std::int64_t balanced = std::max<std::int64_t>(threads > 1 ? 4 * threads : 1, pixels / strip_pixels);
  const std::int64_t wanted =
      std::max<std::int64_t>(threads, std::min(balanced, sharing) / threads * threads);
  return std::min(wanted, std::max<std::int64_t>(1, g.target.height / least_rows));
}

// The first row of a strip of several; of strip `strips`, one past the last. Each of a thread's is smaller
// than the one before it, down to a fraction of the first, where there are enough for that: helpers come late
// (waking one took 65 µs in a virtual machine on an AMD Zen 5, a sixth of 1080p RGB to 224² bilinear), and
// what is left then is shared out in small pieces. Many strips are small in any case.
inline std::int64_t strip_begin(std::int64_t strip, std::int64_t strips, int threads, std::int64_t height) {
  constexpr std::int64_t least_rows = 4;  // of the last
  const std::int64_t each = strips / threads, parts = threads * each * (each + 1);
  const bool descending =
      threads > 1 && strips % threads == 0 && each >= 2 && each <= 8 && 2 * height >= least_rows * parts;
  if (!descending) return strip * height / strips;
  const std::int64_t thread = strip / each, i = strip % each;
  return (thread * each * (each + 1) + i * (2 * each + 1 - i)) * height / parts;
}

// Calls body(strip) for strips that cover every plane.
template <class Body>
void for_each_strip(const ImageGeometry& g, const RunControl& control, Body&& body) {
  const std::int64_t strips = strips_of(g, control.threads);
  const auto begin = [&](std::int64_t strip) {
    return strip_begin(strip, strips, control.threads, g.target.height);
  };
  parallel_for(control, g.planes * strips, [&](std::int64_t task) {
    const std::int64_t strip = task % strips;
    body(Strip{task / strips, begin(strip), begin(strip + 1)});
  });
}

}  // namespace native_conv
