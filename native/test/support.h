// What the native tests share: numbers that provoke rounding, comparison bit for bit, the walk over the
// registry and the record of which instruction sets were covered. Layer: test. SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "guarded.h"
#include "kernels/kernels.h"

namespace native_conv::test {

// The instruction sets on which at least one test ran.
inline std::set<Isa>& covered_isas() {
  static std::set<Isa> covered;
  return covered;
}

// Those that what runs on all of them runs on: what this processor has, best first, or of that what the build
// names, where it has any.
inline const std::vector<Isa>& tested_isas() {
#if defined(NATIVE_CONV_TESTED_ISAS)
  static const std::vector<Isa> tested = [] {
    const std::string names = "," NATIVE_CONV_TESTED_ISAS ",";
    std::vector<Isa> named;
    for (Isa isa : available_isas()) {
      if (names.find(std::string(",") + isa_name(isa) + ",") != std::string::npos) named.push_back(isa);
    }
    return named.empty() ? available_isas() : named;
  }();
  return tested;
#else
  return available_isas();
#endif
}

inline bool is_tested(Isa isa) {
  const std::vector<Isa>& tested = tested_isas();
  return std::find(tested.begin(), tested.end(), isa) != tested.end();
}

// Mixed: of every magnitude, as below. Even: uniform between -1 and 1.
enum class NumberRange { mixed, even };

// A repeatable source of numbers of mixed magnitude and sign, with zeros of both signs and subnormals among
// them.
class Numbers {
 public:
  explicit Numbers(std::uint32_t seed) : engine_(seed) {}

  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }

  template <class T>
  T real() {
    const double mantissa = std::uniform_real_distribution<double>(-1, 1)(engine_);
    switch (integer(0, 15)) {
      case 0:
        return T(0);
      case 1:
        return -T(0);
      case 2:
        return static_cast<T>(mantissa) * std::numeric_limits<T>::min();  // subnormal
      default:
        return static_cast<T>(std::ldexp(mantissa, integer(-12, 12)));
    }
  }

  template <class T>
  void fill(T* data, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) data[i] = real<T>();
  }

  template <class T>
  void fill(Guarded<T>& operand, NumberRange range = NumberRange::mixed) {
    if (range == NumberRange::mixed) return fill(operand.data(), operand.size());
    std::uniform_real_distribution<T> even(-1, 1);
    for (T& value : operand) value = even(engine_);
  }

 private:
  std::mt19937 engine_;
};

// Caps the instruction set for a scope.
class WithIsa {
 public:
  explicit WithIsa(Isa isa) : before_(current_isa()) { set_isa_cap(isa_name(isa)); }
  ~WithIsa() { set_isa_cap(isa_name(before_)); }

 private:
  Isa before_;
};

inline RunControl on_threads(int threads) {
  RunControl control;
  control.threads = threads;
  return control;
}

// Equal bits, or both NaN: a NaN's sign and payload are outside the contract.
template <class T>
bool same_bits(T a, T b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::memcmp(&a, &b, sizeof a) == 0;
}

template <class T>
std::string hex(T value) {
  char text[64];
  std::snprintf(text, sizeof text, "%a", static_cast<double>(value));
  return text;
}

// Fails with the first place where two arrays differ.
template <class T>
void check_same_bits(const T* actual, const T* expected, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (same_bits(actual[i], expected[i])) continue;
    FAIL_CHECK("element " << i << " of " << count << " is " << hex(actual[i]) << ", expected "
                          << hex(expected[i]));
    return;
  }
}

// Calls body(row, function) for every kernel of operation `op` that the tests run on; the instruction sets
// that had one.
template <class Function, class Body>
std::set<Isa> for_each_kernel_there_is(const std::string& op, Body&& body) {
  std::set<Isa> isas;
  for (const KernelRow& row : kernel_rows()) {
    if (row.op != op || !can_run(row) || !is_tested(row.isa)) continue;
    INFO(row.name);
    isas.insert(row.isa);
    covered_isas().insert(row.isa);
    body(row, reinterpret_cast<Function*>(row.function));
  }
  return isas;
}

// The same, and demands that there is one for each of them: an ISA without its own row would go untested.
template <class Function, class Body>
void for_each_kernel(const std::string& op, Body&& body) {
  const std::set<Isa> isas = for_each_kernel_there_is<Function>(op, body);
  for (Isa isa : tested_isas()) {
    INFO(op << " has no kernel for " << isa_name(isa));
    CHECK(isas.count(isa) == 1);
  }
}

// The same for an operation that only processors with `extension` have.
template <class Function, class Body>
void for_each_extended_kernel(const std::string& op, Extension extension, Body&& body) {
  const std::set<Isa> isas = for_each_kernel_there_is<Function>(op, body);
  INFO(op << " has no kernel for the extension");
  CHECK(!isas.empty() == has_extension(extension));
}

// act((acc + bias[channel]) + residual) as docs/decisions.md writes it, one rounding per step.
template <class T>
T finished(T acc, const Finish<T>* finish, std::int64_t channel, const T* residual) {
  if (!finish) return acc;
  const T x = ((acc + T(0)) + (finish->bias ? finish->bias[channel] : T(0))) + (residual ? *residual : T(0));
  const auto clamped = [](T value, T low, T high) { return value < low ? low : value > high ? high : value; };
  switch (finish->fused) {
    case Fused::none:
      return x;
    case Fused::clamp:
      return clamped(x, finish->low, finish->high);
    case Fused::leaky:
      return x < 0 ? x * finish->alpha : x;
    case Fused::prelu:
      return x < 0 ? x * finish->slope[channel] : x;
    case Fused::hard_swish:
      return (x * clamped(x + 3, 0, 6)) * (T(1) / T(6));
  }
  return x;
}

// The epilogues that every kernel is tried with, one after the other; owns their operands.
template <class T>
class Finishes {
 public:
  static constexpr int count = 8;

  Finishes(Numbers& numbers, std::int64_t channels)
      : bias_(static_cast<std::size_t>(channels)), slope_(static_cast<std::size_t>(channels)) {
    numbers.fill(bias_);
    numbers.fill(slope_);
    bias_.freeze();
    slope_.freeze();
  }

  // Null for 0: the bare accumulator.
  const Finish<T>* get(int which) {
    if (which == 0) return nullptr;
    finish_ = Finish<T>{};
    if (which % 2 == 0) finish_.bias = bias_.data();
    switch (which) {
      case 3:
        finish_.fused = Fused::clamp;
        finish_.low = 0;
        break;
      case 4:
        finish_.fused = Fused::clamp;
        finish_.low = T(-0.5);
        finish_.high = T(0.75);
        break;
      case 5:
        finish_.fused = Fused::leaky;
        finish_.alpha = T(0.01);
        break;
      case 6:
        finish_.fused = Fused::prelu;
        finish_.slope = slope_.data();
        break;
      case 7:
        finish_.fused = Fused::hard_swish;
        break;
      default:
        break;
    }
    return &finish_;
  }

 private:
  Guarded<T> bias_, slope_;
  Finish<T> finish_;
};

}  // namespace native_conv::test
