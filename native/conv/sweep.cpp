// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/sweep.h"

#include <algorithm>

#include "base/buffer.h"

namespace native_conv {
namespace {

constexpr int most_tile_pixels = 64;
constexpr std::int64_t most_tile_elements = 64 * 64;

// Tasks per thread: enough to even out a slow thread, few enough to keep a block's weights in cache.
constexpr std::int64_t tasks_per_thread = 4;
// A run that may be cancelled looks at the flag between tasks, so it has some even on one thread.
constexpr std::int64_t least_cancellable_tasks = 16;

std::int64_t wanted_tasks(const RunControl& control) {
  const std::int64_t tasks = control.threads > 1 ? control.threads * tasks_per_thread : 1;
  return control.cancel ? std::max(tasks, least_cancellable_tasks) : tasks;
}

template <class T>
const T* beside(const T* residual, const T* y, const T* at) {
  return residual ? residual + (at - y) : nullptr;
}

// The output positions as rows × tiles: a tile is what one micro-kernel call takes, and never leaves its row.
struct Tiling {
  std::int64_t rows, columns;
  EvenSplit tiles;  // in steps of `step` positions
  std::int64_t step;
  std::int64_t units() const { return rows * tiles.parts; }
  std::int64_t begin(std::int64_t tile) const { return tiles.begin(tile) * step; }
  std::int64_t size(std::int64_t tile) const {
    return std::min(tiles.size(tile) * step, columns - begin(tile));
  }
};

// Positions of neighbouring rows may share a tile where rows follow each other at the same step.
template <class T>
bool rows_join(const Sweep<T>& s) {
  return s.y_step[1] == s.counts[2] * s.y_step[2] && s.y_step[0] == s.counts[1] * s.y_step[1];
}

template <class T>
Tiling tiling_of(const Sweep<T>& s, const Kernels<T>& k) {
  const auto [d, h, w] = s.counts;
  if (s.panels->family == Family::patch) {
    const bool flat = s.y_channel != 1 || rows_join(s);
    const std::int64_t rows = flat ? 1 : d * h, columns = flat ? d * h * w : w;
    return {rows, columns, EvenSplit(columns, k.gemm_patch.rows), 1};
  }
  // Even tiles of whole vectors: only a row's last vector has idle lanes.
  return {d * h, w, EvenSplit((w + k.lanes - 1) / k.lanes, k.gemm_panel.columns / k.lanes), k.lanes};
}

template <class T>
class SweepRunner {
 public:
  SweepRunner(const Sweep<T>& sweep, const Kernels<T>& kernels)
      : s_(sweep), k_(kernels), tiling_(tiling_of(sweep, kernels)) {}

  const Tiling& tiling() const { return tiling_; }

  // Channel blocks outermost: a block's weights stay in cache while the positions stream by.
  void run(std::int64_t block_begin, std::int64_t block_end, std::int64_t unit_begin,
           std::int64_t unit_end) const {
    const bool panel = s_.panels->family == Family::panel;
    for (std::int64_t b = block_begin; b < block_end; ++b) {
      for (std::int64_t u = unit_begin; u < unit_end; ++u) panel ? panel_unit(b, u) : patch_unit(b, u);
    }
  }

 private:
  void panel_unit(std::int64_t b, std::int64_t unit) const {
    const std::int64_t row = unit / tiling_.tiles.parts, tile = unit % tiling_.tiles.parts;
    const std::int64_t d = row / s_.counts[1], h = row % s_.counts[1], w = tiling_.begin(tile);
    GemmTile<T> t{};
    t.a = s_.panels->block(s_.weights, b);
    t.offsets = s_.offsets;
    t.b = s_.x + d * s_.x_step[0] + h * s_.x_step[1] + w * s_.x_step[2];
    t.depth = s_.panels->depth;
    t.rows = static_cast<int>(s_.panels->block_size(b));
    t.columns = static_cast<int>(tiling_.size(tile));
    T* y = s_.y + s_.panels->block_begin(b) * s_.y_channel + d * s_.y_step[0] + h * s_.y_step[1] +
           w * s_.y_step[2];
    if (s_.y_step[2] == 1) {
      store_in_place(t, b, y, s_.y_channel, k_.gemm_panel.run);
      return;
    }
    std::int64_t pixels[most_tile_pixels];
    for (int p = 0; p < t.columns; ++p) pixels[p] = p * s_.y_step[2];
    alignas(buffer_alignment) T accumulators[most_tile_elements];
    t.c = accumulators;
    t.c_row = k_.gemm_panel.columns;
    k_.gemm_panel.run(t);
    scatter(b, accumulators, t.c_row, 1, t.rows, t.columns, y, pixels, false);
  }

