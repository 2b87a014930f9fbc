// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/call.h"

#include "base/buffer.h"
#include "base/error.h"
#include "conv/run.h"

namespace native_conv {
namespace {

template <class T>
void run_typed(const Stage& stage, const void* source, void* target, const RunControl& control) {
  const auto typed = [](const void* p) { return static_cast<const T*>(p); };
  run_stage<T>(stage.geometry,
               {typed(source), typed(stage.weight), typed(stage.bias), typed(stage.residual),
                typed(stage.slope), static_cast<T*>(target), stage.cache},
               control);
}

}  // namespace

void run_call(const std::vector<Stage>& stages, const RunControl& control) {
  // Two results are alive at a time: what a stage reads and what it writes.
  constexpr Scratch intermediates[] = {Scratch::intermediate, Scratch::intermediate_next};
  const void* previous = nullptr;
  std::int64_t previous_length = 0;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const Stage& stage = stages[i];
    const Lengths length = lengths(stage.geometry);
    if (!stage.source && length.source != previous_length) {
      throw Error(ErrorCode::internal,
                  "stage " + std::to_string(i) + " reads " + std::to_string(length.source) +
                      " elements, the stage before it gives " + std::to_string(previous_length));
    }
    const void* source = stage.source ? stage.source : previous;
    void* target = stage.target;
    if (!target) target = scratch<double>(intermediates[i % 2], length.target);
    if (stage.geometry.dtype == DType::float32) {
      run_typed<float>(stage, source, target, control);
    } else {
      run_typed<double>(stage, source, target, control);
    }
    previous = target;
    previous_length = length.target;
  }
}

}  // namespace native_conv
