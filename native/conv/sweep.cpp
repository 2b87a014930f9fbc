// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/sweep.h"

#include <algorithm>

#include "base/buffer.h"
#include "base/prefetch.h"
#include "conv/gathered_patches.h"
#include "conv/planned_tiles.h"
#include "conv/shares.h"
#include "conv/tiling.h"
#include "gemm/deep_tile.h"

namespace native_conv {
namespace {

constexpr std::int64_t most_tile_elements = 64 * 64;

template <class T>
const T* beside(const T* residual, const T* y, const T* at) {
  return residual ? residual + (at - y) : nullptr;
}

// Positions of neighbouring rows may share a tile where rows follow each other at the same step.
template <class T>
bool rows_join(const Sweep<T>& s) {
  return s.y_step[1] == s.counts[2] * s.y_step[2] && s.y_step[0] == s.counts[1] * s.y_step[1];
}

// What a call of a kernel costs beside its products, in multiply-adds of one vector: an estimate that matters
// where the depth is small.
constexpr std::int64_t call_cost = 100;

// What the panel kernel costs for `channels` channels, in multiply-adds of one vector; packing the weights
// counts as one for each vector of them. An unaligned vector costs as much to load as two broadcasts. A
// double, since problems are planned that are too large to run.
double panel_cost(const Tiling& tiling, std::int64_t channels, std::int64_t depth, std::int64_t most_rows,
                  std::int64_t lanes) {
  const std::int64_t vectors = tiling.lines * ((tiling.columns + tiling.step - 1) / tiling.step);
  const std::int64_t blocks = (channels + most_rows - 1) / most_rows, tiles = tiling.units();
  const std::int64_t loads = channels * tiles + 2 * blocks * vectors, store = tiling.rows > 1 ? 14 : 10;
  const double packed = static_cast<double>(channels) / static_cast<double>(lanes);
  return static_cast<double>(depth) * (static_cast<double>(std::max(channels * vectors, loads)) + packed) +
         static_cast<double>(channels * vectors * store + call_cost * blocks * tiles);
}

// The same for the patch kernel, with its transposing store; a little less where vectors are as long as cache
// lines, since neighbouring pixels are broadcast from one line while vectors straddle two (both families in a
// script of its own, AVX-512 and AVX2).
template <class T>
double patch_cost(std::int64_t positions, std::int64_t channels, std::int64_t depth, const Kernels<T>& k) {
  const std::int64_t vectors = (channels + k.lanes - 1) / k.lanes;
  const std::int64_t blocks = (channels + k.gemm_patch.columns - 1) / k.gemm_patch.columns,
                     tiles = (positions + k.gemm_patch.rows - 1) / k.gemm_patch.rows;
  const std::int64_t loads = positions * blocks + vectors * tiles, store = 27 * k.lanes;
  const std::int64_t packed = blocks * k.gemm_patch.columns / k.lanes;
  const double step = k.lanes * sizeof(T) == 64 ? 31.0 / 32 : 1;
  return static_cast<double>(depth) * (static_cast<double>(std::max(positions * vectors, loads)) * step +
                                       static_cast<double>(packed)) +
         static_cast<double>(store * vectors * tiles + call_cost * blocks * tiles);
}

// Columns of a panel tile.
template <class T>
std::int64_t most_panel_columns(std::int64_t channels, const Kernels<T>& k) {
  return panel_columns(k, static_cast<int>(EvenSplit(channels, k.gemm_panel.rows).size(0)));
}

// Whole rows as lines where rows are wide enough, else all rows of a slice in one line.
template <class T>
Tiling panel_tiling(const Triple& counts, std::int64_t pitch, std::int64_t channels, std::int64_t depth,
                    const Kernels<T>& k) {
  const auto [d, h, w] = counts;
  const std::int64_t most = most_panel_columns(channels, k);
  // Even tiles of whole vectors: only a line's last vector has idle lanes.
  const Tiling by_row(d * h, 1, w, w, most, k.lanes);
  if (h <= 1 || pitch < w) return by_row;
  const Tiling flat(d * h, h, pitch, w, most, k.lanes);
  const auto cost = [&](const Tiling& tiling) {
    return panel_cost(tiling, channels, depth, k.gemm_panel.rows, k.lanes);
  };
  return cost(flat) < cost(by_row) ? flat : by_row;
}

// How far a vector of lanes the first position lies behind what all rows of memory align to, where they do:
// those of a 1×1 product, if whole vectors fill its rows. Vectors that straddle no cache lines are read at
// once.
template <class T>
std::int64_t misalignment(const Sweep<T>& s, const Kernels<T>& k) {
  Checkpoint checkpoint;
  const std::int32_t *offset = s.offsets, *const end = offset + s.panels->depth;
  for (; offset != end; ++offset) {
    checkpoint.pass();
    if (*offset % k.lanes != 0) return 0;
  }
  return static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(s.x) / sizeof(T)) % k.lanes;
}

template <class T>
Tiling tiling_of(const Sweep<T>& s, const Kernels<T>& k) {
  if (s.panels->family == Family::panel) {
    const std::int64_t width = s.counts[2];
    if (width == volume(s.counts) && !s.gathered) {
      return {1, 1, width, width, most_panel_columns(s.panels->channels, k), k.lanes, misalignment(s, k)};
    }
    return panel_tiling(s.counts, s.x_step[1], s.panels->channels, s.panels->depth, k);
  }
  const auto [d, h, w] = s.counts;
  const bool flat = s.y_channel != 1 || rows_join(s);
  Tiling tiling(d * h, flat ? d * h : 1, w, w, k.gemm_patch.rows, 1);
  if (flat) tiling.fill_tiles(k.gemm_patch.rows);
  return tiling;
}

template <class T>
class SweepRunner {
 public:
  SweepRunner(const Sweep<T>& sweep, const Kernels<T>& kernels)
      : s_(sweep), k_(kernels), tiling_(tiling_of(sweep, kernels)) {}

