// phases: a transposed convolution as one ordinary convolution per output phase (output positions with the
// same remainder modulo the stride), written interleaved; no zeros are inserted and nothing is added twice.
// Also the gradient with respect to a convolution's input. Layer: conv. SPDX-License-Identifier: MIT
#include <limits>

#include "base/buffer.h"
#include "conv/padding.h"
#include "conv/sweep.h"
#include "conv/transpose_weights.h"

namespace native_conv {
namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
std::int64_t floor_mod(std::int64_t a, std::int64_t b) { return a - floor_div(a, b) * b; }

// The zero-padded small side that all phases read: positions [begin, begin + extent) of each axis.
struct SmallSide {
  Triple begin, extent;
  bool copied;
  Strides strides;

  explicit SmallSide(const Geometry& g) : copied(false) {
    for (int axis = 0; axis < 3; ++axis) {
      const std::int64_t reach = (g.kernel[axis] - 1) * g.dilation[axis];
      const std::int64_t first = floor_div(g.pad_begin[axis] - reach, g.stride[axis]);
      const std::int64_t last = floor_div(g.input[axis] - 1 + g.pad_begin[axis], g.stride[axis]);
      begin[axis] = first;
      extent[axis] = last - first + 1;
      copied = copied || first < 0 || last >= g.output[axis];
    }
    if (!copied) begin = {0, 0, 0};
    strides = copied ? strides_of(g.layout, g.out_per_group(), extent)
                     : strides_of(g.layout, g.out_channels, g.output);
  }

  std::int64_t length(const Geometry& g) const { return copied ? g.out_per_group() * volume(extent) : 0; }
};

// Every phase has its first output among the first `stride` positions of each axis.
Triple phase_starts(const Geometry& g) {
  Triple starts;
  for (int axis = 0; axis < 3; ++axis) starts[axis] = std::min(g.stride[axis], g.input[axis]);
  return starts;
}

// The remainder modulo the stride, with the padding counted, of the phase that begins at `first`.
Triple remainder_at(const Geometry& g, const Triple& first) {
  Triple remainder;
  for (int axis = 0; axis < 3; ++axis) {
    remainder[axis] = floor_mod(first[axis] + g.pad_begin[axis], g.stride[axis]);
  }
  return remainder;
}

template <class T>
Family family_of(const Geometry& g, const Phase& phase) {
  return choose_family<T>(g.layout, g.in_per_group(), g.out_per_group() * phase.volume());
}

// One phase, prepared for all images and groups.
template <class T>
struct PreparedPhase {
  Triple counts, first, small;  // output positions, the first of them, and what it reads on the small side
  std::vector<std::int32_t> offsets;
  PackedPanels<T> panels;
  const T* weights;
};

template <class T>
class Phases {
 public:
  Phases(const Geometry& g, const Buffers<T>& buffers)
      : g_(g),
        b_(buffers),
        small_(g),
        source_(strides_of(g.layout, g.out_channels, g.output)),
        target_(strides_of(g.layout, g.in_channels, g.input)),
        finish_(finish_of(g, buffers)) {
    for (int axis = 0; axis < 3; ++axis) {
      maps_[axis] = axis_map(PaddingMode::zeros, g.output[axis], -small_.begin[axis], small_.extent[axis]);
    }
    runs_ = runs_of(maps_[2]);
    prepare();
  }

  void run(const RunControl& control) const {
    for_each_product(g_, control,
                     [&](std::int64_t product, const RunControl& share) { run_product(product, share); });
  }

 private:
  void prepare() {
    const Triple starts = phase_starts(g_);
    std::vector<std::int64_t> begins;
    std::int64_t total = 0;
    for (std::int64_t i = 0; i < volume(starts); ++i) {
      PreparedPhase<T> p{
          {}, unravel(i, starts), {}, {}, PackedPanels<T>(Family::panel, 1, 0, kernels<T>()), nullptr};
      const Triple remainder = remainder_at(g_, p.first);
      for (int axis = 0; axis < 3; ++axis) {
        p.counts[axis] = (g_.input[axis] - p.first[axis] + g_.stride[axis] - 1) / g_.stride[axis];
        p.small[axis] = floor_div(p.first[axis] + g_.pad_begin[axis], g_.stride[axis]) - small_.begin[axis];
      }
      const Phase phase = phase_of(g_, remainder);
      const std::int64_t depth = g_.out_per_group() * phase.volume();
      p.panels = PackedPanels<T>(family_of<T>(g_, phase), g_.in_per_group(), depth, kernels<T>());
      p.offsets.reserve(static_cast<std::size_t>(depth));
      for_each_phase_tap(g_, phase, [&](std::int64_t o, const Triple& tap) {
        std::int64_t at = o * small_.strides.c;
        for (int axis = 0; axis < 3; ++axis) {
          at -= (tap[axis] * g_.dilation[axis] - remainder[axis]) / g_.stride[axis] * small_.strides.s[axis];
        }
        p.offsets.push_back(static_cast<std::int32_t>(at));
      });
      begins.push_back(total);
      total += g_.groups * p.panels.length();
      remainders_.push_back(remainder);
      phases_.push_back(std::move(p));
    }
    const T* packed = pack(begins, total);
    for (std::size_t i = 0; i < phases_.size(); ++i) phases_[i].weights = packed + begins[i];
  }

