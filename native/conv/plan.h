// Chooses the algorithm: an ordered list for each kind, the first that accepts wins, and each refusal says
// why. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "conv/algorithm.h"

namespace native_conv {

struct Refusal {
  AlgorithmId algorithm;
  std::string reason;
};

struct Plan {
  const Algorithm* algorithm;     // null for im2col, col2im and matmul, which have one way each
  std::vector<Refusal> refusals;  // of those that rank before it
};

// Throws Error(algorithm) when a forced algorithm cannot run.
Plan make_plan(const Geometry& g);

// The kernel that does the plan's inner loop.
const char* plan_kernel(const Geometry& g, const Plan& plan);

// The number of threads that a run of this geometry is worth, at most `threads`: small work stays on the
// caller.
int worthwhile_threads(const Geometry& g, int threads);

}  // namespace native_conv
