// Layer: base. SPDX-License-Identifier: MIT
#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#include "base/cpu.h"
#include "base/error.h"

namespace native_conv {
namespace {

constexpr int most_threads = 1024;

// The flag lies in memory that JavaScript writes to while this runs; C++17 has no atomic_ref.
bool is_set(const std::int32_t* flag) {
#if defined(_MSC_VER) && !defined(__clang__)
  return *static_cast<const volatile std::int32_t*>(flag) != 0;
#else
  return __atomic_load_n(flag, __ATOMIC_RELAXED) != 0;
#endif
}

void throw_if_cancelled(const RunControl& control) {
  if (control.cancel && is_set(control.cancel)) throw Error(ErrorCode::cancelled, "the run was cancelled");
}

// One parallel region: the counter that hands out tasks, and what went wrong.
struct Region {
  Region(const RunControl& how, std::int64_t count, detail::Task task, void* argument)
      : control(how), tasks(count), run(task), context(argument) {}

  const RunControl& control;
  const std::int64_t tasks;
  const detail::Task run;
  void* const context;
  std::atomic<std::int64_t> next{0};
  std::mutex failure_mutex;
  std::exception_ptr failure;

  void work() {
    try {
      for (std::int64_t task; (task = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
        throw_if_cancelled(control);
        run(context, task);
      }
    } catch (...) {
      next.store(tasks, std::memory_order_relaxed);
      const std::lock_guard<std::mutex> lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  }
};

class Pool {
 public:
  // Never destroyed: its threads sleep until the process ends.
  static Pool& instance() {
    static Pool* pool = new Pool;
    return *pool;
  }

  // False when a region runs already: another caller's, or the one that this call is nested in.
  bool try_run(Region& region, int threads) {
    if (taken_.exchange(true, std::memory_order_acquire)) return false;
    grow(threads - 1);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      region_ = &region;
      wanted_ = std::min(threads - 1, workers_);
      ++generation_;
    }
    wake_.notify_all();
    region.work();
    std::unique_lock<std::mutex> lock(mutex_);
    wanted_ = 0;
    done_.wait(lock, [this] { return active_ == 0; });
    region_ = nullptr;
    taken_.store(false, std::memory_order_release);
    return true;
  }

 private:
  // A system that grants no more threads is no failure: the region runs on those there are.
  void grow(int count) {
    try {
      for (; workers_ < count; ++workers_) std::thread([this] { serve(); }).detach();
    } catch (const std::system_error&) {
    }
  }

  void serve() {
    std::uint64_t seen = 0;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return wanted_ > 0 && generation_ != seen; });
      seen = generation_;
      --wanted_;
      ++active_;
      Region* region = region_;
      lock.unlock();
      region->work();
      lock.lock();
      if (--active_ == 0) done_.notify_one();
    }
  }

  std::atomic<bool> taken_{false};
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  Region* region_ = nullptr;
  int workers_ = 0, wanted_ = 0, active_ = 0;
  std::uint64_t generation_ = 0;
};

// 0 where NATIVE_CONV_THREADS is not set.
int threads_from_environment() {
  const char* value = std::getenv("NATIVE_CONV_THREADS");
  if (!value || !*value) return 0;
  char* end = nullptr;
  const long threads = std::strtol(value, &end, 10);
  if (*end == '\0' && threads >= 1 && threads <= most_threads) return static_cast<int>(threads);
  throw Error(ErrorCode::option, "environment variable NATIVE_CONV_THREADS must be an integer from 1 to " +
                                     std::to_string(most_threads) + ", got '" + value + "'");
}

int environment_cap() {
  static const int cap = threads_from_environment();
  return cap;
}

std::atomic<int> chosen_threads{0};

}  // namespace

int resolve_threads(int wish) {
  const int cap = environment_cap();
  int threads = wish > 0 ? wish : chosen_threads.load(std::memory_order_relaxed);
  if (threads == 0) {
    static const int processors = usable_processors();
    threads = processors;
  }
  return cap > 0 ? std::min(threads, cap) : threads;
}

int default_threads() { return resolve_threads(0); }

void set_default_threads(int threads) {
  if (threads < 1 || threads > most_threads) {
    throw Error(ErrorCode::option, "threads must be an integer from 1 to " + std::to_string(most_threads) +
                                       ", got " + std::to_string(threads));
  }
  chosen_threads.store(threads, std::memory_order_relaxed);
}

void detail::parallel_for(const RunControl& control, std::int64_t tasks, Task run, void* context) {
  Region region(control, tasks, run, context);
  const int threads = static_cast<int>(std::min<std::int64_t>(control.threads, tasks));
  if (threads <= 1 || !Pool::instance().try_run(region, threads)) region.work();
  if (region.failure) std::rethrow_exception(region.failure);
}

}  // namespace native_conv
