// The memory of large results, which V8's collector does not count: that would hold the event loop for a mark
// of the whole heap at every 64 MiB of them. Layer: addon. SPDX-License-Identifier: MIT
#pragma once

#include <napi.h>

#include <cstddef>

namespace native_conv {

// An ArrayBuffer of so many bytes, whatever they hold; null where memory does not hold it, or where uncounted
// results take as much as they may: 128 MiB where the process may use 4 GiB of memory or less, 896 from 16
// GiB on. What none of them uses any more serves the next ones. Only where memory can be wrapped
// (backing_store.h).
napi_value make_result(napi_env env, std::size_t bytes);

// Frees what no result uses. On any thread.
void free_unused_results();

}  // namespace native_conv
