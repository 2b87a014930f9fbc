// winograd-f4 of weight gradients: where the forward convolution is Y = Aᵀ[(G W Gᵀ) ⊙ (Bᵀ X B)]A, the
// weight's gradient is Gᵀ[Σ (A dY Aᵀ) ⊙ (Bᵀ X B)]G over all tiles (Lavin & Gray, arXiv 1509.09308,
// transposed). Input and gradient of some tiles are transformed, and multiplied for blocks of input × output
// channels, whose sums are turned into taps when they are complete. Outside the numbers contract. Layer:
// conv. SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include "base/buffer.h"
#include "base/clear.h"
#include "conv/algorithm.h"
#include "conv/winograd_gradient_tiles.h"
#include "gemm/pack.h"

namespace native_conv {
namespace {

// Bytes of input and gradient in the Winograd domain at a time: half as many and 2.5 times as many took a few
// percent longer on 64×56² and 8×128×28² of an AMD EPYC (Zen 5, 1 MiB of second-level cache).
constexpr std::int64_t most_transformed_bytes = 3 << 19;
// Sums that a block of channels has at a point: input channels times the kernel's depths, and bytes of output
// channels. All points of a block are half of a second-level cache.
constexpr std::int64_t most_block_rows = 64, most_block_row_bytes = 256;

// Channels cut into panels of whole vectors, about the same number of them.
struct Panels {
  std::int64_t channels, lanes;
  EvenSplit vectors;

  Panels(std::int64_t count, std::int64_t vector_lanes, std::int64_t most)
      : channels(count),
        lanes(vector_lanes),
        vectors((count + vector_lanes - 1) / vector_lanes, std::max<std::int64_t>(1, most / vector_lanes)) {}

  std::int64_t parts() const { return vectors.parts; }
  std::int64_t begin(std::int64_t part) const { return vectors.begin(part) * lanes; }
  std::int64_t size(std::int64_t part) const {
    return std::min(channels, begin(part) + vectors.size(part) * lanes) - begin(part);
  }
  // The widest, in whole vectors.
  std::int64_t width() const { return vectors.size(0) * lanes; }

  // Where a vector of channels lies.
  struct Place {
    std::int64_t panel, within;
  };
  Place place(std::int64_t vector) const {
    const std::int64_t larger = vectors.larger * (vectors.small + 1),
                       panel = vector < larger ? vector / (vectors.small + 1)
                                               : vectors.larger + (vector - larger) / vectors.small;
    return {panel, vector - vectors.begin(panel)};
  }
};

// How channels are cut into blocks and tiles into passes; the sums do not depend on it but for the tiles of a
// pass, which the number of threads leaves alone.
template <class T>
struct Blocking {
  static constexpr std::int64_t line = 64 / sizeof(T);

  std::int64_t lanes, depths;
  Panels inputs, outputs;
  std::int64_t tiles;       // of a block
  std::int64_t pass_tiles;  // that are summed over at a time
  std::int64_t passes;      // over all samples

  Blocking(const Geometry& g, const WinogradGrid& grid, int threads)
      : lanes(kernels<T>().lanes),
        depths(g.kernel[0]),
        inputs(g.in_per_group(), lanes, most_block_rows / depths),
        outputs(g.out_per_group(), lanes, most_block_row_bytes / std::int64_t{sizeof(T)}) {
    // A task for every thread at least.
    while (threads > 1 && inputs.parts() * outputs.parts() < 2 * threads &&
           std::max(inputs.width(), outputs.width()) > 2 * lanes) {
      Panels& wider = inputs.width() > outputs.width() ? inputs : outputs;
      wider = Panels(wider.channels, lanes, (wider.width() / lanes + 1) / 2 * lanes);
    }
    // Whole rows of tiles, where they fit.
    const std::int64_t row = std::max<std::int64_t>(1, grid.row_tiles());
    tiles = row > winograd_tiles ? winograd_tiles : winograd_tiles / row * row;
    const std::int64_t of_tile = grid.tile.points() * std::int64_t{sizeof(T)} *
                                 (g.in_per_group() * depths + g.out_per_group()),
                       total = (grid.copied ? 1 : g.batch) * grid.images(g) * grid.image_tiles();
    pass_tiles = std::min(total, std::max<std::int64_t>(1, most_transformed_bytes / of_tile / tiles) * tiles);
    passes = total == 0 ? 0 : (grid.copied ? g.batch : 1) * ((total + pass_tiles - 1) / pass_tiles);
  }

