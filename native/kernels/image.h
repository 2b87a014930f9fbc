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

using blend_rows_u8 = void(const BlendRows&);
using blend_lanes_u8 = void(const BlendLanes&);
using transpose_u8 = void(const ByteTranspose&);

struct ImageKernels {
  Kernel<blend_rows_u8> blend_rows;
  Kernel<blend_lanes_u8> blend_lanes;
  Kernel<transpose_u8> transpose;
};

// Each operation's first row for current_isa().
const ImageKernels& image_kernels();

}  // namespace native_conv
