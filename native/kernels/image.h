// The contracts of the image micro-kernels. All of them are exact: integers modulo 2^32 whose final value
// fits, so that neither vectors nor tails change a bit. Layer: kernels. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "kernels/kernels.h"

namespace native_conv {

// Weights of 22 fraction bits come as w = high·2^12 + low with low in [-2^11, 2^11), two taps to a word:
// pair[p] = tap 2p in the low half, tap 2p + 1 in the high half; an odd last tap has a partner of weight 0.
constexpr int blend_bits = 22;
constexpr int blend_split = 12;

// blend_rows: y[j] = clamp((2^21 + sum over t of w[t] · x[t][j]) >> 22, 0, 255) for j < count. x holds
// 2·pairs rows, each readable up to blend_slack bytes past `count`; exactly [count] is written.
struct BlendRows {
  const std::uint8_t* const* x;
  const std::int32_t* low;
  const std::int32_t* high;
  int pairs;
  std::int64_t count;
  std::uint8_t* y;
};
constexpr std::int64_t blend_slack = 64;

// blend_lanes: the same down the columns of a transposed block of `image_lanes` rows. x is [positions ·
// channels][image_lanes], its first position is `first`; output o reads positions bounds[2o] and the
// bounds[2o + 1] - 1 after it with the weights low[o · pairs] ... ; y is [outputs · channels][image_lanes].
// One position past an output's last may be read.
constexpr int image_lanes = 32;
struct BlendLanes {
  const std::uint8_t* x;
  std::int64_t first;
  int channels;
  const std::int32_t* bounds;
  const std::int32_t* low;
  const std::int32_t* high;
  std::int64_t pairs;
  std::int64_t outputs;
  std::uint8_t* y;
};

// transpose: y[j · y_row + i] = x[i · x_row + j] for i < rows, j < columns; reads and writes exactly that.
struct ByteTranspose {
  const std::uint8_t* x;
  std::int64_t x_row;
  std::int64_t rows, columns;
  std::uint8_t* y;
  std::int64_t y_row;
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
using transpose_u8 = void(const ByteTranspose&);
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
  Kernel<blend_rows_u8> blend_rows;
  Kernel<blend_lanes_u8> blend_lanes;
  Kernel<transpose_u8> transpose;
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
