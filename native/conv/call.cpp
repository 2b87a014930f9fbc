// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/call.h"

#include <algorithm>

#include "base/buffer.h"
#include "base/error.h"
#include "base/float_mode.h"
#include "conv/activation.h"
#include "conv/run.h"
#include "conv/separable.h"

namespace native_conv {
namespace {

template <class T>
Buffers<T> typed_buffers(const Stage& stage, const void* source, void* target) {
  const auto typed = [](const void* p) { return static_cast<const T*>(p); };
  return {typed(source),      typed(stage.weight),     typed(stage.bias), typed(stage.residual),
          typed(stage.slope), static_cast<T*>(target), stage.cache};
}

void run_one(const Stage& stage, const void* source, void* target, const RunControl& control) {
  if (stage.geometry.dtype == DType::float32) {
    run_stage(stage.geometry, typed_buffers<float>(stage, source, target), control, stage.plan);
  } else {
    run_stage(stage.geometry, typed_buffers<double>(stage, source, target), control, stage.plan);
  }
}

double fused_nanoseconds(const std::vector<Stage>& stages) {
  return estimated_nanoseconds(stages[0].geometry) + estimated_nanoseconds(stages[1].geometry);
}

template <class T>
void run_both(const std::vector<Stage>& stages, const RunControl& control) {
  const Stage &first = stages[0], &second = stages[1];
  const Geometry& g = second.geometry;
  const RunControl worthwhile = control.worthwhile(fused_nanoseconds(stages));
  const Buffers<T> from = typed_buffers<T>(first, first.source, nullptr),
                   to = typed_buffers<T>(second, nullptr, second.target);
  run_fused(first.geometry, from, g, to, worthwhile);
  if (is_smooth(g.activation)) apply_smooth(g.activation, g.alpha, to.target, lengths(g).target, worthwhile);
}

// Every stage without a source reads just what the stage before it leaves.
void check_chain(const std::vector<Stage>& stages) {
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].source) continue;
    const std::int64_t needed = lengths(stages[i].geometry).source;
    const std::int64_t given = i == 0 ? -1 : lengths(stages[i - 1].geometry).target;
    if (needed == given) continue;
    throw Error(ErrorCode::internal, "stage " + std::to_string(i) + " reads " + std::to_string(needed) +
                                         " elements, the stage before it gives " + std::to_string(given));
  }
}

// Of a convolution.
AlgorithmId algorithm_of(const Stage& stage) {
  return stage.plan ? stage.plan->algorithm->id : make_plan(stage.geometry).algorithm->id;
}

}  // namespace

std::size_t target_bytes(const Stage& stage) {
  const Geometry& g = stage.geometry;
  return static_cast<std::size_t>(lengths(g).target * size_of(g.dtype));
}

bool runs_fused(const std::vector<Stage>& stages) {
  return stages.size() == 2 && !stages[0].target && !stages[0].residual && !stages[1].source &&
         can_fuse(stages[0].geometry, stages[1].geometry) && lengths(stages[1].geometry).target > 0 &&
         algorithm_of(stages[0]) == AlgorithmId::depthwise &&
         algorithm_of(stages[1]) == AlgorithmId::pointwise;
}

int fused_threads(const std::vector<Stage>& stages, int threads) {
  return RunControl{threads}.worthwhile(fused_nanoseconds(stages)).threads;
}

void run_call(const std::vector<Stage>& stages, const RunControl& control) {
  const DefaultFloatMode mode;
  // Two results are alive at a time: what a stage reads and what it writes.
  constexpr Scratch intermediates[] = {Scratch::intermediate, Scratch::intermediate_next};
  const void* previous = nullptr;
  check_chain(stages);
  if (runs_fused(stages)) {
    return stages[0].geometry.dtype == DType::float32 ? run_both<float>(stages, control)
                                                      : run_both<double>(stages, control);
  }
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const Stage& stage = stages[i];
    const Lengths length = lengths(stage.geometry);
    const void* source = stage.source ? stage.source : previous;
    void* target = stage.target;
    if (!target)
      target = scratch<unsigned char>(intermediates[i % 2], length.target * size_of(stage.geometry.dtype));
    run_one(stage, source, target, control);
    previous = target;
  }
}

}  // namespace native_conv