  void patch_unit(std::int64_t b, std::int64_t unit) const {
    const std::int64_t row = unit / tiling_.tiles.parts, tile = unit % tiling_.tiles.parts;
    const std::int64_t first = row * tiling_.columns + tiling_.begin(tile);
    GemmTile<T> t{};
    t.offsets = s_.offsets;
    t.b = s_.panels->block(s_.weights, b);
    t.b_row = s_.panels->most;
    t.depth = s_.panels->depth;
    t.rows = static_cast<int>(tiling_.size(tile));
    t.columns = static_cast<int>(s_.panels->block_size(b));
    const T* rows[most_tile_pixels];
    std::int64_t pixels[most_tile_pixels];
    const bool contiguous = locate(first, t.rows, rows, pixels);
    t.a_rows = rows;
    T* y = s_.y + s_.panels->block_begin(b) * s_.y_channel;
    if (s_.y_channel == 1) {
      store_in_place(t, b, y + pixels[0], s_.y_step[2], k_.gemm_patch.run);
      return;
    }
    alignas(buffer_alignment) T accumulators[most_tile_elements];
    t.c = accumulators;
    t.c_row = k_.gemm_patch.columns;
    k_.gemm_patch.run(t);
    scatter(b, accumulators, 1, t.c_row, t.columns, t.rows, y, pixels, contiguous);
  }

  // Where `count` positions from the linear index `first` on read and write; whether they write side by side.
  bool locate(std::int64_t first, int count, const T** rows, std::int64_t* pixels) const {
    std::int64_t w = first % s_.counts[2], h = first / s_.counts[2] % s_.counts[1],
                 d = first / s_.counts[2] / s_.counts[1];
    for (int p = 0; p < count; ++p) {
      rows[p] = s_.x + d * s_.x_step[0] + h * s_.x_step[1] + w * s_.x_step[2];
      pixels[p] = d * s_.y_step[0] + h * s_.y_step[1] + w * s_.y_step[2];
      if (++w < s_.counts[2]) continue;
      w = 0;
      if (++h < s_.counts[1]) continue;
      h = 0;
      ++d;
    }
    return s_.y_step[2] == 1 && pixels[count - 1] - pixels[0] == count - 1;
  }

  void store_in_place(GemmTile<T>& t, std::int64_t b, T* y, std::int64_t c_row, GemmKernel<T> kernel) const {
    t.c = y;
    t.c_row = c_row;
    t.finish = s_.finish;
    t.residual = beside(s_.residual, s_.y, static_cast<const T*>(y));
    t.channel = s_.channel + s_.panels->block_begin(b);
    kernel(t);
  }

  void scatter(std::int64_t b, const T* tile, std::int64_t tile_channel, std::int64_t tile_pixel,
               int channels, int count, T* y, const std::int64_t* pixels, bool contiguous) const {
    ScatterTile<T> t{};
    t.tile = tile;
    t.tile_channel = tile_channel;
    t.tile_pixel = tile_pixel;
    t.channels = channels;
    t.count = count;
    t.y = y;
    t.y_channel = s_.y_channel;
    t.pixels = pixels;
    t.contiguous = contiguous;
    t.finish = s_.finish;
    t.residual = beside(s_.residual, s_.y, static_cast<const T*>(y));
    t.channel = s_.channel + s_.panels->block_begin(b);
    k_.scatter.run(t);
  }

  const Sweep<T>& s_;
  const Kernels<T>& k_;
  const Tiling tiling_;
};

}  // namespace

template <class T>
void run_sweep(const Sweep<T>& sweep, const RunControl& control) {
  if (volume(sweep.counts) == 0) return;
  const SweepRunner<T> runner(sweep, kernels<T>());
  const std::int64_t units = runner.tiling().units(), blocks = sweep.panels->blocks().parts;
  const std::int64_t wanted = wanted_tasks(control);
  const std::int64_t unit_parts = std::min(units, wanted);
  const std::int64_t block_parts = std::min(blocks, (wanted + unit_parts - 1) / unit_parts);
  const EvenSplit by_unit(units, (units + unit_parts - 1) / unit_parts);
  const EvenSplit by_block(blocks, (blocks + block_parts - 1) / block_parts);
  parallel_for(control, by_unit.parts * by_block.parts, [&](std::int64_t task) {
    const std::int64_t u = task % by_unit.parts, b = task / by_unit.parts;
    runner.run(by_block.begin(b), by_block.begin(b) + by_block.size(b), by_unit.begin(u),
               by_unit.begin(u) + by_unit.size(u));
  });
}

template <class T>
Family choose_family(Layout layout, std::int64_t channels, std::int64_t depth) {
  if (layout == Layout::channels_last) return Family::patch;
  // Below this depth the transposing store of the patch kernel costs more than its tiles win.
  constexpr std::int64_t least_depth = 150;
  return channels >= kernels<T>().gemm_patch.columns && depth >= least_depth ? Family::patch : Family::panel;
}

std::int64_t sweep_scratch_bytes(DType dtype) {
  return most_tile_elements *
         static_cast<std::int64_t>(dtype == DType::float32 ? sizeof(float) : sizeof(double));
}

template void run_sweep(const Sweep<float>&, const RunControl&);
template void run_sweep(const Sweep<double>&, const RunControl&);
template Family choose_family<float>(Layout, std::int64_t, std::int64_t);
template Family choose_family<double>(Layout, std::int64_t, std::int64_t);

}  // namespace native_conv
