// Strided operands from JavaScript, copied into C order before a call. Layer: addon. SPDX-License-Identifier:
// MIT
#pragma once

#include <napi.h>

#include <vector>

#include "conv/gather.h"

namespace native_conv {

struct Gathering {
  StridedLayout layout;
  bool single;  // float32
  const void* from;
  void* into;
};

void run_gathering(const Gathering& gathering, const RunControl& control);

// Null, or an array of [from, into, layout].
std::vector<Gathering> read_gatherings(napi_env env, napi_value value);

// gather(operator, threads, gatherings).
void gather_now(const Napi::CallbackInfo& info);

}  // namespace native_conv
