// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/interleave.h"

#include <algorithm>

#include "base/buffer.h"
#include "base/prefetch.h"
#include "conv/algorithm.h"
#include "conv/gathered_patches.h"
#include "conv/shares.h"
#include "conv/sweep.h"
#include "gemm/deep_tile.h"

namespace native_conv {
namespace {

constexpr int most_tile_pixels = 64;

// The largest tile of one phase.
template <class T>
std::int64_t tile_elements(const Kernels<T>& k) {
  return std::max<std::int64_t>({k.strip.columns * k.lanes, k.gemm_patch.rows * k.gemm_patch.columns,
                                 k.gemm_panel.rows * k.gemm_panel.columns});
}

// Of all phases; vectors are read beyond the last column.
template <class T>
std::int64_t accumulator_elements(std::int64_t phases, const Kernels<T>& k) {
  return phases * tile_elements(k) + k.lanes;
}

// Whether a phase reads the very patches of another.
template <class T>
bool reads_the_same(const ColumnPhase<T>& one, const ColumnPhase<T>& other) {
  const std::int64_t depth = one.panels->depth;
  return one.x == other.x && depth == other.panels->depth &&
         std::equal(one.offsets, one.offsets + depth, other.offsets);
}

template <class T>
class InterleavedRunner {
 public:
  InterleavedRunner(const InterleavedSweep<T>& sweep, const Kernels<T>& kernels)
      : s_(sweep),
        k_(kernels),
        panels_(*sweep.phases[0].panels),
        strip_(panels_.family == Family::strip),
        blocks_(panels_.blocks()),
        row_units_(strip_ ? (s_.counts[2] + k_.lanes - 1) / k_.lanes : s_.counts[2]),
        units_(s_.counts[0] * s_.counts[1] * row_units_),
        step_(panel() ? k_.gemm_panel.columns : 1),
        tiles_((units_ + step_ - 1) / step_, panel() ? 1
                                             : strip_
                                                 ? strip_vectors(k_.strip, static_cast<int>(blocks_.size(0)))
                                                 : k_.gemm_patch.rows),
        gathered_offsets_(panel() ? gathered_offsets(deepest(), k_) : nullptr),
        places_(panel() ? places_of_patches() : std::vector<std::int64_t>{}) {}

  std::int64_t tiles() const { return tiles_.parts; }
  SharedWork work() const {
    std::int64_t weights = 0;
    for (const ColumnPhase<T>& phase : s_.phases) weights += phase.panels->length();
    const ColumnPhase<T>& first = s_.phases[0];
    const std::int64_t inputs = panel()
                                    ? tiles_.parts * places_.back()
                                    : input_span(s_.counts, s_.x_step, first.offsets, first.panels->depth);
    return {blocks_.parts, tiles_.parts, weights, inputs};
  }

  void run(const Share& share) const {
    T* accumulators = scratch<T>(Scratch::tile, accumulator_elements(phase_count(), k_));
    if (panel()) return run_panels(share, accumulators);
    for (std::int64_t b = share.block_begin; b < share.block_end; ++b) {
      stop_if_cancelled();
      for (std::int64_t t = share.unit_begin; t < share.unit_end; ++t) {
        strip_ ? run_strip(b, t, accumulators) : run_patch(b, t, accumulators);
      }
    }
  }

 private:
  // A part of a tile that lies in one row: `count` units (vectors of a strip, pixels of a patch) from `unit`
  // of the row on, the first of which is the tile's unit `first`; where it reads and its row writes.
  struct Part {
    std::int64_t first, count, unit, x, y;
  };

  // Returns the number of parts.
  int split(std::int64_t tile, Part* parts) const {
    const std::int64_t begin = tiles_.begin(tile) * step_, size = tile_size(tile);
    const std::int64_t unit_step = strip_ ? k_.lanes : s_.x_step[2];
    std::int64_t unit = begin % row_units_, row = begin / row_units_;
    std::int64_t h = row % s_.counts[1], d = row / s_.counts[1];
    int count = 0;
    for (std::int64_t first = 0; first < size; unit = 0) {
      const std::int64_t units = std::min(size - first, row_units_ - unit);
      parts[count++] = {first, units, unit, d * s_.x_step[0] + h * s_.x_step[1] + unit * unit_step,
                        d * s_.y_depth + h * s_.y_height};
      first += units;
      if (++h < s_.counts[1]) continue;
      h = 0;
      ++d;
    }
    return count;
  }

