// phases: a transposed convolution as one ordinary convolution per output phase (output positions with the
// same remainder modulo the stride), written interleaved; no zeros are inserted and nothing is added twice.
// Also the gradient with respect to a convolution's input. Layer: conv. SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>

#include "base/buffer.h"
#include "base/cpu.h"
#include "base/table.h"
#include "conv/interleave.h"
#include "conv/padding.h"
#include "conv/sweep.h"
#include "conv/transpose_weights.h"

namespace native_conv {
namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
std::int64_t floor_mod(std::int64_t a, std::int64_t b) { return a - floor_div(a, b) * b; }

// Every phase has its first output among the first `stride` positions of each axis.
Triple phase_starts(const Geometry& g) {
  Triple starts;
  for (int axis = 0; axis < 3; ++axis) starts[axis] = std::min(g.stride[axis], g.input[axis]);
  return starts;
}

// Output positions of the longest phase of an axis.
std::int64_t longest_phase(const Geometry& g, int axis) {
  return (g.input[axis] + g.stride[axis] - 1) / g.stride[axis];
}

// The first and last position of the small side that the outputs of an axis read, all phases as long as the
// longest: from what the last tap meets at the first output to what the first tap meets at the last one. In
// constant time, since kernels and strides are of any size when a call is planned.
std::pair<std::int64_t, std::int64_t> positions_read(const Geometry& g, int axis) {
  const auto met_first = [&](std::int64_t tap) {
    return -floor_div(tap * g.dilation[axis] - g.pad_begin[axis], g.stride[axis]);
  };
  if (g.kernel[axis] == 0 || g.input[axis] == 0) return {0, 0};
  return {met_first(g.kernel[axis] - 1), met_first(0) + longest_phase(g, axis) - 1};
}

// How the outputs are computed: phase by phase, or the phases of a row together.
template <class T>
struct Method {
  bool interleaved;
  Family family;

  // By the mean depth of the phases.
  explicit Method(const Geometry& g) {
    const std::int64_t channels = g.in_per_group();
    // An empty result has no phases.
    const std::int64_t phases = std::max<std::int64_t>(1, volume(phase_starts(g)));
    const std::int64_t taps = g.out_per_group() * volume(g.kernel),
                       depth = std::max<std::int64_t>(1, taps / phases);
    // All phases of a tile are made between two looks at whether to stop.
    constexpr std::int64_t most_taps = 1 << 18;
    interleaved = g.layout == Layout::channels_first && taps <= most_taps &&
                  (g.stride[2] > 1 || channels < kernels<T>().strip.rows / 2);
    family = interleaved ? choose_interleaved_family<T>(channels, depth, longest_phase(g, 2),
                                                        g.out_per_group() * volume(g.output))
                         : choose_family<T>(g.layout, channels, depth);
  }
  bool strip() const { return interleaved && family == Family::strip; }
};

// The zero-padded small side that all phases read: positions [begin, begin + extent) of each axis.
struct SmallSide {
  Triple begin, extent;
  bool copied;
  Strides strides;

