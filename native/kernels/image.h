// The contracts of the image micro-kernels. All of them are exact: integers modulo 2^32 whose final value
// fits, so that neither vectors nor tails change a bit. Layer: kernels. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "kernels/kernels.h"

namespace native_conv {

// Resampling sums four products at once: a word holds the bytes of four successive rows or positions, a quad.
// Weights have 22 fraction bits, and those of a quad fill as many words as the kernel's registry row says
// (`rows`), tap k in the k-th byte or half:
// - 4: w = high·2^12 + low with low in [-2^11, 2^11), 16 bits each; high of taps 0 and 2, high of 1 and 3,
//   low of 0 and 2, low of 1 and 3 (halves.inl);
// - 3: w = high·2^16 + middle·2^8 + low, digits in [-2^7, 2^7); high of all taps, middle, low
//   (digits_<isa>.inl).
// What is written is clamp((2^21 + sum over the taps of w · x) >> 22, 0, 255).
constexpr int blend_bits = 22;
constexpr int blend_split = 12;
// Pixels of more channels are taken apart.
constexpr int most_blend_channels = 4;
// Rows that are resampled at once, one to a lane: four quads.
constexpr int image_lanes = 16;

// quads: byte k of word (q · channels + c) · image_lanes + r of y is x[r][(4q + k) · channels + c] where that
// place is below `count`, for q < quads, c < channels, r < image_lanes, k < 4. Reads x[r][0, count) and
// no more; y has room for 4 · image_lanes words past the last.
struct ByteQuads {
  const std::uint8_t* const* x;  // [image_lanes]
  std::int64_t count;
  int channels;
  std::int64_t quads;
  std::uint8_t* y;
};

// blend_lanes: along rows that quads() has laid out, from quad `first` on. Output o reads the spans[2o + 1]
// quads from spans[2o] on with the weights that begin at quad o · most; byte k of word o · channels + c of
// the row at y + i · y_row is channel c of image row 4i + k, for i < image_lanes / 4. Outputs are written
// four at a time, so that up to 3 · channels words follow the last.
struct BlendLanes {
  const std::uint8_t* x;
  std::int64_t first;
  int channels;
  const std::int32_t* spans;
  const std::int32_t* weights;
  std::int64_t most;
  std::int64_t outputs;
  std::uint8_t* y;
  std::int64_t y_row;
};

// blend_rows: down rows of words that blend_lanes has written, a row for each quad of taps: y[j] for j <
// count. Rows are readable up to a multiple of blend_block words; exactly [count] is written.
constexpr std::int64_t blend_block = 64;
struct BlendRows {
  const std::uint8_t* const* x;  // [quads]
  const std::int32_t* weights;
  int quads;
  std::int64_t count;
  std::uint8_t* y;
};

// Filters. The sum at j < count over 2·pairs taps, each a row of bytes x[t] with a weight w[t]:
//   s = bias + sum over t of w[t] · x[t][j].
// Rows are readable up to filter_block bytes past `count`, and exactly [count] of y is written, unless said.
constexpr std::int64_t filter_block = 128;

// In 16 bits: weights of 8 bits with a sign, two to 16 bits, the first in the low byte, which the other half
// of the word repeats; the sum of two products fits 16 bits, as does the final sum.
//   filter_bytes: y = clamp(s, 0, 255).
//   filter_words: y = s, int16.
//   filter_kept:  y = s modulo 2^16, int16 in an order of the instruction set's own, which column_* of the
//   same
//                 one read; y has room for `count` rounded up to filter_block.
template <class Y>
struct ByteFilter {
  const std::uint8_t* const* x;
  const std::int32_t* weights;
  int pairs;
  std::int16_t bias;
  std::int64_t count;
  Y* y;
};

// filter_two_bytes, filter_two_words: filter_bytes and filter_words of two rows that share their taps, the
// first with the weights [2 · pair], the second with [2 · pair + 1].
template <class Y>
struct TwoByteFilters {
  const std::uint8_t* const* x;
  const std::int32_t* weights;
  int pairs;
  std::int16_t bias;
  std::int64_t count;
  Y* first;
  Y* second;
};

// In 32 bits: weights of 16 bits with a sign, two to a word as above.
//   filter_sums, columns: y = (s + ((s >> shift) & odd)) >> shift, clamped to Y; x are bytes, or words that
//   filter_kept has stored. With odd = 1 and a bias of 2^(shift - 1) - 1 halves go to the even neighbour.
template <class X, class Y>
struct SumFilter {
  const X* const* x;
  const std::int32_t* weights;
  int pairs;
  std::int32_t bias;
  int shift;
  std::int32_t odd;
  std::int64_t count;
  Y* y;
};

// column_words: words that filter_kept has stored, in 16 bits without a sign: taps x, one weight each,
//   which the other half of the word repeats:
//   y = (s >> shift), clamped to 255; shift > 0.
struct WordColumn {
  const std::int16_t* const* x;
  const std::int32_t* weights;
  int taps;
  std::int16_t bias;
  int shift;
  std::int64_t count;
  std::uint8_t* y;
};

// normalise: y[j] = x[j · channels + channel] · a[j mod period] + b[j mod period] for j < count, the product,
// the sum and the result rounded in turn: the first two to double, the last to float. channels <= 4; reads
// exactly [count · channels] and writes exactly [count].
constexpr int normalise_period = 48;  // a multiple of every vector's length and every number of channels
struct Normalise {
  const std::uint8_t* x;
  int channels, channel;
  const double* a;
  const double* b;
  std::int64_t count;
  float* y;
};

using blend_rows_u8 = void(const BlendRows&);
using blend_lanes_u8 = void(const BlendLanes&);
using quads_u8 = void(const ByteQuads&);
using filter_bytes_u8 = void(const ByteFilter<std::uint8_t>&);
using filter_words_u8 = void(const ByteFilter<std::int16_t>&);
using filter_kept_u8 = void(const ByteFilter<std::int16_t>&);
using filter_two_bytes_u8 = void(const TwoByteFilters<std::uint8_t>&);
using filter_two_words_u8 = void(const TwoByteFilters<std::int16_t>&);
using filter_sums_u8 = void(const SumFilter<std::uint8_t, std::uint8_t>&);
using filter_sums_i16 = void(const SumFilter<std::uint8_t, std::int16_t>&);
using column_words_u8 = void(const WordColumn&);
using column_sums_u8 = void(const SumFilter<std::int16_t, std::uint8_t>&);
using column_sums_i16 = void(const SumFilter<std::int16_t, std::int16_t>&);
using normalise_u8 = void(const Normalise&);

struct ImageKernels {
  // Rows: words of weights to a quad.
  Kernel<blend_rows_u8> blend_rows;
  Kernel<blend_lanes_u8> blend_lanes;
  Kernel<quads_u8> quads;
  Kernel<filter_bytes_u8> filter_bytes;
  Kernel<filter_words_u8> filter_words;
  Kernel<filter_kept_u8> filter_kept;
  Kernel<filter_two_bytes_u8> filter_two_bytes;
  Kernel<filter_two_words_u8> filter_two_words;
  Kernel<filter_sums_u8> filter_sums_to_bytes;
  Kernel<filter_sums_i16> filter_sums_to_words;
  Kernel<column_words_u8> column_words;
  Kernel<column_sums_u8> column_sums_to_bytes;
  Kernel<column_sums_i16> column_sums_to_words;
  Kernel<normalise_u8> normalise;
};

// Each operation's first row for current_isa().
const ImageKernels& image_kernels();

}  // namespace native_conv
