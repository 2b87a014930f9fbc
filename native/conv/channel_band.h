// Bands of the padded input with the channels of a vector side by side. Layer: conv. SPDX-License-Identifier:
// MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clear.h"
#include "base/table.h"
#include "conv/bands.h"
#include "conv/geometry.h"
#include "conv/padding.h"
#include "kernels/kernels.h"

namespace native_conv {

// How one depth slice of the output is cut into bands of whole rows or, where those are long, into pieces of
// one row, and what of the padded input lies under a band.
struct ChannelBands {
  std::int64_t rows, columns;            // of outputs
  std::int64_t read_rows, read_columns;  // of the padded input
  std::int64_t shared_rows;              // that two successive bands read

  ChannelBands(const Geometry& g, int lanes) {
    // Elements of a band, and of one for a single row of outputs: with the gradient's they stay in the
    // second-level cache.
    constexpr std::int64_t band_elements = 32 * 1024, row_elements = 64 * 1024, least_columns = 64;
    const std::int64_t halo = (g.kernel[2] - 1) * g.dilation[2];
    const std::int64_t column = lanes * g.kernel[0];
    const std::int64_t under_a_row = row_elements / std::max<std::int64_t>(1, column * rows_under(g, 1));
    const std::int64_t fit = (under_a_row - halo - 1) / g.stride[2] + 1;
    columns = std::max<std::int64_t>(1, std::min(g.output[2], std::max({least_columns, halo, fit})));
    read_columns = extent_under(g, 2, columns);
    const bool whole = columns == g.output[2];
    rows = whole ? rows_of_band(g, band_elements, column * read_columns, any_rows) : 1;
    read_rows = rows_under(g, rows);
    shared_rows = whole ? std::max<std::int64_t>(0, rows_under(g, 1) - g.stride[1]) : 0;
  }

  std::int64_t positions() const { return rows * columns; }
  // Of the input, for one channel.
  std::int64_t input_length(const Geometry& g) const { return g.kernel[0] * read_rows * read_columns; }
};

// [kernel depth][read rows][read columns][lanes]: neighbouring channels of one image, zeros where there are
// no more of them.
template <class T>
class ChannelBand {
 public:
  ChannelBand(const Geometry& g, const ChannelBands& bands)
      : g_(g),
        bands_(bands),
        lanes_(kernels<T>().lanes),
        input_(strides_of(g.layout, g.in_channels, g.input)) {
    for (int axis = 0; axis < 3; ++axis) {
      maps_[axis] = axis_map(g.padding_mode, g.input[axis], g.pad_begin[axis], window_extent(g, axis));
    }
    runs_ = runs_of(maps_[2]);
  }

  std::int64_t row_length() const { return bands_.read_columns * lanes_; }
  std::int64_t slice_length() const { return bands_.read_rows * row_length(); }
  // Where an output at the beginning of the band reads a tap.
  std::int64_t offset(const Triple& tap) const {
    return tap[0] * slice_length() + tap[1] * g_.dilation[1] * row_length() +
           tap[2] * g_.dilation[2] * lanes_;
  }

  // What `rows` rows of `columns` outputs from `output` on read of `channels` channels from `from` on; the
  // band before, of the same slice, is still there.
  void read(const T* from, std::int64_t channels, const Triple& output, std::int64_t rows,
            std::int64_t columns, T* to) const {
    const std::int64_t first = output[1] > 0 ? bands_.shared_rows : 0, count = rows_under(g_, rows);
    const std::int64_t begin = output[2] * g_.stride[2], end = begin + extent_under(g_, 2, columns);
    for (std::int64_t kd = 0; kd < g_.kernel[0]; ++kd, to += slice_length()) {
      if (first > 0) {
        const T* shared = to + bands_.rows * g_.stride[1] * row_length();
        std::copy(shared, shared + first * row_length(), to);
      }
      const std::int64_t depth = at(0, output[0] * g_.stride[0] + kd * g_.dilation[0]);
      for (std::int64_t r = first; r < count; ++r) {
        const std::int64_t height = at(1, output[1] * g_.stride[1] + r);
        T* row = to + r * row_length();
        if (depth < 0 || height < 0) {
          clear(row, (end - begin) * lanes_);
        } else {
          read_row(from + depth * input_.s[0] + height * input_.s[1], channels, begin, end, row);
        }
      }
    }
  }

 private:
  std::int64_t at(int axis, std::int64_t padded) const {
    return maps_[axis][static_cast<std::size_t>(padded)];
  }

  // Columns [begin, end).
  void read_row(const T* from, std::int64_t channels, std::int64_t begin, std::int64_t end, T* to) const {
    if (channels < lanes_) clear(to, (end - begin) * lanes_);
    const auto met = std::partition_point(runs_.begin(), runs_.end(),
                                          [begin](const Run& run) { return run.to + run.length <= begin; });
    Checkpoint checkpoint;
    for (auto each = met; each != runs_.end() && each->to < end; ++each) {
      const Run& run = *each;
      const std::int64_t first = std::max(run.to, begin), length = std::min(run.to + run.length, end) - first;
      checkpoint.pass(length * lanes_);
      T* out = to + (first - begin) * lanes_;
      const std::int64_t source = run.from + (first - run.to) * run.step;
      if (run.from < 0) {
        std::fill_n(out, length * lanes_, T(0));
      } else if (input_.s[2] == 1 && run.step == 1) {
        kernels<T>().transpose.run({from + source, input_.c, channels, length, out, lanes_});
      } else {
        const T* in = from + source * input_.s[2];
        for (std::int64_t i = 0; i < length; ++i, in += run.step * input_.s[2], out += lanes_) {
          for (std::int64_t c = 0; c < channels; ++c) out[c] = in[c * input_.c];
        }
      }
    }
  }

  const Geometry& g_;
  const ChannelBands& bands_;
  const int lanes_;
  const Strides input_;
  Table<std::int32_t> maps_[3];
  Table<Run> runs_;
};

}  // namespace native_conv