  // All phases of a row are as long as the longest, and strips read whole vectors.
  SmallSide(const Geometry& g, bool strip, int lanes) : copied(strip && longest_phase(g, 2) % lanes != 0) {
    for (int axis = 0; axis < 3; ++axis) {
      const auto [first, last] = positions_read(g, axis);
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

template <class T>
SmallSide small_side(const Geometry& g) {
  return SmallSide(g, Method<T>(g).strip(), kernels<T>().lanes);
}

// Into how many stretches the output's channels are cut, each made by a thread from a copy of its own:
// reading what another thread copied takes longer than copying, where the copy is small and the weights, of
// which each then reads its part, are more. 1: the copy is shared.
template <class T>
int stretches_of(const Geometry& g, const Method<T>& method, const SmallSide& small, int threads) {
  constexpr int most_copies = 4;
  static const std::int64_t most_bytes = cache_sizes().l2 / 2;
  if (threads > most_copies || products_at_once(g, threads) > 1) return 1;
  const std::int64_t length = small.length(g),
                     weights = g.in_per_group() * g.out_per_group() * volume(g.kernel);
  if (!method.interleaved || length == 0 || length >= weights) return 1;
  if (length * std::int64_t{sizeof(T)} > most_bytes) return 1;
  const PackedPanels<T> panels(method.family, g.in_per_group(), 1, kernels<T>());
  return static_cast<int>(std::min<std::int64_t>(threads, panels.blocks().parts));
}

// The remainder modulo the stride, with the padding counted, of the phase that begins at `first`.
Triple remainder_at(const Geometry& g, const Triple& first) {
  Triple remainder;
  for (int axis = 0; axis < 3; ++axis) {
    remainder[axis] = floor_mod(first[axis] + g.pad_begin[axis], g.stride[axis]);
  }
  return remainder;
}

// One phase, prepared for all images and groups.
template <class T>
struct PreparedPhase {
  Triple counts, first, small;  // output positions, the first of them, and what it reads on the small side
  Table<std::int32_t> offsets;
  PackedPanels<T> panels;
  const T* weights;
};

template <class T>
class Phases {
 public:
  Phases(const Geometry& g, const Buffers<T>& buffers)
      : g_(g),
        b_(buffers),
        method_(g),
        small_(small_side<T>(g)),
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
    Table<std::int64_t> begins;
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
      p.panels = PackedPanels<T>(method_.family, g_.in_per_group(), depth, kernels<T>());
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

  const T* pack(const Table<std::int64_t>& begins, std::int64_t total) const {
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
        const PackedPanels<T>& panels = phases_[i].panels;
        PackedTaps taps(panels.depth, [&](std::int64_t begin, std::int64_t end, const std::int64_t* piece) {
          for (std::int64_t group = 0; group < g_.groups; ++group) {
            panels.pack(begin, end, to + begins[i] + group * panels.length(),
                        b_.weight + group * g_.out_per_group() * w.o, w.i, piece);
          }
        });
        for_each_phase_tap(g_, phase_of(g_, remainders_[i]), [&](std::int64_t o, const Triple& tap) {
          taps.add(o * w.o + offset_of(tap, w.k));
        });
        taps.end();
      }
    });
  }

  void run_product(std::int64_t product, const RunControl& control) const {
    const std::int64_t n = product / g_.groups, group = product % g_.groups;
    const T* source = b_.source + n * source_.n + group * g_.out_per_group() * source_.c;
    const std::int64_t y = n * target_.n + group * g_.in_per_group() * target_.c;
    if (const int stretches = stretches_of(g_, method_, small_, control.threads); stretches > 1) {
      parallel_for(control, stretches, [&](std::int64_t stretch) {
        run_stretch(stretch, stretches, group, copy(source, control.alone()), y);
      });
      return;
    }
    const T* x = small_.copied ? copy(source, control) : source;
    if (method_.interleaved) {
      for_each_row_of_phases(group, x, y,
                             [&](const InterleavedSweep<T>& row) { run_interleaved(row, control); });
    } else {
      for (const PreparedPhase<T>& phase : phases_) run_phase(phase, group, x, y, control);
    }
  }

  void run_stretch(std::int64_t stretch, std::int64_t stretches, std::int64_t group, const T* x,
                   std::int64_t y) const {
    const std::int64_t blocks = phases_[0].panels.blocks().parts;
    for_each_row_of_phases(group, x, y, [&](const InterleavedSweep<T>& row) {
      run_interleaved_blocks(row, blocks * stretch / stretches, blocks * (stretch + 1) / stretches);
    });
  }

  const T* first_read(const PreparedPhase<T>& phase, const T* x) const {
    return x + offset_of(phase.small, small_.strides.s);
  }