  // Elements from one point to the next; a cache line more than the data, so that points fall into different
  // sets.
  std::int64_t input_row() const { return depths * inputs.width(); }
  std::int64_t output_row() const { return outputs.width(); }
  std::int64_t input_point() const { return pass_tiles * input_row() + line; }
  std::int64_t output_point() const { return pass_tiles * output_row() + line; }
  std::int64_t sums_point() const { return depths * inputs.width() * output_row() + line; }
};

template <class T>
class WinogradWeightGrad {
 public:
  WinogradWeightGrad(const Geometry& g, const Buffers<T>& buffers, int threads)
      : g_(g),
        b_(buffers),
        k_(kernels<T>()),
        grid_(g, winograd_f4_form(g)),
        by_(g, grid_, threads),
        input_(strides_of(g.layout, g.in_channels, g.input)),
        output_(strides_of(g.layout, g.out_channels, g.output)),
        weight_(weight_strides(g)),
        gradient_lines_(GradientStrips::lines(grid_)) {}

  void run(const RunControl& control) const {
    if (g_.batch * volume(g_.output) == 0) {
      clear(b_.target, weight_length(g_));
      return;
    }
    if (!grid_.copied) {
      for (std::int64_t group = 0; group < g_.groups; ++group)
        run_samples(source(0, group), 0, g_.batch, group, control);
      return;
    }
    const WinogradCopy<T> copy(g_, grid_);
    for (std::int64_t group = 0; group < g_.groups; ++group) {
      for (std::int64_t n = 0; n < g_.batch; ++n)
        run_samples(copy.make(source(n, group), g_.in_per_group(), control), n, 1, group, control);
    }
  }

  static std::int64_t workspace(const Geometry& g, int threads) {
    const WinogradGrid grid(g, winograd_f4_form(g));
    const Blocking<T> by(g, grid, threads);
    const std::int64_t blocks = by.inputs.parts() * by.outputs.parts(), lanes = by.lanes;
    const std::int64_t transformed =
        grid.tile.points() * (by.inputs.parts() * by.input_point() + by.outputs.parts() * by.output_point());
    const std::int64_t sums = grid.tile.points() * by.sums_point() * (by.passes > 1 ? blocks : threads);
    const std::int64_t transforms =
        std::max({winograd_panel_scratch(grid.tile, grid.lines, static_cast<int>(lanes)),
                  winograd_panel_scratch(grid.tile, GradientStrips::lines(grid), static_cast<int>(lanes)),
                  weight_strides(g).o == 1 ? 0 : lanes * volume(g.kernel) * by.output_row()});
    return std::int64_t{sizeof(T)} *
           (grid.copy_length(g) / g.groups + transformed + sums + threads * transforms);
  }

 private:
  // The first input channel of a group in sample n.
  const T* source(std::int64_t n, std::int64_t group) const {
    return b_.source + n * input_.n + group * g_.in_per_group() * input_.c;
  }

  // What a pass has in scratch.
  struct Pass {
    const T* x;  // the first input channel of the group in the first sample
    const T* e;  // the gradient of its first output channel
    std::int64_t group;
    T *v, *w;
    T* sums;  // null: each thread's own
    std::int64_t tiles;
    bool first, last;
  };

