// A prepared call: stages run one after another, each on its own buffers or on the previous one's result.
// Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "conv/algorithm.h"
#include "conv/plan.h"

namespace native_conv {

// Untyped views of a stage's buffers, all of geometry.dtype; null where absent.
struct Stage {
  Geometry geometry;
  const void* source;  // null: the previous stage's result
  const void* weight;
  const void* bias;
  const void* residual;
  const void* slope;
  void* target;  // null: kept in scratch for the next stage
  WeightCache* cache;
  const Plan* plan = nullptr;  // of the geometry; null: made when the stage runs
};

std::size_t target_bytes(const Stage& stage);

// Whether the stages run as one, band by band (conv/separable.h), and the threads that they then use.
bool runs_fused(const std::vector<Stage>& stages);
int fused_threads(const std::vector<Stage>& stages, int threads);

// Throws Error(internal) when a stage reads or leaves a result that does not exist, Error(cancelled) when
// stopped.
void run_call(const std::vector<Stage>& stages, const RunControl& control);

}  // namespace native_conv
