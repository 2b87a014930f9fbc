// Rows of one type to rows of another. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

namespace native_conv {

template <class X, class Y>
Y to_value(X x) {
  return static_cast<Y>(x);
}

// y[i] = convert(x[i]), in blocks of a fixed length, which compilers turn into vectors.
template <class X, class Y, Y convert(X)>
void convert_row(const X* x, std::int64_t count, Y* y) {
  constexpr std::int64_t block = 16;
  std::int64_t i = 0;
  for (; i + block <= count; i += block) {
    for (std::int64_t j = 0; j < block; ++j) y[i + j] = convert(x[i + j]);
  }
  for (; i < count; ++i) y[i] = convert(x[i]);
}

template <class X>
void copy_row(const X* x, std::int64_t count, X* y) {
  std::copy_n(x, count, y);
}
template <class X, class Y>
void copy_row(const X* x, std::int64_t count, Y* y) {
  convert_row<X, Y, to_value<X, Y>>(x, count, y);
}

}  // namespace native_conv
