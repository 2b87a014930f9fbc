// JavaScript arguments as stages: every type, length and packed geometry is checked again here, so that
// memory safety never rests on JavaScript. Layer: addon. SPDX-License-Identifier: MIT
#pragma once

#include <napi.h>

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
  std::string operation;
  std::vector<Stage> stages;
  std::vector<std::shared_ptr<WeightCache>> caches;
  int threads;
};

// A typed array's memory. An empty array may have no address, so it gets one; a detached one throws.
void* memory_of(const Napi::TypedArray& array, const char* what);

Geometry read_geometry(const Napi::Value& value);

// run(operator, stages, threads)'s first three arguments. Throws Error(internal) on anything malformed.
Call read_call(const Napi::CallbackInfo& info);

// packWeight(operator, geometry, weight) and releaseWeight(weight).
Napi::Value pack_weight(const Napi::CallbackInfo& info);
void release_weight(const Napi::CallbackInfo& info);

}  // namespace native_conv
