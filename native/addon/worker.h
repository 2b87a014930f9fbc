// A call off the event loop. Layer: addon. SPDX-License-Identifier: MIT
#pragma once

#include <napi.h>

#include <functional>

#include "base/thread_pool.h"

namespace native_conv {

// runAsync(operator, stages, threads, cancel): Promise<void>.
Napi::Value run_async(const Napi::CallbackInfo& info);

// Runs `work` on libuv's pool for a callback with the arguments (operator, operands, threads, cancel). The
// operands' array, and with it every buffer, is referenced until the promise is settled.
Napi::Value start_work(const Napi::CallbackInfo& info, int threads,
                       std::function<void(const RunControl&)> work);

}  // namespace native_conv
