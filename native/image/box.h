// The mean of a rectangle of uint8 pixels. Definition: lib/reference/image/box.ts. Layer: image.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/geometry.h"

namespace native_conv {

// Throws Error(internal) for pictures of other types or sizes.
void run_box(const ImageCall& call, const RunControl& control);

}  // namespace native_conv
