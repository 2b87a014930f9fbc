// Depthwise convolution of the planes of single channels. Rows are read where they are, with masks at their
// ends, or, where padding copies or the stride is large, from a padded copy of a band; planes of a few
// vectors are taken as one row. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <vector>

#include "base/bits.h"
#include "base/buffer.h"
#include "base/cpu.h"
#include "base/table.h"
#include "conv/algorithm.h"
#include "conv/bands.h"
#include "conv/conv_weights.h"
#include "conv/padding.h"

namespace native_conv {

// Rows of the kernel that one pass takes.
struct KernelRows {
  std::int64_t begin;
  int count;
};

// How the outputs of a plane are read, in bands of at most `most_rows` output rows, or, where a plane is one
// row, of its columns.
struct PlaneReading {
  bool copied;
  std::int64_t band_columns, column_bands;
  ColumnOrder columns;
  int step;          // of the kernel: 1 or 2 elements from one output to the next
  bool slides;       // a row that is loaded feeds several output rows
  bool flat;         // the plane as one row
  std::int64_t row;  // elements of a row that is read
  std::int64_t band_rows, bands;

  // With vectors of `lanes`.
  PlaneReading(const Geometry& g, int lanes, std::int64_t most_rows)
      : copied((g.padding_mode != PaddingMode::zeros && reads_padding(g)) || g.stride[2] > 2 ||
               g.kernel[2] > most_masked_taps || strides_of(g.layout, g.in_channels, g.input).s[2] > 1),
        band_columns(columns_of_band(g)),
        column_bands((g.output[2] + band_columns - 1) / band_columns),
        columns(copied ? extent_under(g, 2, band_columns) : g.input[2], g.stride[2] > 2 ? g.stride[2] : 1),
        step(g.stride[2] == 2 ? 2 : 1),
        slides(g.stride[1] == step && (step == 1 || g.dilation[1] == 1)),
        flat(most_rows >= g.output[1] && is_flat(g, lanes)),
        row(columns.width() + (copied ? step * lanes : 0)) {
    // Elements of a band. On an AMD EPYC (Zen 4, 32 KiB first-level cache) 12 to 20 rows of 1920 took 4.6 ms
    // in the benchmark's filter5x5_3_1080p, 34 rows 7.7: a strip and the next one, fetched ahead, share the
    // cache.
    constexpr std::int64_t band_elements = 32 * 1024;
    band_rows = flat ? g.output[1] : rows_of_band(g, band_elements, row * window_extent(g, 0), most_rows);
    bands = (g.output[1] + band_rows - 1) / band_rows;
  }

  std::int64_t copy_length(const Geometry& g) const {
    return copied ? window_extent(g, 0) * rows_under(g, band_rows) * row : 0;
  }

  // The passes over the rows of the kernel, of `pass_rows` where there are many: found when a call runs,
  // since one of any kernel may be planned.
  std::vector<KernelRows> passes(const Geometry& g, int pass_rows) const {
    std::vector<KernelRows> all;
    for (std::int64_t begin = 0; begin < g.kernel[1]; begin += all.back().count)
      all.push_back({begin, rows_of_pass(g.kernel[1], begin, pass_rows)});
    return all;
  }

 private:
  // Of a plane of one row: cut so that threads have some each and a copy stays small, but at most half of it
  // is what the next one holds again.
  static std::int64_t columns_of_band(const Geometry& g) {
    constexpr std::int64_t elements = 16 * 1024;
    if (g.output[0] * g.output[1] != 1) return std::max<std::int64_t>(1, g.output[2]);
    const std::int64_t reach = (g.kernel[2] - 1) * g.dilation[2];
    return std::clamp<std::int64_t>(std::max(elements, reach) / g.stride[2], 1,
                                    std::max<std::int64_t>(1, g.output[2]));
  }

  // Worth it where rows fill their vectors badly; a mask for every vector and tap.
  bool is_flat(const Geometry& g, int lanes) const {
    if (copied || g.output != g.input) return false;
    for (int axis = 0; axis < 3; ++axis) {
      if (g.stride[axis] != 1) return false;
    }
    constexpr std::int64_t most_vectors = 4, most_taps = 64;
    const auto vectors = [lanes](std::int64_t count) { return (count + lanes - 1) / lanes; };
    const std::int64_t flat_vectors = vectors(volume(g.output));
    return flat_vectors <= most_vectors && volume(g.kernel) <= most_taps &&
           5 * flat_vectors < 4 * g.output[0] * g.output[1] * vectors(g.output[2]);
  }

