// Copies strided elements into C order: what an operand that is a view of another tensor becomes before an
// algorithm reads it. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"

namespace native_conv {

// Element (i, j, …) lies at offset + i · strides[0] + j · strides[1] + …
struct StridedLayout {
  std::vector<std::int64_t> dims, strides;
  std::int64_t offset;
};

// Reads dims, then as many strides, then the offset. Throws Error(internal) unless they are integers and the
// elements are as many as `target` and inside an array of `source` elements.
StridedLayout unpack_layout(const double* values, std::size_t count, std::int64_t source,
                            std::int64_t target);

// T: float or double.
template <class T>
void run_gather(const StridedLayout& layout, const T* from, T* into, const RunControl& control);

}  // namespace native_conv
