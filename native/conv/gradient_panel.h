// The gradient of an output with its channels in vectors: what a weight gradient sums over. Layer: conv.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "conv/geometry.h"
#include "kernels/kernels.h"

namespace native_conv {

// `channels` channels of the output from `first` on, every `step`-th, as rows of `row` elements.
template <class T>
class GradientPanel {
 public:
  GradientPanel(const Geometry& g, const T* gradient, std::int64_t first, std::int64_t channels,
                std::int64_t row, std::int64_t step = 1)
      : g_(g),
        strides_(strides_of(g.layout, g.out_channels, g.output)),
        from_(gradient + first * strides_.c),
        channels_(channels),
        row_(row),
        channel_step_(step * strides_.c) {}

  std::int64_t channels() const { return channels_; }
  std::int64_t row() const { return row_; }

  // Positions [first, first + count) of all images in line; what is no channel is 0.
  void pack(std::int64_t first, std::int64_t count, T* to) const {
    if (channels_ < row_) std::fill_n(to, count * row_, T(0));
    const std::int64_t positions = volume(g_.output);
    while (count > 0) {
      const std::int64_t at = first % positions, size = std::min(count, positions - at);
      pack_image(from_ + first / positions * strides_.n + at * strides_.s[2], size, to);
      to += size * row_;
      first += size;
      count -= size;
    }
  }

 private:
  void pack_image(const T* from, std::int64_t count, T* to) const {
    if (strides_.s[2] == 1) {
      kernels<T>().transpose.run({from, channel_step_, channels_, count, to, row_});
      return;
    }
    for (std::int64_t p = 0; p < count; ++p, from += strides_.s[2], to += row_) {
      for (std::int64_t c = 0; c < channels_; ++c) to[c] = from[c * channel_step_];
    }
  }

  const Geometry& g_;
  const Strides strides_;
  const T* const from_;
  const std::int64_t channels_, row_, channel_step_;
};

}  // namespace native_conv
