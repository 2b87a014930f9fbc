// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/geometry.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/packed_reader.h"

namespace native_conv {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::internal, "geometry: " + what); }

// Positions from a kernel's first tap to its last.
std::int64_t kernel_extent(const Geometry& g, int axis) {
  return (g.kernel[axis] - 1) * g.dilation[axis] + 1;
}

void check_convolution(const Geometry& g) {
  if (g.in_channels % g.groups != 0 || g.out_channels % g.groups != 0) {
    fail("groups " + std::to_string(g.groups) + " must divide both the " + std::to_string(g.in_channels) +
         " input and the " + std::to_string(g.out_channels) + " output channels");
  }
  check_product("the input", {g.batch, g.in_channels, g.input[0], g.input[1], g.input[2]});
  check_product("the output", {g.batch, g.out_channels, g.output[0], g.output[1], g.output[2]});
  check_product("the weight", {g.out_channels, g.in_per_group(), g.kernel[0], g.kernel[1], g.kernel[2]});
  if (g.kind == Kind::im2col || g.kind == Kind::col2im) {
    check_product("the columns", {g.batch, g.in_channels, g.kernel[0], g.kernel[1], g.kernel[2], g.output[0],
                                  g.output[1], g.output[2]});
  }
  if (g.kind == Kind::col2im && g.padding_mode != PaddingMode::zeros)
    fail("columns fold onto zero padding only");
  for (int axis = 0; axis < 3; ++axis) {
    const std::int64_t padded = g.input[axis] + g.pad_begin[axis] + g.pad_end[axis];
    if (g.output[axis] > 0 && window_extent(g, axis) > padded) {
      fail("the windows of axis " + std::to_string(axis) + " cover " +
           std::to_string(window_extent(g, axis)) + " positions of a padded input of " +
           std::to_string(padded));
    }
    if (g.padding_mode != PaddingMode::zeros && g.input[axis] == 0 && padded > 0) {
      fail("axis " + std::to_string(axis) + " is empty and has nothing to pad with");
    }
    if (padded < 0) fail("axis " + std::to_string(axis) + " is cropped by more than its length");
    if (padded > longest_axis || kernel_extent(g, axis) > longest_axis)
      fail("the padded axis " + std::to_string(axis) + " or the kernel's is too long");
  }
  // Windows fit the padded input; where there are none, the kernel's extents are multiplied all the same.
  check_product("the kernel with its dilation",
                {g.batch, g.in_channels, kernel_extent(g, 0), kernel_extent(g, 1), kernel_extent(g, 2)});
  check_product("the padded input", {g.batch, g.in_channels,
                                     g.input[0] + std::max<std::int64_t>(0, g.pad_begin[0] + g.pad_end[0]),
                                     g.input[1] + std::max<std::int64_t>(0, g.pad_begin[1] + g.pad_end[1]),
                                     g.input[2] + std::max<std::int64_t>(0, g.pad_begin[2] + g.pad_end[2])});
}

void check_matmul(const MatmulGeometry& m) {
  check_product("matmul's result", {m.batch[0], m.batch[1], m.batch[2], m.rows, m.columns});
  check_product("matmul's left operand", {m.batch[0], m.batch[1], m.batch[2], m.rows, m.depth});
  check_product("matmul's right operand", {m.batch[0], m.batch[1], m.batch[2], m.depth, m.columns});
  for (int axis = 0; axis < 3; ++axis) {
    check_product("matmul's left operand", {m.batch[axis], m.stride_a[axis]});
    check_product("matmul's right operand", {m.batch[axis], m.stride_b[axis]});
  }
}

// Elements from the first of an operand to one past its last.
std::int64_t matmul_span(const Triple& batch, const Triple& stride, std::int64_t matrix) {
  if (volume(batch) == 0) return 0;
  std::int64_t last = matrix;
  for (int axis = 0; axis < 3; ++axis) last += (batch[axis] - 1) * stride[axis];
  return last;
}

}  // namespace

const char* algorithm_name(AlgorithmId id) {
  constexpr const char* names[] = {"auto",      "direct",    "im2col-gemm", "implicit-gemm",
                                   "pointwise", "depthwise", "winograd-f2", "winograd-f4",
                                   "fft",       "phases",    "col2im"};
  return names[static_cast<int>(id)];
}

const std::vector<std::string>& geometry_fields() {
  static const std::vector<std::string> fields = [] {
    std::vector<std::string> names = {"kind",  "dtype",      "layout",      "weightLayout",
                                      "batch", "inChannels", "outChannels", "groups"};
    for (const char* name : {"input", "kernel", "output", "stride", "dilation", "padBegin", "padEnd"}) {
      for (const char* axis : {"D", "H", "W"}) names.push_back(std::string(name) + axis);
    }
    for (const char* name : {"paddingMode", "activation", "alpha", "min", "max", "algorithm", "reproducible",
                             "rows", "columns", "depth", "transposeA", "transposeB"}) {
      names.push_back(name);
    }
    for (const char* name : {"batch", "strideA", "strideB"}) {
      for (const char* axis : {"0", "1", "2"}) names.push_back(std::string(name) + axis);
    }
    return names;
  }();
  return fields;
}

