// The gradient with respect to the weight as a product [K][positions] · [positions][O/g]: the chain of each
// weight runs over (n, od, oh, ow). The output's gradient is packed with its channels in vectors; the input
// is read where it is, or from its padded copy, through a table of the positions' offsets, so that no patch
// is ever laid out. Groups of few channels are left to channel_weight_grad.h. Layer: conv.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>

#include "base/buffer.h"
#include "base/clear.h"
#include "base/table.h"
#include "conv/algorithm.h"
#include "conv/channel_weight_grad.h"
#include "conv/gradient_panel.h"
#include "conv/padding.h"
#include "conv/tap_tiles.h"

namespace native_conv {
namespace {

constexpr int most_tile_rows = 64;

// Sums that wait to be turned.
constexpr std::int64_t most_held_elements = 16 * 1024;

// Positions whose gradients are packed at a time.
constexpr std::int64_t block_positions = 2048;

// Elements of the padded copies that are held at a time, where one image has fewer.
constexpr std::int64_t copied_elements = 512 * 1024;

// The padded copies of several images, or the images themselves.
struct Images {
  bool copied;
  Triple extent;
  Strides strides;
  std::int64_t at_a_time;

  explicit Images(const Geometry& g) : copied(reads_padding(g)) {
    for (int axis = 0; axis < 3; ++axis) extent[axis] = copied ? window_extent(g, axis) : g.input[axis];
    strides = strides_of(g.layout, g.in_channels, extent);
    const std::int64_t most = copied ? copied_elements : std::numeric_limits<std::int32_t>::max();
    at_a_time = std::min(g.batch, std::max<std::int64_t>(1, most / std::max<std::int64_t>(1, strides.n)));
  }
  std::int64_t copied_length() const { return copied ? at_a_time * strides.n : 0; }
};

// Elements that the offsets of positions span.
std::int64_t reach_of(const Geometry& g) {
  const Images images(g);
  return images.at_a_time * images.strides.n;
}

constexpr std::int64_t most_reach = std::numeric_limits<std::int32_t>::max();

// The geometry whose input is the output of a 1×1 convolution, and whose weight lies in memory as g's does.
Geometry exchanged(Geometry g) {
  std::swap(g.in_channels, g.out_channels);
  g.weight_order = WeightOrder::hwio;
  return g;
}

// Whether dW is found as the transposed product, with the input's channels in vectors: these then lie as in
// the weight, and only the input is turned, instead of the output's gradient and the sums.
bool is_exchanged(const Geometry& g, std::int64_t lanes) {
  const bool exchangeable = volume(g.kernel) == 1 && g.groups == 1 && g.stride == Triple{1, 1, 1} &&
                            g.input == g.output && g.pad_begin == Triple{0, 0, 0} && weight_strides(g).o != 1;
  if (!exchangeable || reach_of(exchanged(g)) > most_reach) return false;
  const auto products = [&](std::int64_t in_vectors, std::int64_t others) {
    return (in_vectors + lanes - 1) / lanes * lanes * others;
  };
  const std::int64_t positions = g.batch * volume(g.output), in = g.in_channels, out = g.out_channels;
  return products(in, out) <= products(out, in) && positions * in < (positions + in) * out;
}

template <class T>
class WeightGrad {
 public:
  WeightGrad(const Geometry& g, const Buffers<T>& buffers)
      : g_(g),
        b_(buffers),
        k_(kernels<T>()),
        images_(g),
        taps_(g, images_.strides, k_.gemm_patch.rows, most_held_elements / k_.gemm_patch.columns),
        blocks_(blocks_of(g, k_.gemm_patch.columns)),
        channel_step_(weight_strides(g).o),
        in_place_(channel_step_ == 1) {}

  void run(const RunControl& control) const {
    if (g_.batch * volume(g_.output) == 0) {
      return clear(b_.target, weight_length(g_));
    }
    // Sums that wait for more positions.
    T* sums = in_place_ || in_one_pass(g_, images_)
                  ? nullptr
                  : scratch<T>(Scratch::gradient, sums_length(g_, taps_.count(), columns()));
    for (std::int64_t n = 0; n < g_.batch; n += images_.at_a_time) {
      const Pass pass = {n, std::min(images_.at_a_time, g_.batch - n), images(n, control), sums};
      const std::int64_t products = g_.groups * blocks_;
      const std::int64_t parts = std::min(bundles(), (wanted_tasks(control) + products - 1) / products);
      parallel_for(control, products * parts, [&](std::int64_t task) {
        const std::int64_t product = task / parts, part = task % parts;
        run_block(pass, product, bundles() * part / parts, bundles() * (part + 1) / parts);
      });
    }
  }

