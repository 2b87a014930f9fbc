// How many threads are configured: NATIVE_CONV_THREADS, setThreads(), the processors that we may use. Layer:
// base. SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>

#include "base/cpu.h"
#include "base/error.h"
#include "base/thread_pool.h"

namespace native_conv {
namespace {

constexpr int most_threads = 1024;

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

}  // namespace native_conv
