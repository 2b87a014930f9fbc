// Sets of up to 64 elements, a bit each. Layer: base. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace native_conv {

// The lowest `count` bits, 0 <= count <= 64.
constexpr std::uint64_t first_bits(std::int64_t count) {
  return count > 0 ? ~std::uint64_t{0} >> (64 - count) : 0;
}

}  // namespace native_conv
