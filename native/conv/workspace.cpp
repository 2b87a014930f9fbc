// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/workspace.h"

#include <algorithm>
#include <atomic>
#include <string>

#include "base/error.h"
#include "conv/separable.h"

namespace native_conv {
namespace {

std::atomic<std::int64_t> most_bytes{Budget::unlimited};

std::int64_t all_intermediates(const std::vector<Stage>& stages, int threads) {
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < stages.size(); ++i) bytes += intermediate_bytes(stages, i, threads);
  return bytes;
}

std::int64_t workspace_of(const Stage& stage, int threads) {
  const Geometry& g = stage.geometry;
  return plan_workspace(g, *stage.plan, worthwhile_threads(g, threads));
}

// Fused stages hold their scratch side by side, and there is no choice of algorithm.
void check_fused(const std::vector<Stage>& stages, int threads, std::int64_t limit) {
  const int used = fused_threads(stages, threads);
  std::int64_t bytes = all_intermediates(stages, threads);
  for (const Stage& stage : stages) bytes += plan_workspace(stage.geometry, *stage.plan, used);
  if (bytes <= limit) return;
  throw Error(ErrorCode::too_large, "the fused stages need " + std::to_string(bytes) +
                                        " bytes of scratch, setWorkspaceLimit allows " +
                                        std::to_string(limit));
}

}  // namespace

std::int64_t workspace_limit() { return most_bytes.load(std::memory_order_relaxed); }

void set_workspace_limit(std::int64_t bytes) {
  if (bytes < 0) throw Error(ErrorCode::option, "setWorkspaceLimit: bytes must not be negative");
  most_bytes.store(bytes, std::memory_order_relaxed);
}

std::int64_t intermediate_bytes(const std::vector<Stage>& stages, std::size_t i, int threads) {
  if (i + 1 >= stages.size()) return 0;
  const Geometry& g = stages[i].geometry;
  if (runs_fused(stages)) {
    const std::int64_t offsets = g.out_channels * std::int64_t{sizeof(std::int32_t)};
    return fused_threads(stages, threads) * (fused_bytes(g) + offsets);
  }
  return lengths(g).target * size_of(g.dtype);
}

std::vector<std::shared_ptr<const Plan>> keep_to_limit(std::vector<Stage>& stages, int threads,
                                                       std::int64_t limit) {
  std::vector<std::shared_ptr<const Plan>> made;
  if (limit == Budget::unlimited) return made;
  if (runs_fused(stages)) {
    check_fused(stages, threads, limit);
    return made;
  }
  const std::int64_t elsewhere = all_intermediates(stages, threads);
  for (Stage& stage : stages) {
    if (workspace_of(stage, threads) <= limit - elsewhere) continue;
    const Budget budget{limit, threads, elsewhere};
    made.push_back(std::make_shared<const Plan>(make_plan(stage.geometry, budget)));
    stage.plan = made.back().get();
  }
  return made;
}

}  // namespace native_conv
