// Separable resampling: rows first, then columns, through a ring of narrowed rows. Definition:
// lib/reference/image/resample.ts. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <vector>

#include "image/geometry.h"

namespace native_conv {

// One axis of the checked tables: output i reads positions bounds[2i] ... + bounds[2i + 1] - 1.
struct ResampleAxis {
  const std::int32_t* bounds;
  const std::int32_t* integers;  // [outputs · taps], uint8 images; else null
  const double* reals;           // the others
  std::int64_t taps, outputs;

  std::int64_t begin(std::int64_t output) const { return bounds[2 * output]; }
  std::int64_t count(std::int64_t output) const { return bounds[2 * output + 1]; }
  std::int64_t end(std::int64_t output) const { return begin(output) + count(output); }
};

struct Resampling {
  ImageGeometry geometry;
  const void* source;
  void* target;
  ResampleAxis rows, columns;
};

// Checks the tables of a call: positions inside the source that never step back, weights that cannot
// overflow.
Resampling read_resampling(const ImageCall& call);

void run_resample(const Resampling& r, const RunControl& control);
// Of uint8 images.
void run_resample_bytes(const Resampling& r, const RunControl& control);

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
