// Asking for memory before it is needed. Layer: base. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "base/compiler.h"

namespace native_conv {

// The cache lines of `rows` rows of `count` elements, `step` elements apart; count > 0. Always inline: GCC
// leaves out calls of a function that does nothing but prefetch.
template <class T>
NATIVE_CONV_INLINE void prefetch_rows(const T* row, std::int64_t rows, std::int64_t step,
                                      std::int64_t count) {
  constexpr std::int64_t line = 64 / sizeof(T);
  for (std::int64_t r = 0; r < rows; ++r, row += step) {
    for (std::int64_t i = 0; i < count - 1; i += line) NATIVE_CONV_PREFETCH(row + i);
    NATIVE_CONV_PREFETCH(row + count - 1);
  }
}

}  // namespace native_conv