  // Of those that the kernel has (kernels.h): all at once if it can, else even shares.
  int rows_of_pass(std::int64_t kernel_h, std::int64_t begin, int pass_rows) const {
    constexpr std::int64_t most_at_once = 7;
    const std::int64_t left = kernel_h - begin;
    if (!slides || left < 3) return 1;
    if (step == 2) return static_cast<int>(std::min(most_at_once, left - (left + 1) % 2));
    if (kernel_h <= most_at_once && kernel_h != 6) return static_cast<int>(left);
    const std::int64_t shares = (left + pass_rows - 1) / pass_rows;
    return static_cast<int>((left + shares - 1) / shares);
  }
};

template <class T>
PlaneReading plane_reading(const Geometry& g, std::int64_t most_rows = any_rows) {
  return {g, kernels<T>().lanes, most_rows};
}

template <class T>
class DepthwiseFirst {
 public:
  DepthwiseFirst(const Geometry& g, const FilterOrder& filters, const Buffers<T>& buffers,
                 std::int64_t most_rows = any_rows)
      : g_(g),
        filters_(filters),
        b_(buffers),
        reading_(plane_reading<T>(g, most_rows)),
        passes_(reading_.passes(g, kernels<T>().depthwise_rows.rows)),
        input_(strides_of(g.layout, g.in_channels, g.input)),
        finish_(finish_of(g, buffers)),
        depth_map_(axis_map(g.padding_mode, g.input[0], g.pad_begin[0], window_extent(g, 0))),
        height_map_(axis_map(g.padding_mode, g.input[1], g.pad_begin[1], window_extent(g, 1))),
        taps_(volume(g.kernel)),
        streams_(buffers.target &&
                 (input_length(g) + output_length(g)) * std::int64_t{sizeof(T)} > cache_sizes().l3),
        weights_(pack()) {
    reading_.flat ? prepare_flat() : prepare_rows();
  }

  const PlaneReading& reading() const { return reading_; }

  // All channels, as below.
  void run(std::int64_t n, std::int64_t row, std::int64_t rows, T* y, const T* residual,
           const Strides& to) const {
    run(n, 0, g_.in_channels, row, rows, y, residual, to);
  }

  // At most reading().band_rows output rows from `row` on, of input channels [c, c + channels) of image n,
  // for each of their output channels in turn: `y` is where row `row` of the first of them begins, `to` its
  // steps; residual is null or addressed as y.
  void run(std::int64_t n, std::int64_t c, std::int64_t channels, std::int64_t row, std::int64_t rows, T* y,
           const T* residual, const Strides& to) const {
    for (std::int64_t band = 0; band < reading_.column_bands; ++band)
      run_columns(band, n, c, channels, row, rows, y, residual, to);
  }

  // The same of one of reading().column_bands.
  void run_columns(std::int64_t band, std::int64_t n, std::int64_t c, std::int64_t channels, std::int64_t row,
                   std::int64_t rows, T* y, const T* residual, const Strides& to) const {
    const Columns columns = columns_of(band);
    const std::int64_t multiplier = g_.out_per_group();
    // All channels at once, or all outputs of each.
    const bool apart = reading_.copied || multiplier > 1;
    Planes planes = {nullptr, apart ? 0 : input_.c, 0, apart ? multiplier : channels, nullptr, nullptr};
    y += columns.first;
    if (residual) residual += columns.first;
    for (std::int64_t i = 0; i < channels * multiplier; i += planes.count) {
      const T* input = b_.source + n * input_.n + (c + i / multiplier) * input_.c;
      planes.x = reading_.copied ? copy(input, row, rows, columns) : input;
      planes.channel = c * multiplier + i;
      planes.y = y + i * to.c;
      planes.residual = residual ? residual + i * to.c : nullptr;
      if (reading_.flat) {
        run_flat(planes, to);
        continue;
      }
      for (std::int64_t d = 0; d < g_.output[0]; ++d) {
        run_slice(planes, columns, d, row, rows, to);
        planes.y += to.s[0];
        if (residual) planes.residual += to.s[0];
      }
    }
  }

