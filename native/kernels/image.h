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

// narrow: along four rows of interleaved bytes, whose outputs (each channel is one) stand side by side,
// `narrow_outputs` to a vector, which sums `count` steps from steps[first] on; vectors may share them. Each
// step has a window of its own, those of the first vector first: byte r of word 16v + l of y is
//   clamp((2^21 + sum over steps s, taps k of x[r][window of s + bytes[4l + k]] · w[s][4l + k]) >> 22, 0,
//   255),
// with w in three digits as above, digit i of tap k in byte k of digits[i][l], whose magnitudes' sum over all
// taps is at most 127 · 2^16. Reads 64 bytes of the rows from each window on; `one_window`: a vector's
// windows are the same. `steps` is aligned to 64.
constexpr int narrow_outputs = 16;
constexpr std::int64_t narrow_window = 64;
struct alignas(64) NarrowStep {
  std::uint8_t bytes[4 * narrow_outputs];
  std::int32_t digits[3][narrow_outputs];
};
struct NarrowVector {
  std::int32_t first;
  std::int16_t count;
  bool one_window;
};
struct NarrowRows {
  const std::uint8_t* const* x;  // [4]
  const NarrowVector* vectors;
  const std::int32_t* windows;
  const NarrowStep* steps;
  std::int64_t count;  // of vectors
  std::uint8_t* y;
};

// Filters. The sum at j < count over 2·pairs taps, each a row of bytes x[t] with a weight w[t]:
//   s = bias + sum over t of w[t] · x[t][j].
// Rows are readable up to filter_block bytes past `count`, and exactly [count] of y is written, unless said.
constexpr std::int64_t filter_block = 128;
// Rows of bytes that are read for the first time are asked for that far ahead.
constexpr std::int64_t filter_ahead = 2048;

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
//   filter_sums: y = (s + ((s >> shift) & odd)) >> shift, clamped to Y.
//   With odd = 1 and a bias of 2^(shift - 1) - 1 halves go to the even neighbour.
template <class Y>
struct SumFilter {
  const std::uint8_t* const* x;
  const std::int32_t* weights;
  int pairs;
  std::int32_t bias;
  int shift;
  std::int32_t odd;
  std::int64_t count;
  Y* y;
};

// column_sums: words that filter_kept has stored, in 32 bits, for `word_rows` output rows at once, [count] of
//   each: of each pair of rows that are read the weights for the first row of results, then for the second,
//   y[r] = filter_sums of s = bias + sum over p < pairs of the products of x[2 p] and x[2 p + 1]
//   with weights[p][r].
constexpr int word_rows = 4;
template <class Y>
struct SumColumn {
  const std::int16_t* const* x;  // [2 · pairs]
  const std::int32_t* weights;   // [pairs][word_rows]
  int pairs;
  std::int32_t bias;
  int shift;
  std::int32_t odd;
  std::int64_t count;
  Y* const* y;  // [word_rows]
};

// column_words: words that filter_kept has stored, in 16 bits without a sign, for as many output rows:
//   a weight to a tap, which the other half of the word repeats,
//   y[r] = (bias + sum over t < taps of w[t] · x[r + t]) >> shift, clamped to 255; shift > 0.
struct WordColumn {
  const std::int16_t* const* x;  // [taps + word_rows - 1]
  const std::int32_t* weights;
  int taps;
  std::int16_t bias;
  int shift;
  std::int64_t count;
  std::uint8_t* const* y;  // [word_rows]
};

// Where a processor sums four products of bytes at once (VNNI): weights of 8 bits with a sign, four to a
// word, the first in the low byte, of bytes that lie `channels` apart, 1 <= channels <= 4; the last group may
// have zeros at its end. Four output rows at once, [count] of each; rows of bytes are readable up to
// filter_block bytes past count + 4 · (groups - 1) · channels.
constexpr int quad_rows = 4;
constexpr int quad_taps = 4;

