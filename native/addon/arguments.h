// JavaScript arguments as stages: every type, length and packed geometry is checked again here, so that
// memory safety never rests on JavaScript. The calls that come thousands of times a second read their
// arguments through plain Node-API, one call each. Layer: addon. SPDX-License-Identifier: MIT
#pragma once

#include <napi.h>

#include <array>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "conv/call.h"

namespace native_conv {

// A layer's weight, owned by a JavaScript object; shared, so that a run outlives a dispose().
struct PackedWeight {
  std::shared_ptr<WeightCache> cache;
  Geometry geometry;
  std::int64_t reported = 0;  // bytes that V8 knows of
};

// The packed weights of a call's stages; null beyond them.
using CallWeights = std::array<PackedWeight*, 4>;

// The stages of one call, with what keeps their memory alive on the C++ side.
struct Call {
  std::vector<Stage> stages;
  std::vector<std::shared_ptr<const void>> held;
  CallWeights weights{};
  int threads = 0;
};

// A typed array's memory. An empty array may have no address, so it gets one; a detached one throws.
void* memory_of(const Napi::TypedArray& array, const char* what);

// The arguments of a callback, at most as many as a call of `most_stages` has.
struct Arguments {
  static constexpr std::size_t fields =
      7;  // of a stage: geometry, source, weight, bias, residual, slope, target
  static constexpr std::size_t most_stages = std::tuple_size<CallWeights>::value;
  static constexpr std::size_t most = 4 + most_stages * fields;

  Arguments(napi_env e, napi_callback_info info);

  napi_env env;
  std::array<napi_value, most> values;
  std::size_t count;
};

// The operator's name, which comes first; empty where it is no string.
std::string operation_of(const Arguments& arguments);

// (operator, threads, …, stage after stage from argument `first` on). Throws Error(internal) on anything
// malformed.
Call read_call(const Arguments& arguments, std::size_t first);

// A typed array's memory and length.
struct TypedArray {
  napi_typedarray_type type;
  std::size_t length;
  void* data;
};

// False where the value is no typed array.
bool read_typed_array(napi_env env, napi_value value, TypedArray& array);

Geometry read_geometry(const Napi::Value& value);

// Tells V8 of the memory that a run has added to packed weights, so that it collects layers in time.
void report_memory(napi_env env, const CallWeights& weights);

// packWeight(operator, geometry, weight) and releaseWeight(weight).
Napi::Value pack_weight(const Napi::CallbackInfo& info);
void release_weight(const Napi::CallbackInfo& info);

}  // namespace native_conv
