// Keeps the memory of an ArrayBuffer alive while an asynchronous call uses it, though JavaScript transfers it
// away and its new owner lets go of it. Layer: addon. SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <vector>

#include "addon/backing_store.h"

namespace native_conv {

using Pins = std::vector<Store>;

// Pins of every typed array among `values`, and in arrays among them, however deep. Where the runtime's
// backing stores are not known, there are none, and memory must stay alive wherever it was transferred to.
Pins pin_memory(napi_env env, std::initializer_list<napi_value> values);

}  // namespace native_conv
