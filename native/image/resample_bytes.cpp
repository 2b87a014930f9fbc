// Resampling of uint8 images in integers. Rows are narrowed 32 at a time with one row to a lane, in
// transposed blocks that fit the first cache; columns are then summed with one column to a lane. Layer:
// image. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>

#include "base/buffer.h"
#include "base/packed_reader.h"
#include "image/resample.h"
#include "kernels/image.h"

namespace native_conv {
namespace {

constexpr std::int32_t unit = 1 << blend_bits;

// The weights of an axis as the kernels read them (kernels/image.h).
struct SplitWeights {
  std::int64_t pairs;  // of an output
  std::vector<std::int32_t> low, high;
};

SplitWeights split_weights(const ResampleAxis& axis) {
  const std::int64_t pairs = (axis.taps + 1) / 2;
  const auto count = static_cast<std::size_t>(axis.outputs * pairs);
  SplitWeights split{pairs, std::vector<std::int32_t>(count), std::vector<std::int32_t>(count)};
  constexpr std::int32_t half = 1 << (blend_split - 1);
  for (std::int64_t o = 0; o < axis.outputs; ++o) {
    for (std::int64_t t = 0; t < axis.count(o); ++t) {
      const std::int32_t w = axis.integers[o * axis.taps + t];
      const std::int32_t high = (w + half) >> blend_split, low = w - (high << blend_split);
      const auto at = static_cast<std::size_t>(o * pairs + t / 2);
      const int shift = t % 2 == 0 ? 0 : 16;
      split.low[at] |= static_cast<std::int32_t>(static_cast<std::uint32_t>(low & 0xffff) << shift);
      split.high[at] |= static_cast<std::int32_t>(static_cast<std::uint32_t>(high & 0xffff) << shift);
    }
  }
  return split;
}

// Every output is the pixel at begin(0) plus its number: nothing but a shift.
bool is_shift(const ResampleAxis& axis) {
  for (std::int64_t o = 0; o < axis.outputs; ++o) {
    if (axis.count(o) != 1 || axis.begin(o) != axis.begin(0) + o || axis.integers[o * axis.taps] != unit)
      return false;
  }
  return true;
}

// Every output is one pixel.
bool is_choice(const ResampleAxis& axis) {
  for (std::int64_t o = 0; o < axis.outputs; ++o) {
    if (axis.count(o) != 1 || axis.integers[o * axis.taps] != unit) return false;
  }
  return true;
}

// Outputs [first, last), which read source positions [begin, end).
struct Block {
  std::int64_t first, last, begin, end;
};

// As many outputs to a block as leave its transposed source in the first cache; at least one.
std::vector<Block> blocks_of(const ResampleAxis& columns, std::int64_t channels) {
  constexpr std::int64_t most_bytes = 768;  // of a source row
  std::vector<Block> blocks;
  for (std::int64_t o = 0; o < columns.outputs; ++o) {
    if (blocks.empty() || (columns.end(o) - blocks.back().begin) * channels > most_bytes) {
      blocks.push_back({o, o + 1, columns.begin(o), columns.end(o)});
    } else {
      blocks.back().last = o + 1;
      blocks.back().end = columns.end(o);
    }
  }
  return blocks;
}

class ByteResampler {
 public:
  ByteResampler(const Resampling& r, const RowStream& stream)
      : r_(r),
        stream_(stream),
        g_(r.geometry),
        kernels_(image_kernels()),
        rows_(split_weights(r.rows)),
        shifts_(is_shift(r.columns)) {
    length_ = g_.target.width * g_.channels;
    ring_row_ = (length_ + 2 * blend_slack - 1) / blend_slack * blend_slack;
    held_ = (r.rows.taps + 2 * image_lanes - 2) / image_lanes * image_lanes;
    check_product("the ring of rows", {held_, ring_row_});
    if (shifts_) return;
    columns_ = split_weights(r.columns);
    blocks_ = blocks_of(r.columns, g_.channels);
    for (const Block& block : blocks_) {
      // One position more than the last, which the partner of an odd tap reads.
      check_product("a block of columns", {block.end - block.begin + 1, g_.channels, image_lanes});
      block_bytes_ = std::max(block_bytes_, (block.end - block.begin + 1) * g_.channels * image_lanes);
      tile_bytes_ = std::max(tile_bytes_, (block.last - block.first) * g_.channels * image_lanes);
    }
  }

