// Image calls from JavaScript: types, lengths and tables checked again. Layer: addon.
// SPDX-License-Identifier: MIT
#pragma once

#include <napi.h>

namespace native_conv {

// runImage(operator, call, threads) and runImageAsync(operator, call, threads, cancel).
void run_image_now(const Napi::CallbackInfo& info);
// (axis) to {taps, bounds, weights}, for the test that compares them with those of lib/image/resample.ts.
Napi::Value resample_axis_table(const Napi::CallbackInfo& info);
Napi::Value run_image_async(const Napi::CallbackInfo& info);

}  // namespace native_conv
