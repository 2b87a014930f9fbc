// Filters of images: one kernel, or a column by a row. Definition: lib/reference/image/filter.ts. Layer:
// image. SPDX-License-Identifier: MIT
#pragma once

#include "image/geometry.h"

namespace native_conv {

// Throws Error(internal) for tables that do not fit the geometry.
void run_filter(const ImageCall& call, const RunControl& control);

}  // namespace native_conv