// filter_quads: y[r][j] = (s + ((s >> shift) & odd)) >> shift, clamped to Y, with
//   s = bias + sum over i < height, k < 4 · groups of w[i][k] · x[r + i][j + k · channels]; height >= 3.
template <class Y>
struct QuadFilter {
  const std::uint8_t* const* x;  // [height + quad_rows - 1]
  const std::int32_t* weights;   // [height][groups]
  int height, groups, channels;
  std::int32_t bias;
  int shift;
  std::int32_t odd;
  std::int64_t count;
  Y* const* y;  // [quad_rows]
};

// keep_quads: of two rows the sums along them, plus `bias`, as 16 bits with a sign each, two to a word, in an
// order that only column_quads knows; y has room for `count` rounded up to filter_block. Not `signs`: the
// sums fit 15 bits without a sign, and bias is 0. Else it is 0 or -2^15.
struct KeepQuads {
  const std::uint8_t* x[2];
  const std::int32_t* weights;  // [groups]
  int groups, channels;
  bool signs;
  std::int32_t bias;
  std::int64_t count;
  std::int32_t* y;
};

// column_quads: filter_quads down pairs of rows that keep_quads has stored: weights of 16 bits with a sign,
// two to a word, of each pair for the first output row, then for the second; the other two read from the
// second pair on.
template <class Y>
struct ColumnQuads {
  const std::int32_t* const* x;  // [pairs + 1]
  const std::int32_t* weights;   // [pairs][2]
  int pairs;
  std::int32_t bias;
  int shift;
  std::int32_t odd;
  std::int64_t count;
  Y* const* y;  // [quad_rows]
};

// Box filters, of pixels with 1 <= channels <= 4. Sums of columns are words without a sign.

// box_columns: sums[j] += gained[j] - lost[j] for j < count, modulo 2^16.
struct BoxColumns {
  const std::uint8_t *gained, *lost;
  std::int64_t count;
  std::uint16_t* sums;
};

// box_row_words, box_row_sums: y[j] = mean(sum of sums[j + i] over i = 0, channels, ... reach) for j < count.
// sums[-channels, 0) are 0; it is readable up to filter_block words past count + reach.
template <class Mean>
struct BoxRow {
  const std::uint16_t* sums;
  int channels;
  std::int64_t reach;
  Mean mean;
  std::int64_t count;
  std::uint8_t* y;
};
// ((s + added) · scale) >> (16 + shift), at most 255, for s + added < 2^16.
struct WordMean {
  std::uint16_t added, scale;
  int shift;
};
// The nearest whole number, ties to even, of the float product with a sum below 2^31.
struct NearMean {
  float factor;
};

// Factors of a table that can be computed instead of being read: for every byte x, table[x] is what the
// tensor keeps of the float sum of fma(x, a, c) and fma(x, a_rest, c_rest), the first of which is exact.
// Floats are kept as they are or rounded to float16, ties to even, without overflow; bytes are the nearest
// whole number, ties to even, of a sum below 2^31, between 0 and 255.
struct SplitFactors {
  float a, c, a_rest, c_rest;
};

// Which bytes of some pixels fill a vector of up to sixteen words. Four words of it pick among 16 bytes,
// those of the words 4q ... 4q + 3 of `words`; byte i of them is 0 where places[i] is 255. Kernels of `lanes`
// words read as many.
struct alignas(64) BytePick {
  std::int32_t words[16];
  std::uint8_t places[64];
};

// What one of `outputs` vectors makes of as many pixels as it has lanes: of its bytes, which it picks one to
// a word, lane i the float sum of fma(x, a[i], c[i]) and fma(x, a_rest[i], c_rest[i]).
struct alignas(64) NormaliseVector {
  BytePick pick;
  float a[16], c[16], a_rest[16], c_rest[16];
};

// normalise: y[k · y_channel + j · y_pixel] = tables[k][x[j · channels + sources[k]]] for k < outputs, j <
// count; with `vectors`, which give the same (SplitFactors) for the kernel's lanes, its registry row's
// `rows`, by them. Vector v has channel v where y_pixel is 1; else all of them in turn, from lane v · lanes
// on, and y_channel is 1 and y_pixel `outputs`. 1 <= outputs <= 3, channels <= 4. T: float, the bits of
// float16, or bytes.
template <class T>
struct Normalise {
  const std::uint8_t* x;
  int channels, outputs;
  const int* sources;              // [outputs]
  const T* const* tables;          // [outputs][256]
  const NormaliseVector* vectors;  // [outputs], or null
  std::int64_t count;
  T* y;
  std::int64_t y_channel, y_pixel;
};

