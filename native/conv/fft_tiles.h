// How a map is cut into tiles for Fourier transforms (overlap-save; Stockham, AFIPS 1966): the sizes of the
// transforms, what each tile reads and writes. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "conv/geometry.h"
#include "kernels/fft.h"

namespace native_conv {

// One axis. A tile's window begins at padded position first(tile) - pad; what it holds beyond `points` wraps
// around onto zeros. An axis that the kernel does not span is not transformed: its points are outputs.
struct FftAxis {
  std::int64_t outputs = 1, input = 0, pad = 0, reach = 1;
  bool copied = false;  // the padding copies: all of a window is read
  std::int64_t tile = 1, tiles = 1;
  int points = 1;
  double operations = 0;  // vector operations of a transform for each of its points

  bool transformed() const { return reach > 1; }
  std::int64_t first(std::int64_t t) const { return t * tile; }
  std::int64_t count(std::int64_t t) const { return std::min(tile, outputs - first(t)); }
  // Positions of tile t's window that hold input: [begin, end) in padded coordinates, and from where on they
  // lie in it.
  std::int64_t low(std::int64_t t) const { return first(t) - pad; }
  std::int64_t begin(std::int64_t t) const { return copied ? low(t) : std::max<std::int64_t>(0, low(t)); }
  std::int64_t end(std::int64_t t) const {
    const std::int64_t high = low(t) + count(t) + reach - 1;
    return std::max(begin(t), copied ? high : std::min(input, high));
  }
  // The fewest points that a transform of every tile may have.
  std::int64_t least_points() const;
};

// What lies in the lanes of a transform: a block of channels of `beside` pairs of tiles.
struct FftLanes {
  std::int64_t channels = 0, beside = 1, blocks = 1;

  std::int64_t transforms(std::int64_t pairs) const { return (pairs + beside - 1) / beside; }
};

// Everything that depends on the geometry and on how many transforms a vector holds.
struct FftTiles {
  FftAxis height, width;
  std::int64_t images;  // depth slices of all samples
  FftLanes lanes;
  std::int64_t pitch;  // points from one row of a tile to the next
  double cost = 0;     // vector operations, the filters' transform left out

  FftTiles(const Geometry& g, int vector_lanes);
  // Whether there is a tile that is not too large.
  bool fit() const { return lanes.channels > 0; }
  // Two tiles of one image share a transform, as real and imaginary part.
  std::int64_t tiles() const { return height.tiles * width.tiles; }
  std::int64_t pairs() const { return (tiles() + 1) / 2; }
  // Of a block of channels.
  std::int64_t transforms() const { return lanes.transforms(images * pairs()); }
  std::int64_t points() const { return std::int64_t{height.points} * pitch; }
  // Points of a filter's spectrum.
  std::int64_t rows() const { return height.transformed() ? height.points : 1; }
  std::int64_t columns() const { return width.transformed() ? width.points : 1; }
};

// The longest kernel along an axis that a transform takes.
constexpr std::int64_t fft_most_reach = 131072;

// The transform of `points` points, or the one that leaves them alone. Kept for the life of the process.
template <class T>
const FftLength<T>& fft_length(int points);

}  // namespace native_conv
