// IEEE 754 half precision, by integers. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>

namespace native_conv {

// The bits of the half nearest to x, ties to even; every NaN becomes the same one.
inline std::uint16_t to_half(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const std::uint32_t sign = bits >> 16 & 0x8000;
  std::uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return static_cast<std::uint16_t>(sign | 0x7e00);
  if (magnitude >= 0x47800000) return static_cast<std::uint16_t>(sign | 0x7c00);
  if (magnitude < 0x38800000) {
    // Subnormal: added to 1/2, whose last place is a half's smallest step, the float rounds itself.
    float value;
    std::memcpy(&value, &magnitude, sizeof value);
    value += 0.5f;
    std::memcpy(&magnitude, &value, sizeof value);
    return static_cast<std::uint16_t>(sign | (magnitude - 0x3f000000));
  }
  magnitude -= (127u - 15u) << 23;
  magnitude += 0xfff + (magnitude >> 13 & 1);
  return static_cast<std::uint16_t>(sign | magnitude >> 13);
}

}  // namespace native_conv
