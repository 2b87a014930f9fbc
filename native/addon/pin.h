// Keeps the memory of an ArrayBuffer alive while an asynchronous call uses it, though JavaScript transfers it
// away and its new owner lets go of it. Layer: addon. SPDX-License-Identifier: MIT
#pragma once

#include <napi.h>

#include <initializer_list>
#include <memory>
#include <vector>

namespace native_conv {

// Node-API has no means of this; V8 has: a reference to the backing store. Its functions are looked up while
// the process runs, and tried once. Where the runtime does not export them, or was built with another C++
// library than this binary, there are no pins, and memory must stay alive wherever it was transferred to.
bool pins_memory(napi_env env);

// Any thread may let go of one.
using Pins = std::vector<std::shared_ptr<const void>>;

// Pins of every typed array among `values`, and in arrays among them, however deep.
Pins pin_memory(napi_env env, std::initializer_list<napi_value> values);

}  // namespace native_conv