Geometry unpack_geometry(const double* values, std::size_t count) {
  PackedReader read(geometry_fields(), values, count);
  Geometry g;
  g.kind = read.choice<Kind>();
  g.dtype = read.choice<DType>();
  g.layout = read.choice<Layout>();
  g.weight_order = read.choice<WeightOrder>();
  const std::int64_t least = g.kind == Kind::matmul ? 0 : 1;
  g.batch = read.integer(0, longest_axis);
  g.in_channels = read.integer(least, longest_axis);
  g.out_channels = read.integer(least, longest_axis);
  g.groups = read.integer(least, longest_axis);
  g.input = read.triple(0, longest_axis);
  g.kernel = read.triple(least, longest_axis);
  g.output = read.triple(0, longest_axis);
  g.stride = read.triple(least, longest_axis);
  g.dilation = read.triple(least, longest_axis);
  g.pad_begin = read.triple(-longest_axis, longest_axis);
  g.pad_end = read.triple(-longest_axis, longest_axis);
  g.padding_mode = read.choice<PaddingMode>();
  g.activation = read.choice<ActivationKind>();
  g.alpha = read.number();
  g.min = read.number();
  g.max = read.number();
  // Kernels would differ in which bound they take.
  if (g.activation == ActivationKind::clamp && !(g.min <= g.max)) fail("min is above max");
  g.algorithm = read.choice<AlgorithmId>();
  g.reproducible = read.integer(0, 1) == 1;
  g.matmul.rows = read.integer(0, longest_axis);
  g.matmul.columns = read.integer(0, longest_axis);
  g.matmul.depth = read.integer(0, longest_axis);
  g.matmul.transpose_a = read.integer(0, 1) == 1;
  g.matmul.transpose_b = read.integer(0, 1) == 1;
  g.matmul.batch = read.triple(0, longest_axis);
  g.matmul.stride_a = read.triple(0, longest_tensor);
  g.matmul.stride_b = read.triple(0, longest_tensor);
  if (g.kind == Kind::matmul) {
    check_matmul(g.matmul);
  } else {
    check_convolution(g);
  }
  return g;
}

std::int64_t input_length(const Geometry& g) { return g.batch * g.in_channels * volume(g.input); }
std::int64_t output_length(const Geometry& g) { return g.batch * g.out_channels * volume(g.output); }
std::int64_t weight_length(const Geometry& g) { return g.out_channels * g.in_per_group() * volume(g.kernel); }
std::int64_t columns_length(const Geometry& g) {
  return g.batch * g.in_channels * volume(g.kernel) * volume(g.output);
}

Lengths lengths(const Geometry& g) {
  const MatmulGeometry& m = g.matmul;
  switch (g.kind) {
    case Kind::conv:
      return {input_length(g), weight_length(g), output_length(g), g.out_channels};
    case Kind::conv_transpose:
      return {output_length(g), weight_length(g), input_length(g), g.in_channels};
    case Kind::conv_weight_grad:
      return {input_length(g), output_length(g), weight_length(g), 0};
    case Kind::im2col:
      return {input_length(g), 0, columns_length(g), 0};
    case Kind::col2im:
      return {columns_length(g), 0, input_length(g), 0};
    case Kind::matmul:
      return {matmul_span(m.batch, m.stride_a, m.rows * m.depth),
              matmul_span(m.batch, m.stride_b, m.depth * m.columns), volume(m.batch) * m.rows * m.columns,
              m.columns};
    case Kind::count:
      break;
  }
  fail("unknown kind");
}

std::int64_t window_extent(const Geometry& g, int axis) {
  if (g.output[axis] == 0) return 0;
  return (g.output[axis] - 1) * g.stride[axis] + kernel_extent(g, axis);
}

bool reads_padding(const Geometry& g) {
  for (int axis = 0; axis < 3; ++axis) {
    if (g.pad_begin[axis] > 0 || window_extent(g, axis) - g.pad_begin[axis] > g.input[axis]) return true;
  }
  return false;
}

Strides strides_of(Layout layout, std::int64_t channels, const Triple& spatial) {
  const auto [d, h, w] = spatial;
  if (layout == Layout::channels_first) return {channels * d * h * w, d * h * w, {h * w, w, 1}};
  return {channels * d * h * w, 1, {h * w * channels, w * channels, channels}};
}

WeightStrides weight_strides(const Geometry& g) {
  const std::int64_t o = g.out_channels, i = g.in_per_group(), taps = volume(g.kernel);
  const Triple in_kernel = {g.kernel[1] * g.kernel[2], g.kernel[2], 1};
  const auto scaled = [&](std::int64_t factor) {
    return Triple{in_kernel[0] * factor, in_kernel[1] * factor, in_kernel[2] * factor};
  };
  switch (g.weight_order) {
    case WeightOrder::oihw:
      return {i * taps, taps, in_kernel};
    case WeightOrder::hwio:
      return {1, o, scaled(i * o)};
    case WeightOrder::ohwi:
      return {i * taps, 1, scaled(i)};
    case WeightOrder::ihwo:
      return {1, taps * o, scaled(o)};
    case WeightOrder::count:
      break;
  }
  fail("unknown weight order");
}

}  // namespace native_conv
