// direct: one chain of fused multiply-adds per output element, straight from the definition, for every
// geometry and direction. The slowest, and the one that the others are tested against. Layer: conv.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include "base/table.h"
#include "conv/algorithm.h"
#include "conv/patches.h"

namespace native_conv {
namespace {

// The chains of several outputs, which have their taps in common, a piece of them at a time.
template <class T>
class Chains {
 public:
  // Chain i reads its operands from x(i) and w(i) on.
  template <class X, class W, class Taps>
  static const std::vector<T>& run(std::int64_t count, X&& x, W&& w, Taps&& for_each) {
    thread_local Chains chains;
    chains.begin(count);
    const auto run_piece = [&] {
      for (std::int64_t i = 0; i < count; ++i) chains.continue_chain(i, x(i), w(i));
      chains.clear_taps();
    };
    for_each([&](std::int64_t x_at, std::int64_t w_at) {
      chains.x_at_.push_back(x_at);
      chains.w_at_.push_back(w_at);
      if (chains.x_at_.size() == most_taps) run_piece();
    });
    run_piece();
    return chains.sums_;
  }

 private:
  static constexpr std::size_t most_taps = 1 << 12;

  void begin(std::int64_t count) {
    sums_.assign(static_cast<std::size_t>(count), T(0));
    clear_taps();
  }

  void clear_taps() {
    x_at_.clear();
    w_at_.clear();
  }

  void continue_chain(std::int64_t i, const T* x, const T* w) {
    stop_if_cancelled();
    T& sum = sums_[static_cast<std::size_t>(i)];
    sum = kernels<T>().chain.run(
        {x, x_at_.data(), w, w_at_.data(), static_cast<std::int64_t>(x_at_.size()), sum});
  }

