// winograd-f2 and winograd-f4: convolutions with 3×3 kernels at stride 1 by Winograd's minimal filtering
// (Lavin & Gray, arXiv 1509.09308). A block of tiles is transformed for all channels, multiplied by the
// weights of 16 output channels after another, and each of these transformed back while it is in cache.
// Outside the numbers contract. Layer: conv. SPDX-License-Identifier: MIT
#include <algorithm>

#include "base/buffer.h"
#include "conv/winograd_blocks.h"
#include "conv/winograd_weights.h"
#include "gemm/pack.h"

namespace native_conv {
namespace {

// Tiles of a block: three AVX-512 vectors and a tail of half of one.
constexpr int most_tiles = 56;
// Bytes of a block in the Winograd domain, where its channels leave a choice.
constexpr std::int64_t most_block_bytes = 4 << 20;
// Threads that may share a block, each of which transforms all of its tiles.
constexpr std::int64_t most_sharers = 4;

WinogradForm form_of(const Geometry& g, AlgorithmId id) {
  if (id == AlgorithmId::winograd_f4) return winograd_f4_form(g);
  return g.kernel[1] == 1 ? WinogradForm::f2_row : WinogradForm::f2;
}

// Sizes of the memory that a block of `tiles` tiles needs.
template <class T>
struct BlockMemory {
  int lanes, tail;
  // Elements from one point to the next; a cache line more than the data, so that points fall into different
  // sets.
  std::int64_t point, tail_point, m_row, m_point, area, products;

  BlockMemory(const WinogradGrid& grid, int tiles)
      : lanes(winograd_lanes(tiles, kernels<T>().lanes)), tail(std::max(0, tiles - lanes)) {
    constexpr std::int64_t line = 64 / sizeof(T);
    point = grid.depth * lanes + line;
    tail_point = (grid.depth * tail + line - 1) / line * line + line;
    m_row = (lanes + tail + line - 1) / line * line;
    m_point = winograd_channels * m_row + line;
    area = grid.tile.points() * (point + tail_point);
    products = grid.tile.points() * m_point;
  }
};

// Tiles cut into blocks of whole vectors, about the same number of them; a rest that is shorter than half of
// one goes with the last.
struct TileBlocks {
  std::int64_t total, lanes;
  EvenSplit vectors;

  TileBlocks(std::int64_t tiles, std::int64_t vector_lanes, std::int64_t most_vectors)
      : total(tiles),
        lanes(vector_lanes),
        vectors(std::max<std::int64_t>(std::min<std::int64_t>(tiles, 1),
                                       (tiles + (vector_lanes - 1) / 2) / vector_lanes),
                most_vectors) {}

  std::int64_t parts() const { return vectors.parts; }
  std::int64_t begin(std::int64_t part) const { return vectors.begin(part) * lanes; }
  int size(std::int64_t part) const {
    return static_cast<int>((part == parts() - 1 ? total : begin(part + 1)) - begin(part));
  }
};

// How the tiles are cut into blocks, and the output channels of a block into stretches: a task is one of
// these. Each transforms the block's tiles again, which takes less time than reading what a thread with other
// caches transformed.
struct Schedule {
  TileBlocks blocks;
  std::int64_t stretches;