// gray: y[j] = (x[j · channels] · red + x[j · channels + 1] · green + x[j · channels + 2] · blue + half) >>
// bits for j < count: Pillow's weights. channels is 3 or 4. The picks, for the kernel's lanes, have in the
// halves of word j red and green, then blue and green, of pixel j.
constexpr int gray_bits = 16;
constexpr std::uint32_t gray_red = 19595, gray_green = 38470, gray_blue = 7471, gray_half = 1u << 15;
struct GrayRow {
  const std::uint8_t* x;
  int channels;
  const BytePick* picks;  // [2]
  std::int64_t count;
  std::uint8_t* y;
};

using blend_rows_u8 = void(const BlendRows&);
using blend_lanes_u8 = void(const BlendLanes&);
using quads_u8 = void(const ByteQuads&);
using narrow_u8 = void(const NarrowRows&);
using filter_bytes_u8 = void(const ByteFilter<std::uint8_t>&);
using filter_words_u8 = void(const ByteFilter<std::int16_t>&);
using filter_kept_u8 = void(const ByteFilter<std::int16_t>&);
using filter_two_bytes_u8 = void(const TwoByteFilters<std::uint8_t>&);
using filter_two_words_u8 = void(const TwoByteFilters<std::int16_t>&);
using filter_sums_u8 = void(const SumFilter<std::uint8_t>&);
using filter_sums_i16 = void(const SumFilter<std::int16_t>&);
using column_words_u8 = void(const WordColumn&);
using column_sums_u8 = void(const SumColumn<std::uint8_t>&);
using column_sums_i16 = void(const SumColumn<std::int16_t>&);
using normalise_f32 = void(const Normalise<float>&);
using normalise_f16 = void(const Normalise<std::uint16_t>&);
using normalise_u8 = void(const Normalise<std::uint8_t>&);
using gray_u8 = void(const GrayRow&);
using box_columns_u8 = void(const BoxColumns&);
using box_row_words_u8 = void(const BoxRow<WordMean>&);
using box_row_sums_u8 = void(const BoxRow<NearMean>&);
using filter_quads_u8 = void(const QuadFilter<std::uint8_t>&);
using filter_quads_i16 = void(const QuadFilter<std::int16_t>&);
using keep_quads_u8 = void(const KeepQuads&);
using column_quads_u8 = void(const ColumnQuads<std::uint8_t>&);
using column_quads_i16 = void(const ColumnQuads<std::int16_t>&);

struct ImageKernels {
  // Rows: words of weights to a quad.
  Kernel<blend_rows_u8> blend_rows;
  Kernel<blend_lanes_u8> blend_lanes;
  Kernel<quads_u8> quads;
  // Null where the instruction set has nothing for it.
  Kernel<narrow_u8> narrow;
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
  Kernel<normalise_f32> normalise_to_floats;
  Kernel<normalise_f16> normalise_to_halves;
  Kernel<normalise_u8> normalise_to_bytes;
  Kernel<gray_u8> gray;
  // Null where the instruction set has no vectors.
  Kernel<box_columns_u8> box_columns;
  Kernel<box_row_words_u8> box_row_words;
  Kernel<box_row_sums_u8> box_row_sums;
  // Null where the processor has no such instructions: the others serve as well.
  Kernel<filter_quads_u8> filter_quads_to_bytes;
  Kernel<filter_quads_i16> filter_quads_to_words;
  Kernel<keep_quads_u8> keep_quads;
  Kernel<column_quads_u8> column_quads_to_bytes;
  Kernel<column_quads_i16> column_quads_to_words;
};

// Each operation's first row for current_isa().
const ImageKernels& image_kernels();

}  // namespace native_conv
