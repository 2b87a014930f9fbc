// The one shape that every operator is lowered to: always 3-D, seen from the forward convolution; `kind` says
// in which direction it runs. Mirrors lib/geometry.ts. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/padded_index.h"

namespace native_conv {

using Triple = std::array<std::int64_t, 3>;  // depth, height, width

// In the order of the lists in lib/geometry.ts.
enum class Kind : int { conv, conv_transpose, conv_weight_grad, im2col, col2im, matmul, count };
enum class DType : int { float32, float64, count };
enum class Layout : int { channels_first, channels_last, count };
enum class WeightOrder : int { oihw, hwio, ohwi, ihwo, count };
enum class ActivationKind : int {
  none,
  clamp,
  leaky,
  prelu,
  hard_swish,
  sigmoid,
  tanh,
  silu,
  elu,
  gelu,
  count
};
enum class AlgorithmId : int {
  automatic,
  direct,
  im2col_gemm,
  implicit_gemm,
  pointwise,
  depthwise,
  winograd_f2,
  winograd_f4,
  fft,
  phases,
  col2im,
  count
};

const char* algorithm_name(AlgorithmId id);

struct MatmulGeometry {
  std::int64_t rows, columns, depth;
  bool transpose_a, transpose_b;
  Triple batch, stride_a, stride_b;  // strides in elements, 0 where a batch axis is broadcast
};

struct Geometry {
  Kind kind;
  DType dtype;
  Layout layout;
  WeightOrder weight_order;
  std::int64_t batch, in_channels, out_channels, groups;
  Triple input, kernel, output, stride, dilation, pad_begin, pad_end;  // a negative pad crops
  PaddingMode padding_mode;
  ActivationKind activation;
  double alpha, min, max;
  AlgorithmId algorithm;
  bool reproducible;
  MatmulGeometry matmul;

  std::int64_t in_per_group() const { return in_channels / groups; }
  std::int64_t out_per_group() const { return out_channels / groups; }
};

inline std::int64_t volume(const Triple& t) { return t[0] * t[1] * t[2]; }

// The position with linear index `index` in a box of `sizes`.
inline Triple unravel(std::int64_t index, const Triple& sizes) {
  return {index / (sizes[1] * sizes[2]), index / sizes[2] % sizes[1], index % sizes[2]};
}

// Calls body({kd, kh, kw}) for every tap of a kernel, in the contract's order.
template <class Body>
void for_each_tap(const Triple& kernel, Body&& body) {
  for (std::int64_t d = 0; d < kernel[0]; ++d) {
    for (std::int64_t h = 0; h < kernel[1]; ++h) {
      for (std::int64_t w = 0; w < kernel[2]; ++w) body(Triple{d, h, w});
    }
  }
}

// The offset of a position whose steps along the axes are `strides`.
inline std::int64_t offset_of(const Triple& position, const Triple& strides) {
  return position[0] * strides[0] + position[1] * strides[1] + position[2] * strides[2];
}

// Names of the packed array's slots, for the test that compares both sides.
const std::vector<std::string>& geometry_fields();

// Reads and checks a packed geometry. Throws Error(internal) on anything that could not have come from a
// valid call: non-integers, negative or zero sizes, channels that the groups do not divide, a window that
// leaves the padded input; Error(too_large) when a tensor's element count overflows.
Geometry unpack_geometry(const double* values, std::size_t count);

// Element counts; unpack_geometry has checked that they do not overflow.
std::int64_t input_length(const Geometry& g);
std::int64_t output_length(const Geometry& g);
std::int64_t weight_length(const Geometry& g);
std::int64_t columns_length(const Geometry& g);

// What a stage's buffers must hold, by kind; 0 = the operand does not exist.
struct Lengths {
  std::int64_t source, weight, target, channels;  // channels: of bias and slope
};
Lengths lengths(const Geometry& g);

// Padded positions that the windows cover along an axis: (output - 1) * stride + (kernel - 1) * dilation + 1;
// none where there is no output.
std::int64_t window_extent(const Geometry& g, int axis);

// Whether any window reaches beyond the input.
bool reads_padding(const Geometry& g);

// Element strides of a tensor [N, C, *spatial].
struct Strides {
  std::int64_t n, c;
  Triple s;
};
Strides strides_of(Layout layout, std::int64_t channels, const Triple& spatial);

// Element strides of the weight: output channel (of all groups), input channel of a group, kernel position.
struct WeightStrides {
  std::int64_t o, i;
  Triple k;
};
WeightStrides weight_strides(const Geometry& g);

}  // namespace native_conv
