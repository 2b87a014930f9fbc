// fft: depthwise convolutions at stride 1 by Fourier transforms of overlapping tiles, for large kernels. The
// channels of a block lie in the lanes; two tiles of one image share a transform as its real and its
// imaginary part, since the filters are real and the transform is linear. Outside the numbers contract.
// Layer: conv. SPDX-License-Identifier: MIT
#include <algorithm>

#include "base/buffer.h"
#include "conv/algorithm.h"
#include "conv/fft_tiles.h"
#include "conv/padding.h"
#include "conv/unit_stride.h"

namespace native_conv {
namespace {

// Bytes of a tile beyond which a kernel is refused.
constexpr std::int64_t most_tile_bytes = 32 << 20;

template <class T>
class Fft {
 public:
  Fft(const Geometry& call, const Buffers<T>& buffers)
      : g_(forward_of(call)),
        b_(buffers),
        k_(kernels<T>()),
        filters_(call, buffers.weight),
        multiplier_(g_.out_per_group()),
        tiles_(g_, multiplier_),
        rows_(fft_length<T>(tiles_.rows())),
        columns_(fft_length<T>(tiles_.columns())),
        point_(2 * k_.lanes),
        blocks_((g_.in_channels + k_.lanes - 1) / k_.lanes),
        input_(strides_of(g_.layout, g_.in_channels, g_.input)),
        output_(strides_of(g_.layout, g_.out_channels, g_.output)),
        finish_(finish_of(call, buffers)) {
    sort_operands();
    prepare_maps();
  }

  void run(const RunControl& control) const {
    // A layer keeps all spectra; a plain call has those of as many blocks as there are threads.
    const std::int64_t together = b_.cache ? blocks_ : std::min<std::int64_t>(blocks_, control.threads);
    const std::int64_t per_block = g_.batch * tiles_.images * tiles_.pairs();
    const PackKey key = {static_cast<std::int64_t>(PackForm::fft), tiles_.rows(), tiles_.columns(), k_.lanes};
    for (std::int64_t begin = 0; begin < blocks_; begin += together) {
      const std::int64_t count = std::min(together, blocks_ - begin);
      const T* spectra = packed_weights<T>(b_.cache, key, count * block_spectra(), [&](T* to) {
        parallel_for(control, count * multiplier_, [&](std::int64_t task) {
          pack(begin + task / multiplier_, task % multiplier_, to + task * spectrum());
        });
      });
      parallel_for(control, count * per_block, [&](std::int64_t task) {
        run_pair(begin + task / per_block, task % per_block, spectra + task / per_block * block_spectra());
      });
    }
  }

 private:
  std::int64_t spectrum() const { return tiles_.rows() * tiles_.columns() * point_; }
  std::int64_t block_spectra() const { return multiplier_ * spectrum(); }
  std::int64_t tile_length() const { return tiles_.points() * point_; }
  std::int64_t channels_of(std::int64_t block) const {
    return std::min<std::int64_t>(k_.lanes, g_.in_channels - block * k_.lanes);
  }

  // With a channel multiplier, the outputs of a block's channels are not neighbours; their operands are
  // sorted so that the epilogue finds them side by side.
  void sort_operands() {
    if (multiplier_ == 1) return;
    const auto sorted = [&](const T* from, std::vector<T>& to) {
      for (std::int64_t j = 0; from && j < multiplier_; ++j) {
        for (std::int64_t c = 0; c < g_.in_channels; ++c) to.push_back(from[c * multiplier_ + j]);
      }
      return from ? to.data() : nullptr;
    };
    finish_.bias = sorted(finish_.bias, bias_);
    finish_.slope = sorted(finish_.slope, slope_);
  }

  void prepare_maps() {
    depth_map_ = axis_map(g_.padding_mode, g_.input[0], g_.pad_begin[0], window_extent(g_, 0));
    const FftAxis& w = tiles_.width;
    for (std::int64_t t = 0; w.copied && t < w.tiles; ++t) {
      width_maps_.push_back(axis_map(g_.padding_mode, g_.input[2], -w.begin(t), w.end(t) - w.begin(t)));
      width_runs_.push_back(runs_of(width_maps_.back()));
    }
  }

