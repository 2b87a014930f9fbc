// Bands of output rows: what the depthwise convolutions work through at a time. Layer: conv.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>

#include "conv/geometry.h"

namespace native_conv {

// No limit to the rows of a band.
constexpr std::int64_t any_rows = std::numeric_limits<std::int64_t>::max();

// Padded positions of an axis under the windows of `outputs` neighbouring outputs.
inline std::int64_t extent_under(const Geometry& g, std::size_t axis, std::int64_t outputs) {
  return (outputs - 1) * g.stride[axis] + (g.kernel[axis] - 1) * g.dilation[axis] + 1;
}
inline std::int64_t rows_under(const Geometry& g, std::int64_t rows) { return extent_under(g, 1, rows); }

// Output rows whose windows hold at most `elements` where a padded row has `row` of them: at least 8 and as
// many as two windows share, at most `most_rows` and those that there are, but one.
inline std::int64_t rows_of_band(const Geometry& g, std::int64_t elements, std::int64_t row,
                                 std::int64_t most_rows) {
  constexpr std::int64_t least_rows = 8;
  const std::int64_t shared = (g.kernel[1] - 1) * g.dilation[1] + 1 - g.stride[1];
  const std::int64_t fit = (elements / std::max<std::int64_t>(1, row) - shared) / g.stride[1];
  return std::max<std::int64_t>(1, std::min({most_rows, g.output[1], std::max({least_rows, shared, fit})}));
}

}  // namespace native_conv
