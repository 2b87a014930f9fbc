// Resampling of uint8 images in integers. Rows are narrowed sixteen at a time with one row to a lane, in
// blocks that fit the first cache; columns are then summed with one column to a lane. Both read four
// positions at once, in quads that begin at multiples of four of the source. Layer: image.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstring>

#include "base/buffer.h"
#include "base/packed_reader.h"
#include "image/quad_weights.h"
#include "image/resample.h"
#include "kernels/image.h"

namespace native_conv {
namespace {

constexpr std::int32_t unit = 1 << blend_bits;

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

// Outputs [first, last), which read the source's quads [begin, end).
struct Block {
  std::int64_t first, last, begin, end;
};

// As many outputs to a block as leave its quads in the first cache; at least one.
std::vector<Block> blocks_of(const QuadWeights& columns, std::int64_t outputs, std::int64_t channels) {
  constexpr std::int64_t most_words = 384;  // of a source row: 24 KiB
  std::vector<Block> blocks;
  for (std::int64_t o = 0; o < outputs; ++o) {
    if (blocks.empty() || (columns.end(o) - blocks.back().begin) * channels > most_words) {
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
        rows_(r.rows, kernels_.blend_rows.rows),
        shifts_(is_shift(r.columns)) {
    length_ = g_.target.width * g_.channels;
    together_ = g_.channels <= most_blend_channels ? g_.channels : 1;
    // The last outputs are written four at a time.
    ring_row_ = 4 * round_up(length_ + 3 * together_, blend_block);
    apart_row_ = 4 * (g_.target.width + 3);
    held_ = round_up(rows_.most() + batch - 1, batch);
    check_product("the ring of rows", {held_, ring_row_});
    if (shifts_) return;
    columns_ = QuadWeights(r.columns, kernels_.blend_lanes.rows);
    blocks_ = blocks_of(columns_, r.columns.outputs, together_);
    for (const Block& block : blocks_) {
      check_product("a block of columns", {block.end - block.begin + 4, together_, image_lanes, 4});
      block_bytes_ = std::max(block_bytes_, (block.end - block.begin + 4) * together_ * image_lanes * 4);
    }
  }

  void run(const Strip& strip) const {
    std::uint8_t* ring = scratch<std::uint8_t>(Scratch::image_ring, held_ * ring_row_);
    std::vector<const std::uint8_t*> x(static_cast<std::size_t>(rows_.most()));
    const std::int64_t first = rows_.begin(strip.first), end = r_.rows.end(strip.last - 1);
    for (std::int64_t o = strip.first, next = first; o < strip.last; ++o) {
      for (; next < rows_.end(o); next += batch) {
        const std::int64_t count = std::min<std::int64_t>(image_lanes, end - 4 * next);
        narrow_rows(stream_.source(strip.plane, 4 * next, count), count,
                    ring + (next - first) % held_ * ring_row_);
      }
      const std::int64_t quads = rows_.end(o) - rows_.begin(o);
      for (std::int64_t q = 0; q < quads; ++q)
        x[static_cast<std::size_t>(q)] = ring + (rows_.begin(o) - first + q) % held_ * ring_row_;
      kernels_.blend_rows.run({x.data(), rows_.of(o), static_cast<int>(quads), length_,
                               static_cast<std::uint8_t*>(stream_.target(strip.plane, o))});
      stream_.written(strip.plane, o);
    }
  }

 private:
  static constexpr std::int64_t batch = image_lanes / 4;  // quads of rows that are narrowed at once
  using Rows = std::array<const std::uint8_t*, image_lanes>;

  static std::int64_t round_up(std::int64_t x, std::int64_t step) { return (x + step - 1) / step * step; }

  // Up to 16 source rows into four rows of the ring; the last row stands for those that are missing.
  void narrow_rows(const SourceRows& rows, std::int64_t count, std::uint8_t* ring) const {
    Rows x;
    for (std::int64_t i = 0; i < image_lanes; ++i)
      x[static_cast<std::size_t>(i)] =
          static_cast<const std::uint8_t*>(rows.first) + std::min(i, count - 1) * rows.row;
    if (shifts_) return shift_rows(x, ring);
    if (together_ == g_.channels) return blend(x, ring, ring_row_);
    for (std::int64_t c = 0; c < g_.channels; ++c) blend_apart(x, c, ring);
  }

  // All blocks of rows of `together_` channels.
  void blend(const Rows& x, std::uint8_t* y, std::int64_t y_row) const {
    const auto channels = static_cast<int>(together_);
    std::uint8_t* block = scratch<std::uint8_t>(Scratch::image_block, block_bytes_);
    for (const Block& b : blocks_) {
      Rows from = x;
      for (const std::uint8_t*& row : from) row += 4 * b.begin * channels;
      kernels_.quads.run(
          {from.data(), (g_.source.width - 4 * b.begin) * channels, channels, b.end - b.begin, block});
      kernels_.blend_lanes.run({block, b.begin, channels, columns_.spans(b.first), columns_.of(b.first),
                                columns_.most(), b.last - b.first, y + 4 * b.first * channels, y_row});
    }
  }

  // One of more channels than the kernels know: copied out of the pixels, and its words back between the
  // others'.
  void blend_apart(const Rows& x, std::int64_t c, std::uint8_t* ring) const {
    const std::int64_t width = g_.source.width;
    std::uint8_t* plane =
        scratch<std::uint8_t>(Scratch::image_plane, image_lanes * width + batch * apart_row_);
    std::uint8_t* words = plane + image_lanes * width;
    Rows rows;
    for (std::size_t i = 0; i < x.size(); ++i) {
      std::uint8_t* row = plane + static_cast<std::int64_t>(i) * width;
      for (std::int64_t j = 0; j < width; ++j) row[j] = x[i][j * g_.channels + c];
      rows[i] = row;
    }
    blend(rows, words, apart_row_);
    for (std::int64_t i = 0; i < batch; ++i) {
      for (std::int64_t o = 0; o < g_.target.width; ++o)
        std::memcpy(ring + i * ring_row_ + 4 * (o * g_.channels + c), words + i * apart_row_ + 4 * o, 4);
    }
  }

  void shift_rows(const Rows& x, std::uint8_t* ring) const {
    const std::int64_t from = r_.columns.begin(0) * g_.channels;
    for (std::size_t i = 0; i < x.size(); ++i) {
      std::uint8_t* y = ring + static_cast<std::int64_t>(i / 4) * ring_row_ + i % 4;
      for (std::int64_t j = 0; j < length_; ++j) y[4 * j] = x[i][from + j];
    }
  }

  const Resampling& r_;
  const RowStream& stream_;
  const ImageGeometry& g_;
  const ImageKernels& kernels_;
  QuadWeights rows_, columns_{};
  bool shifts_;
  std::vector<Block> blocks_;
  // Channels that the kernels take at once, and the row of one that they take alone.
  std::int64_t together_, apart_row_;
  std::int64_t length_, ring_row_, held_, block_bytes_ = 0;
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