  std::int64_t tasks(const Geometry& g) const { return g.groups * blocks.parts() * stretches; }
};

template <class T>
Schedule schedule_of(const Geometry& g, const WinogradGrid& grid, std::int64_t samples, int threads) {
  const std::int64_t total = samples * grid.images(g) * grid.image_tiles();
  const std::int64_t per_tile = grid.tile.points() * grid.depth * std::int64_t{sizeof(T)};
  const std::int64_t lanes = kernels<T>().lanes, fit = most_block_bytes / std::max<std::int64_t>(1, per_tile);
  std::int64_t most = std::max<std::int64_t>(1, std::min<std::int64_t>(most_tiles, fit) / lanes);
  const auto over = [](std::int64_t n, std::int64_t d) { return (n + d - 1) / d; };
  const auto cut = [&](std::int64_t parts) { most = std::max<std::int64_t>(1, over(total / lanes, parts)); };
  const std::int64_t parts = TileBlocks(total, lanes, most).parts(), all = parts * g.groups;
  if (all >= threads) {
    // The same work for every thread.
    if (g.groups == 1 && parts % threads != 0) cut(over(parts, threads) * threads);
    return {TileBlocks(total, lanes, most), 1};
  }
  if (over(threads, std::max<std::int64_t>(1, all)) > most_sharers)
    cut(over(threads, most_sharers * g.groups));
  const TileBlocks blocks(total, lanes, most);
  const std::int64_t each = over(threads, std::max<std::int64_t>(1, blocks.parts() * g.groups));
  return {blocks, std::min(each, winograd_channel_blocks(g))};
}

template <class T>
class Winograd {
 public:
  Winograd(const Geometry& g, const Buffers<T>& buffers, WinogradForm form, const RunControl& control)
      : g_(forward_of(g)),
        b_(buffers),
        k_(kernels<T>()),
        grid_(g_, form),
        input_(strides_of(g.layout, g_.in_channels, g_.input)),
        output_(strides_of(g.layout, g_.out_channels, g_.output)),
        finish_(finish_of(g, buffers)),
        filters_(g, buffers.weight),
        weights_(uses_weights_once(control)
                     ? nullptr
                     : winograd_packed_weights(g_, grid_, filters_, buffers.cache, control)) {}

  void run(const RunControl& control) const {
    if (!grid_.copied) return run_samples(b_.source, 0, g_.batch, control);
    const WinogradCopy<T> copy(g_, grid_);
    for (std::int64_t n = 0; n < g_.batch; ++n) {
      run_samples(copy.make(b_.source + n * input_.n, g_.in_channels, control), n, 1, control);
    }
  }

 private:
  // Each block of weights then meets one block of tiles, and is transformed just before, within the caches.
  bool uses_weights_once(const RunControl& control) const {
    const std::int64_t passes = grid_.copied ? g_.batch : 1;
    return !b_.cache && passes == 1 &&
           schedule_of<T>(g_, grid_, grid_.copied ? 1 : g_.batch, control.threads).blocks.parts() == 1;
  }

  const T* weight_block(std::int64_t index) const {
    const std::int64_t length = winograd_weight_block(grid_);
    if (weights_) return weights_ + index * length;
    T* u = scratch<T>(Scratch::weights, length);
    transform_weight_block(g_, grid_, filters_, index, u);
    return u;
  }

  // Samples [n, n + count), the first of which is at x.
  void run_samples(const T* x, std::int64_t n, std::int64_t count, const RunControl& control) const {
    const Schedule schedule = schedule_of<T>(g_, grid_, count, control.threads);
    const std::int64_t blocks = schedule.blocks.parts(), stretches = schedule.stretches,
                       channel_blocks = winograd_channel_blocks(g_);
    parallel_for(control, schedule.tasks(g_), [&](std::int64_t task) {
      const std::int64_t stretch = task % stretches, part = task / stretches % blocks;
      const WinogradBlock block(g_, grid_, output_, schedule.blocks.begin(part), schedule.blocks.size(part),
                                k_.lanes);
      run_block(block, x, n, task / stretches / blocks, channel_blocks * stretch / stretches,
                channel_blocks * (stretch + 1) / stretches);
    });
  }

  // Blocks [begin, end) of output channels.
  void run_block(const WinogradBlock& block, const T* x, std::int64_t n, std::int64_t group,
                 std::int64_t begin, std::int64_t end) const {
    const BlockMemory<T> memory(grid_, block.tiles);
    T* v = scratch<T>(Scratch::panel, memory.area);
    const T* first = x + group * g_.in_per_group() * grid_.source.c;
    // A large block takes milliseconds.
    constexpr std::int64_t channels_at_once = 16;
    const std::int64_t channels = g_.in_per_group();
    for (std::int64_t c = 0; c < channels; c += channels_at_once) {
      stop_if_cancelled();
      transform(block, memory, first, c, std::min(channels, c + channels_at_once), v);
    }
    for (std::int64_t channel_block = begin; channel_block < end; ++channel_block) {
      stop_if_cancelled();
      multiply(block, memory, v, n, group, channel_block);
    }
  }

