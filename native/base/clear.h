// Zeros, in any number. Layer: base. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>

#include "base/thread_pool.h"

namespace native_conv {

// Sets `count` elements to 0. Few of them without memset, whose call would take longer.
template <class T>
void clear(T* to, std::int64_t count) {
  constexpr std::int64_t step = 16 / sizeof(T), most = 16 * step;
  if (count <= 0) return;
  if (count > most) {
    for_each_piece(count, [to](std::int64_t begin, std::int64_t end) {
      std::memset(to + begin, 0, static_cast<std::size_t>(end - begin) * sizeof(T));
    });
  } else if (count < step) {
    if (count & 2) to[count - 2] = T(0);
    to[0] = to[count - 1] = T(0);
  } else {
    for (std::int64_t i = 0; i < count - step; i += step) std::memset(to + i, 0, 16);
    std::memset(to + count - step, 0, 16);
  }
}

}  // namespace native_conv