  void run(const Strip& strip) const {
    std::uint8_t* ring = scratch<std::uint8_t>(Scratch::image_ring, held_ * ring_row_);
    std::vector<const std::uint8_t*> x(static_cast<std::size_t>(2 * rows_.pairs));
    const std::int64_t first = r_.rows.begin(strip.first), end = r_.rows.end(strip.last - 1);
    for (std::int64_t o = strip.first, next = first; o < strip.last; ++o) {
      while (next < r_.rows.end(o)) {
        const std::int64_t count = std::min<std::int64_t>(image_lanes, end - next);
        narrow_rows(stream_.source(strip.plane, next, count), count,
                    ring + (next - first) % held_ * ring_row_);
        next += count;
      }
      const std::int64_t taps = r_.rows.count(o), pairs = (taps + 1) / 2;
      for (std::int64_t t = 0; t < 2 * pairs; ++t) {
        const std::int64_t row = r_.rows.begin(o) - first + std::min(t, taps - 1);
        x[static_cast<std::size_t>(t)] = ring + row % held_ * ring_row_;
      }
      kernels_.blend_rows.run({x.data(), &rows_.low[static_cast<std::size_t>(o * rows_.pairs)],
                               &rows_.high[static_cast<std::size_t>(o * rows_.pairs)],
                               static_cast<int>(pairs), length_,
                               static_cast<std::uint8_t*>(stream_.target(strip.plane, o))});
      stream_.written(strip.plane, o);
    }
  }

 private:
  // Up to 32 source rows into rows of the ring.
  void narrow_rows(const SourceRows& rows, std::int64_t count, std::uint8_t* ring) const {
    const auto* x = static_cast<const std::uint8_t*>(rows.first);
    if (shifts_) {
      const std::uint8_t* from = x + r_.columns.begin(0) * g_.channels;
      for (std::int64_t i = 0; i < count; ++i)
        std::memcpy(ring + i * ring_row_, from + i * rows.row, static_cast<std::size_t>(length_));
      return;
    }
    std::uint8_t* block = scratch<std::uint8_t>(Scratch::image_block, block_bytes_);
    std::uint8_t* tile = scratch<std::uint8_t>(Scratch::image_tile, tile_bytes_);
    for (const Block& b : blocks_) {
      const std::int64_t outputs = (b.last - b.first) * g_.channels;
      kernels_.transpose.run(
          {x + b.begin * g_.channels, rows.row, count, (b.end - b.begin) * g_.channels, block, image_lanes});
      const auto at = static_cast<std::size_t>(b.first * columns_.pairs);
      kernels_.blend_lanes.run({block, b.begin, static_cast<int>(g_.channels),
                                r_.columns.bounds + 2 * b.first, &columns_.low[at], &columns_.high[at],
                                columns_.pairs, b.last - b.first, tile});
      kernels_.transpose.run({tile, image_lanes, outputs, count, ring + b.first * g_.channels, ring_row_});
    }
  }

  const Resampling& r_;
  const RowStream& stream_;
  const ImageGeometry& g_;
  const ImageKernels& kernels_;
  SplitWeights rows_, columns_{};
  bool shifts_;
  std::vector<Block> blocks_;
  std::int64_t length_, ring_row_, held_, block_bytes_ = 0, tile_bytes_ = 0;
};

// Chosen pixels are copied.
void choose_rows(const Resampling& r, const RowStream& stream, const Strip& strip) {
  const std::int64_t channels = r.geometry.channels;
  for (std::int64_t o = strip.first; o < strip.last; ++o) {
    const auto* x = static_cast<const std::uint8_t*>(stream.source(strip.plane, r.rows.begin(o), 1).first);
    auto* y = static_cast<std::uint8_t*>(stream.target(strip.plane, o));
    for (std::int64_t i = 0; i < r.columns.outputs; ++i) {
      const std::uint8_t* from = x + r.columns.begin(i) * channels;
      for (std::int64_t c = 0; c < channels; ++c) *y++ = from[c];
    }
    stream.written(strip.plane, o);
  }
}

}  // namespace

void run_resample_bytes(const Resampling& r, const RowStream& rows, const RunControl& control) {
  if (is_choice(r.columns) && is_choice(r.rows)) {
    for_each_strip(r.geometry, control, [&](const Strip& strip) { choose_rows(r, rows, strip); });
    return;
  }
  const ByteResampler resampler(r, rows);
  for_each_strip(r.geometry, control, [&](const Strip& strip) { resampler.run(strip); });
}

}  // namespace native_conv
