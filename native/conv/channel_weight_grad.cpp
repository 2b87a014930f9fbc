// Bands of the input are turned channels last, and so is the output's gradient over them; each weight is a
// chain of products over the positions, in a lane of its input channel. For an output channel of each group,
// its gradient is repeated in the lanes of the group. Layer: conv. SPDX-License-Identifier: MIT
#include "conv/channel_weight_grad.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/buffer.h"
#include "conv/channel_band.h"
#include "conv/gradient_panel.h"
#include "gemm/pack.h"

namespace native_conv {
namespace {

constexpr int most_taps = 64;

// Groups whose input channels lie in one vector.
std::int64_t groups_of_vector(const Geometry& g, int lanes) {
  return std::max<std::int64_t>(1, std::min(g.groups, lanes / g.in_per_group()));
}

std::int64_t vectors_of(const Geometry& g, int lanes) {
  const std::int64_t groups = groups_of_vector(g, lanes);
  return (g.groups + groups - 1) / groups;
}

template <class T>
class ChannelWeightGrad {
 public:
  ChannelWeightGrad(const Geometry& g, const Buffers<T>& buffers)
      : g_(g),
        b_(buffers),
        k_(kernels<T>()),
        groups_(groups_of_vector(g, k_.lanes)),
        bands_(g, k_.lanes),
        band_(g, bands_),
        outputs_(outputs_of(g)),
        by_taps_(volume(g.kernel),
                 std::min(channel_sums_taps(k_.channel_sums, outputs_[0].count), most_taps)) {
    if (g.in_per_group() == 1) return;
    for (int o = 0; o < static_cast<int>(g.in_per_group()); ++o) {
      for (int lane = 0; lane < k_.lanes; ++lane) {
        const auto group = static_cast<std::int32_t>(lane / g.in_per_group() * g.in_per_group());
        order_.push_back(std::min(group + o, k_.lanes - 1));
      }
    }
  }

  void run(const RunControl& control) const {
    const std::int64_t vectors = vectors_of(g_, k_.lanes), all = static_cast<std::int64_t>(outputs_.size());
    constexpr std::int64_t tasks_per_thread = 4;
    const std::int64_t wanted = control.threads > 1 ? control.threads * tasks_per_thread : 1;
    const std::int64_t parts = std::min(all, (wanted + vectors - 1) / vectors);
    parallel_for(control, vectors * parts, [&](std::int64_t task) {
      const std::int64_t part = task % parts;
      run_vector(task / parts * groups_, all * part / parts, all * (part + 1) / parts);
    });
  }

  static std::int64_t workspace(const Geometry& g, int threads) {
    const int lanes = kernels<T>().lanes;
    const Bands bands(g, lanes);
    const std::int64_t sums = g.out_per_group() * volume(g.kernel);
    return threads * (std::int64_t{sizeof(T)} * lanes * (bands.input_length(g) + bands.positions() + sums) +
                      bands.positions() * std::int64_t{sizeof(std::int32_t)});
  }

 private:
  // Output channels of each group that are summed at once, from `first` on.
  struct Outputs {
    std::int64_t first;
    int count;
  };

  // The gradients of as many of a group's output channels as it has input channels share a vector.
  static std::vector<Outputs> outputs_of(const Geometry& g) {
    std::vector<Outputs> all;
    for (std::int64_t o = 0; o < g.out_per_group(); o += g.in_per_group()) {
      const EvenSplit parts(std::min(g.in_per_group(), g.out_per_group() - o), channel_sums_most_outputs);
      for (std::int64_t part = 0; part < parts.parts; ++part) {
        all.push_back({o + parts.begin(part), static_cast<int>(parts.size(part))});
      }
    }
    return all;
  }

  // Those [begin, end) of outputs_ of groups that share a vector, from group `first` on.
  void run_vector(std::int64_t first, std::int64_t begin, std::int64_t end) const {
    const std::int64_t groups = std::min(groups_, g_.groups - first), taps = volume(g_.kernel);
    const Outputs *from = outputs_.data() + begin, *last = outputs_.data() + end - 1;
    const std::int64_t output = from->first, count = last->first + last->count - output;
    T* sums = scratch<T>(Scratch::gradient, count * taps * k_.lanes);
    std::fill_n(sums, count * taps * k_.lanes, T(0));
    T* x = scratch<T>(Scratch::padded, bands_.input_length(g_) * k_.lanes);
    std::int32_t* offsets = scratch<std::int32_t>(Scratch::offsets, bands_.positions());
    for (std::int64_t h = 0, p = 0; h < bands_.rows; ++h) {
      for (std::int64_t w = 0; w < bands_.columns; ++w, ++p) {
        offsets[p] =
            static_cast<std::int32_t>(h * g_.stride[1] * band_.row_length() + w * g_.stride[2] * k_.lanes);
      }
    }
    const Strides input = strides_of(g_.layout, g_.in_channels, g_.input);
    const std::int64_t channels = groups * g_.in_per_group();
    for (std::int64_t n = 0; n < g_.batch; ++n) {
      const T* image = b_.source + n * input.n + first * g_.in_per_group() * input.c;
      for (std::int64_t d = 0; d < g_.output[0]; ++d) {
        for (std::int64_t h = 0; h < g_.output[1]; h += bands_.rows) {
          const std::int64_t rows = std::min(bands_.rows, g_.output[1] - h);
          for (std::int64_t w = 0; w < g_.output[2]; w += bands_.columns) {
            const std::int64_t columns = std::min(bands_.columns, g_.output[2] - w);
            stop_if_cancelled();
            band_.read(image, channels, d, h, rows, w, columns, h == 0, x);
            add_band(((n * g_.output[0] + d) * g_.output[1] + h) * g_.output[2] + w, rows * columns, first,
                     groups, from, last + 1, x, offsets, sums);
          }
        }
      }
    }
    store(first, groups, output, count, sums);
  }

