// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/gather.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "base/error.h"

namespace native_conv {
namespace {

// Rows and columns of a tile: both its sides stay in the first-level cache while it is turned.
constexpr std::int64_t tile = 32;

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::internal, "gather: " + what); }

std::int64_t whole(double value) {
  constexpr double most = 9007199254740991.0;
  if (!(std::abs(value) <= most) || value != std::floor(value)) fail("a layout has integers only");
  return static_cast<std::int64_t>(value);
}

// Factors are below 2^53: that their product is below 2^62 shows in double, too.
std::int64_t checked_product(std::int64_t a, std::int64_t b) {
  constexpr double most = 4611686018427387904.0;
  if (std::abs(static_cast<double>(a) * static_cast<double>(b)) >= most) fail("a layout overflows");
  return a * b;
}

std::int64_t checked_sum(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t most = std::int64_t{1} << 62;
  if (std::abs(a) >= most || std::abs(b) >= most) fail("a layout overflows");
  return a + b;
}

// The axis, other than the last, along which neighbours lie nearest in the source.
std::size_t nearest_axis(const StridedLayout& layout) {
  const auto& strides = layout.strides;
  return static_cast<std::size_t>(
      std::min_element(strides.begin(), strides.end() - 1,
                       [](std::int64_t a, std::int64_t b) { return std::abs(a) < std::abs(b); }) -
      strides.begin());
}

}  // namespace

StridedLayout unpack_layout(const double* values, std::size_t count, std::int64_t source,
                            std::int64_t target) {
  if (count % 2 != 1 || count < 3) fail("a layout is dims, strides and an offset");
  const std::size_t rank = count / 2;
  StridedLayout layout;
  std::int64_t elements = 1, first = whole(values[2 * rank]), last = first;
  layout.offset = first;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t size = whole(values[axis]), stride = whole(values[rank + axis]);
    if (size <= 0) fail("an axis is empty");
    elements = checked_product(elements, size);
    const std::int64_t reach = checked_product(size - 1, stride);
    (reach < 0 ? first : last) = checked_sum(reach < 0 ? first : last, reach);
    layout.dims.push_back(size);
    layout.strides.push_back(stride);
  }
  if (elements != target) fail("the layout and the target differ in length");
  if (first < 0 || last >= source) {
    throw Error(ErrorCode::shape,
                "a strided operand reaches beyond its buffer, which was detached or resized while the "
                "arguments were read");
  }
  return layout;
}

template <class T>
void run_gather(const StridedLayout& layout, const T* from, T* into, const RunControl& control) {
  StridedLayout all = layout;
  // A second axis to turn tiles with.
  if (all.dims.size() == 1) {
    all.dims.insert(all.dims.begin(), 1);
    all.strides.insert(all.strides.begin(), 0);
  }
  const std::size_t rank = all.dims.size(), other = nearest_axis(all);
  const std::int64_t columns = all.dims[rank - 1], column_step = all.strides[rank - 1],
                     rows = all.dims[other], row_step = all.strides[other],
                     width = std::abs(column_step) > std::abs(row_step) ? tile : columns;
  std::vector<std::int64_t> target_steps(rank, 1);
  for (std::size_t axis = rank - 1; axis-- > 0;)
    target_steps[axis] = target_steps[axis + 1] * all.dims[axis + 1];
  std::int64_t planes = 1;
  for (std::size_t axis = 0; axis + 1 < rank; ++axis) planes *= axis == other ? 1 : all.dims[axis];
  const std::int64_t bands = (rows + tile - 1) / tile, target_step = target_steps[other];
  constexpr double element_nanoseconds = 0.5;
  const auto elements =
      static_cast<double>(planes) * static_cast<double>(rows) * static_cast<double>(columns);
  parallel_for(control.worthwhile(element_nanoseconds * elements), planes * bands, [&](std::int64_t task) {
    const std::int64_t row_begin = task % bands * tile, row_end = std::min(rows, row_begin + tile);
    std::int64_t plane = task / bands, source_at = all.offset, target_at = 0;
    for (std::size_t axis = rank - 1; axis-- > 0;) {
      if (axis == other) continue;
      source_at += plane % all.dims[axis] * all.strides[axis];
      target_at += plane % all.dims[axis] * target_steps[axis];
      plane /= all.dims[axis];
    }
    for (std::int64_t column = 0; column < columns; column += width) {
      const std::int64_t column_end = std::min(columns, column + width);
      for (std::int64_t r = row_begin; r < row_end; ++r) {
        const T* x = from + source_at + r * row_step;
        T* y = into + target_at + r * target_step;
        for (std::int64_t c = column; c < column_end; ++c) y[c] = x[c * column_step];
      }
    }
  });
}

template void run_gather(const StridedLayout&, const float*, float*, const RunControl&);
template void run_gather(const StridedLayout&, const double*, double*, const RunControl&);

}  // namespace native_conv