  bool panel() const { return panels_.family == Family::panel; }

  std::int64_t tile_size(std::int64_t tile) const {
    return std::min(tiles_.size(tile) * step_, units_ - tiles_.begin(tile) * step_);
  }

  std::int64_t deepest() const {
    std::int64_t depth = 0;
    for (const ColumnPhase<T>& phase : s_.phases) depth = std::max(depth, phase.panels->depth);
    return depth;
  }

  const ColumnPhase<T>& phase_at(std::int64_t p) const { return s_.phases[static_cast<std::size_t>(p)]; }
  std::int64_t phase_count() const { return static_cast<std::int64_t>(s_.phases.size()); }

  void run_strip(std::int64_t block, std::int64_t tile, T* accumulators) const {
    Part parts[strip_most_vectors];
    const int part_count = split(tile, parts);
    std::int64_t at[strip_most_vectors];
    for (const Part* part = parts; part < parts + part_count; ++part) {
      for (std::int64_t v = 0; v < part->count; ++v) at[part->first + v] = part->x + v * k_.lanes;
    }
    StripTile<T> t{};
    t.rows = static_cast<int>(panels_.block_size(block));
    t.vectors = static_cast<int>(tiles_.size(tile));
    t.c_row = t.vectors * k_.lanes;
    const std::int64_t phase_elements = t.rows * t.c_row;
    const T* x[strip_most_vectors];
    t.x = x;
    for (std::int64_t p = 0; p < phase_count(); ++p) {
      const ColumnPhase<T>& phase = phase_at(p);
      for (int v = 0; v < t.vectors; ++v) x[v] = phase.x + at[v];
      t.a = phase.panels->block(phase.weights, block);
      t.offsets = phase.offsets;
      t.depth = phase.panels->depth;
      t.c = accumulators + p * phase_elements;
      k_.strip.run(t);
    }
    store(block, parts, part_count, k_.lanes, accumulators, t.c_row);
  }

  // Where the gathered patches of each phase begin; a phase that reads those of the one before it shares
  // them. Last the length of all.
  std::vector<std::int64_t> places_of_patches() const {
    std::vector<std::int64_t> places;
    std::int64_t end = 0;
    for (std::int64_t p = 0; p < phase_count(); ++p) {
      const bool shared = p > 0 && reads_the_same(phase_at(p - 1), phase_at(p));
      places.push_back(shared ? places.back() : end);
      if (!shared) end += gathered_length(phase_at(p).panels->depth, k_);
    }
    places.push_back(end);
    return places;
  }

  // Tiles in groups whose patches stay in cache while one block of channels after the other passes over them.
  void run_panels(const Share& share, T* accumulators) const {
    const std::int64_t length = places_.back();
    const EvenSplit groups(share.unit_end - share.unit_begin, gathered_tiles<T>(length));
    for (std::int64_t group = 0; group < groups.parts; ++group) {
      const std::int64_t first = share.unit_begin + groups.begin(group), count = groups.size(group);
      T* patches = scratch<T>(Scratch::pixels, count * length);
      for (std::int64_t t = 0; t < count; ++t) gather(first + t, patches + t * length);
      for (std::int64_t b = share.block_begin; b < share.block_end; ++b) {
        stop_if_cancelled();
        for (std::int64_t t = 0; t < count; ++t) {
          run_panel(b, first + t, patches + t * length, accumulators);
        }
      }
    }
  }

  void gather(std::int64_t tile, T* patches) const {
    Part parts[most_tile_pixels];
    const int part_count = split(tile, parts);
    for (std::size_t p = 0; p < s_.phases.size(); ++p) {
      if (p > 0 && places_[p] == places_[p - 1]) continue;
      const ColumnPhase<T>& phase = s_.phases[p];
      for (const Part* part = parts; part < parts + part_count; ++part) {
        k_.gather_rows.run({phase.x + part->x, phase.offsets, phase.panels->depth, part->count,
                            patches + places_[p] + part->first, k_.gemm_panel.columns});
      }
    }
  }

