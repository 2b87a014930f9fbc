// A call off the event loop: a job of the pool, whose promise is settled where it was made. Layer: addon.
// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <initializer_list>
#include <string>

#include "addon/arguments.h"
#include "base/thread_pool.h"

namespace native_conv {

// runAsync(operator, threads, cancel, gatherings, …stages): Promise<void>.
napi_value start_call(const Arguments& arguments);

// Runs `work` on the pool; `cancel`, an Int32Array, stops it. The values in `kept`, and with them every
// buffer, are referenced until the promise is settled, just before which `settled` is called. Throws
// Error(queue) where max_queued() calls have not settled yet.
Napi::Value start_work(Napi::Env env, std::string operation, int threads,
                       std::initializer_list<napi_value> kept, napi_value cancel,
                       std::function<void(const RunControl&)> work,
                       std::function<void(napi_env)> settled = nullptr);

// Rejects those of this environment's waiting calls whose `cancel` is set, without waiting for their turn.
void drop_cancelled(Napi::Env env);

// The calls of the process that have not settled, waiting or running, and the most that there may be; 0: no
// limit.
int queued_calls();
int max_queued();
void set_max_queued(int most);

}  // namespace native_conv
