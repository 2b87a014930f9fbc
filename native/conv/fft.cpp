// fft: depthwise convolutions at stride 1 by Fourier transforms of overlapping tiles, for large kernels. The
// channels of a block lie in the lanes, and where they leave some free, further tiles of theirs; two tiles of
// one image share a transform as its real and its imaginary part, since the filters are real and the
// transform is linear. Outside the numbers contract.
// Layer: conv. SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "base/buffer.h"
#include "base/clear.h"
#include "base/table.h"
#include "conv/algorithm.h"
#include "conv/fft_tiles.h"
#include "conv/padding.h"
#include "conv/unit_stride.h"

namespace native_conv {
namespace {

// Pairs of tiles beside each other: the lanes of the widest vectors.
constexpr std::int64_t most_beside = 16;

// Points of a row whose lanes are turned into rows at once, and the rows' distance: not so many lines of the
// cache that their points would share few of its sets.
constexpr std::int64_t most_turned = 512, turned_row = most_turned + 16;

template <class T>
class Fft {
 public:
  Fft(const Geometry& call, const Buffers<T>& buffers)
      : g_(forward_of(call)),
        b_(buffers),
        k_(kernels<T>()),
        filters_(call, buffers.weight),
        multiplier_(g_.out_per_group()),
        tiles_(g_, k_.lanes),
        rows_(fft_length<T>(tiles_.rows())),
        columns_(fft_length<T>(tiles_.columns())),
        point_(2 * k_.lanes),
        input_(strides_of(g_.layout, g_.in_channels, g_.input)),
        output_(strides_of(g_.layout, g_.out_channels, g_.output)),
        finish_(finish_of(call, buffers)) {
    sort_operands();
    prepare_maps();
  }

  void run(const RunControl& control) const {
    // A layer keeps all spectra; a plain call has those of as many blocks as there are threads.
    const std::int64_t together =
        b_.cache ? tiles_.lanes.blocks : std::min<std::int64_t>(tiles_.lanes.blocks, control.threads);
    const std::int64_t per_block = tiles_.transforms();
    const PackKey key = {static_cast<std::int64_t>(PackForm::fft), tiles_.rows(), tiles_.columns(), k_.lanes,
                         tiles_.lanes.channels};
    for (std::int64_t begin = 0; begin < tiles_.lanes.blocks; begin += together) {
      const std::int64_t count = std::min(together, tiles_.lanes.blocks - begin);
      const T* spectra = packed_weights<T>(b_.cache, key, count * block_spectra(), [&](T* to) {
        parallel_for(control, count * multiplier_, [&](std::int64_t task) {
          pack(begin + task / multiplier_, task % multiplier_, to + task * spectrum());
        });
      });
      parallel_for(control, count * per_block, [&](std::int64_t task) {
        run_transform(begin + task / per_block, task % per_block,
                      spectra + task / per_block * block_spectra());
      });
    }
  }

