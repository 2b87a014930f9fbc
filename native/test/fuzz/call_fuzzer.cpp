// A libFuzzer target over geometry, plan and run: any packed geometry is refused by an Error or runs inside
// its buffers, which lie beside unmapped pages, and whatever keeps the bit contract gives the bits of
// `direct`. Built by clang with its sanitizers: scripts/fuzz.sh. Layer: test. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "../guarded.h"
#include "base/error.h"
#include "call_input.h"
#include "conv/call.h"
#include "conv/plan.h"
#include "conv/run.h"
#include "report.h"

namespace native_conv::fuzz {
namespace {

using test::Guarded;

// Larger problems are planned but not run.
constexpr std::int64_t most_elements = 1 << 15, most_work = 1 << 20;

double real_length(const Triple& t) {
  return static_cast<double>(t[0]) * static_cast<double>(t[1]) * static_cast<double>(t[2]);
}

// Multiply-adds, or what takes as long.
double work_of(const Geometry& g) {
  const MatmulGeometry& m = g.matmul;
  if (g.kind == Kind::matmul) {
    return real_length(m.batch) * static_cast<double>(m.rows) * (static_cast<double>(m.columns) + 1) *
           (static_cast<double>(m.depth) + 1);
  }
  Triple padded = g.input;
  for (int axis = 0; axis < 3; ++axis) {
    padded[axis] += std::max<std::int64_t>(0, g.pad_begin[axis]) + std::max<std::int64_t>(0, g.pad_end[axis]);
  }
  // A transposed convolution may try every tap at every padded pixel, whether or not it meets an output; and
  // a pixel costs something by itself.
  constexpr double least_taps = 8;
  const double taps = real_length(g.kernel) * static_cast<double>(g.out_per_group());
  const double pixels = static_cast<double>(g.batch) * (real_length(g.output) + real_length(padded));
  return static_cast<double>(g.in_channels) * pixels * std::max(taps, least_taps);
}

bool small(const Geometry& g) {
  const Lengths length = lengths(g);
  for (std::int64_t count : {length.source, length.weight, length.target, length.channels}) {
    if (count > most_elements) return false;
  }
  return work_of(g) <= static_cast<double>(most_work);
}

// The buffers of one stage, each of its own exact length.
template <class T>
class Operands {
 public:
  Operands(const Geometry& g, const Manner& manner) : Operands(g, manner, lengths(g)) {}

  Stage stage(const Geometry& g, void* target) const {
    const auto optional = [](const Guarded<T>& v) { return v.size() == 0 ? nullptr : v.data(); };
    const void* weight = cache_ ? cache_->raw() : weight_.data();
    return {g,      source_.data(), weight, optional(bias_), optional(residual_), optional(slope_),
            target, cache_.get()};
  }

 private:
  Operands(const Geometry& g, const Manner& manner, const Lengths& length)
      : finished_(length.channels > 0 && !folds_padding(g)),
        engine_(manner.seed),
        source_(numbers(length.source)),
        weight_(numbers(length.weight)),
        bias_(numbers(finished_ && (manner.operands & with_bias) ? length.channels : 0)),
        residual_(numbers(finished_ && (manner.operands & with_residual) ? length.target : 0)),
        slope_(numbers(g.activation == ActivationKind::prelu ? length.channels : 0)) {
    // The weight gradient's "weight" is a gradient, which no layer holds.
    if ((manner.operands & with_cache) && g.kind != Kind::conv_weight_grad && length.weight > 0) {
      cache_ = std::make_unique<WeightCache>(weight_.data(), weight_.size() * sizeof(T));
    }
  }

  Guarded<T> numbers(std::int64_t count) {
    Guarded<T> values(static_cast<std::size_t>(count));
    std::uniform_int_distribution<int> mantissa(-64, 64), exponent(-6, 6);
    for (T& value : values) value = static_cast<T>(std::ldexp(mantissa(engine_), exponent(engine_)));
    values.freeze();
    return values;
  }

