// The padding rule of convolutions and of images' borders. Layer: base. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace native_conv {

// In the order of the list in lib/geometry.ts.
enum class PaddingMode : int { zeros, reflect, symmetric, replicate, circular, count };

// Where position `at` of the unpadded axis of `size` elements reads, or -1 for zero padding.
std::int64_t padded_index(PaddingMode mode, std::int64_t size, std::int64_t at);

}  // namespace native_conv
