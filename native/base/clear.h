// Zeros, in any number. Layer: base. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/thread_pool.h"

namespace native_conv {

template <class T>
void clear(T* to, std::int64_t count) {
  for_each_piece(count,
                 [to](std::int64_t begin, std::int64_t end) { std::fill(to + begin, to + end, T(0)); });
}

}  // namespace native_conv