 private:
  // Output channels [channel, channel + count), whose inputs are x_step apart: 0, or a plane.
  struct Planes {
    const T* x;
    std::int64_t x_step, channel, count;
    T* y;
    const T* residual;
  };

  // Output columns.
  struct Columns {
    std::int64_t first, count;
  };

  Columns columns_of(std::int64_t band) const {
    const std::int64_t first = band * reading_.band_columns;
    return {first, std::min(reading_.band_columns, g_.output[2] - first)};
  }

  // Where the columns of a copied row come from.
  struct CopiedRow {
    Table<std::int32_t> map;
    Table<Run> runs;
  };

  // Of a row of `size` elements, beginning `begin` before it.
  CopiedRow copied_row(PaddingMode mode, std::int64_t size, std::int64_t begin) const {
    CopiedRow row;
    row.map = reading_.columns.map(mode, size, begin);
    for (std::int32_t& w : row.map) w = w < 0 ? -1 : w * static_cast<std::int32_t>(input_.s[2]);
    row.map.resize(static_cast<std::size_t>(reading_.row), -1);
    row.runs = runs_of(row.map);
    return row;
  }

  // Positions that a band of columns reads.
  std::int64_t band_extent() const { return extent_under(g_, 2, reading_.band_columns); }

  void prepare_rows() {
    const bool copied = reading_.copied;
    if (copied) {
      row_ = reading_.column_bands == 1 ? copied_row(g_.padding_mode, g_.input[2], g_.pad_begin[2])
                                        : copied_row(PaddingMode::zeros, band_extent(), 0);
    }
    const std::int64_t rows = copied ? rows_under(g_, reading_.band_rows) : window_extent(g_, 1);
    for (std::int64_t h = 0; h < rows; ++h) {
      const std::int64_t from = copied ? h : height_map_[static_cast<std::size_t>(h)];
      rows_.push_back(from < 0 ? -1 : from * (copied ? reading_.row : input_.s[1]));
    }
    outside_.assign(rows_.size(), -1);
    offsets_.reserve(static_cast<std::size_t>(g_.kernel[2]));
    for (std::int64_t w = 0; w < g_.kernel[2]; ++w)
      offsets_.push_back(
          static_cast<std::int32_t>(reading_.columns.column(filters_.position(g_, 2, w) * g_.dilation[2])));
    const auto ends = std::minmax_element(offsets_.begin(), offsets_.end());
    lowest_ = *ends.first;
    highest_ = *ends.second;
  }

  void prepare_flat() {
    const int lanes = kernels<T>().lanes;
    const std::int64_t count = volume(g_.output);
    const std::int64_t vectors = (count + lanes - 1) / lanes;
    offsets_.reserve(static_cast<std::size_t>(taps_));
    masks_.reserve(static_cast<std::size_t>(taps_ * vectors));
    for_each_tap(g_.kernel, [&](const Triple& tap) {
      Triple shift = filters_.position(g_, tap);
      for (int axis = 0; axis < 3; ++axis) shift[axis] = shift[axis] * g_.dilation[axis] - g_.pad_begin[axis];
      offsets_.push_back(static_cast<std::int32_t>(offset_of(shift, input_.s)));
      // The outputs whose tap lies in the input: a box, of at most as many elements as there are bits.
      Triple low, high;
      for (int axis = 0; axis < 3; ++axis) {
        low[axis] = std::max<std::int64_t>(0, -shift[axis]);
        high[axis] = std::min(g_.output[axis], g_.input[axis] - shift[axis]);
      }
      std::uint64_t met = 0;
      for (std::int64_t d = low[0]; d < high[0] && low[2] < high[2]; ++d) {
        for (std::int64_t h = low[1]; h < high[1]; ++h)
          met |= first_bits(high[2] - low[2]) << ((d * g_.output[1] + h) * g_.output[2] + low[2]);
      }
      for (std::int64_t v = 0; v < vectors; ++v)
        masks_.push_back(static_cast<std::uint32_t>(met >> v * lanes & first_bits(lanes)));
    });
  }