  // The filters of a block, tap t at the point -t: a correlation is the product with this spectrum.
  void pack(std::int64_t block, std::int64_t j, T* to) const {
    const std::int64_t rows = tiles_.rows(), columns = tiles_.columns(), channels = channels_of(block);
    std::fill_n(to, spectrum(), T(0));
    const T scale = T(1) / static_cast<T>(rows * columns);
    T* row = scratch<T>(Scratch::panel, columns * point_);
    for (std::int64_t h = 0; h < g_.kernel[1]; ++h) {
      stop_if_cancelled();
      const std::int64_t at = (rows - h * g_.dilation[1] % rows) % rows;
      std::fill_n(row, columns * point_, T(0));
      for (std::int64_t w = 0; w < g_.kernel[2]; ++w) {
        T* tap = row + (columns - w * g_.dilation[2] % columns) % columns * point_;
        const T* from = filters_.first + j * filters_.out + h * filters_.tap[1] + w * filters_.tap[2];
        for (std::int64_t c = 0; c < channels; ++c)
          tap[c] = scale * from[(block * k_.lanes + c) * filters_.group];
      }
      k_.fft_lines.run({row, point_, 0, 1, &columns_, false});
      for (std::int64_t w = 0; w < columns; ++w)
        std::copy_n(row + w * point_, point_, to + (w * rows + at) * point_);
    }
    k_.fft_lines.run({to, point_, rows * point_, static_cast<int>(columns), &rows_, false});
  }

  struct Place {
    std::int64_t h, w;  // of a tile among the tiles
  };
  Place place_of(std::int64_t tile) const { return {tile / tiles_.width.tiles, tile % tiles_.width.tiles}; }

  void run_pair(std::int64_t block, std::int64_t index, const T* spectra) const {
    const std::int64_t pair = index % tiles_.pairs(), n = index / tiles_.pairs() / tiles_.images,
                       d = index / tiles_.pairs() % tiles_.images;
    const int parts = static_cast<int>(std::min<std::int64_t>(2, tiles_.tiles() - 2 * pair));
    const Place places[2] = {place_of(2 * pair), place_of(2 * pair + parts - 1)};
    T* z = scratch<T>(Scratch::panel, tile_length());
    T* y = multiplier_ > 1 ? scratch<T>(Scratch::tile, tile_length()) : z;
    const std::int32_t slice = depth_map_[static_cast<std::size_t>(d * g_.stride[0])];
    for (std::int64_t row = 0; row < tiles_.height.points; ++row)
      load_row(block, n, slice, row, places, parts, z + row * tiles_.pitch * point_);
    for (std::int64_t j = 0; j < multiplier_; ++j) {
      multiply(z, y, spectra + j * spectrum(), j == 0);
      for (int part = 0; part < parts; ++part) {
        const std::int64_t done = part == 0 ? 0 : tiles_.height.count(places[0].h);
        const std::int64_t rows = tiles_.height.count(places[part].h);
        if (rows > done && tiles_.width.transformed()) {
          k_.fft_lines.run({y + done * tiles_.pitch * point_, point_, tiles_.pitch * point_,
                            static_cast<int>(rows - done), &columns_, true});
        }
      }
      for (int part = 0; part < parts; ++part) store(block, j, n, d, places[part], y + part * k_.lanes);
    }
  }

  // One row of the transform: what both tiles hold there, transformed.
  void load_row(std::int64_t block, std::int64_t n, std::int32_t slice, std::int64_t row,
                const Place (&places)[2], int parts, T* to) const {
    stop_if_cancelled();
    std::fill_n(to, tiles_.width.points * point_, T(0));
    if (slice < 0) return;
    bool filled = false;
    for (int part = 0; part < parts; ++part) {
      const FftAxis &h = tiles_.height, &w = tiles_.width;
      const std::int64_t tile_h = places[part].h, tile_w = places[part].w, at = h.low(tile_h) + row;
      if (at < h.begin(tile_h) || at >= h.end(tile_h) || w.begin(tile_w) == w.end(tile_w)) continue;
      const T* plane = b_.source + n * input_.n + block * k_.lanes * input_.c + slice * input_.s[0];
      T* first = to + (w.begin(tile_w) - w.low(tile_w)) * point_ + part * k_.lanes;
      w.copied ? load_copied(block, plane, at, tile_w, first)
               : load(block, plane + at * input_.s[1] + w.begin(tile_w) * input_.s[2], input_,
                      w.end(tile_w) - w.begin(tile_w), first);
      filled = true;
    }
    if (filled && tiles_.width.transformed()) k_.fft_lines.run({to, point_, 0, 1, &columns_, false});
  }

  // `count` pixels of a row, the channels of a block into the lanes.
  void load(std::int64_t block, const T* from, const Strides& strides, std::int64_t count, T* to) const {
    if (g_.layout == Layout::channels_first) {
      k_.transpose.run({from, strides.c, channels_of(block), count, to, point_});
    } else {
      k_.pad_rows.run({from, strides.s[2], to, point_, count, 0, channels_of(block), 0});
    }
  }

