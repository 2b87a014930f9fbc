// depthwise: one input channel a group, no sum over channels. Channels first works on bands of one plane,
// channels last on bands of rows with all channels in vectors; each band's padded copy stays in cache. Layer:
// conv. SPDX-License-Identifier: MIT
#include <limits>

#include "base/buffer.h"
#include "conv/algorithm.h"
#include "conv/conv_weights.h"
#include "conv/padding.h"

namespace native_conv {
namespace {

// Elements of a band's padded copy: a quarter of a 1 MiB second-level cache in float32.
constexpr std::int64_t band_elements = 64 * 1024;

// How the outputs of one plane (channels first) or one image (channels last) are read.
struct Layer {
  bool first;           // channels first
  ColumnOrder columns;  // sorted where vectors run along them
  bool copied;
  std::int64_t multiplier, channels;  // channels: of a pixel of the copy
  std::int64_t band_rows, bands;

  explicit Layer(const Geometry& g)
      : first(g.layout == Layout::channels_first),
        columns(window_extent(g, 2), first ? g.stride[2] : 1),
        multiplier(g.out_per_group()) {
    copied = columns.sorted() || reads_padding(g) || (!first && multiplier > 1);
    channels = first ? 1 : g.out_channels;
    const std::int64_t row = columns.width() * channels * window_extent(g, 0);
    const std::int64_t halo = (g.kernel[1] - 1) * g.dilation[1] + 1 - g.stride[1];
    const std::int64_t rows = (band_elements / std::max<std::int64_t>(1, row) - halo) / g.stride[1];
    band_rows = std::max<std::int64_t>(1, std::min(g.output[1], std::max<std::int64_t>(8, rows)));
    bands = (g.output[1] + band_rows - 1) / band_rows;
  }

  std::int64_t copied_rows(const Geometry& g, std::int64_t rows) const {
    return (rows - 1) * g.stride[1] + (g.kernel[1] - 1) * g.dilation[1] + 1;
  }
  std::int64_t copy_length(const Geometry& g) const {
    return copied ? window_extent(g, 0) * copied_rows(g, band_rows) * columns.width() * channels : 0;
  }
};

template <class T>
class Depthwise {
 public:
  Depthwise(const Geometry& g, const Buffers<T>& buffers)
      : g_(g),
        b_(buffers),
        layer_(g),
        input_(strides_of(g.layout, g.in_channels, g.input)),
        output_(strides_of(g.layout, g.out_channels, g.output)),
        finish_(finish_of(g, buffers)),
        depth_map_(axis_map(g.padding_mode, g.input[0], g.pad_begin[0], window_extent(g, 0))),
        height_map_(axis_map(g.padding_mode, g.input[1], g.pad_begin[1], window_extent(g, 1))),
        width_map_(layer_.columns.map(g.padding_mode, g.input[2], g.pad_begin[2])),
        runs_(runs_of(width_map_)),
        taps_(volume(g.kernel)),
        weights_(pack()) {}

  void run(const RunControl& control) const {
    const std::int64_t planes = g_.batch * (layer_.first ? g_.in_channels : 1);
    parallel_for(control, planes * layer_.bands, [&](std::int64_t task) {
      const std::int64_t plane = task / layer_.bands, row = task % layer_.bands * layer_.band_rows;
      const std::int64_t n = layer_.first ? plane / g_.in_channels : plane,
                         c = layer_.first ? plane % g_.in_channels : 0;
      run_band(n, c, row, std::min(layer_.band_rows, g_.output[1] - row));
    });
  }

 private:
  // Element steps of what a band reads: its copy, or the input.
  Strides band_strides(std::int64_t rows) const {
    if (!layer_.copied) return input_;
    return strides_of(g_.layout, layer_.channels,
                      {window_extent(g_, 0), layer_.copied_rows(g_, rows), layer_.columns.width()});
  }

  void run_band(std::int64_t n, std::int64_t c, std::int64_t row, std::int64_t rows) const {
    const T* input = b_.source + n * input_.n + c * input_.c;
    const Strides from = band_strides(rows);
    const T* x = layer_.copied ? copy(input, row, rows) : input;
    if (!layer_.copied) {
      x += row * g_.stride[1] * from.s[1];
      for (int axis = 0; axis < 3; ++axis) x -= g_.pad_begin[axis] * from.s[axis];
    }
    std::int32_t* offsets = scratch<std::int32_t>(Scratch::offsets, taps_);
    std::int32_t* next = offsets;
    for_each_tap(g_.kernel, [&](const Triple& tap) {
      const Triple at = {tap[0] * g_.dilation[0], tap[1] * g_.dilation[1],
                         layer_.columns.column(tap[2] * g_.dilation[2])};
      *next++ = static_cast<std::int32_t>(offset_of(at, from.s));
    });
    for (std::int64_t d = 0; d < g_.output[0]; ++d) {
      const T* slice = x + d * g_.stride[0] * from.s[0];
      if (layer_.first) {
        for (std::int64_t m = 0; m < layer_.multiplier; ++m) {
          first_rows(n, c * layer_.multiplier + m, d, row, rows, slice, from, offsets);
        }
      } else {
        for (std::int64_t h = 0; h < rows; ++h) {
          last_row(n, d, row + h, slice + h * g_.stride[1] * from.s[1], from, offsets);
        }
      }
    }
  }