 private:
  std::int64_t spectrum() const { return tiles_.rows() * tiles_.columns() * point_; }
  std::int64_t block_spectra() const { return multiplier_ * spectrum(); }
  std::int64_t tile_length() const { return tiles_.points() * point_; }
  std::int64_t channels_of(std::int64_t block) const {
    return std::min(tiles_.lanes.channels, g_.in_channels - block * tiles_.lanes.channels);
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
          tap[c] = scale * from[(block * tiles_.lanes.channels + c) * filters_.group];
        for (std::int64_t p = 1; p < tiles_.lanes.beside; ++p) std::copy_n(tap, channels, tap + p * channels);
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

  // Two tiles of an image, or the one that is left, as real and imaginary part.
  struct Pair {
    std::int64_t n, d;
    std::int32_t slice;  // of the input; below 0 in the padding
    int parts;
    Place places[2];
  };
  // Those beside each other in the lanes.
  struct Pairs {
    int count = 0;
    std::array<Pair, most_beside> all;
  };

  Pairs pairs_of(std::int64_t transform) const {
    Pairs pairs;
    const std::int64_t begin = transform * tiles_.lanes.beside,
                       end = std::min(begin + tiles_.lanes.beside, tiles_.images * tiles_.pairs());
    for (std::int64_t index = begin; index < end; ++index) {
      const std::int64_t image = index / tiles_.pairs(), first = 2 * (index % tiles_.pairs());
      const std::int64_t d = image % g_.output[0];
      const int parts = static_cast<int>(std::min<std::int64_t>(2, tiles_.tiles() - first));
      pairs.all[static_cast<std::size_t>(pairs.count++)] = {
          image / g_.output[0],
          d,
          depth_map_[static_cast<std::size_t>(d * g_.stride[0])],
          parts,
          {place_of(first), place_of(first + parts - 1)}};
    }
    return pairs;
  }

  void run_transform(std::int64_t block, std::int64_t index, const T* spectra) const {
    const Pairs pairs = pairs_of(index);
    T* z = scratch<T>(Scratch::panel, tile_length());
    T* y = multiplier_ > 1 ? scratch<T>(Scratch::tile, tile_length()) : z;
    for (std::int64_t row = 0; row < tiles_.height.points; ++row)
      load_row(block, pairs, row, z + row * tiles_.pitch * point_);
    std::int64_t rows = 0;
    for_each_tile(pairs, [&](int, int, const Pair&, const Place& place) {
      rows = std::max(rows, tiles_.height.count(place.h));
    });
    for (std::int64_t j = 0; j < multiplier_; ++j) {
      multiply(z, y, spectra + j * spectrum(), j == 0);
      for (std::int64_t row = 0; row < rows; ++row) {
        stop_if_cancelled();
        T* from = y + row * tiles_.pitch * point_;
        if (tiles_.width.transformed()) k_.fft_lines.run({from, point_, 0, 1, &columns_, true});
        store_row(block, j, pairs, row, from);
      }
    }
  }

  // step(p, part, pair, place) for every tile of a transform.
  template <class Step>
  void for_each_tile(const Pairs& pairs, Step&& step) const {
    for (int p = 0; p < pairs.count; ++p) {
      const Pair& pair = pairs.all[static_cast<std::size_t>(p)];
      for (int part = 0; part < pair.parts; ++part) step(p, part, pair, pair.places[part]);
    }
  }

  // What a row of a tile's window holds of the input: `count` pixels from point `at` on.
  struct Window {
    const T* first;
    Strides strides;
    std::int64_t at, count;
    std::int64_t lane;  // the first of the channels'
    int part;
  };
  struct Windows {
    int count = 0;
    std::array<Window, 2 * most_beside> all;
    const Window* begin() const { return all.data(); }
    const Window* end() const { return all.data() + count; }
  };

  Windows windows_of(std::int64_t block, const Pairs& pairs, std::int64_t row) const {
    Windows windows;
    const FftAxis &h = tiles_.height, &w = tiles_.width;
    for_each_tile(pairs, [&](int p, int part, const Pair& pair, const Place& place) {
      const std::int64_t at = h.low(place.h) + row, count = w.end(place.w) - w.begin(place.w);
      if (pair.slice < 0 || at < h.begin(place.h) || at >= h.end(place.h) || count == 0) return;
      const T* plane =
          b_.source + pair.n * input_.n + block * tiles_.lanes.channels * input_.c + pair.slice * input_.s[0];
      Window& window = windows.all[static_cast<std::size_t>(windows.count++)];
      window.at = w.begin(place.w) - w.low(place.w);
      window.count = count;
      window.lane = p * channels_of(block);
      window.part = part;
      window.strides = input_;
      if (!w.copied) {
        window.first = plane + at * input_.s[1] + w.begin(place.w) * input_.s[2];
        return;
      }
      T* copy = scratch<T>(Scratch::columns, copied_length()) +
                (2 * p + part) * channels_of(block) * tiles_.width.points;
      copy_padded(block, plane, at, place.w, copy);
      window.first = copy;
      window.strides = strides_of(g_.layout, channels_of(block), {1, 1, count});
    });
    return windows;
  }

  // Rows of a transform's tiles through padding that copies.
  std::int64_t copied_length() const { return 2 * k_.lanes * tiles_.width.points; }

  // One row of a transform: what its tiles hold there, transformed.
  void load_row(std::int64_t block, const Pairs& pairs, std::int64_t row, T* to) const {
    stop_if_cancelled();
    const Windows windows = windows_of(block, pairs, row);
    if (windows.count == 0) return clear(to, tiles_.width.points * point_);
    if (tiles_.lanes.beside > 1) {
      load_beside(block, windows, to);
    } else {
      clear(to, tiles_.width.points * point_);
      for (const Window& window : windows)
        load(block, window, to + window.at * point_ + window.part * k_.lanes);
    }
    if (tiles_.width.transformed()) k_.fft_lines.run({to, point_, 0, 1, &columns_, false});
  }

  // All lanes at once, by way of rows that lie one below the other.
  void load_beside(std::int64_t block, const Windows& windows, T* to) const {
    T* rows = scratch<T>(Scratch::pixels, k_.lanes * turned_row);
    const std::int64_t points = tiles_.width.points;
    for (std::int64_t begin = 0; begin < points; begin += most_turned) {
      const std::int64_t length = std::min(most_turned, points - begin);
      for (int part = 0; part < 2; ++part) {
        for (int lane = 0; lane < k_.lanes; ++lane) clear(rows + lane * turned_row, length);
        for (const Window& window : windows) {
          const std::int64_t first = std::max(begin, window.at),
                             count = std::min(begin + length, window.at + window.count) - first;
          if (window.part != part || count <= 0) continue;
          copy_channels(block, window.first + (first - window.at) * window.strides.s[2], window.strides,
                        count, rows + window.lane * turned_row + first - begin);
        }
        k_.transpose.run({rows, turned_row, k_.lanes, length, to + begin * point_ + part * k_.lanes, point_});
      }
    }
  }

  // `count` pixels of a row, each channel of a block into a row of its own.
  void copy_channels(std::int64_t block, const T* from, const Strides& strides, std::int64_t count,
                     T* to) const {
    if (strides.s[2] != 1)
      return k_.transpose.run({from, strides.s[2], count, channels_of(block), to, turned_row});
    for (std::int64_t c = 0; c < channels_of(block); ++c)
      std::copy_n(from + c * strides.c, count, to + c * turned_row);
  }

  // The pixels of a window, the channels of a block into the lanes.
  void load(std::int64_t block, const Window& window, T* to) const {
    if (g_.layout == Layout::channels_first) {
      k_.transpose.run({window.first, window.strides.c, channels_of(block), window.count, to, point_});
    } else {
      k_.pad_rows.run(
          {window.first, window.strides.s[2], to, point_, window.count, 0, channels_of(block), 0});
    }
  }

  // A row of a tile's window through padding that copies, all of it.
  void copy_padded(std::int64_t block, const T* plane, std::int64_t at, std::int64_t tile_w, T* to) const {
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
    copy.target = to;
    for (std::int64_t part = 0; part < copy.parts(); ++part) copy.copy_part(part);
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

  // A row of the tiles of a transform that has been turned back.
  void store_row(std::int64_t block, std::int64_t j, const Pairs& pairs, std::int64_t row,
                 const T* from) const {
    if (tiles_.lanes.beside > 1) return store_beside(block, j, pairs, row, from);
    for_each_tile(pairs, [&](int, int part, const Pair& pair, const Place& place) {
      if (row >= tiles_.height.count(place.h)) return;
      store(block, j, pair, place, row, 0, tiles_.width.count(place.w), {from + part * k_.lanes, 1, point_});
    });
  }

  // All lanes at once, by way of rows that lie one below the other.
  void store_beside(std::int64_t block, std::int64_t j, const Pairs& pairs, std::int64_t row,
                    const T* from) const {
    T* rows = scratch<T>(Scratch::pixels, k_.lanes * turned_row);
    for (std::int64_t begin = 0; begin < tiles_.width.tile; begin += most_turned) {
      const std::int64_t length = std::min(most_turned, tiles_.width.tile - begin);
      for (int turned = 0; turned < 2; ++turned) {
        k_.transpose.run(
            {from + begin * point_ + turned * k_.lanes, point_, length, k_.lanes, rows, turned_row});
        for_each_tile(pairs, [&](int p, int part, const Pair& pair, const Place& place) {
          const std::int64_t count = std::min(length, tiles_.width.count(place.w) - begin);
          if (part != turned || count <= 0 || row >= tiles_.height.count(place.h)) return;
          store(block, j, pair, place, row, begin, count,
                {rows + p * channels_of(block) * turned_row, turned_row, 1});
        });
      }
    }
  }

  struct Sums {
    const T* first;
    std::int64_t channel, pixel;  // from one to the next
  };

  // `count` pixels of a tile's row from `begin` on.
  void store(std::int64_t block, std::int64_t j, const Pair& pair, const Place& place, std::int64_t row,
             std::int64_t begin, std::int64_t count, const Sums& sums) const {
    const std::int64_t first = block * tiles_.lanes.channels;
    Finish<T> finish = finish_;
    if (finish.bias) finish.bias += j * (multiplier_ > 1 ? g_.in_channels : 0);
    if (finish.slope) finish.slope += j * (multiplier_ > 1 ? g_.in_channels : 0);
    const PixelRun run = {0, static_cast<int>(count), 0};
    const std::int64_t at = pair.n * output_.n + (first * multiplier_ + j) * output_.c +
                            pair.d * output_.s[0] + (tiles_.height.first(place.h) + row) * output_.s[1] +
                            (tiles_.width.first(place.w) + begin) * output_.s[2];
    ScatterTile<T> t{};
    t.tile = sums.first;
    t.tile_channel = sums.channel;
    t.tile_pixel = sums.pixel;
    t.channels = static_cast<int>(channels_of(block));
    t.y = b_.target + at;
    t.y_channel = multiplier_ * output_.c;
    t.y_pixel = output_.s[2];
    t.runs = &run;
    t.run_count = 1;
    t.finish = &finish;
    t.residual = b_.residual ? b_.residual + at : nullptr;
    t.channel = first;
    k_.scatter.run(t);
  }

  const Geometry g_;
  const Buffers<T>& b_;
  const Kernels<T>& k_;
  const ForwardFilters<T> filters_;
  const std::int64_t multiplier_;
  const FftTiles tiles_;
  const FftLength<T>&rows_, &columns_;
  const std::int64_t point_;
  const Strides input_, output_;
  Finish<T> finish_;
  std::vector<T> bias_, slope_;
  Table<std::int32_t> depth_map_;
  std::vector<Table<std::int32_t>> width_maps_;
  std::vector<Table<Run>> width_runs_;
};

FftTiles tiles_of(const Geometry& g) {
  return with_type(g.dtype, [&](auto zero) { return FftTiles(g, kernels<decltype(zero)>().lanes); });
}

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
std::string slower(const Geometry& g, const FftTiles& tiles) {
  constexpr double operation = 1.45;  // of a transform, in those of the direct algorithm
  const int lanes = with_type(g.dtype, [](auto zero) { return kernels<decltype(zero)>().lanes; });
  if (operation * tiles.cost < direct_cost(g, lanes)) return "";
  return "for a kernel of " + std::to_string(g.kernel[1]) + "×" + std::to_string(g.kernel[2]) +
         " on this map its transforms cost more than they save";
}

std::string reject(const Geometry& call) {
  if (const std::string reason = unfit(call); !reason.empty()) return reason;
  const Geometry g = forward_of(call);
  const FftTiles tiles = tiles_of(g);
  if (!tiles.fit()) return "its tiles are larger than are kept";
  return call.algorithm == AlgorithmId::automatic ? slower(g, tiles) : "";
}

// As a layer runs it, which keeps the spectra of all channels.
std::int64_t workspace(const Geometry& call, int threads) {
  const Geometry g = forward_of(call);
  const std::int64_t multiplier = g.out_per_group();
  return with_type(g.dtype, [&](auto zero) {
    const int lanes = kernels<decltype(zero)>().lanes;
    const FftTiles tiles(g, lanes);
    const std::int64_t copied = tiles.width.copied ? 2 * lanes * tiles.width.points : 0;
    const std::int64_t turned = tiles.lanes.beside > 1 ? lanes * turned_row : 0;
    const std::int64_t own = 2 * lanes * tiles.points() * (multiplier > 1 ? 2 : 1) + copied + turned;
    const std::int64_t spectra = tiles.lanes.blocks * multiplier * tiles.rows() * tiles.columns() * 2 * lanes;
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
