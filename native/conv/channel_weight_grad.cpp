// Bands of the input are turned channels last, and so is the output's gradient over them; each weight is a
// chain of products over the positions, in a lane of its input channel. For an output channel of each group,
// its gradient is repeated in the lanes of the group. Layer: conv. SPDX-License-Identifier: MIT
#include "conv/channel_weight_grad.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/buffer.h"
#include "base/clear.h"
#include "base/table.h"
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
        input_(strides_of(g.layout, g.in_channels, g.input)),
        channels_(g.in_per_group()),
        groups_(groups_of_vector(g, k_.lanes)),
        bands_(g, k_.lanes),
        band_(g, bands_),
        outputs_(outputs_of(g)),
        by_taps_(volume(g.kernel), most_taps_with(outputs_)) {
    Checkpoint checkpoint;
    taps_.reserve(static_cast<std::size_t>(volume(g.kernel)));
    for_each_tap(g.kernel, [&](const Triple& tap) {
      checkpoint.pass();
      taps_.push_back(band_.offset(tap));
    });
    if (channels_ == 1) return;
    for (std::int64_t o = 0; o < channels_; ++o) {
      for (std::int64_t lane = 0; lane < k_.lanes; ++lane) {
        const std::int64_t at = lane / channels_ * channels_ + o;
        order_.push_back(static_cast<std::int32_t>(std::min<std::int64_t>(at, k_.lanes - 1)));
      }
    }
  }

  void run(const RunControl& control) const {
    constexpr std::int64_t tasks_per_thread = 4;
    const std::int64_t vectors = vectors_of(g_, k_.lanes), all = static_cast<std::int64_t>(outputs_.size());
    const std::int64_t wanted = control.threads > 1 ? control.threads * tasks_per_thread : 1;
    const std::int64_t parts = std::min(all, (wanted + vectors - 1) / vectors);
    const std::int32_t* offsets = fill_offsets();
    parallel_for(control, vectors * parts, [&](std::int64_t task) {
      const std::int64_t part = task % parts, first = task / parts * groups_;
      const Outputs* outputs = outputs_.data();
      run_task({first, std::min(groups_, g_.groups - first), outputs + all * part / parts,
                outputs + all * (part + 1) / parts, offsets});
    });
  }

  static std::int64_t workspace(const Geometry& g, int threads) {
    const int lanes = kernels<T>().lanes;
    const ChannelBands bands(g, lanes);
    const std::int64_t sums = g.out_per_group() * volume(g.kernel);
    return threads * std::int64_t{sizeof(T)} * lanes * (bands.input_length(g) + bands.positions() + sums) +
           bands.positions() * std::int64_t{sizeof(std::int32_t)};
  }

 private:
  // Output channels of each group that are summed at once, from `first` on.
  struct Outputs {
    std::int64_t first;
    int count;
  };

  // Groups that share a vector, [first, first + groups), and output channels of each.
  struct Task {
    std::int64_t first, groups;
    const Outputs *begin, *end;
    const std::int32_t* offsets;  // where a band's outputs read it

    std::int64_t output() const { return begin->first; }
    std::int64_t outputs() const { return end[-1].first + end[-1].count - begin->first; }
  };

  std::int64_t taps() const { return static_cast<std::int64_t>(taps_.size()); }

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

  // The taps that are summed at once.
  std::int64_t most_taps_with(const std::vector<Outputs>& all) const {
    int most = most_taps;
    for (const Outputs& outputs : all)
      most = std::min(most, channel_sums_taps(k_.channel_sums, outputs.count));
    return most;
  }

  const std::int32_t* fill_offsets() const {
    std::int32_t* offsets = scratch<std::int32_t>(Scratch::offsets, bands_.positions());
    std::int32_t* to = offsets;
    for (std::int64_t h = 0; h < bands_.rows; ++h) {
      const std::int64_t row = h * g_.stride[1] * band_.row_length();
      for (std::int64_t w = 0; w < bands_.columns; ++w) {
        *to++ = static_cast<std::int32_t>(row + w * g_.stride[2] * k_.lanes);
      }
    }
    return offsets;
  }

  void run_task(const Task& task) const {
    const std::int64_t length = task.outputs() * taps() * k_.lanes;
    T* sums = scratch<T>(Scratch::gradient, length);
    clear(sums, length);
    T* x = scratch<T>(Scratch::padded, bands_.input_length(g_) * k_.lanes);
    for (std::int64_t n = 0; n < g_.batch; ++n) {
      const T* image = b_.source + n * input_.n + task.first * channels_ * input_.c;
      for (std::int64_t d = 0; d < g_.output[0]; ++d) {
        for (std::int64_t h = 0; h < g_.output[1]; h += bands_.rows) {
          const std::int64_t rows = std::min(bands_.rows, g_.output[1] - h);
          for (std::int64_t w = 0; w < g_.output[2]; w += bands_.columns) {
            const std::int64_t columns = std::min(bands_.columns, g_.output[2] - w);
            band_.read(image, task.groups * channels_, {d, h, w}, rows, columns, x);
            const std::int64_t row = (n * g_.output[0] + d) * g_.output[1] + h;
            add_products(task, row * g_.output[2] + w, rows * columns, x, sums);
          }
        }
      }
    }
    store(task, sums);
  }

  // Of a band and the gradients of its `count` positions, from `position` on.
  void add_products(const Task& task, std::int64_t position, std::int64_t count, const T* x, T* sums) const {
    T* gradients = scratch<T>(Scratch::panel, bands_.positions() * k_.lanes);
    const T* reads[most_taps];
    ChannelSums<T> t{};
    t.x = reads;
    t.offsets = task.offsets;
    t.g = gradients;
    t.depth = count;
    t.output_step = taps() * k_.lanes;
    std::int64_t packed = -1;
    for (const Outputs* outputs = task.begin; outputs != task.end; ++outputs) {
      const std::int64_t panel = outputs->first / channels_;
      if (panel != packed) {
        pack(task, panel * channels_, position, count, gradients);
        packed = panel;
      }
      t.outputs = outputs->count;
      t.order = order_.empty() ? nullptr : order_.data() + outputs->first % channels_ * k_.lanes;
      for (std::int64_t part = 0; part < by_taps_.parts; ++part) {
        stop_if_cancelled();  // a task may be all positions of a large image
        const std::int64_t* at = taps_.data() + by_taps_.begin(part);
        t.taps = static_cast<int>(by_taps_.size(part));
        t.sums = sums + by_taps_.begin(part) * k_.lanes;
        for (int i = 0; i < t.taps; ++i) reads[i] = x + at[i];
        k_.channel_sums.run(t);
      }
      sums += t.outputs * t.output_step;
    }
  }

  // The gradients of the output channels from `output` on of each group that share a vector.
  void pack(const Task& task, std::int64_t output, std::int64_t position, std::int64_t count, T* to) const {
    const std::int64_t outputs = g_.out_per_group();
    GradientPanel<T>(g_, b_.weight, task.first * outputs + output, std::min(channels_, outputs - output),
                     k_.lanes, {task.groups, outputs, channels_})
        .pack(position, count, to);
  }

  // Freed of −0, as every result.
  void store(const Task& task, T* sums) const {
    const WeightStrides w = weight_strides(g_);
    const std::int64_t length = taps() * k_.lanes, group_step = g_.out_per_group() * w.o;
    for_each_piece(task.outputs() * length, [sums](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) sums[i] += T(0);
    });
    T* to = b_.target + task.first * group_step + task.output() * w.o;
    Checkpoint checkpoint;
    for (std::int64_t o = 0; o < task.outputs(); ++o, sums += length, to += w.o) {
      checkpoint.pass(length);
      if (channels_ == 1) {
        store_taps(sums, task.groups, to, group_step, w.k[2]);
        continue;
      }
      for (std::int64_t group = 0; group < task.groups; ++group) {
        store_taps(sums + group * channels_, channels_, to + group * group_step, w.i, w.k[2]);
      }
    }
  }

  // All taps of `channels` lanes; from one channel to the next `channel_step` elements of the weight, from
  // one tap to the next `tap_step`.
  void store_taps(const T* sums, std::int64_t channels, T* to, std::int64_t channel_step,
                  std::int64_t tap_step) const {
    for_each_piece(taps(), [&](std::int64_t begin, std::int64_t end) {
      const T* from = sums + begin * k_.lanes;
      T* out = to + begin * tap_step;
      if (tap_step == 1) {
        k_.transpose.run({from, k_.lanes, end - begin, channels, out, channel_step});
        return;
      }
      for (std::int64_t tap = begin; tap < end; ++tap, from += k_.lanes, out += tap_step) {
        for (std::int64_t c = 0; c < channels; ++c) out[c * channel_step] = from[c];
      }
    });
  }

  const Geometry& g_;
  const Buffers<T>& b_;
  const Kernels<T>& k_;
  const Strides input_;
  const std::int64_t channels_;  // of a group
  const std::int64_t groups_;    // of a vector
  const ChannelBands bands_;
  const ChannelBand<T> band_;
  const std::vector<Outputs> outputs_;
  const EvenSplit by_taps_;
  Table<std::int64_t> taps_;   // where the first output of a band reads them
  Table<std::int32_t> order_;  // for each of as many output channels, its lane in the group's lanes
};

}  // namespace

