// The limit on a call's scratch, and plans that keep to it. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "conv/call.h"
#include "conv/plan.h"

namespace native_conv {

// Bytes of scratch that one call may take, for the process; Budget::unlimited at first.
std::int64_t workspace_limit();
// bytes >= 0, else Error(option).
void set_workspace_limit(std::int64_t bytes);

// Bytes that lie in scratch between stage `i` and the next one: bands of the result where the two run fused,
// or all of it; none after the last.
std::int64_t intermediate_bytes(const std::vector<Stage>& stages, std::size_t i, int threads);

// Gives the stages plans with which the call keeps to the limit, where those that they have do not; every
// stage must have one. Returns what owns the new ones. Throws Error(too_large) where there are none.
std::vector<std::shared_ptr<const Plan>> keep_to_limit(std::vector<Stage>& stages, int threads,
                                                       std::int64_t limit);

}  // namespace native_conv