  // The same through padding that copies.
  void load_copied(std::int64_t block, const T* plane, std::int64_t at, std::int64_t tile_w, T* to) const {
    const std::int64_t count = tiles_.width.end(tile_w) - tiles_.width.begin(tile_w);
    const auto source = static_cast<std::int32_t>(padded_index(g_.padding_mode, g_.input[1], at));
    const std::int32_t depth = 0;
    PaddedCopy<T> copy{};
    copy.layout = g_.layout;
    copy.source = plane;
    copy.from = input_;
    copy.channels = channels_of(block);
    copy.repeat = 1;
    copy.depth_map = &depth;
    copy.height_map = &source;
    copy.width_map = &width_maps_[static_cast<std::size_t>(tile_w)];
    copy.width_runs = &width_runs_[static_cast<std::size_t>(tile_w)];
    copy.depth = copy.height = 1;
    copy.target = scratch<T>(Scratch::columns, k_.lanes * tiles_.width.points);
    for (std::int64_t part = 0; part < copy.parts(); ++part) copy.copy_part(part);
    load(block, copy.target, strides_of(g_.layout, copy.channels, {1, 1, count}), count, to);
  }

  void multiply(T* x, T* y, const T* spectrum, bool forward) const {
    const std::int64_t row = tiles_.pitch * point_;
    FftColumns<T> t{};
    t.x = x;
    t.y = y;
    t.k = spectrum;
    t.length = &rows_;
    t.forward = forward;
    t.step = row;
    t.column = point_;
    t.k_step = point_;
    t.k_column = tiles_.width.transformed() ? tiles_.rows() * point_ : 0;
    if (tiles_.height.transformed()) return multiply_columns(t);
    t.columns = tiles_.width.points;
    // Rows that the kernel does not mix: each is a line of columns of one point.
    for (int h = 0; h < tiles_.height.points; ++h, t.x += row, t.y += row) k_.fft_columns.run(t);
  }

  // All columns of a tile, a few at a time, between which an abort is seen.
  void multiply_columns(FftColumns<T> t) const {
    constexpr int most = 64;
    for (int left = tiles_.width.points; left > 0; left -= t.columns) {
      stop_if_cancelled();
      t.columns = std::min(left, most);
      k_.fft_columns.run(t);
      t.x += t.columns * t.column;
      t.y += t.columns * t.column;
      t.k += t.columns * t.k_column;
    }
  }

  void store(std::int64_t block, std::int64_t j, std::int64_t n, std::int64_t d, const Place& place,
             const T* tile) const {
    const std::int64_t row = tiles_.height.first(place.h), column = tiles_.width.first(place.w),
                       first = block * k_.lanes;
    Finish<T> finish = finish_;
    if (finish.bias) finish.bias += j * (multiplier_ > 1 ? g_.in_channels : 0);
    if (finish.slope) finish.slope += j * (multiplier_ > 1 ? g_.in_channels : 0);
    const PixelRun run = {0, static_cast<int>(tiles_.width.count(place.w)), 0};
    ScatterTile<T> t{};
    t.tile_channel = 1;
    t.tile_pixel = point_;
    t.channels = static_cast<int>(channels_of(block));
    t.y_channel = multiplier_ * output_.c;
    t.y_pixel = output_.s[2];
    t.runs = &run;
    t.run_count = 1;
    t.finish = &finish;
    t.channel = first;
    for (std::int64_t h = 0; h < tiles_.height.count(place.h); ++h) {
      const std::int64_t at = n * output_.n + (first * multiplier_ + j) * output_.c + d * output_.s[0] +
                              (row + h) * output_.s[1] + column * output_.s[2];
      t.tile = tile + h * tiles_.pitch * point_;
      t.y = b_.target + at;
      t.residual = b_.residual ? b_.residual + at : nullptr;
      k_.scatter.run(t);
    }
  }