  const T* pack(const std::vector<std::int64_t>& begins, std::int64_t total) const {
    PackKey key = {static_cast<std::int64_t>(PackForm::phases)};
    for (int axis = 0; axis < 3; ++axis) {
      key.push_back(g_.stride[axis]);
      key.push_back(g_.dilation[axis]);
    }
    for (std::size_t i = 0; i < phases_.size(); ++i) {
      key.insert(key.end(), remainders_[i].begin(), remainders_[i].end());
      key.push_back(static_cast<std::int64_t>(phases_[i].panels.family));
      key.push_back(phases_[i].panels.most);
    }
    return packed_weights<T>(b_.cache, key, total, [&](T* to) {
      const WeightStrides w = weight_strides(g_);
      for (std::size_t i = 0; i < phases_.size(); ++i) {
        const std::vector<std::int64_t> taps = phase_weight_taps(g_, phase_of(g_, remainders_[i]));
        const PackedPanels<T>& panels = phases_[i].panels;
        for (std::int64_t group = 0; group < g_.groups; ++group) {
          panels.pack(to + begins[i] + group * panels.length(), b_.weight + group * g_.out_per_group() * w.o,
                      w.i, taps.data());
        }
      }
    });
  }

  void run_product(std::int64_t product, const RunControl& control) const {
    const std::int64_t n = product / g_.groups, group = product % g_.groups;
    const T* source = b_.source + n * source_.n + group * g_.out_per_group() * source_.c;
    const T* x = small_.copied ? copy(source, control) : source;
    for (const PreparedPhase<T>& phase : phases_) {
      Sweep<T> sweep;
      sweep.counts = phase.counts;
      sweep.x = x;
      std::int64_t at = n * target_.n + group * g_.in_per_group() * target_.c;
      for (int axis = 0; axis < 3; ++axis) {
        sweep.x += phase.small[axis] * small_.strides.s[axis];
        at += phase.first[axis] * target_.s[axis];
        sweep.y_step[axis] = g_.stride[axis] * target_.s[axis];
      }
      sweep.x_step = small_.strides.s;
      sweep.offsets = phase.offsets.data();
      sweep.panels = &phase.panels;
      sweep.weights = phase.weights + group * phase.panels.length();
      sweep.y = b_.target + at;
      sweep.y_channel = target_.c;
      sweep.residual = b_.residual ? b_.residual + at : nullptr;
      sweep.finish = &finish_;
      sweep.channel = group * g_.in_per_group();
      run_sweep(sweep, control);
    }
  }

  const T* copy(const T* source, const RunControl& control) const {
    PaddedCopy<T> copy;
    copy.layout = g_.layout;
    copy.source = source;
    copy.from = source_;
    copy.channels = g_.out_per_group();
    copy.repeat = 1;
    copy.depth_map = maps_[0].data();
    copy.height_map = maps_[1].data();
    copy.width_map = &maps_[2];
    copy.width_runs = &runs_;
    copy.depth = small_.extent[0];
    copy.height = small_.extent[1];
    copy.target = scratch<T>(Scratch::padded, copy.length());
    copy_all(copy, control);
    return copy.target;
  }

  const Geometry& g_;
  const Buffers<T>& b_;
  const SmallSide small_;
  const Strides source_, target_;
  const Finish<T> finish_;
  std::vector<std::int32_t> maps_[3];
  std::vector<Run> runs_;
  std::vector<Triple> remainders_;
  std::vector<PreparedPhase<T>> phases_;
};

std::string reject(const Geometry& g) {
  const SmallSide small(g);
  const std::int64_t reach = small.copied ? small.length(g) : g.out_channels * volume(g.output);
  if (reach <= std::numeric_limits<std::int32_t>::max()) return "";
  return "the padded input of a group has " + std::to_string(reach) +
         " elements, more than 32-bit offsets reach";
}

std::int64_t workspace(const Geometry& g, int threads) {
  return (SmallSide(g).length(g) * products_at_once(g, threads) + weight_length(g)) * size_of(g.dtype) +
         g.out_per_group() * volume(g.kernel) * std::int64_t{sizeof(std::int32_t)} +
         threads * sweep_scratch_bytes(g.dtype);
}

template <class T>
void run(const Geometry& g, const Buffers<T>& buffers, const RunControl& control) {
  Phases<T>(g, buffers).run(control);
}

// Of the phase with the most taps.
const char* kernel(const Geometry& g) {
  const Triple starts = phase_starts(g);
  Phase deepest;
  for (std::int64_t i = 0; i < volume(starts); ++i) {
    Phase phase = phase_of(g, remainder_at(g, unravel(i, starts)));
    if (phase.volume() > deepest.volume()) deepest = std::move(phase);
  }
  return with_type(
      g.dtype, [&](auto zero) { return kernel_name<decltype(zero)>(family_of<decltype(zero)>(g, deepest)); });
}

}  // namespace

const Algorithm phases = {AlgorithmId::phases, reject, workspace, kernel, run<float>, run<double>};

}  // namespace native_conv
