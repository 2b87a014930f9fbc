// THE list of algorithms, best first. Layer: conv. SPDX-License-Identifier: MIT
#include "conv/plan.h"

#include <algorithm>

#include "base/error.h"
#include "conv/conv_weights.h"
#include "conv/sweep.h"

namespace native_conv {
namespace {

std::vector<const Algorithm*> algorithms_for(Kind kind) {
  switch (kind) {
    case Kind::conv:
      return {&depthwise, &pointwise, &implicit_gemm, &im2col_gemm, &direct};
    case Kind::conv_transpose:
      return {&phases, &transpose_col2im, &direct_transpose};
    case Kind::conv_weight_grad:
      return {&weight_grad_gemm, &direct_weight_grad};
    default:
      return {};
  }
}

const Algorithm* find(const std::vector<const Algorithm*>& list, AlgorithmId id) {
  const auto found = std::find_if(list.begin(), list.end(), [id](const Algorithm* a) { return a->id == id; });
  return found == list.end() ? nullptr : *found;
}

Plan forced_plan(const Geometry& g, const std::vector<const Algorithm*>& list) {
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
  return {algorithm, {}};
}

template <class T>
const char* kernel_name(const Geometry& g, AlgorithmId id) {
  const Kernels<T>& k = kernels<T>();
  const bool last = g.layout == Layout::channels_last;
  switch (id) {
    case AlgorithmId::depthwise:
      return last ? k.depthwise_last.name : k.depthwise_first.name;
    case AlgorithmId::direct:
      return k.chain.name;
    case AlgorithmId::im2col_gemm:
      return last && g.kind == Kind::conv ? k.gemm_patch.name : k.gemm_panel.name;
    case AlgorithmId::phases:
      return choose_family<T>(g.layout, g.in_per_group(), g.out_per_group()) == Family::panel
                 ? k.gemm_panel.name
                 : k.gemm_patch.name;
    default:
      return choose_family<T>(g.layout, g.out_per_group(), conv_depth(g)) == Family::panel
                 ? k.gemm_panel.name
                 : k.gemm_patch.name;
  }
}

}  // namespace

Plan make_plan(const Geometry& g) {
  const std::vector<const Algorithm*> list = algorithms_for(g.kind);
  if (list.empty()) {
    if (g.algorithm == AlgorithmId::automatic) return {nullptr, {}};
    throw Error(ErrorCode::algorithm, std::string("algorithm '") + algorithm_name(g.algorithm) +
                                          "' cannot run: there is nothing to choose here");
  }
  if (g.algorithm != AlgorithmId::automatic) return forced_plan(g, list);
  Plan plan{nullptr, {}};
  for (const Algorithm* algorithm : list) {
    const std::string reason = algorithm->reject(g);
    if (reason.empty()) {
      plan.algorithm = algorithm;
      return plan;
    }
    plan.refusals.push_back({algorithm->id, reason});
  }
  throw Error(ErrorCode::internal, "no algorithm accepts this geometry");
}

const char* plan_kernel(const Geometry& g, const Plan& plan) {
  if (g.kind == Kind::matmul)
    return g.dtype == DType::float32 ? kernels<float>().gemm_patch.name : kernels<double>().gemm_patch.name;
  if (!plan.algorithm) return "copy";
  return g.dtype == DType::float32 ? kernel_name<float>(g, plan.algorithm->id)
                                   : kernel_name<double>(g, plan.algorithm->id);
}

int worthwhile_threads(const Geometry& g, int threads) {
  // Waking a thread costs some ten microseconds, in which a core does about a million multiply-adds.
  constexpr double least_work = 1e6;
  const MatmulGeometry& m = g.matmul;
  const double work = g.kind == Kind::matmul
                          ? static_cast<double>(volume(m.batch)) * static_cast<double>(m.rows) *
                                static_cast<double>(m.columns) * static_cast<double>(m.depth)
                          : static_cast<double>(output_length(g)) * static_cast<double>(conv_depth(g));
  return static_cast<int>(std::max(1.0, std::min(static_cast<double>(threads), work / least_work)));
}

}  // namespace native_conv