  const T* copy(const T* input, std::int64_t row, std::int64_t rows, const Columns& columns) const {
    const std::int64_t begin = columns.first * g_.stride[2] - g_.pad_begin[2];
    const bool banded = reading_.column_bands > 1,
               inside = banded && begin >= 0 && begin + band_extent() <= g_.input[2];
    CopiedRow of_edge;
    if (banded && !inside) of_edge = copied_row(g_.padding_mode, g_.input[2], -begin);
    const CopiedRow& read = banded && !inside ? of_edge : row_;
    PaddedCopy<T> copy;
    copy.layout = Layout::channels_first;
    copy.source = inside ? input + begin * input_.s[2] : input;
    copy.from = input_;
    copy.channels = 1;
    copy.repeat = 1;
    copy.depth_map = depth_map_.data();
    copy.height_map = height_map_.data() + row * g_.stride[1];
    copy.width_map = &read.map;
    copy.width_runs = &read.runs;
    copy.depth = window_extent(g_, 0);
    copy.height = rows_under(g_, rows);
    copy.target = scratch<T>(Scratch::padded, copy.length());
    for (std::int64_t part = 0; part < copy.parts(); ++part) copy.copy_part(part);
    return copy.target;
  }

  void run_flat(const Planes& planes, const Strides& to) const {
    DepthwisePlane<T> t;
    t.x = planes.x;
    t.offsets = offsets_.data();
    t.w = weights_ + planes.channel * taps_;
    t.masks = masks_.data();
    t.taps = static_cast<int>(taps_);
    t.count = static_cast<int>(volume(g_.output));
    t.y = planes.y;
    t.finish = &finish_;
    t.residual = planes.residual;
    t.channel = planes.channel;
    t.planes = planes.count;
    t.x_plane = planes.x_step;
    t.y_plane = to.c;
    t.kernel = has_centred_kernel() ? static_cast<int>(g_.kernel[2]) : 0;
    t.width = static_cast<int>(g_.output[2]);
    kernels<T>().depthwise_plane.run(t);
  }

  // Of a single slice, square, with the padding that centres it.
  bool has_centred_kernel() const {
    const std::int64_t size = g_.kernel[2], before = size / 2;
    return g_.output[0] == 1 && g_.kernel == Triple{1, size, size} && size % 2 == 1 && g_.dilation[1] == 1 &&
           g_.dilation[2] == 1 && g_.pad_begin[0] == 0 && g_.pad_begin[1] == before &&
           g_.pad_begin[2] == before;
  }

  // All passes over output rows [row, row + rows) of output slice d, at planes.y: kernel slices and kernel
  // rows in the contract's order, the sums between two passes in y. Where taps read the window from its other
  // end, the outputs are opened from the last one up.
  void run_slice(const Planes& planes, const Columns& columns, std::int64_t d, std::int64_t row,
                 std::int64_t rows, const Strides& to) const {
    const std::int64_t classes = reading_.slides ? g_.dilation[1] : 1, y_row = to.s[1];
    const std::int64_t slice = reading_.copied ? rows_under(g_, rows) * reading_.row : input_.s[0];
    const std::int64_t direction = filters_.reversed ? -1 : 1;
    DepthwiseRows<T> t;
    t.width = reading_.row;
    t.column = reading_.copied ? 0 : columns.first * g_.stride[2] - g_.pad_begin[2];
    t.offsets = offsets_.data();
    t.lowest = lowest_;
    t.highest = highest_;
    t.w = weights_ + planes.channel * taps_;
    t.kernel_w = static_cast<int>(g_.kernel[2]);
    t.step = reading_.step;
    t.columns = columns.count;
    t.y_row = direction * y_row * classes;
    t.channel = planes.channel;
    t.planes = planes.count;
    t.x_plane = planes.x_step;
    t.w_plane = taps_;
    t.y_plane = to.c;
    Checkpoint checkpoint;
    for (std::int64_t kd = 0; kd < g_.kernel[0]; ++kd) {
      const std::int64_t at = d * g_.stride[0] + filters_.position(g_, 0, kd) * g_.dilation[0];
      const std::int64_t from = reading_.copied ? at : depth_map_[static_cast<std::size_t>(at)];
      const std::int64_t* table = from < 0 ? outside_.data() : rows_.data();
      if (!reading_.copied) table += row * g_.stride[1];
      t.x = planes.x + std::max<std::int64_t>(0, from) * slice;
      for (const KernelRows& pass : passes_) {
        const bool ends_chain = kd + 1 == g_.kernel[0] && pass.begin + pass.count == g_.kernel[1];
        t.kernel_h = pass.count;
        t.row_step = direction * (pass.count == 1 ? g_.stride[1] * classes : classes);
        t.accumulate = kd > 0 || pass.begin > 0;
        t.finish = ends_chain ? &finish_ : nullptr;
        t.stream = ends_chain && streams_;
        for (std::int64_t c = 0; c < std::min(classes, rows); ++c) {
          t.rows = static_cast<int>((rows - c + classes - 1) / classes);
          const std::int64_t first = c + (filters_.reversed ? t.rows - 1 : 0) * classes;
          t.x_rows = table + first + filters_.position(g_, 1, pass.begin) * g_.dilation[1];
          t.y = planes.y + first * y_row;
          t.residual = planes.residual ? planes.residual + first * y_row : nullptr;
          run_pass(t, checkpoint);
        }
        t.w += pass.count * g_.kernel[2];
      }
    }
  }

