// The weight gradient of a depthwise convolution: sums over positions that no channel shares with another, so
// the channels lie in vectors. Layer: conv. SPDX-License-Identifier: MIT
#include "conv/algorithm.h"
#include "conv/channel_weight_grad.h"

namespace native_conv {
namespace {

std::string reject(const Geometry& g) {
  if (g.in_per_group() != 1) {
    return "each group has " + std::to_string(g.in_per_group()) + " input channels, not 1";
  }
  return reject_channel_weight_grad(g);
}

}  // namespace

const Algorithm depthwise_weight_grad = {AlgorithmId::depthwise,         reject,
                                         channel_weight_grad_workspace,  channel_weight_grad_kernel,
                                         run_channel_weight_grad<float>, run_channel_weight_grad<double>};

}  // namespace native_conv
