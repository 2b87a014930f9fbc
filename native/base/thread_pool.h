// One pool of threads for the process, shared by parallel regions and by jobs. A region hands its tasks out
// one by one to its caller and to helpers; a job is a whole call that no thread of JavaScript waits for.
// Layer: base. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

namespace native_conv {

// What a run may use, and how it is stopped.
struct RunControl {
  int threads = 1;
  // Becomes non-zero when the run is to stop; looked at before each task. May be null.
  const std::int32_t* cancel = nullptr;
  // Whether its regions call helpers that sleep; else only those that still spin come.
  bool wakes = true;

  // The part of the run that stays on its thread.
  RunControl alone() const { return {1, cancel}; }
  // What a run that takes one thread about so long is worth: no more threads than have some of it to do, and
  // no waking where that takes longer than what it saves.
  RunControl worthwhile(double nanoseconds) const;
};

bool is_cancelled(const RunControl& control);
// Throws Error(cancelled) where the run that this thread works for, if any, is to stop: for tasks that take
// long, and for what does between regions.
void stop_if_cancelled();

// What a thread does of a simple loop between two looks at the flag: well under a millisecond.
constexpr std::int64_t steps_between_looks = 1 << 16;

// For loops of any length: every so many steps, stop_if_cancelled(), which takes as long as dozens of them.
class Checkpoint {
 public:
  void pass(std::int64_t steps = 1) {
    steps_ += steps;
    if (steps_ < steps_between_looks) return;
    steps_ = 0;
    stop_if_cancelled();
  }

 private:
  std::int64_t steps_ = 0;
};

// Calls body(begin, end) for the pieces of [0, count), ascending, and stop_if_cancelled() between them: for
// copies and the like, of any length. What calls it often, for short ones, has a Checkpoint of its own.
template <class Body>
void for_each_piece(std::int64_t count, Body&& body) {
  for (std::int64_t begin = 0; begin < count; begin += steps_between_looks) {
    if (begin > 0) stop_if_cancelled();
    body(begin, count - begin < steps_between_looks ? count : begin + steps_between_looks);
  }
}

// While there is one, its thread works for a run; in a region it does anyway.
class WorkingFor {
 public:
  explicit WorkingFor(const RunControl& control);
  WorkingFor(const WorkingFor&) = delete;
  WorkingFor& operator=(const WorkingFor&) = delete;
  ~WorkingFor();

 private:
  const RunControl* before_;
};

// Threads that a call uses when it does not say: NATIVE_CONV_THREADS or setThreads(), at most
// usable_processors(). An invalid environment value throws Error(option).
int default_threads();
// 1 <= threads <= 1024, else Error(option).
void set_default_threads(int threads);
// Resolves a call's wish (0 = default) against NATIVE_CONV_THREADS, which caps it.
int resolve_threads(int wish);

// Threads that the pool has started so far.
int pool_threads();

// A call for the pool's threads alone. Its regions find helpers as those of any caller do.
class Job {
 public:
  virtual ~Job() = default;
  virtual void run() noexcept = 0;
};

// Queues a job: first come, first served. At most default_threads() threads are at work on jobs and as
// helpers; callers of regions count, too. Throws Error(too_large) where the system grants the pool no thread
// at all.
void submit(std::unique_ptr<Job> job);

// Takes those of the waiting jobs out of the queue that `chosen` holds for; they will not run.
std::vector<std::unique_ptr<Job>> withdraw(const std::function<bool(const Job&)>& chosen);

// Stops what runs at its next task and waits for that, a second at most: for the end of the process, whose
// memory must not be pulled from under running threads. Waiting jobs are never run.
void stop_pool();

namespace detail {
using Task = void (*)(void* context, std::int64_t task);
void parallel_for(const RunControl& control, std::int64_t tasks, Task run, void* context);
}  // namespace detail

// Calls body(task) for every task in [0, tasks), in any order, on up to control.threads threads, and returns
// when all are done. The first exception of a body stops the handing out and is rethrown here; a cancelled
// run throws Error(cancelled). A region inside a task runs on the task's thread alone.
template <class Body>
void parallel_for(const RunControl& control, std::int64_t tasks, Body&& body) {
  using Function = std::remove_reference_t<Body>;
  detail::parallel_for(
      control, tasks, [](void* context, std::int64_t task) { (*static_cast<Function*>(context))(task); },
      const_cast<void*>(static_cast<const void*>(&body)));
}

}  // namespace native_conv