  // The products with the gradients of `count` positions from `position` on.
  void add_band(std::int64_t position, std::int64_t count, std::int64_t first, std::int64_t groups,
                const Outputs* outputs, const Outputs* end, const T* x, const std::int32_t* offsets,
                T* sums) const {
    const std::int64_t channels = g_.in_per_group(), taps = volume(g_.kernel);
    T* gradients = scratch<T>(Scratch::panel, bands_.positions() * k_.lanes);
    const T* reads[most_taps];
    ChannelSums<T> t{};
    t.x = reads;
    t.offsets = offsets;
    t.g = gradients;
    t.depth = count;
    t.output_step = taps * k_.lanes;
    std::int64_t packed = -1;
    for (; outputs != end; ++outputs, sums += t.outputs * t.output_step) {
      const std::int64_t panel = outputs->first / channels * channels;
      if (panel != packed) {
        pack(panel, first, groups, position, count, gradients);
        packed = panel;
      }
      t.outputs = outputs->count;
      t.order = order_.empty() ? nullptr : order_.data() + (outputs->first - panel) * k_.lanes;
      for (std::int64_t part = 0; part < by_taps_.parts; ++part) {
        t.taps = static_cast<int>(by_taps_.size(part));
        t.sums = sums + by_taps_.begin(part) * k_.lanes;
        for (int i = 0; i < t.taps; ++i) {
          reads[i] = x + band_.offset(unravel(by_taps_.begin(part) + i, g_.kernel));
        }
        k_.channel_sums.run(t);
      }
    }
  }

  // As many output channels as there are input channels, from the `output`th on of each group.
  void pack(std::int64_t output, std::int64_t first, std::int64_t groups, std::int64_t position,
            std::int64_t count, T* to) const {
    const std::int64_t channels = g_.in_per_group(), outputs = g_.out_per_group();
    GradientPanel<T>(g_, b_.weight, first * outputs + output, std::min(channels, outputs - output), k_.lanes,
                     {groups, outputs, channels})
        .pack(position, count, to);
  }

  // Output channels [output, output + count) of each group. Freed of −0, as every result.
  void store(std::int64_t first, std::int64_t groups, std::int64_t output, std::int64_t count,
             const T* sums) const {
    const WeightStrides w = weight_strides(g_);
    const std::int64_t taps = volume(g_.kernel);
    for (std::int64_t o = 0; o < count; ++o) {
      for (std::int64_t tap = 0; tap < taps; ++tap, sums += k_.lanes) {
        const T* from = sums;
        T* to = b_.target + (first * g_.out_per_group() + output + o) * w.o +
                offset_of(unravel(tap, g_.kernel), w.k);
        for (std::int64_t group = 0; group < groups; ++group, to += g_.out_per_group() * w.o) {
          for (std::int64_t c = 0; c < g_.in_per_group(); ++c) to[c * w.i] = *from++ + T(0);
        }
      }
    }
  }

  const Geometry& g_;
  const Buffers<T>& b_;
  const Kernels<T>& k_;
  const std::int64_t groups_;
  const Bands bands_;
  const ChannelBand<T> band_;
  const std::vector<Outputs> outputs_;
  const EvenSplit by_taps_;
  std::vector<std::int32_t> order_;  // lanes of a gradient that those of a group's input channels take
};

}  // namespace

std::string reject_channel_weight_grad(const Geometry& g) {
  return with_type(g.dtype, [&](auto zero) -> std::string {
    const int lanes = kernels<decltype(zero)>().lanes;
    if (g.in_per_group() > lanes) return "a group has more input channels than a vector has lanes";
    const std::int64_t reach = Bands(g, lanes).input_length(g) * lanes;
    if (reach <= std::numeric_limits<std::int32_t>::max()) return "";
    return "a band of " + std::to_string(reach) + " elements is more than 32-bit offsets reach";
  });
}

bool prefers_channel_weight_grad(const Geometry& g) {
  if (!reject_channel_weight_grad(g).empty()) return false;
  const std::int64_t lanes =
      with_type(g.dtype, [](auto zero) { return std::int64_t{kernels<decltype(zero)>().lanes}; });
  const std::int64_t outputs = g.out_per_group();
  // Lanes of vectors of output channels, and of those with the input's, for all groups.
  const std::int64_t of_outputs = g.groups * ((outputs + lanes - 1) / lanes) * g.in_per_group(),
                     of_inputs = vectors_of(g, static_cast<int>(lanes)) * outputs;
  return 5 * of_inputs < 4 * of_outputs;
}

std::int64_t channel_weight_grad_workspace(const Geometry& g, int threads) {
  return with_type(g.dtype,
                   [&](auto zero) { return ChannelWeightGrad<decltype(zero)>::workspace(g, threads); });
}

const char* channel_weight_grad_kernel(const Geometry& g) {
  return with_type(g.dtype, [&](auto zero) { return kernels<decltype(zero)>().channel_sums.name; });
}

template <class T>
void run_channel_weight_grad(const Geometry& g, const Buffers<T>& buffers, const RunControl& control) {
  ChannelWeightGrad<T>(g, buffers).run(control);
}

template void run_channel_weight_grad(const Geometry&, const Buffers<float>&, const RunControl&);
template void run_channel_weight_grad(const Geometry&, const Buffers<double>&, const RunControl&);

}  // namespace native_conv
