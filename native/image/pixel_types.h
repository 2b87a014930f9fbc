// From a type's name to the type. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include "image/geometry.h"

namespace native_conv {

// Calls body with a zero of the C++ type of pixels of this type.
template <class Body>
void with_pixel_type(PixelType type, Body&& body) {
  switch (type) {
    case PixelType::uint8:
      return body(std::uint8_t{});
    case PixelType::uint16:
      return body(std::uint16_t{});
    case PixelType::int16:
      return body(std::int16_t{});
    default:
      return body(float{});
  }
}

}  // namespace native_conv
