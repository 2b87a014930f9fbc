// The gradient with respect to the weight as a matrix product [O/g][positions] · [positions][K]: the chain of
// each weight runs over (n, od, oh, ow). Blocks of positions are packed; the accumulators are reloaded
// between blocks. Layer: conv. SPDX-License-Identifier: MIT
#include <limits>

#include "base/buffer.h"
#include "conv/algorithm.h"
#include "conv/conv_weights.h"
#include "conv/patches.h"

namespace native_conv {
namespace {

// Positions of a block: its packed patches stay in the first-level cache.
constexpr std::int64_t block_positions = 128;

template <class T>
class WeightGrad {
 public:
  WeightGrad(const Geometry& g, const Buffers<T>& buffers)
      : g_(g),
        b_(buffers),
        k_(kernels<T>()),
        reader_(g),
        output_(strides_of(g.layout, g.out_channels, g.output)),
        rows_(g.out_per_group(), k_.gemm_panel.rows),
        depth_(conv_depth(g)),
        columns_(depth_, k_.gemm_panel.columns),
        taps_(weight_taps(g)) {
    for (std::int64_t p = 0; p < block_positions; ++p) {
      offsets_[p] = static_cast<std::int32_t>(p * k_.gemm_panel.columns);
    }
  }

  void run(const RunControl& control) const {
    parallel_for(control, g_.groups * columns_.parts, [&](std::int64_t task) {
      run_columns(task / columns_.parts, columns_.begin(task % columns_.parts),
                  columns_.size(task % columns_.parts));
    });
  }

 private:
  // Columns [first, first + count) of K, all output channels of the group.
  void run_columns(std::int64_t group, std::int64_t first, std::int64_t count) const {
    const std::int64_t channels = g_.out_per_group();
    T* patches = scratch<T>(Scratch::panel, block_positions * k_.gemm_panel.columns);
    T* gradients = scratch<T>(Scratch::tile, block_positions * channels);
    T* result = scratch<T>(Scratch::gradient, channels * count);
    const Finish<T> finish;
    const std::int64_t positions = g_.batch * volume(g_.output);
    for (std::int64_t p = 0; p < positions; p += block_positions) {
      const std::int64_t block = std::min(block_positions, positions - p);
      gather_patches(group, first, count, p, block, patches);
      gather_gradients(group, p, block, gradients);
      for (std::int64_t r = 0; r < rows_.parts; ++r) {
        GemmTile<T> t{};
        t.a = gradients + rows_.begin(r) * block;
        t.offsets = offsets_;
        t.b = patches;
        t.depth = block;
        t.rows = static_cast<int>(rows_.size(r));
        t.columns = static_cast<int>(count);
        t.c = result + rows_.begin(r) * count;
        t.c_row = count;
        t.accumulate = p > 0;
        t.finish = p + block == positions ? &finish : nullptr;
        k_.gemm_panel.run(t);
      }
    }
    store(group, first, count, result);
  }

  // [block][NR]
  void gather_patches(std::int64_t group, std::int64_t first, std::int64_t count, std::int64_t p0,
                      std::int64_t block, T* to) const {
    const std::int64_t positions = volume(g_.output), kernel = volume(g_.kernel), row = k_.gemm_panel.columns;
    for (std::int64_t j = 0; j < count; ++j) {
      const Triple tap = unravel((first + j) % kernel, g_.kernel);
      const std::int64_t channel = group * g_.in_per_group() + (first + j) / kernel;
      const T* x = b_.source + channel * reader_.strides().c;
      for (std::int64_t p = p0; p < p0 + block;) {
        const std::int64_t n = p / positions, count = std::min(p0 + block, (n + 1) * positions) - p;
        reader_.gather(x + n * reader_.strides().n, p % positions, count, tap, to + (p - p0) * row + j, row);
        p += count;
      }
    }
  }

  // Blocks of rows, each [block][rows of it].
  void gather_gradients(std::int64_t group, std::int64_t p0, std::int64_t block, T* to) const {
    const std::int64_t positions = volume(g_.output);
    for (std::int64_t r = 0; r < rows_.parts; ++r) {
      for (std::int64_t p = p0; p < p0 + block; ++p) {
        const Triple at = unravel(p % positions, g_.output);
        const T* from = b_.weight + p / positions * output_.n + at[0] * output_.s[0] + at[1] * output_.s[1] +
                        at[2] * output_.s[2] + (group * g_.out_per_group() + rows_.begin(r)) * output_.c;
        for (std::int64_t o = 0; o < rows_.size(r); ++o) *to++ = from[o * output_.c];
      }
    }
  }

  void store(std::int64_t group, std::int64_t first, std::int64_t count, const T* result) const {
    const std::int64_t channel_step = weight_strides(g_).o;
    for (std::int64_t o = 0; o < g_.out_per_group(); ++o) {
      T* to = b_.target + (group * g_.out_per_group() + o) * channel_step;
      for (std::int64_t j = 0; j < count; ++j)
        to[taps_[static_cast<std::size_t>(first + j)]] = result[o * count + j];
    }
  }

  const Geometry& g_;
  const Buffers<T>& b_;
  const Kernels<T>& k_;
  const PatchReader reader_;
  const Strides output_;
  const EvenSplit rows_;
  const std::int64_t depth_;
  const EvenSplit columns_;
  const std::vector<std::int64_t> taps_;
  std::int32_t offsets_[block_positions];
};

std::string accept(const Geometry&) { return ""; }

template <class T>
std::int64_t workspace_of(const Geometry& g, int threads) {
  const std::int64_t columns = kernels<T>().gemm_panel.columns;
  return threads * std::int64_t{sizeof(T)} *
         (block_positions * (columns + g.out_per_group()) + columns * g.out_per_group());
}

std::int64_t workspace(const Geometry& g, int threads) {
  return with_type(g.dtype, [&](auto zero) { return workspace_of<decltype(zero)>(g, threads); });
}

template <class T>
void run(const Geometry& g, const Buffers<T>& buffers, const RunControl& control) {
  WeightGrad<T>(g, buffers).run(control);
}

const char* kernel(const Geometry& g) {
  return with_type(g.dtype, [&](auto zero) { return kernel_name<decltype(zero)>(Family::panel); });
}

}  // namespace

const Algorithm weight_grad_gemm = {
    AlgorithmId::im2col_gemm, accept, workspace, kernel, run<float>, run<double>};

}  // namespace native_conv