  SharedWork work() const {
    return {s_.panels->blocks().parts, tiling_.units(), s_.panels->length(), input_elements()};
  }

  // Positions in groups whose input stays in cache while one block of channels after the other passes over
  // it, and a block's weights stay while the positions of the group stream by.
  void run(std::int64_t block_begin, std::int64_t block_end, std::int64_t unit_begin,
           std::int64_t unit_end) const {
    const std::int64_t most = PlannedTiles<T>::capacity(panel() ? panel_columns(k_, 1) : k_.gemm_patch.rows);
    const EvenSplit groups(unit_end - unit_begin, std::min(most, s_.gathered ? s_.gathered : group_size()));
    for (std::int64_t group = 0; group < groups.parts; ++group) {
      const std::int64_t first = unit_begin + groups.begin(group);
      PlannedTiles<T> tiles;
      TileWalk walk(tiling_, s_.counts, first);
      for (std::int64_t u = 0; u < groups.size(group); ++u, walk.next()) tiles.add(s_, walk);
      const Gathered patches = s_.gathered ? gather(tiles) : Gathered{};
      for (std::int64_t b = block_begin; b < block_end; ++b) run_block(b, tiles, patches);
    }
  }

 private:
  // The patches of a group's tiles, one after the other, and where their rows begin.
  struct Gathered {
    const T* patches;
    const std::int32_t* offsets;
  };

  // Elements of a tile's patches.
  std::int64_t patch_length() const { return gathered_length(s_.panels->depth, k_); }

  Gathered gather(const PlannedTiles<T>& tiles) const {
    T* const patches = scratch<T>(Scratch::pixels, tiles.count() * patch_length());
    for (std::int64_t i = 0; i < tiles.count(); ++i) {
      k_.gather_rows.run({tiles[i].x, s_.offsets, s_.panels->depth, tiles[i].positions,
                          patches + i * patch_length(), k_.gemm_panel.columns});
    }
    return {patches, gathered_offsets(s_.panels->depth, k_)};
  }

  // Units of a group: as many as read what it may.
  std::int64_t group_size() const {
    return std::max<std::int64_t>(
        1, group_bytes() * tiling_.units() / (input_elements() * std::int64_t{sizeof(T)}));
  }

  std::int64_t input_elements() const {
    return input_span(s_.counts, s_.x_step, s_.offsets, s_.panels->depth);
  }

  bool panel() const { return s_.panels->family == Family::panel; }

