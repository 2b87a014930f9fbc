// A call off the event loop. Layer: addon. SPDX-License-Identifier: MIT
#pragma once

#include <napi.h>

namespace native_conv {

// runAsync(operator, stages, threads, cancel): Promise<void>.
Napi::Value run_async(const Napi::CallbackInfo& info);

}  // namespace native_conv