  // In stretches of columns, between which an abort is seen, where there is much to do.
  static void run_pass(const DepthwiseRows<T>& pass, Checkpoint& checkpoint) {
    constexpr std::int64_t most_products = 1 << 22, least_columns = 64;
    const std::int64_t products = pass.planes * pass.rows * pass.kernel_h * pass.kernel_w;
    checkpoint.pass(products * pass.columns);
    if (products * pass.columns <= most_products) return kernels<T>().depthwise_rows.run(pass);
    const std::int64_t most =
        std::max(least_columns, most_products / products / least_columns * least_columns);
    DepthwiseRows<T> t = pass;
    for (std::int64_t left = pass.columns; left > 0; left -= t.columns) {
      stop_if_cancelled();
      t.columns = std::min(left, most);
      kernels<T>().depthwise_rows.run(t);
      t.column += t.columns * t.step;
      t.y += t.columns;
      if (t.residual) t.residual += t.columns;
    }
  }

  // [channels][taps], the taps of a pass by columns of the kernel.
  const T* pack() const {
    const PackKey key = {static_cast<std::int64_t>(PackForm::depthwise), reading_.flat ? 1 : 2,
                         passes_.front().count, static_cast<std::int64_t>(passes_.size())};
    return packed_weights<T>(b_.cache, key, g_.out_channels * taps_, [&](T* to) {
      const Table<std::int64_t> from = order(weight_taps(g_, filters_));
      for (std::int64_t o = 0; o < g_.out_channels; ++o) {
        stop_if_cancelled();
        const T* filter = b_.weight + filters_.filter(o, g_.out_per_group());
        for (const std::int64_t tap : from) *to++ = filter[tap];
      }
    });
  }

  Table<std::int64_t> order(const Table<std::int64_t>& taps) const {
    if (reading_.flat) return taps;
    Table<std::int64_t> ordered;
    ordered.reserve(taps.size());
    for (std::int64_t kd = 0; kd < g_.kernel[0]; ++kd) {
      for (const KernelRows& pass : passes_) {
        for (std::int64_t kw = 0; kw < g_.kernel[2]; ++kw) {
          for (std::int64_t kh = pass.begin; kh < pass.begin + pass.count; ++kh)
            ordered.push_back(taps[static_cast<std::size_t>((kd * g_.kernel[1] + kh) * g_.kernel[2] + kw)]);
        }
      }
    }
    return ordered;
  }

  const Geometry& g_;
  const FilterOrder filters_;
  const Buffers<T>& b_;
  const PlaneReading reading_;
  const std::vector<KernelRows> passes_;
  const Strides input_;
  const Finish<T> finish_;
  const Table<std::int32_t> depth_map_, height_map_;
  CopiedRow row_;  // the whole of it or, of bands, those that lie inside
  Table<std::int64_t> rows_,
      outside_;                  // where each row under the band begins; a slice outside the input
  Table<std::int32_t> offsets_;  // of taps of a kernel row; flat: of all taps
  std::int32_t lowest_ = 0, highest_ = 0;
  Table<std::uint32_t> masks_;  // flat: [taps][vectors]
  const std::int64_t taps_;
  const bool streams_;  // results do not stay in the caches
  const T* const weights_;
};

}  // namespace native_conv