  const Geometry g_;
  const Buffers<T>& b_;
  const Kernels<T>& k_;
  const ForwardFilters<T> filters_;
  const std::int64_t multiplier_;
  const FftTiles tiles_;
  const FftLength<T>&rows_, &columns_;
  const std::int64_t point_, blocks_;
  const Strides input_, output_;
  Finish<T> finish_;
  std::vector<T> bias_, slope_;
  std::vector<std::int32_t> depth_map_;
  std::vector<std::vector<std::int32_t>> width_maps_;
  std::vector<std::vector<Run>> width_runs_;
};

// What cannot be.
std::string unfit(const Geometry& call) {
  if (call.kind == Kind::conv_transpose && call.stride[0] != 1) return "the stride is not 1";
  const Geometry g = forward_of(call);
  const auto text = [](std::int64_t n) { return std::to_string(n); };
  if (g.in_per_group() != 1) return "each group has " + text(g.in_per_group()) + " input channels, not 1";
  if (g.stride[1] != 1 || g.stride[2] != 1) return "the stride is not 1";
  if (g.kernel[0] != 1) return "the kernel is " + text(g.kernel[0]) + " slices deep, not 1";
  if (g.reproducible) return "it sums in another order than the numbers contract";
  for (int axis = 1; axis < 3; ++axis) {
    const std::int64_t reach = (g.kernel[axis] - 1) * g.dilation[axis] + 1;
    if (reach > fft_most_reach)
      return "the kernel spans " + text(reach) + " pixels, more than " + text(fft_most_reach);
  }
  const FftTiles tiles(g, g.out_per_group());
  const std::int64_t bytes = with_type(g.dtype, [&](auto zero) {
    return tiles.points() * 2 * kernels<decltype(zero)>().lanes * std::int64_t{sizeof(zero)};
  });
  if (bytes > most_tile_bytes) return "a tile takes " + text(bytes) + " bytes, more than are kept";
  return "";
}

// Vector operations of the direct algorithm, in units of one that keeps the processor busy: what a row of a
// tap takes beside its vectors is more than half of one.
double direct_cost(const Geometry& g, int lanes) {
  constexpr double beside = 0.6;
  const auto ceil_div = [](std::int64_t a, std::int64_t b) { return (a + b - 1) / b; };
  const double rows = static_cast<double>(g.batch * g.output[0] * g.output[1]),
               taps = static_cast<double>(volume(g.kernel));
  if (g.layout == Layout::channels_last)
    return rows * taps * static_cast<double>(g.output[2] * ceil_div(g.out_channels, lanes));
  return rows * taps * static_cast<double>(g.out_channels) *
         (static_cast<double>(ceil_div(g.output[2], lanes)) + beside);
}

// What would be slower than another algorithm: `npm run bench:algorithms -- --depthwise`, Intel Xeon
// (AVX-512), one thread. A layer has the filters' transform ready.
std::string slower(const Geometry& call) {
  constexpr double operation = 1.45;  // of a transform, in those of the direct algorithm
  const Geometry g = forward_of(call);
  const FftTiles tiles(g, g.out_per_group());
  const int lanes = with_type(g.dtype, [](auto zero) { return kernels<decltype(zero)>().lanes; });
  const std::int64_t blocks = (g.in_channels + lanes - 1) / lanes;
  if (operation * static_cast<double>(blocks) * tiles.cost < direct_cost(g, lanes)) return "";
  return "for a kernel of " + std::to_string(g.kernel[1]) + "×" + std::to_string(g.kernel[2]) +
         " on this map its transforms cost more than they save";
}

std::string reject(const Geometry& g) {
  const std::string reason = unfit(g);
  return reason.empty() && g.algorithm == AlgorithmId::automatic ? slower(g) : reason;
}

// As a layer runs it, which keeps the spectra of all channels.
std::int64_t workspace(const Geometry& call, int threads) {
  const Geometry g = forward_of(call);
  const std::int64_t multiplier = g.out_per_group();
  const FftTiles tiles(g, multiplier);
  return with_type(g.dtype, [&](auto zero) {
    const std::int64_t lanes = kernels<decltype(zero)>().lanes, blocks = (g.in_channels + lanes - 1) / lanes;
    const std::int64_t line = tiles.width.copied ? lanes * tiles.width.points : 0;
    const std::int64_t own = 2 * lanes * tiles.points() * (multiplier > 1 ? 2 : 1) + line;
    const std::int64_t spectra = blocks * multiplier * tiles.rows() * tiles.columns() * 2 * lanes;
    return (spectra + threads * own) * std::int64_t{sizeof(zero)};
  });
}

template <class T>
void run(const Geometry& g, const Buffers<T>& buffers, const RunControl& control) {
  Fft<T>(g, buffers).run(control);
}

const char* kernel(const Geometry& g) {
  return with_type(g.dtype, [](auto zero) { return kernels<decltype(zero)>().fft_columns.name; });
}

}  // namespace

const Algorithm fft = {AlgorithmId::fft, reject, workspace, kernel, run<float>, run<double>};

}  // namespace native_conv
