// Weights of resampling as the kernels read them (kernels/image.h): four positions at a time, in quads that
// begin at multiples of four. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "image/resample.h"

namespace native_conv {

// Adds the weight of tap k of a quad to its three words, which are `step` apart: kernels/image.h.
void put_digits(std::int32_t w, int k, std::int32_t* words, int step);

// Taps whose weight is 0 at either end of an output are left out.
class QuadWeights {
 public:
  // `words` to a quad.
  QuadWeights(const ResampleAxis& axis, int words);

  // Output o reads quads [begin(o), end(o)).
  std::int64_t begin(std::int64_t o) const { return spans(o)[0]; }
  std::int64_t end(std::int64_t o) const { return begin(o) + spans(o)[1]; }
  // The most quads of an output.
  std::int64_t most() const { return most_; }
  // Of output o and those after it: pairs of the first quad and how many they are, and the weights.
  const std::int32_t* spans(std::int64_t o) const { return spans_.data() + 2 * o; }
  const std::int32_t* of(std::int64_t o) const { return words_.data() + o * most_ * words_to_quad_; }

  // What it holds.
  std::size_t bytes() const { return (spans_.size() + words_.size()) * sizeof(std::int32_t); }

 private:
  int words_to_quad_ = 0;
  std::int64_t most_ = 0;
  std::vector<std::int32_t> spans_, words_;
};

}  // namespace native_conv
