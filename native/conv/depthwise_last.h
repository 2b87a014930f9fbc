// Depthwise convolution of channels-last images: vectors run over channels, several pixels of a row at a
// time. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "base/buffer.h"
#include "base/table.h"
#include "conv/algorithm.h"
#include "conv/bands.h"
#include "conv/conv_weights.h"
#include "conv/padding.h"

namespace native_conv {

// How an image is read.
struct ImageReading {
  bool copied;
  std::int64_t width, band_rows, bands;

  // In bands of at most `most_rows` output rows.
  explicit ImageReading(const Geometry& g, std::int64_t most_rows = any_rows)
      : copied(reads_padding(g) || g.out_per_group() > 1), width(window_extent(g, 2)) {
    // Elements of a band: a quarter of a 1 MiB second-level cache in float32.
    constexpr std::int64_t band_elements = 64 * 1024;
    band_rows = rows_of_band(g, band_elements, width * g.out_channels * window_extent(g, 0), most_rows);
    bands = (g.output[1] + band_rows - 1) / band_rows;
  }

  std::int64_t copy_length(const Geometry& g) const {
    return copied ? window_extent(g, 0) * rows_under(g, band_rows) * width * g.out_channels : 0;
  }
};

template <class T>
class DepthwiseLast {
 public:
  DepthwiseLast(const Geometry& g, const FilterOrder& filters, const Buffers<T>& buffers,
                std::int64_t most_rows = any_rows)
      : g_(g),
        filters_(filters),
        b_(buffers),
        reading_(g, most_rows),
        input_(strides_of(g.layout, g.in_channels, g.input)),
        finish_(finish_of(g, buffers)),
        depth_map_(axis_map(g.padding_mode, g.input[0], g.pad_begin[0], window_extent(g, 0))),
        height_map_(axis_map(g.padding_mode, g.input[1], g.pad_begin[1], window_extent(g, 1))),
        width_map_(axis_map(g.padding_mode, g.input[2], g.pad_begin[2], window_extent(g, 2))),
        runs_(runs_of(width_map_)),
        taps_(volume(g.kernel)),
        weights_(pack()) {}

  const ImageReading& reading() const { return reading_; }

  // At most reading().band_rows output rows from `row` on, of image n, all channels: `y` is where row `row`
  // begins, `to` its steps; residual is null or addressed as y.
  void run(std::int64_t n, std::int64_t row, std::int64_t rows, T* y, const T* residual,
           const Strides& to) const {
    const T* input = b_.source + n * input_.n;
    const Strides from = band_strides(rows);
    const T* x = reading_.copied ? copy(input, row, rows) : input;
    if (!reading_.copied) {
      x += row * g_.stride[1] * from.s[1];
      for (int axis = 0; axis < 3; ++axis) x -= g_.pad_begin[axis] * from.s[axis];
    }
    std::int32_t* offsets = scratch<std::int32_t>(Scratch::offsets, taps_);
    std::int32_t* next = offsets;
    for_each_tap(g_.kernel, [&](const Triple& index) {
      const Triple tap = filters_.position(g_, index);
      const Triple at = {tap[0] * g_.dilation[0], tap[1] * g_.dilation[1], tap[2] * g_.dilation[2]};
      *next++ = static_cast<std::int32_t>(offset_of(at, from.s));
    });
    Checkpoint checkpoint;
    for (std::int64_t d = 0; d < g_.output[0]; ++d) {
      const T* slice = x + d * g_.stride[0] * from.s[0];
      for (std::int64_t h = 0; h < rows; ++h) {
        const std::int64_t at = d * to.s[0] + h * to.s[1];
        run_row(slice + h * g_.stride[1] * from.s[1], from, offsets, y + at,
                residual ? residual + at : nullptr, to.s[2], checkpoint);
      }
    }
  }

 private:
  // Element steps of what a band reads: its copy, or the input.
  Strides band_strides(std::int64_t rows) const {
    if (!reading_.copied) return input_;
    return strides_of(g_.layout, g_.out_channels,
                      {window_extent(g_, 0), rows_under(g_, rows), reading_.width});
  }

  const T* copy(const T* input, std::int64_t row, std::int64_t rows) const {
    PaddedCopy<T> copy;
    copy.layout = g_.layout;
    copy.source = input;
    copy.from = input_;
    copy.channels = g_.in_channels;
    copy.repeat = g_.out_per_group();
    copy.depth_map = depth_map_.data();
    copy.height_map = height_map_.data() + row * g_.stride[1];
    copy.width_map = &width_map_;
    copy.width_runs = &runs_;
    copy.depth = window_extent(g_, 0);
    copy.height = rows_under(g_, rows);
    copy.target = scratch<T>(Scratch::padded, copy.length());
    for (std::int64_t part = 0; part < copy.parts(); ++part) copy.copy_part(part);
    return copy.target;
  }

  void run_row(const T* x, const Strides& from, const std::int32_t* offsets, T* y, const T* residual,
               std::int64_t y_pixel, Checkpoint& checkpoint) const {
    constexpr int most_pixels = 16;
    // Of a call of the kernel.
    constexpr std::int64_t most_products = 1 << 24;
    const auto& kernel = kernels<T>().depthwise_last;
    const std::int64_t products = taps_ * g_.out_channels;
    const bool quick = products * most_pixels <= most_products;
    const EvenSplit by_pixel(g_.output[2], quick ? std::min(kernel.rows, most_pixels) : 1);
    const T* inputs[most_pixels];
    T* outputs[most_pixels];
    const T* residuals[most_pixels];
    DepthwiseLastTile<T> t{};
    t.x_pixels = inputs;
    t.offsets = offsets;
    t.w = weights_;
    t.w_tap = g_.out_channels;
    t.taps = static_cast<int>(taps_);
    t.channels = g_.out_channels;
    t.y_pixels = outputs;
    t.finish = &finish_;
    t.residual_pixels = residual ? residuals : nullptr;
    for (std::int64_t p = 0; p < by_pixel.parts; ++p) {
      checkpoint.pass(by_pixel.size(p) * products);
      t.rows = static_cast<int>(by_pixel.size(p));
      for (int i = 0; i < t.rows; ++i) {
        const std::int64_t w = by_pixel.begin(p) + i;
        inputs[i] = x + w * g_.stride[2] * from.s[2];
        outputs[i] = y + w * y_pixel;
        if (residual) residuals[i] = residual + w * y_pixel;
      }
      kernel.run(t);
    }
  }

  // [taps][channels]
  const T* pack() const {
    const PackKey key = {static_cast<std::int64_t>(PackForm::depthwise), 0};
    return packed_weights<T>(b_.cache, key, g_.out_channels * taps_, [&](T* to) {
      Checkpoint checkpoint;
      for (const std::int64_t tap : weight_taps(g_, filters_)) {
        checkpoint.pass();
        for (std::int64_t o = 0; o < g_.out_channels; ++o)
          *to++ = b_.weight[filters_.filter(o, g_.out_per_group()) + tap];
      }
    });
  }

  const Geometry& g_;
  const FilterOrder filters_;
  const Buffers<T>& b_;
  const ImageReading reading_;
  const Strides input_;
  const Finish<T> finish_;
  const Table<std::int32_t> depth_map_, height_map_;
  const Table<std::int32_t> width_map_;
  const Table<Run> runs_;
  const std::int64_t taps_;
  const T* const weights_;
};

}  // namespace native_conv
