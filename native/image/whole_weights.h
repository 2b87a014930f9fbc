// Filters of uint8 images whose weights are whole numbers over a power of two: which integer kernel computes
// them exactly, and with what. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "image/whole_kernel.h"

namespace native_conv {

// A weight that is not zero, and how far from the first row and column (in values) it reads.
struct WholeTap {
  std::int64_t row, offset;
  std::int32_t weight;
};

// Taps two by two, as the kernels take them; an odd last one has a partner of weight 0 at its own place.
struct TapPairs {
  std::vector<WholeTap> taps;
  std::vector<std::int32_t> weights;
};

enum class FirstPass { bytes, sums };   // in 16 or 32 bits
enum class SecondPass { words, sums };  // likewise

// One pass, or a row and a column.
struct WholeFilter {
  bool separable;
  TapPairs first;
  FirstPass first_pass;
  // Of one pass over bytes, two output rows at once, where that is worth it: weights for the first row and
  // for the one below by turns. Else empty.
  TapPairs two_rows;
  std::int16_t kept_bias;            // of the first of two passes
  std::vector<std::int32_t> column;  // its weights, as the kernel of the second pass takes them
  SecondPass second_pass;
  WholeFinish finish;
  std::int64_t cost;  // instructions of a vector of bytes, counted in the kernels
};

// Nothing where float32 would round on the way, or the kernels' sums would overflow.
std::optional<WholeFilter> plan_whole_filter(const ImageGeometry& g, const WholeKernels& kernels);

}  // namespace native_conv
