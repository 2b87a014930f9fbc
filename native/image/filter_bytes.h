// Filters of uint8 images in whole numbers. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include "image/whole_weights.h"

namespace native_conv {

void run_filter_bytes(const ImageCall& call, const WholeFilter& plan, const RunControl& control);

}  // namespace native_conv