  void transform(const WinogradBlock& block, const BlockMemory<T>& memory, const T* x, std::int64_t begin,
                 std::int64_t end, T* v) const {
    const std::int64_t c = begin * g_.kernel[0];
    WinogradInput<T> t{};
    t.form = grid_.form;
    t.x = x + begin * grid_.source.c;
    t.next = grid_.source.c;
    t.channels = end - begin;
    t.taps = static_cast<int>(g_.kernel[0]);
    t.rows = block.rows.data();
    t.widths = block.widths.data();
    t.strip_count = static_cast<int>(block.widths.size());
    t.lines = grid_.lines;
    t.step = grid_.column_step;
    t.tiles = block.places.data();
    t.scratch = scratch<T>(Scratch::columns, winograd_scratch(grid_.tile, t.strip_count, grid_.lines));
    t.areas[0] = {v + c * memory.lanes, memory.point, memory.lanes};
    t.areas[1] = {v + grid_.tile.points() * memory.point + c * memory.tail, memory.tail_point, memory.tail};
    k_.winograd_input.run(t);
  }

  void multiply(const WinogradBlock& block, const BlockMemory<T>& memory, const T* v, std::int64_t n,
                std::int64_t group, std::int64_t channel_block) const {
    const std::int64_t first = channel_block * winograd_channels,
                       channel = group * g_.out_per_group() + first;
    WinogradProduct<T> p{};
    p.u = weight_block(group * winograd_channel_blocks(g_) + channel_block);
    p.u_point = winograd_weight_point(grid_);
    p.v = v;
    p.v_point = memory.point;
    p.lanes = memory.lanes;
    p.tail_v = v + grid_.tile.points() * memory.point;
    p.tail_point = memory.tail_point;
    p.tail = memory.tail;
    p.points = grid_.tile.points();
    p.rows = static_cast<int>(std::min<std::int64_t>(winograd_channels, g_.out_per_group() - first));
    p.depth = grid_.depth;
    p.m = scratch<T>(Scratch::tile, memory.products);
    p.m_point = memory.m_point;
    p.m_row = memory.m_row;
    const std::int64_t at = n * output_.n + channel * output_.c;
    p.y = b_.target + at;
    p.y_channel = output_.c;
    p.outputs = block.outputs.data();
    p.output_count = static_cast<int>(block.outputs.size());
    k_.winograd_product.run(p);

    WinogradOutput<T> y{};
    y.form = grid_.form;
    y.m = p.m;
    y.m_point = memory.m_point;
    y.m_row = memory.m_row;
    y.rows = p.rows;
    y.tiles = block.tiles;
    y.patches = block.patches.data();
    y.patch_count = static_cast<int>(block.patches.size());
    y.y = b_.target + at;
    y.y_channel = output_.c;
    y.y_row = grid_.height_step * output_.s[1];
    y.y_column = grid_.width_step * output_.s[2];
    y.residual = b_.residual ? b_.residual + at : nullptr;
    y.finish = &finish_;
    y.channel = channel;
    k_.winograd_output.run(y);
  }