  static std::int64_t workspace(const Geometry& g, int threads) {
    // Without the tables of taps, which may be too many to run.
    const Images images(g);
    const std::int64_t columns = kernels<T>().gemm_patch.columns;
    const std::int64_t sums = weight_strides(g).o == 1 || in_one_pass(g, images)
                                  ? 0
                                  : sums_length(g, g.in_per_group() * volume(g.kernel), columns);
    const std::int64_t thread = block_positions * columns + most_held_elements;
    return std::int64_t{sizeof(T)} * (images.copied_length() + sums + threads * thread) +
           threads * block_positions * std::int64_t{sizeof(std::int32_t)};
  }

 private:
  // Images [n, n + count), the first of which is at x.
  struct Pass {
    std::int64_t n, count;
    const T* x;
    T* sums;
  };

  static std::int64_t wanted_tasks(const RunControl& control) {
    constexpr std::int64_t tasks_per_thread = 4;
    return control.threads > 1 || control.cancel ? control.threads * tasks_per_thread : 1;
  }

  std::int64_t columns() const { return k_.gemm_patch.columns; }
  std::int64_t bundles() const { return static_cast<std::int64_t>(taps_.bundles.size()); }
  static std::int64_t blocks_of(const Geometry& g, std::int64_t columns) {
    return (g.out_per_group() + columns - 1) / columns;
  }
  static std::int64_t sums_length(const Geometry& g, std::int64_t taps, std::int64_t columns) {
    return g.groups * blocks_of(g, columns) * taps * columns;
  }
  static bool in_one_pass(const Geometry& g, const Images& images) {
    return images.at_a_time == g.batch && g.batch * volume(g.output) <= block_positions;
  }

  // Where the positions of image n on read tap 0 at offset 0.
  const T* images(std::int64_t n, const RunControl& control) const {
    const Strides input = strides_of(g_.layout, g_.in_channels, g_.input);
    if (!images_.copied) return b_.source + n * input.n - offset_of(g_.pad_begin, input.s);
    Table<std::int32_t> maps[3];
    for (int axis = 0; axis < 3; ++axis) {
      maps[axis] = axis_map(g_.padding_mode, g_.input[axis], g_.pad_begin[axis], images_.extent[axis]);
    }
    const Table<Run> runs = runs_of(maps[2]);
    PaddedCopy<T> copy;
    copy.layout = g_.layout;
    copy.from = input;
    copy.channels = g_.in_channels;
    copy.repeat = 1;
    copy.depth_map = maps[0].data();
    copy.height_map = maps[1].data();
    copy.width_map = &maps[2];
    copy.width_runs = &runs;
    copy.depth = images_.extent[0];
    copy.height = images_.extent[1];
    T* copies = scratch<T>(Scratch::padded, images_.copied_length());
    for (std::int64_t i = 0; i < std::min(images_.at_a_time, g_.batch - n); ++i) {
      copy.source = b_.source + (n + i) * input.n;
      copy.target = copies + i * images_.strides.n;
      copy_all(copy, control);
    }
    return copies;
  }

  // Bundles [first, end) of a group's block of output channels, over all positions of the pass.
  void run_block(const Pass& pass, std::int64_t product, std::int64_t first, std::int64_t end) const {
    const std::int64_t group = product / blocks_, block = product % blocks_;
    const std::int64_t channels = std::min(columns(), g_.out_per_group() - block * columns());
    const GradientPanel<T> panel(g_, b_.weight, group * g_.out_per_group() + block * columns(), channels,
                                 (channels + k_.lanes - 1) / k_.lanes * k_.lanes);
    T* gradients = scratch<T>(Scratch::panel, block_positions * columns());
    std::int32_t* offsets = scratch<std::int32_t>(Scratch::offsets, block_positions);
    const std::int64_t positions = pass.count * volume(g_.output);
    for (std::int64_t p = 0; p < positions; p += block_positions) {
      const std::int64_t count = std::min(block_positions, positions - p);
      panel.pack(pass.n * volume(g_.output) + p, count, gradients);
      fill_offsets(p, count, offsets);
      const bool last = pass.n + pass.count == g_.batch && p + count == positions;
      GemmTile<T> t{};
      t.offsets = offsets;
      t.b = gradients;
      t.b_row = panel.row();
      t.depth = count;
      t.columns = static_cast<int>(panel.channels());
      t.accumulate = pass.n > 0 || p > 0;
      t.finish = last ? &finish_ : nullptr;
      for (std::int64_t i = first; i < end; ++i) {
        stop_if_cancelled();  // a task may be all positions of a large image
        const TapBundle& bundle = taps_.bundles[static_cast<std::size_t>(i)];
        in_place_ ? run_in_place(t, pass, product, bundle) : run_turned(t, pass, product, bundle);
      }
    }
  }