  void run_panel(std::int64_t block, std::int64_t tile, const T* patches, T* accumulators) const {
    Part parts[most_tile_pixels];
    const int part_count = split(tile, parts);
    fetch_outputs(block, parts, part_count);
    GemmTile<T> t{};
    t.offsets = gathered_offsets_;
    t.rows = static_cast<int>(panels_.block_size(block));
    t.columns = static_cast<int>(tile_size(tile));
    t.c_row = k_.gemm_panel.columns;
    for (std::int64_t p = 0; p < phase_count(); ++p) {
      const ColumnPhase<T>& phase = phase_at(p);
      t.a = phase.panels->block(phase.weights, block);
      t.b = patches + places_[static_cast<std::size_t>(p)];
      t.depth = phase.panels->depth;
      t.c = accumulators + p * t.rows * t.c_row;
      k_.gemm_panel.run(t);
    }
    store(block, parts, part_count, 1, accumulators, t.c_row);
  }

  // Has the lines that a tile of pixels will be written to come while it is computed; strips gain nothing by
  // it. (Inline: as SweepRunner's.)
  NATIVE_CONV_INLINE void fetch_outputs(std::int64_t block, const Part* parts, int part_count) const {
    const T* y = s_.y + panels_.block_begin(block) * s_.y_channel;
    for (const Part* part = parts; part < parts + part_count; ++part) {
      const std::int64_t column = part->unit * phase_count();
      prefetch_rows(y + part->y + column, panels_.block_size(block), s_.y_channel,
                    std::min(s_.width - column, part->count * phase_count()));
    }
  }

  // Stores a tile's accumulators, [phase][channel][c_row]; a unit is `unit_positions`.
  void store(std::int64_t block, const Part* parts, int part_count, std::int64_t unit_positions,
             const T* accumulators, std::int64_t c_row) const {
    InterleaveTile<T> out{};
    out.tile_channel = c_row;
    out.tile_phase = panels_.block_size(block) * c_row;
    out.channels = static_cast<int>(panels_.block_size(block));
    out.phases = phase_count();
    out.y_channel = s_.y_channel;
    out.finish = s_.finish;
    out.channel = s_.channel + panels_.block_begin(block);
    const std::int64_t first_channel = panels_.block_begin(block) * s_.y_channel;
    for (const Part* part = parts; part < parts + part_count; ++part) {
      const std::int64_t column = part->unit * unit_positions * phase_count();
      const std::int64_t to = first_channel + part->y + column;
      out.tile = accumulators + part->first * unit_positions;
      out.count = std::min(s_.width - column, part->count * unit_positions * phase_count());
      out.y = s_.y + to;
      out.residual = s_.residual ? s_.residual + to : nullptr;
      if (out.count > 0) k_.interleave.run(out);
    }
  }

  // Pixels of all phases interleaved are rows of one tile.
  void run_patch(std::int64_t block, std::int64_t tile, T* accumulators) const {
    std::int64_t at[most_tile_pixels];
    PixelRun runs[most_tile_pixels];
    const std::int64_t phases = phase_count();
    Part parts[most_tile_pixels];
    const int part_count = split(tile, parts);
    for (int i = 0; i < part_count; ++i) {
      const Part& part = parts[i];
      for (std::int64_t p = 0; p < part.count; ++p) at[part.first + p] = part.x + p * s_.x_step[2];
      runs[i] = {static_cast<int>(part.first * phases),
                 static_cast<int>(std::min(s_.width - part.unit * phases, part.count * phases)),
                 part.y + part.unit * phases};
    }
    fetch_outputs(block, parts, part_count);
    const std::int64_t pitch = k_.gemm_patch.columns;
    GemmTile<T> t{};
    t.b_row = panels_.most;
    t.rows = static_cast<int>(tiles_.size(tile));
    t.columns = static_cast<int>(panels_.block_size(block));
    t.c_row = phases * pitch;
    const T* rows[most_tile_pixels];
    t.a_rows = rows;
    for (std::int64_t p = 0; p < phases; ++p) {
      const ColumnPhase<T>& phase = phase_at(p);
      for (int r = 0; r < t.rows; ++r) rows[r] = phase.x + at[r];
      t.b = phase.panels->block(phase.weights, block);
      t.offsets = phase.offsets;
      t.depth = phase.panels->depth;
      t.c = accumulators + p * pitch;
      run_tile(k_.gemm_patch, Family::patch, t);
    }
    ScatterTile<T> out{};
    out.tile = accumulators;
    out.tile_channel = 1;
    out.tile_pixel = pitch;
    out.channels = t.columns;
    out.y = s_.y + panels_.block_begin(block) * s_.y_channel;
    out.y_channel = s_.y_channel;
    out.y_pixel = 1;
    out.runs = runs;
    out.run_count = part_count;
    out.finish = s_.finish;
    out.residual = s_.residual ? s_.residual + panels_.block_begin(block) * s_.y_channel : nullptr;
    out.channel = s_.channel + panels_.block_begin(block);
    k_.scatter.run(out);
  }

