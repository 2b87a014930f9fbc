// Filters of uint8 images by sums of four products at once, where the processor has them. Layer: image.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/whole_kernel.h"

namespace native_conv {

// One pass, or a row and a column.
struct QuadFilterPlan {
  bool separable;
  int groups;                         // of four taps in a row
  std::vector<std::int32_t> weights;  // of them
  int pairs;                          // of taps in the column
  std::vector<std::int32_t> column;   // for an even row of results and for the one below
  bool signs;
  std::int32_t kept_bias;  // of the sums along rows
  WholeFinish finish;
  std::int64_t cost;  // as WholeFilter's
};

// Nothing without such instructions, or where weights or sums have too many bits for them.
std::optional<QuadFilterPlan> plan_quad_filter(const ImageGeometry& g, const WholeKernels& kernels);

void run_filter_quads(const ImageCall& call, const QuadFilterPlan& plan, const RunControl& control);

}  // namespace native_conv