  // The products of a tile, its taps from c on `tap_step` elements apart.
  void run_tile(GemmTile<T>& t, const Pass& pass, std::int64_t product, const TapTile& tile, T* c,
                std::int64_t tap_step) const {
    const T* rows[most_tile_rows];
    t.rows = tile.rows;
    t.a_rows = rows;
    const T* x = pass.x + product / blocks_ * g_.in_per_group() * images_.strides.c;
    const std::int64_t* reads = taps_.reads.data() + tile.tap;
    for (int r = 0; r < tile.rows; ++r) rows[r] = x + reads[r * tile.step];
    t.c = c;
    t.c_row = tile.step * tap_step;
    k_.gemm_patch.run(t);
  }

  T* target(std::int64_t product, std::int64_t tap) const {
    const std::int64_t group = product / blocks_, block = product % blocks_;
    return b_.target + (group * g_.out_per_group() + block * columns()) * channel_step_ + tap * taps_.step;
  }

  void run_in_place(GemmTile<T>& t, const Pass& pass, std::int64_t product, const TapBundle& bundle) const {
    for (std::int64_t i = bundle.first; i < bundle.end; ++i) {
      const TapTile& tile = taps_.tiles[static_cast<std::size_t>(i)];
      run_tile(t, pass, product, tile, target(product, tile.tap), taps_.step);
    }
  }

  // By way of [taps][columns], so that the rows of taps that are written are long.
  void run_turned(GemmTile<T>& t, const Pass& pass, std::int64_t product, const TapBundle& bundle) const {
    T* sums = pass.sums ? pass.sums + (product * taps_.count() + bundle.tap) * columns()
                        : scratch<T>(Scratch::tile, most_held_elements);
    for (std::int64_t i = bundle.first; i < bundle.end; ++i) {
      const TapTile& tile = taps_.tiles[static_cast<std::size_t>(i)];
      run_tile(t, pass, product, tile, sums + (tile.tap - bundle.tap) * columns(), columns());
    }
    if (!t.finish) return;
    k_.transpose.run({sums, columns(), bundle.count, t.columns, target(product, bundle.tap), channel_step_});
  }

  // What the positions from the linear index `first` of a pass on read, relative to its first.
  void fill_offsets(std::int64_t first, std::int64_t count, std::int32_t* to) const {
    Triple at = unravel(first % volume(g_.output), g_.output);
    std::int64_t n = first / volume(g_.output);
    const Triple step = {g_.stride[0] * images_.strides.s[0], g_.stride[1] * images_.strides.s[1],
                         g_.stride[2] * images_.strides.s[2]};
    while (count > 0) {
      const std::int64_t row = n * images_.strides.n + at[0] * step[0] + at[1] * step[1];
      const std::int64_t end = std::min(g_.output[2], at[2] + count);
      count -= end - at[2];
      for (std::int64_t w = at[2]; w < end; ++w) *to++ = static_cast<std::int32_t>(row + w * step[2]);
      at[2] = 0;
      if (++at[1] < g_.output[1]) continue;
      at[1] = 0;
      if (++at[0] < g_.output[0]) continue;
      at[0] = 0;
      ++n;
    }
  }

  const Geometry& g_;
  const Buffers<T> b_;
  const Kernels<T>& k_;
  const Images images_;
  const TapTiles taps_;
  const std::int64_t blocks_;
  const std::int64_t channel_step_;
  const bool in_place_;  // the weight's output channels are the last axis, as a tile's are; else its taps are
  const Finish<T> finish_{};
};

std::string reject(const Geometry& g) {
  if (prefers_channel_weight_grad(g)) return "";
  const std::int64_t reach = reach_of(g);
  if (reach <= most_reach) return "";
  return "an image of the padded input has " + std::to_string(reach) +
         " elements, more than 32-bit offsets reach";
}

std::int64_t workspace(const Geometry& g, int threads) {
  if (prefers_channel_weight_grad(g)) return channel_weight_grad_workspace(g, threads);
  return with_type(g.dtype, [&](auto zero) {
    using T = decltype(zero);
    return WeightGrad<T>::workspace(is_exchanged(g, kernels<T>().lanes) ? exchanged(g) : g, threads);
  });
}

template <class T>
void run(const Geometry& g, const Buffers<T>& buffers, const RunControl& control) {
  if (prefers_channel_weight_grad(g)) return run_channel_weight_grad(g, buffers, control);
  if (!is_exchanged(g, kernels<T>().lanes)) return WeightGrad<T>(g, buffers).run(control);
  Buffers<T> operands = buffers;
  operands.source = buffers.weight;
  operands.weight = buffers.source;
  const Geometry products = exchanged(g);
  WeightGrad<T>(products, operands).run(control);
}

const char* kernel(const Geometry& g) {
  if (prefers_channel_weight_grad(g)) return channel_weight_grad_kernel(g);
  return with_type(g.dtype, [&](auto zero) { return kernel_name<decltype(zero)>(Family::patch); });
}

}  // namespace

const Algorithm weight_grad_gemm = {
    AlgorithmId::implicit_gemm, reject, workspace, kernel, run<float>, run<double>};

}  // namespace native_conv
