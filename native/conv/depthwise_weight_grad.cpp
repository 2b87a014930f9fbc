// The weight gradient of a depthwise convolution: sums over positions that no channel shares with another, so
// the channels lie in vectors. Bands of rows of as many channels as a vector has lanes are turned channels
// last, and every tap is a chain of products over them. Layer: conv. SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>

#include "base/buffer.h"
#include "conv/algorithm.h"
#include "conv/gradient_panel.h"
#include "conv/padding.h"
#include "gemm/pack.h"

namespace native_conv {
namespace {

constexpr int most_taps = 64;

// Elements of a band of the input: a quarter of a 1 MiB second-level cache in float32.
constexpr std::int64_t band_elements = 64 * 1024;

// Bands of rows of one depth slice of the output, and what of the padded input they read.
struct Bands {
  std::int64_t rows, count;  // of outputs; bands of a slice
  std::int64_t width;        // of the padded input
  std::int64_t halo;         // rows that a band reads beyond those of its outputs' first taps

  Bands(const Geometry& g, int lanes) : width(window_extent(g, 2)), halo((g.kernel[1] - 1) * g.dilation[1]) {
    const std::int64_t row = std::max<std::int64_t>(1, width * lanes * g.kernel[0]);
    const std::int64_t most = (band_elements / row - halo - 1) / g.stride[1] + 1;
    rows = std::max<std::int64_t>(1, std::min(g.output[1], std::max<std::int64_t>(4, most)));
    count = (g.output[1] + rows - 1) / rows;
  }

  std::int64_t read_rows(const Geometry& g, std::int64_t outputs) const {
    return (outputs - 1) * g.stride[1] + halo + 1;
  }
  // Of the input and of the gradient, for one channel.
  std::int64_t input_length(const Geometry& g) const { return g.kernel[0] * read_rows(g, rows) * width; }
  std::int64_t gradient_length(const Geometry& g) const { return rows * g.output[2]; }
};

template <class T>
class DepthwiseWeightGrad {
 public:
  DepthwiseWeightGrad(const Geometry& g, const Buffers<T>& buffers)
      : g_(g),
        b_(buffers),
        k_(kernels<T>()),
        bands_(g, k_.lanes),
        input_(strides_of(g.layout, g.in_channels, g.input)),
        by_taps_(volume(g.kernel), std::min(k_.channel_sums.rows, most_taps)) {
    for (int axis = 0; axis < 3; ++axis) {
      maps_[axis] = axis_map(g.padding_mode, g.input[axis], g.pad_begin[axis], window_extent(g, axis));
    }
    runs_ = runs_of(maps_[2]);
  }

  void run(const RunControl& control) const {
    const std::int64_t blocks = (g_.in_channels + k_.lanes - 1) / k_.lanes;
    parallel_for(control, blocks, [&](std::int64_t block) { run_block(block * k_.lanes); });
  }

  static std::int64_t workspace(const Geometry& g, int threads) {
    const int lanes = kernels<T>().lanes;
    const Bands bands(g, lanes);
    const std::int64_t sums = g.out_per_group() * volume(g.kernel);
    return threads *
           (std::int64_t{sizeof(T)} * lanes * (bands.input_length(g) + bands.gradient_length(g) + sums) +
            bands.gradient_length(g) * std::int64_t{sizeof(std::int32_t)});
  }

 private:
  // As many channels as there are lanes, from `first` on.
  void run_block(std::int64_t first) const {
    const std::int64_t channels = std::min<std::int64_t>(k_.lanes, g_.in_channels - first);
    const std::int64_t taps = volume(g_.kernel), multiplier = g_.out_per_group();
    T* sums = scratch<T>(Scratch::gradient, multiplier * taps * k_.lanes);
    std::fill_n(sums, multiplier * taps * k_.lanes, T(0));
    for (std::int64_t n = 0; n < g_.batch; ++n) {
      for (std::int64_t d = 0; d < g_.output[0]; ++d) {
        for (std::int64_t band = 0; band < bands_.count; ++band) {
          const std::int64_t h = band * bands_.rows;
          add_band(n, d, h, std::min(bands_.rows, g_.output[1] - h), first, channels, sums);
        }
      }
    }
    const WeightStrides w = weight_strides(g_);
    for (std::int64_t m = 0; m < multiplier; ++m) {
      for (std::int64_t tap = 0; tap < taps; ++tap, sums += k_.lanes) {
        T* to = b_.target + (first * multiplier + m) * w.o + offset_of(unravel(tap, g_.kernel), w.k);
        // Freed of −0, as every result.
        for (std::int64_t c = 0; c < channels; ++c) to[c * multiplier * w.o] = sums[c] + T(0);
      }
    }
  }

