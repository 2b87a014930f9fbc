// Kernels whose weights are whole numbers over a power of two, and when sums with them are exact. Layer:
// image. SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "image/geometry.h"

namespace native_conv {

constexpr std::int64_t most_byte = 255;

template <class T>
bool fits(std::int64_t x) {
  return x >= std::numeric_limits<T>::min() && x <= std::numeric_limits<T>::max();
}

// weights[i] = values[i] / 2^shift, with the least shift.
struct Whole {
  std::vector<std::int32_t> values;
  int shift;
};

// A call's kernel, its factors, or both. Weights have up to 15 binary places, and 16 bits then.
struct WholeKernels {
  std::optional<Whole> direct;
  std::optional<std::pair<Whole, Whole>> factors;  // the column and the row
};

// Nothing where a weight has more digits, or other pixels than bytes would become bytes or words. The tables
// fit the geometry.
std::optional<WholeKernels> whole_kernels(const ImageCall& call);

// The least and the greatest sum of products with bytes.
struct Range {
  std::int64_t least = 0, greatest = 0;
  std::int64_t magnitude() const { return std::max(-least, greatest); }
};

Range range_of(const std::vector<std::int32_t>& weights);

std::int64_t sum_of_magnitudes(const std::vector<std::int32_t>& weights);

// Two weights of so many bits.
inline std::int32_t packed(std::int32_t first, std::int32_t second, int bits) {
  const std::uint32_t mask = (1u << bits) - 1;
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(second) & mask) << bits |
                                   (static_cast<std::uint32_t>(first) & mask));
}

// What the last pass does with its sums: (s + bias + (((s + bias) >> shift) & odd)) >> shift.
struct WholeFinish {
  std::int32_t bias;
  int shift;
  std::int32_t odd;
};

// Nothing where sums of products up to `magnitude` are more than float32 sums exactly.
std::optional<WholeFinish> finish_of(const ImageGeometry& g, int shift, std::int64_t magnitude);

}  // namespace native_conv