  // Samples [n, n + count) of a group, whose first channel in the first of them is at x.
  void run_samples(const T* x, std::int64_t n, std::int64_t count, std::int64_t group,
                   const RunControl& control) const {
    const std::int64_t total = count * grid_.images(g_) * grid_.image_tiles(), points = grid_.tile.points();
    Pass pass{};
    pass.x = x;
    pass.e = b_.weight + n * output_.n + group * g_.out_per_group() * output_.c;
    pass.group = group;
    pass.v = scratch<T>(Scratch::panel, points * by_.inputs.parts() * by_.input_point());
    pass.w = scratch<T>(Scratch::pixels, points * by_.outputs.parts() * by_.output_point());
    if (by_.passes > 1) pass.sums = scratch<T>(Scratch::gradient, blocks() * points * by_.sums_point());
    for (std::int64_t begin = 0; begin < total; begin += by_.pass_tiles) {
      pass.tiles = std::min(by_.pass_tiles, total - begin);
      pass.first = n == 0 && begin == 0;
      pass.last = n + count == g_.batch && begin + pass.tiles == total;
      transform(pass, begin, control);
      parallel_for(control, blocks(), [&](std::int64_t block) { run_block(pass, block); });
    }
  }

  std::int64_t blocks() const { return by_.inputs.parts() * by_.outputs.parts(); }

  void transform(const Pass& pass, std::int64_t begin, const RunControl& control) const {
    std::vector<GradientTiles> tiles;
    for (std::int64_t at = 0; at < pass.tiles; at += by_.tiles) {
      tiles.emplace_back(g_, grid_, output_, begin + at,
                         static_cast<int>(std::min(by_.tiles, pass.tiles - at)));
    }
    const std::int64_t of_inputs = (g_.in_per_group() + by_.lanes - 1) / by_.lanes * by_.depths,
                       of_outputs = (g_.out_per_group() + by_.lanes - 1) / by_.lanes,
                       tasks = of_inputs + of_outputs;
    parallel_for(control, static_cast<std::int64_t>(tiles.size()) * tasks, [&](std::int64_t task) {
      const GradientTiles& block = tiles[static_cast<std::size_t>(task / tasks)];
      const std::int64_t vector = task % tasks;
      if (vector < of_inputs) return transform_input(pass, block, begin, vector);
      transform_gradient(pass, block, begin, vector - of_inputs);
    });
  }

  void transform_input(const Pass& pass, const GradientTiles& block, std::int64_t begin,
                       std::int64_t task) const {
    const std::int64_t vector = task / by_.depths, depth = task % by_.depths, channel = vector * by_.lanes;
    const Panels::Place place = by_.inputs.place(vector);
    WinogradPanel<T> t{};
    t.form = grid_.form;
    t.x = pass.x + channel * grid_.source.c;
    t.next = grid_.source.c;
    t.channels = static_cast<int>(std::min(by_.lanes, g_.in_per_group() - channel));
    t.strip_count = static_cast<int>(block.block.widths.size());
    t.rows = block.block.rows.data() + depth * t.strip_count * grid_.tile.row_points;
    t.widths = block.block.widths.data();
    t.tile_counts = block.counts.data();
    t.lines = grid_.lines;
    t.step = grid_.column_step;
    t.tiles = block.places.data();
    t.scratch = scratch<T>(Scratch::columns,
                           winograd_panel_scratch(grid_.tile, t.lines, static_cast<int>(by_.lanes)));
    t.v = pass.v + place.panel * grid_.tile.points() * by_.input_point() +
          (block.first - begin) * by_.input_row() + depth * by_.inputs.width() + place.within * by_.lanes;
    t.point = by_.input_point();
    t.row = by_.input_row();
    k_.winograd_input_panel.run(t);
  }