  Table<std::int64_t> x_at_, w_at_;
  std::vector<T> sums_;
};

template <class T>
void finish_one(T acc, T* y, const T* residual, std::int64_t channel, const Finish<T>& finish) {
  const PixelRun here = {0, 1, 0};
  kernels<T>().scatter.run({&acc, 1, 1, 1, y, 0, 1, &here, 1, &finish, residual, channel});
}

template <class T>
void run_conv(const Geometry& g, const Buffers<T>& b, const RunControl& control) {
  const PatchReader reader(g);
  const Strides in = reader.strides(), out = strides_of(g.layout, g.out_channels, g.output);
  const WeightStrides w = weight_strides(g);
  const Finish<T> finish = finish_of(g, b);
  const std::int64_t positions = volume(g.output);
  parallel_for(control, g.batch * g.groups * positions, [&](std::int64_t task) {
    const Triple at = unravel(task % positions, g.output);
    const std::int64_t group = task / positions % g.groups, n = task / positions / g.groups;
    const std::int64_t first = group * g.out_per_group();
    const T* x = b.source + n * in.n + group * g.in_per_group() * in.c;
    const std::vector<T>& sums = Chains<T>::run(
        g.out_per_group(), [&](std::int64_t) { return x; },
        [&](std::int64_t o) { return b.weight + (first + o) * w.o; },
        [&](auto&& add) {
          Checkpoint checkpoint;
          for (std::int64_t i = 0; i < g.in_per_group(); ++i) {
            for_each_tap(g.kernel, [&](const Triple& tap) {
              checkpoint.pass();
              const std::int64_t from = reader.at(at, tap);
              if (from >= 0) add(from + i * in.c, i * w.i + offset_of(tap, w.k));
            });
          }
        });
    for (std::int64_t o = 0; o < g.out_per_group(); ++o) {
      const std::int64_t to = n * out.n + (first + o) * out.c + offset_of(at, out.s);
      finish_one(sums[static_cast<std::size_t>(o)], b.target + to, b.residual ? b.residual + to : nullptr,
                 first + o, finish);
    }
  });
}

// The taps of an axis that may meet something at position `at` of the large side: [begin, end).
struct TapRange {
  std::int64_t begin, end;
};

TapRange taps_at(const Geometry& g, int axis, std::int64_t at) {
  const std::int64_t scaled = at + g.pad_begin[axis], d = g.dilation[axis],
                     beyond = scaled - (g.output[axis] - 1) * g.stride[axis];
  const std::int64_t begin = beyond <= 0 ? 0 : (beyond + d - 1) / d;
  return {begin, std::min(g.kernel[axis], scaled / d + 1)};
}

// The position of the small side that such a tap meets, or -1.
std::int64_t meets(const Geometry& g, int axis, std::int64_t at, std::int64_t tap) {
  const std::int64_t scaled = at + g.pad_begin[axis] - tap * g.dilation[axis];
  return scaled % g.stride[axis] == 0 ? scaled / g.stride[axis] : -1;
}

// Calls body(tap, offset) for the taps that meet an element at `at`, in order, with where that lies on the
// small side.
template <class Body>
void for_each_meeting(const Geometry& g, const Strides& small, const Triple& at, Body&& body) {
  const TapRange range[3] = {taps_at(g, 0, at[0]), taps_at(g, 1, at[1]), taps_at(g, 2, at[2])};
  Triple tap;
  for (tap[0] = range[0].begin; tap[0] < range[0].end; ++tap[0]) {
    const std::int64_t d = meets(g, 0, at[0], tap[0]);
    for (tap[1] = range[1].begin; d >= 0 && tap[1] < range[1].end; ++tap[1]) {
      const std::int64_t h = meets(g, 1, at[1], tap[1]);
      for (tap[2] = range[2].begin; h >= 0 && tap[2] < range[2].end; ++tap[2]) {
        const std::int64_t w = meets(g, 2, at[2], tap[2]);
        if (w >= 0) body(tap, offset_of({d, h, w}, small.s));
      }
    }
  }
}

template <class T>
void run_transpose(const Geometry& g, const Buffers<T>& b, const RunControl& control) {
  const Strides small = strides_of(g.layout, g.out_channels, g.output),
                large = strides_of(g.layout, g.in_channels, g.input);
  const WeightStrides w = weight_strides(g);
  const Finish<T> finish = finish_of(g, b);
  const std::int64_t positions = volume(g.input);
  parallel_for(control, g.batch * g.groups * positions, [&](std::int64_t task) {
    const Triple at = unravel(task % positions, g.input);
    const std::int64_t group = task / positions % g.groups, n = task / positions / g.groups;
    const T* x = b.source + n * small.n;
    const std::vector<T>& sums = Chains<T>::run(
        g.in_per_group(), [&](std::int64_t) { return x; }, [&](std::int64_t i) { return b.weight + i * w.i; },
        [&](auto&& add) {
          Checkpoint checkpoint;
          for (std::int64_t o = group * g.out_per_group(); o < (group + 1) * g.out_per_group(); ++o) {
            for_each_meeting(g, small, at, [&](const Triple& tap, std::int64_t from) {
              checkpoint.pass();
              add(o * small.c + from, o * w.o + offset_of(tap, w.k));
            });
          }
        });
    for (std::int64_t i = 0; i < g.in_per_group(); ++i) {
      const std::int64_t c = group * g.in_per_group() + i;
      const std::int64_t to = n * large.n + c * large.c + offset_of(at, large.s);
      finish_one(sums[static_cast<std::size_t>(i)], b.target + to, b.residual ? b.residual + to : nullptr, c,
                 finish);
    }
  });
}

template <class T>
void run_weight_grad(const Geometry& g, const Buffers<T>& b, const RunControl& control) {
  const PatchReader reader(g);
  const Strides in = reader.strides(), out = strides_of(g.layout, g.out_channels, g.output);
  const WeightStrides w = weight_strides(g);
  const Finish<T> finish;
  const std::int64_t kernel = volume(g.kernel);
  parallel_for(control, kernel, [&](std::int64_t task) {
    const Triple tap = unravel(task, g.kernel);
    // Chain o · inputs + i: output channel o meets input channel i of its group.
    const std::int64_t inputs = g.in_per_group();
    const std::vector<T>& sums = Chains<T>::run(
        g.out_channels * inputs,
        [&](std::int64_t chain) {
          return b.source + (chain / inputs / g.out_per_group() * inputs + chain % inputs) * in.c;
        },
        [&](std::int64_t chain) { return b.weight + chain / inputs * out.c; },
        [&](auto&& add) {
          Checkpoint checkpoint;
          for (std::int64_t n = 0; n < g.batch; ++n) {
            for (std::int64_t p = 0; p < volume(g.output); ++p) {
              checkpoint.pass();
              const Triple at = unravel(p, g.output);
              const std::int64_t from = reader.at(at, tap);
              if (from >= 0) add(n * in.n + from, n * out.n + offset_of(at, out.s));
            }
          }
        });
    for (std::int64_t chain = 0; chain < g.out_channels * inputs; ++chain) {
      T* to = b.target + chain / inputs * w.o + chain % inputs * w.i + offset_of(tap, w.k);
      finish_one(sums[static_cast<std::size_t>(chain)], to, static_cast<const T*>(nullptr), 0, finish);
    }
  });
}

std::string accept(const Geometry&) { return ""; }
std::int64_t no_workspace(const Geometry&, int) { return 0; }

const char* kernel(const Geometry& g) {
  return with_type(g.dtype, [](auto zero) { return kernels<decltype(zero)>().chain.name; });
}

}  // namespace

const Algorithm direct = {AlgorithmId::direct, accept,          no_workspace, kernel,
                          run_conv<float>,     run_conv<double>};
const Algorithm direct_transpose = {AlgorithmId::direct,  accept, no_workspace, kernel, run_transpose<float>,
                                    run_transpose<double>};
const Algorithm direct_weight_grad = {
    AlgorithmId::direct, accept, no_workspace, kernel, run_weight_grad<float>, run_weight_grad<double>};

}  // namespace native_conv
