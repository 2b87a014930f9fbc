// Rows are narrowed sixteen at a time with one row to a lane, in blocks that fit the first cache. Layer:
// image. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <vector>

#include "base/buffer.h"
#include "base/packed_reader.h"
#include "image/narrowing.h"

namespace native_conv {
namespace {

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

class LaneNarrowing final : public Narrowing {
 public:
  LaneNarrowing(const ResampleAxis& columns, std::int64_t width, std::int64_t channels)
      : width_(width),
        outputs_(columns.outputs()),
        channels_(channels),
        together_(channels <= most_blend_channels ? channels : 1),
        kernels_(image_kernels()),
        columns_(columns, kernels_.blend_lanes.rows),
        blocks_(blocks_of(columns_, columns.outputs(), together_)) {
    for (const Block& block : blocks_) {
      check_product("a block of columns", {block.end - block.begin + 4, together_, image_lanes, 4});
      block_bytes_ = std::max(block_bytes_, (block.end - block.begin + 4) * together_ * image_lanes * 4);
    }
  }

  std::int64_t quads() const override { return image_lanes / 4; }
  std::size_t bytes() const override { return columns_.bytes() + blocks_.size() * sizeof(Block); }
  void run(const Rows& x, std::uint8_t* y, std::int64_t y_row) const override {
    if (together_ == channels_) return blend(x, y, y_row);
    for (std::int64_t c = 0; c < channels_; ++c) blend_apart(x, c, y, y_row);
  }

 private:
  // All blocks of rows of `together_` channels.
  void blend(const Rows& x, std::uint8_t* y, std::int64_t y_row) const {
    const auto channels = static_cast<int>(together_);
    std::uint8_t* block = scratch<std::uint8_t>(Scratch::image_block, block_bytes_);
    for (const Block& b : blocks_) {
      Rows from = x;
      for (const std::uint8_t*& row : from) row += 4 * b.begin * channels;
      kernels_.quads.run({from.data(), (width_ - 4 * b.begin) * channels, channels, b.end - b.begin, block});
      kernels_.blend_lanes.run({block, b.begin, channels, columns_.spans(b.first), columns_.of(b.first),
                                columns_.most(), b.last - b.first, y + 4 * b.first * channels, y_row});
    }
  }

  // One of more channels than the kernels know: copied out of the pixels, and its words back between the
  // others'.
  void blend_apart(const Rows& x, std::int64_t c, std::uint8_t* y, std::int64_t y_row) const {
    const std::int64_t words_row = 4 * narrowed_words(outputs_, 1);
    std::uint8_t* plane =
        scratch<std::uint8_t>(Scratch::image_plane, image_lanes * width_ + quads() * words_row);
    std::uint8_t* words = plane + image_lanes * width_;
    Rows rows;
    for (std::size_t i = 0; i < x.size(); ++i) {
      std::uint8_t* row = plane + static_cast<std::int64_t>(i) * width_;
      for (std::int64_t j = 0; j < width_; ++j) row[j] = x[i][j * channels_ + c];
      rows[i] = row;
    }
    blend(rows, words, words_row);
    for (std::int64_t i = 0; i < quads(); ++i) {
      for (std::int64_t o = 0; o < outputs_; ++o)
        std::memcpy(y + i * y_row + 4 * (o * channels_ + c), words + i * words_row + 4 * o, 4);
    }
  }

  std::int64_t width_, outputs_, channels_;
  // Channels that the kernels take at once.
  std::int64_t together_;
  const ImageKernels& kernels_;
  QuadWeights columns_;
  std::vector<Block> blocks_;
  std::int64_t block_bytes_ = 0;
};

}  // namespace

std::unique_ptr<const Narrowing> narrow_in_lanes(const ResampleAxis& columns, std::int64_t width,
                                                 std::int64_t channels) {
  return std::make_unique<LaneNarrowing>(columns, width, channels);
}

}  // namespace native_conv