  void transform_gradient(const Pass& pass, const GradientTiles& block, std::int64_t begin,
                          std::int64_t vector) const {
    const std::int64_t channel = vector * by_.lanes;
    const Panels::Place place = by_.outputs.place(vector);
    WinogradPanel<T> t{};
    t.form = grid_.form;
    t.x = pass.e + channel * output_.c;
    t.next = output_.c;
    t.channels = static_cast<int>(std::min(by_.lanes, g_.out_per_group() - channel));
    t.rows = block.gradient.rows.data();
    t.widths = block.gradient.widths.data();
    t.tile_counts = block.gradient.counts.data();
    t.strip_count = static_cast<int>(block.gradient.widths.size());
    t.lines = gradient_lines_;
    t.step = static_cast<int>(grid_.width_step);
    t.tiles = block.gradient.places.data();
    t.scratch = scratch<T>(Scratch::columns,
                           winograd_panel_scratch(grid_.tile, t.lines, static_cast<int>(by_.lanes)));
    t.v = pass.w + place.panel * grid_.tile.points() * by_.output_point() +
          (block.first - begin) * by_.output_row() + place.within * by_.lanes;
    t.point = by_.output_point();
    t.row = by_.output_row();
    k_.winograd_gradient_panel.run(t);
  }

  // The sums of a panel of input channels and one of output channels.
  void run_block(const Pass& pass, std::int64_t block) const {
    const std::int64_t in = block / by_.outputs.parts(), out = block % by_.outputs.parts(),
                       points = grid_.tile.points();
    WinogradSums<T> s{};
    s.v_point = by_.input_point();
    s.v_row = by_.input_row();
    s.e_point = by_.output_point();
    s.e_row = by_.output_row();
    s.tiles = pass.tiles;
    s.points = grid_.tile.column_points;
    s.rows = static_cast<int>(by_.inputs.size(in));
    s.columns = static_cast<int>(by_.outputs.vectors.size(out) * by_.lanes);
    s.m_point = by_.sums_point();
    s.m_row = by_.output_row();
    s.accumulate = !pass.first;
    T* sums = pass.sums ? pass.sums + block * points * by_.sums_point()
                        : scratch<T>(Scratch::tile, points * by_.sums_point());
    for (std::int64_t point = 0; point < points; point += s.points) {
      stop_if_cancelled();
      for (std::int64_t depth = 0; depth < by_.depths; ++depth) {
        s.v = pass.v + (in * points + point) * by_.input_point() + depth * by_.inputs.width();
        s.e = pass.w + (out * points + point) * by_.output_point();
        s.m = sums + point * by_.sums_point() + depth * by_.inputs.width() * by_.output_row();
        k_.winograd_sums.run(s);
      }
    }
    if (pass.last) write(pass.group, in, out, sums);
  }

  void write(std::int64_t group, std::int64_t in, std::int64_t out, const T* sums) const {
    const std::int64_t first = by_.inputs.begin(in), last = first + by_.inputs.size(in);
    T* y = b_.target + (group * g_.out_per_group() + by_.outputs.begin(out)) * weight_.o;
    for (std::int64_t i = first; i < last; i += by_.lanes) {
      const std::int64_t count = std::min(by_.lanes, last - i);
      const T* m = sums + (i - first) * by_.output_row();
      if (weight_.o == 1) {
        write_taps(out, m, count, y + i * weight_.i, weight_);
      } else {
        write_turned(out, m, count, y + i * weight_.i);
      }
    }
  }

  // The taps of `count` input channels, the first of which is at y, laid out as `to` says.
  void write_taps(std::int64_t out, const T* m, std::int64_t count, T* y, const WeightStrides& to) const {
    WinogradTaps<T> t{};
    t.form = grid_.form;
    t.m_point = by_.sums_point();
    t.m_row = by_.output_row();
    t.rows = static_cast<int>(count);
    t.columns = static_cast<int>(by_.outputs.size(out));
    t.y_row = to.i;
    t.y_tap = to.k[2];
    for (std::int64_t depth = 0; depth < by_.depths; ++depth) {
      t.m = m + depth * by_.inputs.width() * by_.output_row();
      t.y = y + depth * to.k[0];
      k_.winograd_taps.run(t);
    }
  }