  // `y`: offset of the product's first output, as in row_of_phases.
  void run_phase(const PreparedPhase<T>& phase, std::int64_t group, const T* x, std::int64_t y,
                 const RunControl& control) const {
    const std::int64_t at = y + offset_of(phase.first, target_.s);
    Sweep<T> sweep;
    sweep.counts = phase.counts;
    sweep.x = first_read(phase, x);
    for (int axis = 0; axis < 3; ++axis) sweep.y_step[axis] = g_.stride[axis] * target_.s[axis];
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

  // Calls body(sweep) for every set of phases that differ in the column's remainder only.
  template <class Body>
  void for_each_row_of_phases(std::int64_t group, const T* x, std::int64_t y, Body&& body) const {
    const std::size_t in_row = static_cast<std::size_t>(phase_starts(g_)[2]);
    for (std::size_t i = 0; i < phases_.size(); i += in_row) body(row_of_phases(i, in_row, group, x, y));
  }

  // The phases [first, first + in_row).
  InterleavedSweep<T> row_of_phases(std::size_t first, std::size_t in_row, std::int64_t group, const T* x,
                                    std::int64_t y) const {
    InterleavedSweep<T> sweep;
    for (std::size_t i = first; i < first + in_row; ++i) {
      const PreparedPhase<T>& phase = phases_[i];
      sweep.phases.push_back({first_read(phase, x), phase.offsets.data(), &phase.panels,
                              phase.weights + group * phase.panels.length()});
    }
    const PreparedPhase<T>& phase = phases_[first];
    const std::int64_t at = y + offset_of(phase.first, target_.s);
    sweep.counts = phase.counts;
    sweep.x_step = small_.strides.s;
    sweep.width = g_.input[2];
    sweep.y = b_.target + at;
    sweep.y_depth = g_.stride[0] * target_.s[0];
    sweep.y_height = g_.stride[1] * target_.s[1];
    sweep.y_channel = target_.c;
    sweep.residual = b_.residual ? b_.residual + at : nullptr;
    sweep.finish = &finish_;
    sweep.channel = group * g_.in_per_group();
    return sweep;
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
    // What a strip's last vector reads beyond the copy goes into outputs that are dropped.
    const std::int64_t beyond = kernels<T>().lanes;
    copy.target = scratch<T>(Scratch::padded, copy.length() + beyond);
    std::fill_n(copy.target + copy.length(), beyond, T(0));
    copy_all(copy, control);
    return copy.target;
  }

  const Geometry& g_;
  const Buffers<T>& b_;
  const Method<T> method_;
  const SmallSide small_;
  const Strides source_, target_;
  const Finish<T> finish_;
  Table<std::int32_t> maps_[3];
  Table<Run> runs_;
  std::vector<Triple> remainders_;
  std::vector<PreparedPhase<T>> phases_;
};

template <class T>
std::string reject_for(const Geometry& g) {
  const SmallSide small = small_side<T>(g);
  const std::int64_t reach = small.copied ? small.length(g) : g.out_channels * volume(g.output);
  if (reach <= std::numeric_limits<std::int32_t>::max()) return "";
  return "the padded input of a group has " + std::to_string(reach) +
         " elements, more than 32-bit offsets reach";
}

std::string reject(const Geometry& g) {
  return with_type(g.dtype, [&](auto zero) { return reject_for<decltype(zero)>(g); });
}

template <class T>
std::int64_t workspace_of(const Geometry& g, int threads) {
  const SmallSide small = small_side<T>(g);
  const Method<T> method(g);
  // As if each tap met outputs of one phase; what meets none is not packed.
  const PackedPanels<T> panels(method.family, g.in_per_group(), g.out_per_group() * volume(g.kernel),
                               kernels<T>());
  const std::int64_t positions = longest_phase(g, 0) * longest_phase(g, 1) * longest_phase(g, 2);
  const std::int64_t tile = method.interleaved
                                ? interleaved_scratch_bytes(panels, phase_starts(g)[2], positions)
                                : sweep_scratch_bytes(g.dtype);
  const std::int64_t copy = small.copied ? small.length(g) + kernels<T>().lanes : 0;
  const std::int64_t copies = std::max(products_at_once(g, threads), stretches_of(g, method, small, threads));
  return (copy * copies + g.groups * panels.length()) * size_of(g.dtype) +
         g.out_per_group() * volume(g.kernel) * std::int64_t{sizeof(std::int32_t)} + threads * tile;
}

std::int64_t workspace(const Geometry& g, int threads) {
  return with_type(g.dtype, [&](auto zero) { return workspace_of<decltype(zero)>(g, threads); });
}

template <class T>
void run(const Geometry& g, const Buffers<T>& buffers, const RunControl& control) {
  Phases<T>(g, buffers).run(control);
}

const char* kernel(const Geometry& g) {
  return with_type(g.dtype, [&](auto zero) {
    using T = decltype(zero);
    return kernel_name<T>(Method<T>(g).family);
  });
}

}  // namespace

const Algorithm phases = {AlgorithmId::phases, reject, workspace, kernel, run<float>, run<double>};

}  // namespace native_conv
