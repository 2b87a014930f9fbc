// direct: one chain of fused multiply-adds per output element, straight from the definition, for every
// geometry and direction. The slowest, and the one that the others are tested against. Layer: conv.
// SPDX-License-Identifier: MIT
#include <vector>

#include "conv/algorithm.h"
#include "conv/patches.h"

namespace native_conv {
namespace {

// The taps of one chain: where they read, in order.
struct Taps {
  std::vector<std::int64_t> x, w;
  void clear() {
    x.clear();
    w.clear();
  }
  void add(std::int64_t at_x, std::int64_t at_w) {
    x.push_back(at_x);
    w.push_back(at_w);
  }
};

template <class T>
T run_chain(const Taps& taps, const T* x, const T* w) {
  return kernels<T>().chain.run(
      {x, taps.x.data(), w, taps.w.data(), static_cast<std::int64_t>(taps.x.size())});
}

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
    const T* x = b.source + n * in.n + group * g.in_per_group() * in.c;
    thread_local Taps taps;
    taps.clear();
    for (std::int64_t i = 0; i < g.in_per_group(); ++i) {
      for_each_tap(g.kernel, [&](const Triple& tap) {
        const std::int64_t from = reader.at(at, tap);
        if (from >= 0) taps.add(from + i * in.c, i * w.i + offset_of(tap, w.k));
      });
    }
    for (std::int64_t o = group * g.out_per_group(); o < (group + 1) * g.out_per_group(); ++o) {
      stop_if_cancelled();
      const std::int64_t to = n * out.n + o * out.c + offset_of(at, out.s);
      finish_one(run_chain(taps, x, b.weight + o * w.o), b.target + to,
                 b.residual ? b.residual + to : nullptr, o, finish);
    }
  });
}

// The position of the small side that tap k of an axis meets at position `at` of the large side, or -1.
std::int64_t meets(const Geometry& g, int axis, std::int64_t at, std::int64_t tap) {
  const std::int64_t scaled = at + g.pad_begin[axis] - tap * g.dilation[axis];
  if (scaled < 0 || scaled % g.stride[axis] != 0) return -1;
  const std::int64_t position = scaled / g.stride[axis];
  return position < g.output[axis] ? position : -1;
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
    thread_local Taps taps;
    taps.clear();
    for (std::int64_t o = group * g.out_per_group(); o < (group + 1) * g.out_per_group(); ++o) {
      for_each_tap(g.kernel, [&](const Triple& tap) {
        std::int64_t from = o * small.c;
        for (int axis = 0; axis < 3; ++axis) {
          const std::int64_t position = meets(g, axis, at[axis], tap[axis]);
          if (position < 0) return;
          from += position * small.s[axis];
        }
        taps.add(from, o * w.o + offset_of(tap, w.k));
      });
    }
    for (std::int64_t i = 0; i < g.in_per_group(); ++i) {
      stop_if_cancelled();
      const std::int64_t c = group * g.in_per_group() + i;
      const std::int64_t to = n * large.n + c * large.c + offset_of(at, large.s);
      finish_one(run_chain(taps, x, b.weight + i * w.i), b.target + to,
                 b.residual ? b.residual + to : nullptr, c, finish);
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
    Taps taps;
    for (std::int64_t n = 0; n < g.batch; ++n) {
      for (std::int64_t p = 0; p < volume(g.output); ++p) {
        const Triple at = unravel(p, g.output);
        const std::int64_t from = reader.at(at, tap);
        if (from < 0) continue;
        taps.add(n * in.n + from, n * out.n + offset_of(at, out.s));
      }
    }
    for (std::int64_t o = 0; o < g.out_channels; ++o) {
      stop_if_cancelled();
      for (std::int64_t i = 0; i < g.in_per_group(); ++i) {
        const std::int64_t c = o / g.out_per_group() * g.in_per_group() + i;
        T* to = b.target + o * w.o + i * w.i + offset_of(tap, w.k);
        finish_one(run_chain(taps, b.source + c * in.c, b.weight + o * out.c), to,
                   static_cast<const T*>(nullptr), 0, finish);
      }
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
