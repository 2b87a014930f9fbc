// Shapes that the algorithms are tried on, by the unit tests and as the seeds of fuzzing. Layer: test.
// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "geometry_builder.h"

namespace native_conv::test {

struct Shape {
  const char* name;
  std::int64_t batch, in, out, groups;
  Triple input, kernel, stride, dilation, begin, end;

  GeometryBuilder builder() const {
    GeometryBuilder builder;
    builder.set("batch", static_cast<double>(batch)).set("inChannels", static_cast<double>(in));
    builder.set("outChannels", static_cast<double>(out)).set("groups", static_cast<double>(groups));
    builder.set3("input", input).set3("kernel", kernel).set3("stride", stride).set3("dilation", dilation);
    return builder.set3("padBegin", begin).set3("padEnd", end).fit_output();
  }

  // The padding modes, from the first on, that a comparison with the definition goes through: of large shapes
  // zeros and one that copies.
  int padding_modes() const {
    constexpr std::int64_t large = 1 << 20;
    const std::int64_t products =
        volume(builder().build().output) * batch * out * (in / groups) * volume(kernel);
    return products > large ? 2 : static_cast<int>(PaddingMode::count);
  }
};

inline const std::vector<Shape>& shapes() {
  constexpr Triple one = {1, 1, 1}, none = {0, 0, 0};
  static const std::vector<Shape> all = {
      {"3x3", 1, 16, 16, 1, {1, 9, 14}, {1, 3, 3}, one, one, {0, 1, 1}, {0, 1, 1}},
      {"3x3, tails", 2, 17, 19, 1, {1, 9, 13}, {1, 3, 3}, one, one, {0, 1, 1}, {0, 1, 1}},
      {"3x3, wide row", 1, 3, 33, 1, {1, 4, 101}, {1, 3, 3}, one, one, none, none},
      {"5x5, stride 2", 1, 3, 35, 1, {1, 21, 20}, {1, 5, 5}, {1, 2, 2}, one, {0, 2, 2}, {0, 2, 2}},
      {"stride 2x3, asymmetric padding",
       2,
       4,
       6,
       1,
       {1, 11, 17},
       {1, 3, 4},
       {1, 2, 3},
       one,
       {0, 0, 3},
       {0, 2, 1}},
      {"dilation 2x3", 1, 5, 7, 1, {1, 12, 15}, {1, 3, 3}, one, {1, 2, 3}, {0, 2, 3}, {0, 2, 3}},
      {"dilation 3, stride 2",
       1,
       2,
       3,
       1,
       {1, 14, 15},
       {1, 3, 3},
       {1, 2, 2},
       {1, 3, 3},
       {0, 3, 3},
       {0, 3, 3}},
      {"stride 3 beyond the kernel", 1, 3, 4, 1, {1, 11, 13}, {1, 2, 1}, {1, 3, 3}, one, none, none},
      {"1x1", 1, 24, 40, 1, {1, 7, 9}, one, one, one, none, none},
      {"1x1, tails", 3, 17, 33, 1, {1, 5, 5}, one, one, one, none, none},
      {"1x1, padded, stride 2", 1, 8, 9, 1, {1, 7, 6}, one, {1, 2, 2}, one, {0, 1, 1}, {0, 1, 0}},
      {"groups", 2, 12, 20, 4, {1, 7, 9}, {1, 3, 3}, one, one, {0, 1, 1}, {0, 1, 1}},
      {"groups, odd", 1, 9, 15, 3, {1, 6, 8}, {1, 3, 2}, {1, 2, 1}, one, {0, 1, 0}, {0, 0, 1}},
      {"depthwise", 1, 16, 16, 16, {1, 13, 15}, {1, 3, 3}, one, one, {0, 1, 1}, {0, 1, 1}},
      {"depthwise, multiplier 3, stride 2",
       2,
       5,
       15,
       5,
       {1, 13, 21},
       {1, 5, 5},
       {1, 2, 2},
       one,
       {0, 2, 2},
       {0, 2, 2}},
      {"depthwise, dilated, unpadded", 1, 7, 7, 7, {1, 11, 70}, {1, 3, 3}, one, {1, 2, 2}, none, none},
      {"one channel", 1, 1, 1, 1, {1, 17, 65}, {1, 3, 3}, one, one, {0, 1, 1}, {0, 1, 1}},
      {"one pixel", 1, 33, 34, 1, one, one, one, one, none, none},
      {"kernel beyond the input", 1, 2, 3, 1, {1, 2, 3}, {1, 5, 6}, one, one, {0, 3, 3}, {0, 2, 2}},
      {"cropped", 1, 3, 4, 1, {1, 9, 10}, {1, 3, 3}, one, one, {0, -2, 1}, {0, 0, -3}},
      {"1-D", 1, 20, 18, 1, {1, 1, 130}, {1, 1, 3}, one, one, {0, 0, 1}, {0, 0, 1}},
      {"1-D, stride 2, long kernel",
       2,
       3,
       5,
       1,
       {1, 1, 60},
       {1, 1, 11},
       {1, 1, 2},
       one,
       {0, 0, 5},
       {0, 0, 4}},
      {"3-D", 1, 4, 9, 1, {5, 6, 7}, {3, 3, 3}, one, one, one, one},
      {"3-D, strided, groups", 2, 4, 6, 2, {6, 7, 5}, {2, 3, 2}, {2, 1, 2}, {1, 2, 1}, {0, 1, 1}, {1, 2, 0}},
      {"3-D depthwise", 1, 6, 6, 6, {4, 6, 9}, {3, 3, 3}, {1, 2, 1}, one, one, one},
      {"deep sum", 1, 70, 5, 1, {1, 4, 5}, {1, 3, 3}, one, one, {0, 1, 1}, {0, 1, 1}},
      {"1x1, stride 2", 2, 9, 17, 1, {1, 9, 11}, one, {1, 2, 2}, one, none, none},
      {"1x3, stride 2", 1, 3, 5, 1, {4, 9, 12}, {1, 1, 3}, {2, 2, 2}, one, {1, 1, 1}, {0, 1, 1}},
      {"narrow rows, wide padding", 1, 3, 9, 1, {1, 19, 7}, {1, 3, 5}, one, {1, 1, 2}, {0, 1, 4}, {0, 1, 3}},
      {"no output", 1, 2, 3, 1, {1, 2, 2}, {1, 3, 3}, one, one, none, none},
      {"empty batch", 0, 2, 3, 1, {1, 4, 4}, {1, 3, 3}, one, one, none, none},
  };
  return all;
}

}  // namespace native_conv::test