  const T* copy(const T* input, std::int64_t row, std::int64_t rows) const {
    PaddedCopy<T> copy;
    copy.layout = g_.layout;
    copy.source = input;
    copy.from = input_;
    copy.channels = layer_.first ? 1 : g_.in_channels;
    copy.repeat = layer_.first ? 1 : layer_.multiplier;
    copy.depth_map = depth_map_.data();
    copy.height_map = height_map_.data() + row * g_.stride[1];
    copy.width_map = &width_map_;
    copy.width_runs = &runs_;
    copy.depth = window_extent(g_, 0);
    copy.height = layer_.copied_rows(g_, rows);
    copy.target = scratch<T>(Scratch::padded, copy.length());
    for (std::int64_t part = 0; part < copy.parts(); ++part) copy.copy_part(part);
    return copy.target;
  }

  void first_rows(std::int64_t n, std::int64_t channel, std::int64_t d, std::int64_t row, std::int64_t rows,
                  const T* x, const Strides& from, const std::int32_t* offsets) const {
    const auto& kernel = kernels<T>().depthwise_first;
    const EvenSplit by_row(rows, kernel.rows), by_column(g_.output[2], kernel.columns);
    const std::int64_t base = n * output_.n + channel * output_.c + d * output_.s[0] + row * output_.s[1];
    DepthwiseFirstTile<T> t{};
    t.x_row = g_.stride[1] * from.s[1];
    t.offsets = offsets;
    t.w = weights_ + channel * taps_;
    t.taps = static_cast<int>(taps_);
    t.y_row = output_.s[1];
    t.finish = &finish_;
    t.channel = channel;
    const std::int64_t column_step = layer_.columns.sorted() ? from.s[2] : g_.stride[2] * from.s[2];
    for (std::int64_t r = 0; r < by_row.parts; ++r) {
      t.rows = static_cast<int>(by_row.size(r));
      for (std::int64_t j = 0; j < by_column.parts; ++j) {
        t.columns = static_cast<int>(by_column.size(j));
        t.x = x + by_row.begin(r) * t.x_row + by_column.begin(j) * column_step;
        const std::int64_t at = base + by_row.begin(r) * t.y_row + by_column.begin(j);
        t.y = b_.target + at;
        t.residual = b_.residual ? b_.residual + at : nullptr;
        kernel.run(t);
      }
    }
  }

  void last_row(std::int64_t n, std::int64_t d, std::int64_t h, const T* x, const Strides& from,
                const std::int32_t* offsets) const {
    constexpr int most_pixels = 16;
    const auto& kernel = kernels<T>().depthwise_last;
    const EvenSplit by_pixel(g_.output[2], std::min(kernel.rows, most_pixels));
    const std::int64_t base = n * output_.n + d * output_.s[0] + h * output_.s[1];
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
    t.residual_pixels = b_.residual ? residuals : nullptr;
    for (std::int64_t p = 0; p < by_pixel.parts; ++p) {
      t.rows = static_cast<int>(by_pixel.size(p));
      for (int i = 0; i < t.rows; ++i) {
        const std::int64_t w = by_pixel.begin(p) + i, at = base + w * output_.s[2];
        inputs[i] = x + w * g_.stride[2] * from.s[2];
        outputs[i] = b_.target + at;
        if (b_.residual) residuals[i] = b_.residual + at;
      }
      kernel.run(t);
    }
  }

  // [channels][taps] (channels first) or [taps][channels] (channels last).
  const T* pack() const {
    const bool first = layer_.first;
    const PackKey key = {static_cast<std::int64_t>(PackForm::depthwise), first ? 1 : 0};
    return packed_weights<T>(b_.cache, key, g_.out_channels * taps_, [&](T* to) {
      const std::vector<std::int64_t> from = weight_taps(g_);
      const std::int64_t channel_step = weight_strides(g_).o;
      for (std::int64_t o = 0; o < g_.out_channels; ++o) {
        for (std::int64_t tap = 0; tap < taps_; ++tap) {
          const std::int64_t at = first ? o * taps_ + tap : tap * g_.out_channels + o;
          to[at] = b_.weight[o * channel_step + from[static_cast<std::size_t>(tap)]];
        }
      }
    });
  }

  const Geometry& g_;
  const Buffers<T>& b_;
  const Layer layer_;
  const Strides input_, output_;
  const Finish<T> finish_;
  const std::vector<std::int32_t> depth_map_, height_map_;
  const std::vector<std::int32_t> width_map_;
  const std::vector<Run> runs_;
  const std::int64_t taps_;
  const T* const weights_;
};

std::string reject(const Geometry& g) {
  if (g.in_per_group() != 1) {
    return "each group has " + std::to_string(g.in_per_group()) + " input channels, not 1";
  }
  const Layer layer(g);
  const std::int64_t reach =
      layer.copied ? layer.copy_length(g) : volume(g.input) * (layer.first ? 1 : g.in_channels);
  if (reach > std::numeric_limits<std::int32_t>::max()) {
    return "a band of " + std::to_string(reach) + " elements is more than 32-bit offsets reach";
  }
  if (volume(g.kernel) > std::numeric_limits<std::int32_t>::max()) return "the kernel has too many taps";
  return "";
}

std::int64_t workspace(const Geometry& g, int threads) {
  const std::int64_t taps = volume(g.kernel);
  return (threads * Layer(g).copy_length(g) + g.out_channels * taps) * size_of(g.dtype) +
         threads * taps * std::int64_t{sizeof(std::int32_t)};
}

template <class T>
void run(const Geometry& g, const Buffers<T>& buffers, const RunControl& control) {
  Depthwise<T>(g, buffers).run(control);
}

const char* kernel(const Geometry& g) {
  return with_type(g.dtype, [&](auto zero) {
    const auto& all = kernels<decltype(zero)>();
    return Layer(g).first ? all.depthwise_first.name : all.depthwise_last.name;
  });
}

}  // namespace

const Algorithm depthwise = {AlgorithmId::depthwise, reject, workspace, kernel, run<float>, run<double>};

}  // namespace native_conv
