// Pixels to a model's tensor: resampled, cropped, padded, normalised and laid out row by row, without an
// image in between. Definition: lib/reference/image/tensor.ts. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include "image/geometry.h"

namespace native_conv {

// Throws Error(internal) for tables that do not fit the geometry.
void run_tensor(const ImageCall& call, const RunControl& control);

}  // namespace native_conv
