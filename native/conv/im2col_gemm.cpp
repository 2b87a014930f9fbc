// im2col-gemm, the general path: patches of a cache-sized window of outputs are packed into panels, and the
// GEMM micro-kernels run over them. It reads through index maps and takes every geometry. Layer: conv.
// SPDX-License-Identifier: MIT
#include <limits>

#include "base/buffer.h"
#include "base/table.h"
#include "conv/algorithm.h"
#include "conv/conv_weights.h"
#include "conv/patches.h"
#include "conv/sweep.h"

namespace native_conv {
namespace {

// Elements of the packed window: half of a 1 MiB second-level cache in float32, so that weights fit beside
// it.
constexpr std::int64_t window_elements = 128 * 1024;

Family family_of(const Geometry& g) {
  return g.layout == Layout::channels_last ? Family::patch : Family::panel;
}

template <class T>
std::int64_t tile_pixels(const Geometry& g) {
  return family_of(g) == Family::panel ? kernels<T>().gemm_panel.columns : kernels<T>().gemm_patch.rows;
}

// Output positions of one window: whole tiles, at least one.
template <class T>
std::int64_t window_pixels(const Geometry& g) {
  const std::int64_t tile = tile_pixels<T>(g);
  return std::max<std::int64_t>(1, window_elements / (conv_depth(g) * tile)) * tile;
}

template <class T>
class Im2colGemm {
 public:
  Im2colGemm(const Geometry& g, const Buffers<T>& buffers)
      : g_(g),
        b_(buffers),
        panels_(family_of(g), g.out_per_group(), conv_depth(g), kernels<T>()),
        reader_(g),
        output_(strides_of(g.layout, g.out_channels, g.output)),
        finish_(finish_of(g, buffers)),
        window_(std::min(window_pixels<T>(g), volume(g.output))),
        weights_(pack_conv_weights(g, FilterOrder(g), buffers, panels_)) {
    const std::int64_t step = panel() ? window_ : 1;
    offsets_.reserve(static_cast<std::size_t>(panels_.depth));
    for_each_piece(panels_.depth, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t k = begin; k < end; ++k) offsets_.push_back(static_cast<std::int32_t>(k * step));
    });
  }

  void run(const RunControl& control) const {
    const std::int64_t positions = volume(g_.output), windows = (positions + window_ - 1) / window_;
    parallel_for(control, g_.batch * g_.groups * windows, [&](std::int64_t task) {
      const std::int64_t window = task % windows, product = task / windows;
      const std::int64_t first = window * window_;
      run_window(product / g_.groups, product % g_.groups, first, std::min(window_, positions - first));
    });
  }

 private:
  bool panel() const { return panels_.family == Family::panel; }

  void run_window(std::int64_t n, std::int64_t group, std::int64_t first, std::int64_t count) const {
    const Strides& in = reader_.strides();
    T* patches = scratch<T>(Scratch::panel, window_ * panels_.depth);
    gather(b_.source + n * in.n + group * g_.in_per_group() * in.c, first, count, patches);
    Sweep<T> sweep;
    sweep.counts = {1, 1, count};
    sweep.x = patches;
    sweep.x_step = {0, 0, panel() ? 1 : panels_.depth};
    sweep.offsets = offsets_.data();
    sweep.panels = &panels_;
    sweep.weights = weights_ + group * panels_.length();
    const std::int64_t at = n * output_.n + group * g_.out_per_group() * output_.c + first * output_.s[2];
    sweep.y = b_.target + at;
    sweep.y_step = {count * output_.s[2], count * output_.s[2], output_.s[2]};
    sweep.y_channel = output_.c;
    sweep.residual = b_.residual ? b_.residual + at : nullptr;
    sweep.finish = &finish_;
    sweep.channel = group * g_.out_per_group();
    run_sweep(sweep, RunControl{1, nullptr});
  }

  // patches: [K][window] (panel) or [count][K] (patch).
  void gather(const T* input, std::int64_t first, std::int64_t count, T* patches) const {
    const std::int64_t taps = volume(g_.kernel), channels = g_.in_per_group(), channel = reader_.strides().c;
    const std::int64_t k_step = panel() ? window_ : 1, p_step = panel() ? 1 : panels_.depth;
    Checkpoint checkpoint;
    for (std::int64_t i = 0; i < channels; ++i) {
      for (std::int64_t tap = 0; tap < taps; ++tap) {
        checkpoint.pass();
        T* to = patches + (i * taps + tap) * k_step;
        reader_.gather(input + i * channel, first, count, unravel(tap, g_.kernel), to, p_step);
      }
    }
  }

  const Geometry& g_;
  const Buffers<T>& b_;
  const PackedPanels<T> panels_;
  const PatchReader reader_;
  const Strides output_;
  const Finish<T> finish_;
  const std::int64_t window_;
  Table<std::int32_t> offsets_;
  const T* const weights_;
};

std::string reject(const Geometry& g) {
  const std::int64_t reach = conv_depth(g) * 64;
  if (reach <= std::numeric_limits<std::int32_t>::max()) return "";
  return "a panel of " + std::to_string(conv_depth(g)) + " taps is more than 32-bit offsets reach";
}

template <class T>
std::int64_t workspace_of(const Geometry& g, int threads) {
  const PackedPanels<T> panels(family_of(g), g.out_per_group(), conv_depth(g), kernels<T>());
  const std::int64_t window = std::min(window_pixels<T>(g), volume(g.output));
  return std::int64_t{sizeof(T)} * (threads * window * panels.depth + g.groups * panels.length()) +
         threads * sweep_scratch_bytes(g.dtype);
}

std::int64_t workspace(const Geometry& g, int threads) {
  return with_type(g.dtype, [&](auto zero) { return workspace_of<decltype(zero)>(g, threads); });
}

template <class T>
void run(const Geometry& g, const Buffers<T>& buffers, const RunControl& control) {
  Im2colGemm<T>(g, buffers).run(control);
}

const char* kernel(const Geometry& g) {
  return with_type(g.dtype, [&](auto zero) { return kernel_name<decltype(zero)>(family_of(g)); });
}

}  // namespace

const Algorithm im2col_gemm = {AlgorithmId::im2col_gemm, reject, workspace, kernel, run<float>, run<double>};

}  // namespace native_conv
