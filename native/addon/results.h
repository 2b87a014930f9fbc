// The memory of large results. V8's collector does not count the results, which would hold the event loop for
// a mark of the whole heap at every 64 MiB of them, but the blocks that they lie in one after another. Layer:
// addon. SPDX-License-Identifier: MIT
#pragma once

#include <napi.h>

#include <cstddef>
#include <memory>

namespace native_conv {

// The blocks that V8 counts in one environment: those that it made, whichever environment's results lie in
// them; where the maker has ended, those that it took next.
class ResultAccount;

// Closed, and let go of, when the environment ends.
std::shared_ptr<ResultAccount>* open_account(napi_env env);

// An ArrayBuffer of so many bytes, whatever they hold; null where memory does not hold it, or where the
// blocks take as much as they may (kept_results()). What none of them uses any more serves the next ones.
// Only where memory can be wrapped (backing_store.h).
napi_value make_result(napi_env env, const std::shared_ptr<ResultAccount>& account, std::size_t bytes);

// Frees what no result uses. On any thread.
void free_unused_results();

// Tells V8 of the environment's blocks that it does not know of; it may then begin to mark its heap.
void count_results(napi_env env, ResultAccount& account);

// Tells V8 which of the environment's blocks have been freed, of which those that were counted together with
// them are to be counted again. make_result does so too.
void report_freed(napi_env env, ResultAccount& account);

}  // namespace native_conv