  const InterleavedSweep<T>& s_;
  const Kernels<T>& k_;
  const PackedPanels<T>& panels_;
  const bool strip_;
  const EvenSplit blocks_;
  const std::int64_t row_units_, units_, step_;
  const EvenSplit tiles_;  // of the units, in steps
  const std::int32_t* const gathered_offsets_;
  const std::vector<std::int64_t> places_;  // panel: of the gathered patches
};

}  // namespace

template <class T>
void run_interleaved(const InterleavedSweep<T>& sweep, const RunControl& control) {
  if (volume(sweep.counts) == 0) return;
  const InterleavedRunner<T> runner(sweep, kernels<T>());
  for_each_share(control, runner.work(), [&](const Share& share) { runner.run(share); });
}

template <class T>
void run_interleaved_blocks(const InterleavedSweep<T>& sweep, std::int64_t begin, std::int64_t end) {
  if (volume(sweep.counts) == 0) return;
  const InterleavedRunner<T> runner(sweep, kernels<T>());
  runner.run({begin, end, 0, runner.tiles()});
}

template <class T>
Family choose_interleaved_family(std::int64_t channels, std::int64_t depth, std::int64_t width,
                                 std::int64_t length) {
  const Kernels<T>& k = kernels<T>();
  if (gathers(channels, depth, length, k)) return Family::panel;
  // Lanes that idle, and taps' worth of time that the transposing store takes.
  const auto whole = [](std::int64_t count, std::int64_t step) { return (count + step - 1) / step * step; };
  constexpr double transposition = 40;
  const double strip = static_cast<double>(whole(width, k.lanes)) / static_cast<double>(width);
  const double patch = static_cast<double>(whole(channels, k.gemm_patch.columns)) /
                       static_cast<double>(channels) * (1 + transposition / static_cast<double>(depth));
  return patch < strip ? Family::patch : Family::strip;
}

template <class T>
std::int64_t interleaved_scratch_bytes(const PackedPanels<T>& panels, std::int64_t phases,
                                       std::int64_t positions) {
  const Kernels<T>& k = kernels<T>();
  const std::int64_t tile = accumulator_elements(phases, k) * std::int64_t{sizeof(T)};
  return tile + (panels.family == Family::panel ? gathered_scratch_bytes(panels.depth, positions, k) : 0);
}

template void run_interleaved(const InterleavedSweep<float>&, const RunControl&);
template void run_interleaved(const InterleavedSweep<double>&, const RunControl&);
template void run_interleaved_blocks(const InterleavedSweep<float>&, std::int64_t, std::int64_t);
template void run_interleaved_blocks(const InterleavedSweep<double>&, std::int64_t, std::int64_t);
template Family choose_interleaved_family<float>(std::int64_t, std::int64_t, std::int64_t, std::int64_t);
template Family choose_interleaved_family<double>(std::int64_t, std::int64_t, std::int64_t, std::int64_t);
template std::int64_t interleaved_scratch_bytes(const PackedPanels<float>&, std::int64_t, std::int64_t);
template std::int64_t interleaved_scratch_bytes(const PackedPanels<double>&, std::int64_t, std::int64_t);

}  // namespace native_conv
