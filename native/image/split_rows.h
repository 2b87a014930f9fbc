// Rows of bytes for a filter, and where its results go, without a padded copy of the picture: results away
// from the edges are made of the picture's own rows, those at the edges of short padded ones. Layer: image.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <vector>

#include "base/buffer.h"
#include "image/padded_rows.h"
#include "image/strips.h"
#include "kernels/image.h"

namespace native_conv {

// Results of a row that are made at once. Those of the edges lie side by side, the left ones first, with some
// that mean nothing between.
struct RowPart {
  std::int64_t first, count;
  bool edges;
};

template <class T>
class SplitRows {
 public:
  // Up to `held` padded rows are read at once, and `made` rows of results made.
  SplitRows(const ImageCall& call, const PaddedRows& rows, const Strip& strip, std::int64_t held,
            std::int64_t made)
      : call_(call),
        g_(call.geometry),
        rows_(rows),
        strip_(strip),
        held_(power_of_two(held)),
        next_(strip.first) {
    const std::int64_t length = g_.source.width * g_.channels, before = g_.anchor_x * g_.channels;
    const bool worth_it = length >= reach() + 4 * filter_block;
    begin_ = worth_it ? before : length;
    end_ = worth_it ? length - (reach() - before) : length;
    edge_row_ = round_up(edge_inputs() + filter_block);
    last_row_ =
        scratch<std::uint8_t>(Scratch::image_plane, held_ * edge_row_ + round_up(length + 2 * filter_block));
    edge_rows_ = last_row_ + round_up(length + 2 * filter_block);
    // Kernels compute whole vectors, past the end of a row, of what no result is made of.
    std::fill(last_row_ + length, edge_rows_ + held_ * edge_row_, std::uint8_t{0});
    results_row_ = round_up(std::max(std::min(tile_values, length), edge_outputs()));
    results_ = scratch<T>(Scratch::image_block, made * results_row_);
    if (g_.border == PaddingMode::zeros)
      zeros_.assign(static_cast<std::size_t>(length + 2 * filter_block), 0);
    std::copy_n(source_at(g_.source.height - 1), length, last_row_);
  }

  // Of rows that are longer, parts are made one after the other.
  std::int64_t tiles() const {
    return std::max<std::int64_t>(1, (end_ - begin_ + tile_values - 1) / tile_values);
  }

  // The last tile brings the edges.
  std::vector<RowPart> parts(std::int64_t tile) const {
    std::vector<RowPart> parts;
    const std::int64_t first = begin_ + tile * tile_values;
    if (first < end_) parts.push_back({first, std::min(tile_values, end_ - first), false});
    if (tile + 1 == tiles() && edge_outputs() > 0) parts.push_back({0, edge_outputs(), true});
    return parts;
  }

  // Room for a part of any kind.
  std::int64_t most_results() const { return results_row_; }

  // What the first tap of a part's first result reads in the padded rows from `row` on; rows come in
  // ascending order. Past the last padded row comes that one again.
  void read(const RowPart& part, std::int64_t row, std::vector<const std::uint8_t*>& x) {
    for (const std::uint8_t*& first : x) first = source(part, row++);
  }

  // Where the results of a row go; `slot` counts the rows that are made at once.
  T* target(const RowPart& part, std::int64_t row, std::int64_t slot) const {
    return part.edges || row >= strip_.last ? results_ + slot * results_row_ : target_at(row) + part.first;
  }

  void made(const RowPart& part, std::int64_t row, std::int64_t slot) const {
    if (!part.edges || row >= strip_.last) return;
    const T* results = results_ + slot * results_row_;
    std::copy_n(results, begin_, target_at(row));
    const std::int64_t length = g_.source.width * g_.channels;
    std::copy_n(results + begin_ + reach(), length - end_, target_at(row) + end_);
  }

 private:
  // Whole rows of full HD beat parts of 2048 values, which would stay in the first cache, since memory
  // foresees longer stretches.
  static constexpr std::int64_t tile_values = 6144;

  static std::int64_t power_of_two(std::int64_t least) {
    std::int64_t power = 1;
    while (power < least) power *= 2;
    return power;
  }
  static std::int64_t round_up(std::int64_t x) {
    return (x + filter_block - 1) / filter_block * filter_block;
  }

  std::int64_t reach() const { return (g_.kernel_width - 1) * g_.channels; }
  std::int64_t right() const { return g_.source.width * g_.channels - end_; }
  std::int64_t edge_outputs() const { return begin_ + (right() > 0 ? reach() + right() : 0); }
  std::int64_t edge_inputs() const { return edge_outputs() + reach(); }

  const std::uint8_t* source_at(std::int64_t row) const {
    return static_cast<const std::uint8_t*>(call_.source) + strip_.plane * g_.source.plane +
           row * g_.source.row;
  }
  T* target_at(std::int64_t row) const {
    return static_cast<T*>(call_.target) + strip_.plane * g_.target.plane + row * g_.target.row;
  }

  const std::uint8_t* source(const RowPart& part, std::int64_t row) {
    const std::int64_t padded = std::min(row, g_.source.height + g_.kernel_height - 2);
    if (part.edges) return edges(padded);
    const std::int64_t from = rows_.source_row(padded);
    if (from < 0) return zeros_.data();
    const std::int64_t offset = part.first - begin_;
    // Kernels read past the end of a row, which must not be the end of the memory.
    return (from + 1 < g_.source.height ? source_at(from) : last_row_) + offset;
  }

  const std::uint8_t* edges(std::int64_t row) {
    for (; next_ <= row; ++next_) {
      std::uint8_t* y = edge_row(next_);
      rows_.copy<std::uint8_t>(call_.source, strip_.plane, next_, 0, begin_ + reach(), y);
      if (right() > 0)
        rows_.copy<std::uint8_t>(call_.source, strip_.plane, next_, end_, rows_.length(),
                                 y + begin_ + reach());
    }
    return edge_row(row);
  }
  // A power of two of them: finding one takes no division.
  std::uint8_t* edge_row(std::int64_t row) const { return edge_rows_ + (row & (held_ - 1)) * edge_row_; }

  const ImageCall& call_;
  const ImageGeometry& g_;
  const PaddedRows& rows_;
  const Strip& strip_;
  std::int64_t held_, next_, begin_, end_, edge_row_, results_row_;
  std::uint8_t *last_row_, *edge_rows_;
  T* results_;
  std::vector<std::uint8_t> zeros_;
};

// Filter<T>(call, plan, padded, strip) is a strip of a filter whose results are T: bytes, or words.
template <template <class> class Filter, class Plan>
void run_split(const ImageCall& call, const Plan& plan, const RunControl& control) {
  const PaddedRows padded(call.geometry);
  const auto run = [&](auto&& filter) {
    for (std::int64_t tile = 0; tile < filter.rows().tiles(); ++tile) filter.run(filter.rows().parts(tile));
  };
  for_each_strip(call.geometry, control, [&](const Strip& strip) {
    if (call.geometry.target.type == PixelType::uint8) {
      run(Filter<std::uint8_t>(call, plan, padded, strip));
    } else {
      run(Filter<std::int16_t>(call, plan, padded, strip));
    }
  });
}

}  // namespace native_conv