  // By way of rows of output channels, so that the rows of the weight that are written are long.
  void write_turned(std::int64_t out, const T* m, std::int64_t count, T* y) const {
    const std::int64_t row = by_.output_row(), taps = volume(g_.kernel), columns = by_.outputs.size(out);
    T* held = scratch<T>(Scratch::columns, by_.lanes * taps * row);
    const bool taps_last = weight_.k[2] == 1;
    WeightStrides to = {1, taps_last ? taps * row : row, {}};
    to.k[2] = taps_last ? row : count * row;
    to.k[0] = g_.kernel[1] * g_.kernel[2] * to.k[2];
    write_taps(out, m, count, held, to);
    if (taps_last) {
      k_.transpose.run({held, row, count * taps, columns, y, weight_.o});
      return;
    }
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      k_.transpose.run({held + tap * to.k[2], row, count, columns, y + tap * weight_.k[2], weight_.o});
    }
  }

  const Geometry& g_;
  const Buffers<T>& b_;
  const Kernels<T>& k_;
  const WinogradGrid grid_;
  const Blocking<T> by_;
  const Strides input_, output_;
  const WeightStrides weight_;
  const WinogradLines gradient_lines_;
};

// What would be slower than sums in place: measured against them in turn, AMD EPYC (Zen 5), one thread.
std::string slower(const Geometry& g) {
  const WinogradGrid grid(g, winograd_f4_form(g));
  const bool rows = grid.form == WinogradForm::f4_row;
  // Tiles that are transformed along one axis save less.
  const std::int64_t least_channels = rows ? 32 : 16,
                     channels = std::min(g.in_per_group(), g.out_per_group());
  if (channels < least_channels) {
    return "with fewer than " + std::to_string(least_channels) +
           " channels its transforms cost more than they save";
  }
  constexpr std::int64_t least_tiles = 4;
  const std::int64_t tiles = g.batch * grid.images(g) * grid.image_tiles();
  if (tiles < least_tiles) return "the maps are " + std::to_string(tiles) + " tiles, too few";
  if (tiles * grid.tile.rows * grid.tile.columns > 2 * g.batch * volume(g.output)) {
    return "most of its tiles reach beyond the map";
  }
  if (grid.columns.sorted() && grid.width_step > 2) {
    return "the columns that its dilation takes apart are too many to be read together";
  }
  return "";
}

// What cannot be.
std::string unfit(const Geometry& g) {
  const std::string reason = reject_tiles(g);
  if (!reason.empty()) return reason;
  const WinogradGrid grid(g, winograd_f4_form(g));
  constexpr std::int64_t most_columns = 4096;
  if (GradientStrips::reach(grid) > most_columns) {
    return "its dilation takes neighbouring columns too far apart to be read together";
  }
  if (g.kernel[1] == 1) return "";
  // The transforms of a tile with few outputs round as many sums as ever: up to 50 units of error with fewer
  // outputs than these, where 20 are stated.
  constexpr std::int64_t least_outputs = 32, least_side = 3;
  const std::int64_t height = (g.output[1] + grid.height_step - 1) / grid.height_step,
                     width = (g.output[2] + grid.width_step - 1) / grid.width_step;
  if (height * width > 0 && (height * width < least_outputs || std::min(height, width) < least_side)) {
    return "the map has so few outputs that its error is larger than the stated one";
  }
  return "";
}

std::string reject(const Geometry& g) {
  std::string reason = unfit(g);
  return reason.empty() && g.algorithm == AlgorithmId::automatic ? slower(g) : reason;
}

std::int64_t workspace(const Geometry& g, int threads) {
  return with_type(g.dtype,
                   [&](auto zero) { return WinogradWeightGrad<decltype(zero)>::workspace(g, threads); });
}

template <class T>
void run(const Geometry& g, const Buffers<T>& buffers, const RunControl& control) {
  WinogradWeightGrad<T>(g, buffers, control.threads).run(control);
}

const char* kernel(const Geometry& g) {
  return with_type(g.dtype, [](auto zero) { return kernels<decltype(zero)>().winograd_sums.name; });
}

}  // namespace

const Algorithm winograd_weight_grad = {
    AlgorithmId::winograd_f4, reject, workspace, kernel, run<float>, run<double>};

}  // namespace native_conv
