// The gradient of an output with its channels in vectors: what a weight gradient sums over. Layer: conv.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "conv/geometry.h"
#include "kernels/kernels.h"

namespace native_conv {

// `count` runs of channels side by side: from one to the next `step` channels of the output and `lanes`
// elements of a row.
struct ChannelRuns {
  std::int64_t count = 1, step = 0, lanes = 0;
};

// `channels` channels of the output from `first` on, in each of `runs`, as rows of `row` elements.
template <class T>
class GradientPanel {
 public:
  GradientPanel(const Geometry& g, const T* gradient, std::int64_t first, std::int64_t channels,
                std::int64_t row, const ChannelRuns& runs = {})
      : g_(g),
        strides_(strides_of(g.layout, g.out_channels, g.output)),
        from_(gradient + first * strides_.c),
        channels_(channels),
        row_(row),
        channel_step_(strides_.c),
        runs_(runs) {
    if (runs.lanes != channels || (channels > 1 && runs.step != channels)) return;
    // Channels at one distance are a single run.
    channels_ *= runs.count;
    channel_step_ *= runs.step / channels;
    runs_ = {};
  }

  std::int64_t channels() const { return channels_; }
  std::int64_t row() const { return row_; }

  // Positions [first, first + count) of all images in line; what is no channel is 0.
  void pack(std::int64_t first, std::int64_t count, T* to) const {
    if (runs_.count * channels_ < row_) std::fill_n(to, count * row_, T(0));
    const T* from = from_;
    for (std::int64_t run = 0; run < runs_.count; ++run) {
      pack_run(from, first, count, to);
      from += runs_.step * strides_.c;
      to += runs_.lanes;
    }
  }

 private:
  void pack_run(const T* from, std::int64_t first, std::int64_t count, T* to) const {
    const std::int64_t positions = volume(g_.output);
    while (count > 0) {
      const std::int64_t at = first % positions, size = std::min(count, positions - at);
      pack_image(from + first / positions * strides_.n + at * strides_.s[2], size, to);
      to += size * row_;
      first += size;
      count -= size;
    }
  }

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
  std::int64_t channels_;
  const std::int64_t row_;
  std::int64_t channel_step_;
  ChannelRuns runs_;
};

}  // namespace native_conv
