// JavaScript arguments as stages: every type, length and packed geometry is checked again here, so that
// memory safety never rests on JavaScript. The calls that come thousands of times a second read their
// arguments through plain Node-API, one call each. Layer: addon. SPDX-License-Identifier: MIT
#pragma once

#include <napi.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "conv/call.h"

namespace native_conv {

// A layer's weight, owned by a JavaScript object; shared, so that a run outlives a dispose().
struct PackedWeight {
  std::shared_ptr<WeightCache> cache;
  Geometry geometry;
};

// The stages of one call, with what keeps their memory alive on the C++ side.
struct Call {
  std::vector<Stage> stages;
  std::vector<std::shared_ptr<const void>> held;
  int threads;
};

// A typed array's memory. An empty array may have no address, so it gets one; a detached one throws.
void* memory_of(const Napi::TypedArray& array, const char* what);

// The arguments of a callback, at most as many as a call of `most_stages` has.
struct Arguments {
  static constexpr std::size_t fields =
      7;  // of a stage: geometry, source, weight, bias, residual, slope, target
  static constexpr std::size_t most_stages = 4;
  static constexpr std::size_t most = 3 + most_stages * fields;

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

// packWeight(operator, geometry, weight) and releaseWeight(weight).
Napi::Value pack_weight(const Napi::CallbackInfo& info);
void release_weight(const Napi::CallbackInfo& info);

}  // namespace native_conv
