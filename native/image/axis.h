// How one axis of an image is resampled, as calls say it: mirrors lib/image/resample.ts, which has the names'
// meaning. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace native_conv {

// In the order of the lists in lib/image/resample.ts.
enum class ResizeFilter : int { nearest, box, bilinear, hamming, bicubic, lanczos, count };
enum class Coordinates : int { half_pixel, align_corners, asymmetric, count };

// `size` positions, of which [begin, end) become `outputs`. A call computes `count` of them from `first` on,
// of a picture that begins at position `top`.
struct Axis {
  std::int64_t size;
  double begin, end;
  std::int64_t outputs;
  ResizeFilter filter;
  bool antialias;
  Coordinates coordinates;
  double cubic;
  std::int64_t first, count, top;

  bool operator==(const Axis& other) const;
};

// Names of the packed array's slots, for the test that compares both sides.
const std::vector<std::string>& axis_fields();

// Throws Error(internal) for what no axis can be.
Axis unpack_axis(const double* values, std::size_t count);

}  // namespace native_conv