  // One block of channels at all tiles of a group.
  void run_block(std::int64_t b, const PlannedTiles<T>& tiles, const Gathered& gathered) const {
    stop_if_cancelled();
    const T* weights = s_.panels->block(s_.weights, b);
    const auto channels = static_cast<int>(s_.panels->block_size(b));
    const std::int64_t begin = s_.panels->block_begin(b);
    GemmTile<T> t{};
    t.depth = s_.panels->depth;
    t.offsets = gathered.patches ? gathered.offsets : s_.offsets;
    t.channel = s_.channel + begin;
    if (panel()) {
      t.a = weights;
      t.rows = channels;
    } else {
      t.b = weights;
      t.b_row = s_.panels->most;
      t.columns = channels;
    }
    T* const y = s_.y + begin * s_.y_channel;
    for (std::int64_t i = 0; i < tiles.count(); ++i) {
      const PlannedTile<T>& tile = tiles[i];
      if (panel()) {
        t.b = gathered.patches ? gathered.patches + i * patch_length() : tile.x;
        t.columns = tile.positions;
      } else {
        t.a_rows = tile.rows;
        t.rows = tile.positions;
      }
      tile.direct ? write_through(t, tile, y) : write_scattered(t, tile, y, channels);
    }
  }

  const Kernel<void(const GemmTile<T>&)>& kernel() const { return panel() ? k_.gemm_panel : k_.gemm_patch; }

  // Where the tile's rows are stretches of the output.
  void write_through(GemmTile<T>& t, const PlannedTile<T>& tile, T* y) const {
    t.c = y + tile.at;
    t.c_row = panel() ? s_.y_channel : s_.y_step[2];
    t.kept = tile.kept;
    t.finish = s_.finish;
    t.residual = beside(s_.residual, s_.y, static_cast<const T*>(t.c));
    run_tile(kernel(), s_.panels->family, t);
  }

  // By way of a buffer.
  void write_scattered(GemmTile<T>& t, const PlannedTile<T>& tile, T* y, int channels) const {
    alignas(buffer_alignment) T accumulators[most_tile_elements];
    t.c = accumulators;
    t.c_row = panel() ? panel_columns(k_, t.rows) : k_.gemm_patch.columns;
    t.kept = 0;
    t.finish = nullptr;
    t.residual = nullptr;
    fetch_outputs(y, channels, tile);
    run_tile(kernel(), s_.panels->family, t);
    const ScatterTile<T> s = {accumulators,
                              panel() ? t.c_row : 1,
                              panel() ? 1 : t.c_row,
                              channels,
                              y,
                              s_.y_channel,
                              s_.y_step[2],
                              tile.runs,
                              tile.run_count,
                              s_.finish,
                              beside(s_.residual, s_.y, static_cast<const T*>(y)),
                              t.channel};
    k_.scatter.run(s);
  }

  // Has the lines that `channels` channels of a tile will be written to come while it is computed. (Inline:
  // of a call that does nothing else, g++ thinks that it does nothing.)
  NATIVE_CONV_INLINE void fetch_outputs(const T* y, int channels, const PlannedTile<T>& tile) const {
    for (const PixelRun* run = tile.runs; run < tile.runs + tile.run_count; ++run) {
      if (s_.y_channel == 1) {
        prefetch_rows(y + run->at, run->count, s_.y_step[2], channels);
      } else {
        prefetch_rows(y + run->at, channels, s_.y_channel, (run->count - 1) * s_.y_step[2] + 1);
      }
    }
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
  for_each_share(control, runner.work(), [&](const Share& share) {
    runner.run(share.block_begin, share.block_end, share.unit_begin, share.unit_end);
  });
}

template <class T>
Family choose_family(Layout layout, std::int64_t channels, std::int64_t depth, const Triple& counts,
                     std::int64_t pitch) {
  if (layout == Layout::channels_last) return Family::patch;
  const Kernels<T>& k = kernels<T>();
  const Tiling tiling = panel_tiling(counts, pitch, channels, depth, k);
  const bool patch = patch_cost(volume(counts), channels, depth, k) <
                     panel_cost(tiling, channels, depth, k.gemm_panel.rows, k.lanes);
  return patch ? Family::patch : Family::panel;
}

std::int64_t sweep_scratch_bytes(DType dtype) {
  return most_tile_elements *
         static_cast<std::int64_t>(dtype == DType::float32 ? sizeof(float) : sizeof(double));
}

template void run_sweep(const Sweep<float>&, const RunControl&);
template void run_sweep(const Sweep<double>&, const RunControl&);
template Family choose_family<float>(Layout, std::int64_t, std::int64_t, const Triple&, std::int64_t);
template Family choose_family<double>(Layout, std::int64_t, std::int64_t, const Triple&, std::int64_t);

}  // namespace native_conv
