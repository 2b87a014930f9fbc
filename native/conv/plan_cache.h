// Packed geometries that a thread came across lately, read, checked and planned once: a call that repeats
// costs a comparison. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>

#include "conv/geometry.h"
#include "conv/plan.h"

namespace native_conv {

struct Planned {
  Geometry geometry;
  Lengths lengths;
  Plan plan;
};

// unpack_geometry and make_plan; throws as they do. Keyed by every bit of the packed values and by what else
// planning looks at, so that a cached answer is the answer.
std::shared_ptr<const Planned> plan_packed(const double* values, std::size_t count);

}  // namespace native_conv