  // The rows [h, h + rows) of slice d of image n.
  void add_band(std::int64_t n, std::int64_t d, std::int64_t h, std::int64_t rows, std::int64_t first,
                std::int64_t channels, T* sums) const {
    const std::int64_t read_rows = bands_.read_rows(g_, rows), count = rows * g_.output[2];
    const T* x = copy(b_.source + n * input_.n + first * input_.c, d, h, read_rows, channels);
    std::int32_t* offsets = scratch<std::int32_t>(Scratch::offsets, count);
    for (std::int64_t p = 0; p < count; ++p) {
      const std::int64_t row = p / g_.output[2] * g_.stride[1], column = p % g_.output[2] * g_.stride[2];
      offsets[p] = static_cast<std::int32_t>((row * bands_.width + column) * k_.lanes);
    }
    T* gradients = scratch<T>(Scratch::panel, count * k_.lanes);
    const T* reads[most_taps];
    ChannelSums<T> t{};
    t.x = reads;
    t.offsets = offsets;
    t.g = gradients;
    t.depth = count;
    t.sums = sums;
    for (std::int64_t m = 0; m < g_.out_per_group(); ++m) {
      const GradientPanel<T> panel(g_, b_.weight, first * g_.out_per_group() + m, channels, k_.lanes,
                                   g_.out_per_group());
      panel.pack(((n * g_.output[0] + d) * g_.output[1] + h) * g_.output[2], count, gradients);
      for (std::int64_t part = 0; part < by_taps_.parts; ++part) {
        t.taps = static_cast<int>(by_taps_.size(part));
        for (int i = 0; i < t.taps; ++i) {
          const Triple tap = unravel(by_taps_.begin(part) + i, g_.kernel);
          const std::int64_t row = tap[0] * read_rows + tap[1] * g_.dilation[1];
          reads[i] = x + (row * bands_.width + tap[2] * g_.dilation[2]) * k_.lanes;
        }
        k_.channel_sums.run(t);
        t.sums += t.taps * k_.lanes;
      }
    }
  }

  // [kernel depth][rows][width][lanes] of the padded input, for the outputs from (d, h) on.
  const T* copy(const T* from, std::int64_t d, std::int64_t h, std::int64_t rows,
                std::int64_t channels) const {
    const std::int64_t row_length = bands_.width * k_.lanes;
    T* copy = scratch<T>(Scratch::padded, g_.kernel[0] * rows * row_length);
    T* to = copy;
    for (std::int64_t kd = 0; kd < g_.kernel[0]; ++kd) {
      const std::int64_t depth = at(0, d * g_.stride[0] + kd * g_.dilation[0]);
      for (std::int64_t r = 0; r < rows; ++r, to += row_length) {
        const std::int64_t height = at(1, h * g_.stride[1] + r);
        if (depth < 0 || height < 0) {
          std::fill_n(to, row_length, T(0));
        } else {
          copy_row(from + depth * input_.s[0] + height * input_.s[1], channels, to);
        }
      }
    }
    return copy;
  }

  std::int64_t at(int axis, std::int64_t padded) const {
    return maps_[axis][static_cast<std::size_t>(padded)];
  }

  void copy_row(const T* from, std::int64_t channels, T* to) const {
    if (channels < k_.lanes) std::fill_n(to, bands_.width * k_.lanes, T(0));
    for (const Run& run : runs_) {
      T* out = to + run.to * k_.lanes;
      if (run.from < 0) {
        std::fill_n(out, run.length * k_.lanes, T(0));
      } else if (input_.s[2] == 1 && run.step == 1) {
        k_.transpose.run({from + run.from, input_.c, channels, run.length, out, k_.lanes});
      } else {
        const T* in = from + run.from * input_.s[2];
        for (std::int64_t i = 0; i < run.length; ++i, in += run.step * input_.s[2], out += k_.lanes) {
          for (std::int64_t c = 0; c < channels; ++c) out[c] = in[c * input_.c];
        }
      }
    }
  }

  const Geometry& g_;
  const Buffers<T>& b_;
  const Kernels<T>& k_;
  const Bands bands_;
  const Strides input_;
  const EvenSplit by_taps_;
  std::vector<std::int32_t> maps_[3];
  std::vector<Run> runs_;
};

std::string reject(const Geometry& g) {
  if (g.in_per_group() != 1) {
    return "each group has " + std::to_string(g.in_per_group()) + " input channels, not 1";
  }
  const std::int64_t reach = with_type(g.dtype, [&](auto zero) {
    const int lanes = kernels<decltype(zero)>().lanes;
    return Bands(g, lanes).input_length(g) * lanes;
  });
  if (reach <= std::numeric_limits<std::int32_t>::max()) return "";
  return "a band of " + std::to_string(reach) + " elements is more than 32-bit offsets reach";
}

std::int64_t workspace(const Geometry& g, int threads) {
  return with_type(g.dtype,
                   [&](auto zero) { return DepthwiseWeightGrad<decltype(zero)>::workspace(g, threads); });
}

template <class T>
void run(const Geometry& g, const Buffers<T>& buffers, const RunControl& control) {
  DepthwiseWeightGrad<T>(g, buffers).run(control);
}

const char* kernel(const Geometry& g) {
  return with_type(g.dtype, [&](auto zero) { return kernels<decltype(zero)>().channel_sums.name; });
}

}  // namespace

const Algorithm depthwise_weight_grad = {
    AlgorithmId::depthwise, reject, workspace, kernel, run<float>, run<double>};

}  // namespace native_conv