  const Geometry g_;
  const Buffers<T>& b_;
  const Kernels<T>& k_;
  const WinogradGrid grid_;
  const Strides input_, output_;
  const Finish<T> finish_;
  const ForwardFilters<T> filters_;
  const T* const weights_;  // null: each block when it is met
};

// What cannot be.
std::string unfit(const Geometry& call) {
  if (call.kind == Kind::conv_transpose && call.stride[0] != 1) return "the stride is not 1";
  const Geometry g = forward_of(call);
  // No element then sees all taps, but the transforms round as many sums as ever: 17 units of error on a
  // single pixel, where 14 are stated.
  if (call.kind == Kind::conv_transpose && (g.input[1] < g.kernel[1] || g.input[2] < g.kernel[2])) {
    return "the source is smaller than the kernel, where its error is larger than the stated one";
  }
  return reject_tiles(g);
}

// What would be slower than another algorithm: `npm run bench:algorithms`, AMD EPYC (Zen 5), one thread.
std::string slower(const Geometry& call, AlgorithmId id) {
  const Geometry g = forward_of(call);
  constexpr std::int64_t least_channels = 16, least_tiles = 16;
  const WinogradGrid grid(g, form_of(g, id));
  const std::int64_t channels = std::min(g.in_per_group(), g.out_per_group());
  if (channels < least_channels) {
    return "with fewer than " + std::to_string(least_channels) +
           " channels its transforms cost more than they save";
  }
  // Tiles that are transformed along one axis save as much less as they have fewer points.
  const std::int64_t all = g.batch * grid.images(g) * grid.image_tiles(),
                     tiles = all * grid.tile.row_points / grid.tile.column_points;
  const std::int64_t least_work = id == AlgorithmId::winograd_f4 ? 512 : 1600;
  if (tiles < least_tiles || tiles * channels < least_work) {
    return "the map is " + std::to_string(all) + " tiles, too few for " + std::to_string(channels) +
           " channels";
  }
  if (all * grid.tile.rows * grid.tile.columns > 2 * g.batch * volume(g.output)) {
    return "most of its tiles reach beyond the map";
  }
  return "";
}

template <AlgorithmId id>
std::string reject(const Geometry& g) {
  const std::string reason = unfit(g);
  return reason.empty() && g.algorithm == AlgorithmId::automatic ? slower(g, id) : reason;
}

template <class T>
std::int64_t workspace_of(const Geometry& call, WinogradForm form, int threads) {
  const Geometry g = forward_of(call);
  const WinogradGrid grid(g, form);
  const Schedule schedule = schedule_of<T>(g, grid, grid.copied ? 1 : g.batch, threads);
  std::int64_t area = 0, products = 0, transforms = 0;
  // Blocks are of two sizes, and the last has the rest; that of the larger one need not be the larger memory.
  for (std::int64_t part : {std::int64_t{0}, schedule.blocks.parts() - 1}) {
    if (schedule.blocks.parts() == 0) break;
    const int tiles = schedule.blocks.size(part);
    const BlockMemory<T> memory(grid, tiles);
    area = std::max(area, memory.area);
    products = std::max(products, memory.products);
    transforms = std::max(transforms, winograd_scratch(grid.tile, grid.most_strips(tiles), grid.lines));
  }
  const std::int64_t weights = g.groups * winograd_channel_blocks(g) * winograd_weight_block(grid);
  return std::int64_t{sizeof(T)} * (grid.copy_length(g) + weights + threads * (area + products + transforms));
}

template <AlgorithmId id>
std::int64_t workspace(const Geometry& g, int threads) {
  return with_type(g.dtype,
                   [&](auto zero) { return workspace_of<decltype(zero)>(g, form_of(g, id), threads); });
}

template <AlgorithmId id, class T>
void run(const Geometry& g, const Buffers<T>& buffers, const RunControl& control) {
  Winograd<T>(g, buffers, form_of(g, id), control).run(control);
}

const char* kernel(const Geometry& g) {
  return with_type(g.dtype, [](auto zero) { return kernels<decltype(zero)>().winograd_product.name; });
}

template <AlgorithmId id>
constexpr Algorithm winograd = {id, reject<id>, workspace<id>, kernel, run<id, float>, run<id, double>};

}  // namespace

const Algorithm winograd_f2 = winograd<AlgorithmId::winograd_f2>;
const Algorithm winograd_f4 = winograd<AlgorithmId::winograd_f4>;

}  // namespace native_conv
