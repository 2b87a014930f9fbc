// A call off the event loop. Layer: addon. SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <initializer_list>
#include <string>

#include "addon/arguments.h"
#include "base/thread_pool.h"

namespace native_conv {

// runAsync(operator, threads, cancel, …stages): Promise<void>.
napi_value start_call(const Arguments& arguments);

// Runs `work` on libuv's pool; `cancel`, an Int32Array, stops it. The values in `kept`, and with them every
// buffer, are referenced until the promise is settled.
Napi::Value start_work(Napi::Env env, std::string operation, int threads,
                       std::initializer_list<napi_value> kept, napi_value cancel,
                       std::function<void(const RunControl&)> work);

}  // namespace native_conv
