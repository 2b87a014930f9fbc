// THE list of algorithms, best first. Layer: conv. SPDX-License-Identifier: MIT
#include "conv/plan.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "conv/conv_weights.h"
#include "gemm/matmul.h"

namespace native_conv {
namespace {

std::vector<const Algorithm*> algorithms_for(Kind kind) {
  switch (kind) {
    case Kind::conv:
      return {&fft,         &depthwise,     &pointwise,   &winograd_f4,
              &winograd_f2, &implicit_gemm, &im2col_gemm, &direct};
    case Kind::conv_transpose:
      return {&fft,           &depthwise, &pointwise,        &winograd_f4,     &winograd_f2,
              &implicit_gemm, &phases,    &transpose_col2im, &direct_transpose};
    case Kind::conv_weight_grad:
      return {&depthwise_weight_grad, &winograd_weight_grad, &weight_grad_gemm, &direct_weight_grad};
    default:
      return {};
  }
}

const Algorithm* find(const std::vector<const Algorithm*>& list, AlgorithmId id) {
  const auto found = std::find_if(list.begin(), list.end(), [id](const Algorithm* a) { return a->id == id; });
  return found == list.end() ? nullptr : *found;
}

const Algorithm* forced_algorithm(const Geometry& g, const std::vector<const Algorithm*>& list) {
  const std::string name = algorithm_name(g.algorithm);
  const Algorithm* algorithm = find(list, g.algorithm);
  if (!algorithm) {
    std::string names;
    for (const Algorithm* each : list)
      names += (names.empty() ? "" : ", ") + std::string(algorithm_name(each->id));
    throw Error(ErrorCode::algorithm,
                "algorithm '" + name +
                    "' cannot run: it is not among those that this version has for the operation: " + names);
  }
  const std::string reason = algorithm->reject(g);
  if (!reason.empty()) throw Error(ErrorCode::algorithm, "algorithm '" + name + "' cannot run: " + reason);
  return algorithm;
}

std::string excess(const Budget& budget, std::int64_t bytes) {
  return std::to_string(bytes) + " bytes of scratch, setWorkspaceLimit allows " +
         std::to_string(budget.bytes);
}

// Bytes of scratch on the budget's threads, what lies elsewhere included.
std::int64_t needed_bytes(const Geometry& g, const Plan& plan, const Budget& budget) {
  const std::int64_t own = plan_workspace(g, plan, worthwhile_threads(g, budget.threads));
  return own > Budget::unlimited - budget.elsewhere ? Budget::unlimited : own + budget.elsewhere;
}

// Completes a plan for which there is no other choice.
Plan within(const Budget& budget, const Geometry& g, Plan plan) {
  if (budget.bytes == Budget::unlimited) return plan;
  const std::int64_t needed = needed_bytes(g, plan, budget);
  if (needed <= budget.bytes) return plan;
  const std::string who =
      plan.algorithm ? std::string("algorithm '") + algorithm_name(plan.algorithm->id) + "'" : "the call";
  throw Error(ErrorCode::too_large, who + " needs " + excess(budget, needed));
}

Geometry of_padded_input(Geometry g) {
  g.padding_mode = PaddingMode::zeros;
  for (int axis = 0; axis < 3; ++axis) {
    g.input[axis] += g.pad_begin[axis] + g.pad_end[axis];
    g.pad_begin[axis] = g.pad_end[axis] = 0;
  }
  return g;
}

}  // namespace

bool folds_padding(const Geometry& g) {
  return g.kind == Kind::conv_transpose && g.padding_mode != PaddingMode::zeros;
}

Plan make_plan(const Geometry& g, const Budget& budget) {
  Plan plan{folds_padding(g) ? of_padded_input(g) : g, nullptr, {}};
  const std::vector<const Algorithm*> list = algorithms_for(g.kind);
  if (list.empty()) {
    if (g.algorithm == AlgorithmId::automatic) return within(budget, g, std::move(plan));
    throw Error(ErrorCode::algorithm, std::string("algorithm '") + algorithm_name(g.algorithm) +
                                          "' cannot run: there is nothing to choose here");
  }
  if (g.algorithm != AlgorithmId::automatic) {
    plan.algorithm = forced_algorithm(plan.geometry, list);
    return within(budget, g, std::move(plan));
  }
  std::int64_t least = Budget::unlimited;
  for (const Algorithm* algorithm : list) {
    std::string reason = algorithm->reject(plan.geometry);
    plan.algorithm = algorithm;
    if (reason.empty()) {
      if (budget.bytes == Budget::unlimited) return plan;
      const std::int64_t needed = needed_bytes(g, plan, budget);
      if (needed <= budget.bytes) return plan;
      least = std::min(least, needed);
      reason = "it needs " + excess(budget, needed);
    }
    plan.refusals.push_back({algorithm->id, std::move(reason)});
  }
  if (least == Budget::unlimited) throw Error(ErrorCode::internal, "no algorithm accepts this geometry");
  throw Error(ErrorCode::too_large, "every algorithm needs at least " + excess(budget, least));
}

const char* plan_kernel(const Plan& plan) {
  if (plan.algorithm) return plan.algorithm->kernel(plan.geometry);
  if (plan.geometry.kind != Kind::matmul) return "copy";
  return with_type(plan.geometry.dtype, [](auto zero) { return kernel_name<decltype(zero)>(Family::patch); });
}

std::int64_t plan_workspace(const Geometry& g, const Plan& plan, int threads) {
  if (lengths(g).target == 0) return 0;
  const std::int64_t folded = folds_padding(g) ? input_length(plan.geometry) * size_of(g.dtype) : 0;
  if (plan.algorithm) return plan.algorithm->workspace(plan.geometry, threads) + folded;
  if (g.kind == Kind::col2im) return threads * volume(g.input) * size_of(g.dtype);
  if (g.kind != Kind::matmul) return 0;
  const MatmulGeometry& m = g.matmul;
  return with_type(g.dtype, [&](auto zero) {
    return matmul_workspace<decltype(zero)>(volume(m.batch), m.columns, m.depth, threads);
  });
}

double estimated_nanoseconds(const Geometry& g) {
  // An AVX-512 core at three quarters of its peak; an element that few multiply-adds make takes as long
  // as 16.
  constexpr double each = 1.0 / 80, least_depth = 16;
  const MatmulGeometry& m = g.matmul;
  const double elements = g.kind == Kind::matmul
                              ? static_cast<double>(volume(m.batch)) * static_cast<double>(m.rows) *
                                    static_cast<double>(m.columns)
                              : static_cast<double>(output_length(g));
  const auto depth = static_cast<double>(g.kind == Kind::matmul ? m.depth : conv_depth(g));
  return each * elements * std::max(least_depth, depth);
}

int worthwhile_threads(const Geometry& g, int threads) {
  return RunControl{threads}.worthwhile(estimated_nanoseconds(g)).threads;
}

}  // namespace native_conv
