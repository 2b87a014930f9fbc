// Runs one stage: checks the buffers against the geometry, plans, runs, and adds what algorithms leave to it.
// Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include "conv/algorithm.h"
#include "conv/plan.h"

namespace native_conv {

// The buffers must be as long as lengths(g) says; the addon has checked that. `plan` is make_plan(g), or null
// to have it made.
template <class T>
void run_stage(const Geometry& g, const Buffers<T>& buffers, const RunControl& control,
               const Plan* plan = nullptr);

}  // namespace native_conv
