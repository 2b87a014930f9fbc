// One axis of a resampling: which source positions an output reads, and how much of each. Layer: image.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "image/axis.h"

namespace native_conv {

// Positions never step back from one output to the next.
class ResampleAxis {
 public:
  // `integers`: weights of uint8 images, of blend_bits fraction bits, none of whose sums overflow.
  // Throws Error(too_large) for more weights than a table may have.
  ResampleAxis(const Axis& from, bool integers);

  // What it was made from.
  const Axis& from() const { return from_; }
  bool whole() const { return !integers_.empty(); }
  std::int64_t outputs() const { return from_.count; }
  // The most weights of an output.
  std::int64_t taps() const { return taps_; }

  // Output o reads positions [begin(o), end(o)).
  std::int64_t begin(std::int64_t o) const { return bounds_[static_cast<std::size_t>(2 * o)]; }
  std::int64_t count(std::int64_t o) const { return bounds_[static_cast<std::size_t>(2 * o + 1)]; }
  std::int64_t end(std::int64_t o) const { return begin(o) + count(o); }
  // Its weights: of uint8 images, and of others.
  const std::int32_t* integers(std::int64_t o) const { return integers_.data() + o * taps_; }
  const double* reals(std::int64_t o) const { return reals_.data() + o * taps_; }

  // What it holds.
  std::size_t bytes() const {
    return (bounds_.size() + integers_.size()) * sizeof(std::int32_t) + reals_.size() * sizeof(double);
  }

 private:
  void round_weights();

  Axis from_;
  std::int64_t taps_ = 1;
  std::vector<std::int32_t> bounds_, integers_;
  std::vector<double> reals_;
};

// Kept for calls that repeat: making it can take as long as using it.
std::shared_ptr<const ResampleAxis> resample_axis(const Axis& from, bool integers);

// Every output is the position at begin(0) plus its number, unchanged.
bool is_shift(const ResampleAxis& axis);

}  // namespace native_conv