  bool finished_;
  std::minstd_rand engine_;
  Guarded<T> source_, weight_, bias_, residual_, slope_;
  std::unique_ptr<WeightCache> cache_;
};

template <class T>
bool same_bits(const Guarded<T>& a, const Guarded<T>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (std::memcmp(&a[i], &b[i], sizeof(T)) != 0) return false;
  }
  return true;
}

template <class T>
Guarded<T> run(std::vector<Stage> stages, const RunControl& control) {
  Guarded<T> target(static_cast<std::size_t>(lengths(stages.back().geometry).target));
  std::fill(target.begin(), target.end(), std::numeric_limits<T>::quiet_NaN());
  stages.back().target = target.data();
  run_call(stages, control);
  return target;
}

Geometry with_algorithm(Geometry g, AlgorithmId id) {
  g.algorithm = id;
  return g;
}

bool keeps_contract(const Plan& plan) {
  Geometry strict = plan.geometry;
  strict.reproducible = true;
  return !plan.algorithm || plan.algorithm->reject(strict).empty();
}

// Every algorithm that takes the geometry, against `direct`.
template <class T>
void compare_algorithms(const Geometry& g, const Manner& manner, const RunControl& control) {
  const Operands<T> operands(g, manner);
  const bool one_way = g.kind == Kind::matmul || g.kind == Kind::im2col || g.kind == Kind::col2im;
  const AlgorithmId reference = one_way ? AlgorithmId::automatic : AlgorithmId::direct;
  const Guarded<T> expected = run<T>({operands.stage(with_algorithm(g, reference), nullptr)}, {});
  for (int id = 0; id < static_cast<int>(AlgorithmId::count); ++id) {
    const Geometry forced = with_algorithm(g, static_cast<AlgorithmId>(id));
    try {
      const Plan plan = make_plan(forced);
      const Guarded<T> actual = run<T>({operands.stage(forced, nullptr)}, control);
      if (keeps_contract(plan) && !same_bits(actual, expected))
        report(std::string(algorithm_name(forced.algorithm)) + " differs");
    } catch (const Error& error) {
      if (error.code() != ErrorCode::algorithm) throw;
    }
  }
}

// A 1×1 convolution of the output to as many channels, for the calls that are fused.
Geometry pointwise_of(const Geometry& g) {
  Geometry p = g;
  p.input = p.output;
  p.in_channels = g.out_channels;
  p.groups = 1;
  p.kernel = p.stride = p.dilation = {1, 1, 1};
  p.pad_begin = p.pad_end = {0, 0, 0};
  p.activation = ActivationKind::none;
  return p;
}

template <class T>
void compare_fused(const Geometry& first, const Manner& manner, const RunControl& control) {
  const Geometry second = pointwise_of(first);
  if (!small(second)) return;
  const Operands<T> from(first, manner), to(second, manner);
  Guarded<T> between(static_cast<std::size_t>(lengths(first).target));
  Stage depthwise = from.stage(first, between.data()), pointwise = to.stage(second, nullptr);
  pointwise.source = nullptr;
  const Guarded<T> expected = run<T>({depthwise, pointwise}, {});
  depthwise.target = nullptr;
  if (!same_bits(run<T>({depthwise, pointwise}, control), expected)) report("two stages in one call differ");
}

template <class T>
void run_input(Geometry g, const Manner& manner) {
  const std::int32_t stop = manner.operands & cancelled ? 1 : 0;
  const RunControl control{1 + manner.threads % 3, &stop};
  if (folds_padding(g)) g.activation = ActivationKind::none;
  try {
    compare_algorithms<T>(g, manner, control);
    // Two stages have one chain of results: without what is outside the contract.
    g.reproducible = true;
    g.algorithm = AlgorithmId::automatic;
    if (g.kind == Kind::conv && (manner.operands & with_pointwise)) compare_fused<T>(g, manner, control);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::internal) report(error.what());
    if (error.code() == ErrorCode::cancelled && !stop) report("cancelled without being asked to");
  }
}

void fuzz_one(const Input& input) {
  Geometry g;
  try {
    g = unpack_geometry(input.geometry.data(), input.geometry.size());
  } catch (const Error&) {
    return;
  }
  const std::vector<Isa>& isas = available_isas();
  set_isa_cap(isa_name(isas[input.manner.isa % isas.size()]));
  try {
    const Plan plan = make_plan(g);
    if (plan_workspace(g, plan, 1) < 0) report("a negative workspace");
  } catch (const Error& error) {
    if (error.code() == ErrorCode::internal) report(error.what());
  }
  if (!small(g)) return;
  if (g.dtype == DType::float32) {
    run_input<float>(g, input.manner);
  } else {
    run_input<double>(g, input.manner);
  }
}

}  // namespace
}  // namespace native_conv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  native_conv::fuzz::fuzz_one(native_conv::fuzz::decode(data, size));
  return 0;
}
