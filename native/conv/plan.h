// Chooses the algorithm: an ordered list for each kind, the first that accepts wins, and each refusal says
// why. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "conv/algorithm.h"

namespace native_conv {

struct Refusal {
  AlgorithmId algorithm;
  std::string reason;
};

struct Plan {
  // What the algorithm runs on: the call's geometry, or, where padding copies and a gradient is folded onto
  // what it copied, that of the padded input.
  Geometry geometry;
  const Algorithm* algorithm;     // null for im2col, col2im and matmul, which have one way each
  std::vector<Refusal> refusals;  // of those that rank before it
};

// The scratch that a plan may take on so many threads. `elsewhere` counts, too: what the call's other stages
// leave in scratch.
struct Budget {
  static constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();
  std::int64_t bytes = unlimited;
  int threads = 1;
  std::int64_t elsewhere = 0;
};

// Throws Error(algorithm) when a forced algorithm cannot run, Error(too_large) when no algorithm that may run
// keeps to the budget.
Plan make_plan(const Geometry& g, const Budget& budget = {});

// The micro-kernel in the plan's inner loop; "copy" where there is none.
const char* plan_kernel(const Plan& plan);

// Whether the plan computes the gradient of the padded input of `g`, to be folded.
bool folds_padding(const Geometry& g);

// Bytes of scratch of a run of `g` on `threads` threads.
std::int64_t plan_workspace(const Geometry& g, const Plan& plan, int threads);

// About how long a run of this geometry takes one thread.
double estimated_nanoseconds(const Geometry& g);

// The number of threads that it is worth, at most `threads`: small work stays on the caller.
int worthwhile_threads(const Geometry& g, int threads);

}  // namespace native_conv
