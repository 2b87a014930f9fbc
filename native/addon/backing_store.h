// V8's backing stores, the memory behind ArrayBuffers, which Node-API does not reach: references to them, and
// buffers over memory of ours, counted by the collector or not. Layer: addon. SPDX-License-Identifier: MIT
#pragma once

#include <napi.h>

#include <cstddef>
#include <memory>

namespace native_conv {

// Any thread may let go of one. Where only one is left, no ArrayBuffer of any thread has the memory any more.
using Store = std::shared_ptr<const void>;

// V8's functions are looked up while the process runs, and tried once. Where the runtime does not export
// them, or was built with another C++ library than this binary, there are none.
bool knows_backing_stores(napi_env env);

// The memory of an ArrayBuffer. Only where they are known.
Store backing_store(napi_env env, napi_value buffer);

// An ArrayBuffer over `bytes` at `data`, which V8 neither frees nor counts; it may be used until `store` is
// the only reference. Only where memory can be wrapped.
bool wraps_memory(napi_env env);
napi_value wrap_memory(napi_env env, void* data, std::size_t bytes, Store& store);

// An ArrayBuffer for which V8 counts `bytes`, until it is detached or collected. It has no memory, so that
// nobody may see it. Only where memory can be wrapped.
napi_value count_memory(napi_env env, std::size_t bytes);

}  // namespace native_conv
