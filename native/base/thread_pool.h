// One pool for the process. A parallel region hands its tasks out one by one to the caller and to sleeping
// workers; a region that finds the pool taken runs on its caller alone. Layer: base. SPDX-License-Identifier:
// MIT
#pragma once

#include <cstdint>
#include <type_traits>

namespace native_conv {

// What a run may use, and how it is stopped.
struct RunControl {
  int threads = 1;
  // Becomes non-zero when the run is to stop; looked at before each task. May be null.
  const std::int32_t* cancel = nullptr;
};

// Threads that a call uses when it does not say: NATIVE_CONV_THREADS or setThreads(), at most
// usable_processors(). An invalid environment value throws Error(option).
int default_threads();
// 1 <= threads <= 1024, else Error(option).
void set_default_threads(int threads);
// Resolves a call's wish (0 = default) against NATIVE_CONV_THREADS, which caps it.
int resolve_threads(int wish);

namespace detail {
using Task = void (*)(void* context, std::int64_t task);
void parallel_for(const RunControl& control, std::int64_t tasks, Task run, void* context);
}  // namespace detail

// Calls body(task) for every task in [0, tasks), in any order, on up to control.threads threads, and returns
// when all are done. The first exception of a body stops the handing out and is rethrown here; a cancelled
// run throws Error(cancelled).
template <class Body>
void parallel_for(const RunControl& control, std::int64_t tasks, Body&& body) {
  using Function = std::remove_reference_t<Body>;
  detail::parallel_for(
      control, tasks, [](void* context, std::int64_t task) { (*static_cast<Function*>(context))(task); },
      const_cast<void*>(static_cast<const void*>(&body)));
}

}  // namespace native_conv