std::string reject_channel_weight_grad(const Geometry& g) {
  return with_type(g.dtype, [&](auto zero) -> std::string {
    const int lanes = kernels<decltype(zero)>().lanes;
    if (g.in_per_group() > lanes) return "a group has more input channels than a vector has lanes";
    const std::int64_t reach = ChannelBands(g, lanes).input_length(g) * lanes;
    if (reach <= std::numeric_limits<std::int32_t>::max()) return "";
    return "a band of " + std::to_string(reach) + " elements is more than 32-bit offsets reach";
  });
}

bool prefers_channel_weight_grad(const Geometry& g) {
  if (!reject_channel_weight_grad(g).empty()) return false;
  const int lanes = with_type(g.dtype, [](auto zero) { return kernels<decltype(zero)>().lanes; });
  // Products of a band that share what it costs to turn it.
  constexpr std::int64_t least_products = 10;
  const std::int64_t taps = volume(g.kernel), outputs = g.out_per_group();
  if (ChannelBands(g, lanes).positions() * taps < least_products) return false;
  // Vectors of output channels, and of the input's, that are multiplied for all groups and a tap; turning the
  // input costs as much as a few of them.
  const std::int64_t of_outputs = g.groups * ((outputs + lanes - 1) / lanes) * g.in_per_group(),
                     of_inputs = vectors_of(g, lanes) * outputs;
  return taps == 1 ? 4 * of_inputs <= of_outputs : 5 * of_inputs < 4 * of_outputs;
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
