// The thread pool: every task once, nesting, callers side by side, exceptions, cancellation. Also run under
// ThreadSanitizer. Layer: test. SPDX-License-Identifier: MIT
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/cpu.h"
#include "base/error.h"
#include "base/float_mode.h"
#include "base/pages.h"
#include "base/placement.h"
#include "base/thread_pool.h"
#include "support.h"

namespace native_conv::test {
namespace {

#if defined(__linux__)
bool is_there(std::uintptr_t page) {
  unsigned char there = 0;
  REQUIRE(mincore(reinterpret_cast<void*>(page), 1, &there) == 0);
  return (there & 1) != 0;
}
#endif

TEST_SUITE("threads") {
  TEST_CASE("every task runs exactly once, whatever the number of threads and tasks") {
    for (int threads : {1, 2, 3, 8}) {
      for (int tasks : {0, 1, 2, 7, 1000}) {
        CAPTURE(threads);
        CAPTURE(tasks);
        // Not atomic: two runs of one task, or a return before the last is done, would be a race.
        std::vector<int> runs(static_cast<std::size_t>(tasks), 0);
        parallel_for(on_threads(threads), tasks,
                     [&](std::int64_t task) { ++runs[static_cast<std::size_t>(task)]; });
        CHECK(std::count(runs.begin(), runs.end(), 1) == tasks);
      }
    }
  }

  TEST_CASE("several threads work at the same time, and never more than were asked for") {
    std::atomic<int> inside{0}, most{0};
    parallel_for(on_threads(3), 30, [&](std::int64_t) {
      const int now = ++inside;
      for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      --inside;
    });
    CHECK(most >= 2);
    CHECK(most <= 3);
  }

  TEST_CASE("a thread takes the tasks of its stretch first, in ascending order") {
    std::vector<std::int64_t> order;
    parallel_for(on_threads(1), 5, [&](std::int64_t task) { order.push_back(task); });
    CHECK(order == std::vector<std::int64_t>{0, 1, 2, 3, 4});
    // The caller's is the first; each of two threads waits in its first task for the other's.
    const std::thread::id caller = std::this_thread::get_id();
    std::atomic<int> arrived{0};
    std::atomic<std::int64_t> first_of_caller{-1}, first_of_helper{-1};
    parallel_for(on_threads(2), 10, [&](std::int64_t task) {
      std::atomic<std::int64_t>& first =
          std::this_thread::get_id() == caller ? first_of_caller : first_of_helper;
      std::int64_t none = -1;
      if (!first.compare_exchange_strong(none, task)) return;
      ++arrived;
      while (arrived < 2) std::this_thread::yield();
    });
    CHECK(first_of_caller == 0);
    CHECK(first_of_helper == 5);
  }

  TEST_CASE("what a run is worth: all threads where it is long, one where it is short") {
    const RunControl eight = on_threads(8);
    CHECK(eight.worthwhile(1e9).threads == 8);
    CHECK(eight.worthwhile(1e9).wakes);
    CHECK(eight.worthwhile(80e3).threads == 3);
    CHECK_FALSE(eight.worthwhile(80e3).wakes);
    CHECK(eight.worthwhile(30e3).threads == 1);
    CHECK(eight.worthwhile(0).threads == 1);
    const std::int32_t cancel = 0;
    CHECK(RunControl{2, &cancel}.worthwhile(1e9).cancel == &cancel);
  }

  TEST_CASE("a short region does not wake helpers, unless another one just ended") {
    const std::thread::id caller = std::this_thread::get_id();
    std::atomic<bool> helped{false};
    const auto notice = [&] {
      if (std::this_thread::get_id() != caller) helped = true;
    };
    // Its caller waits for help, which comes.
    parallel_for(on_threads(2), 8, [&](std::int64_t) {
      for (notice(); !helped;) std::this_thread::yield();
    });
    RunControl brief = on_threads(2);
    brief.wakes = false;
    // A thread that the system kept from going to sleep may still come, but not each time.
    int alone = 0;
    for (int time = 0; time < 10 && alone == 0; ++time) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      helped = false;
      parallel_for(brief, 8, [&](std::int64_t) {
        notice();
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      });
      alone += !helped;
    }
    CHECK(alone == 1);
    // One right behind the other.
    while (!helped) parallel_for(brief, 8, [&](std::int64_t) { notice(); });
  }

  TEST_CASE("a thread moves off a processor where it has another") {
    // The system may put it back at any time, but not each time.
    bool moved = current_processor() < 0 || usable_processors() < 2;
    for (int time = 0; time < 100 && !moved; ++time) {
      const int here = current_processor();
      leave_processor(here);
      moved = current_processor() != here;
    }
    CHECK(moved);
    const int processors = usable_processors();
    leave_processor(-1);
    leave_processor(1 << 20);
    CHECK(usable_processors() == processors);
  }

  TEST_CASE("a region inside a region completes") {
    std::atomic<int> runs{0};
    parallel_for(on_threads(4), 8,
                 [&](std::int64_t) { parallel_for(on_threads(4), 8, [&](std::int64_t) { ++runs; }); });
    CHECK(runs == 64);
  }

  TEST_CASE("callers side by side do not disturb one another") {
    std::vector<std::thread> callers;
    std::atomic<std::int64_t> sum{0};
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&] {
        for (int round = 0; round < 50; ++round) {
          std::vector<std::int64_t> squares(100);
          parallel_for(on_threads(3), 100,
                       [&](std::int64_t i) { squares[static_cast<std::size_t>(i)] = i * i; });
          for (std::int64_t square : squares) sum += square;
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    CHECK(sum == 4 * 50 * 328350);
  }

  TEST_CASE("an exception of a task reaches the caller, and the pool stays usable") {
    for (int threads : {1, 4}) {
      CAPTURE(threads);
      std::atomic<int> runs{0};
      const auto failing = [&](std::int64_t task) {
        ++runs;
        if (task == 3) throw std::runtime_error("task 3");
        // Else the others could all be run before a thread that was interrupted in the midst of its throw
        // goes on.
        if (task > 3) std::this_thread::sleep_for(std::chrono::microseconds(10));
      };
      CHECK_THROWS_WITH_AS(parallel_for(on_threads(threads), 100000, failing), "task 3", std::runtime_error);
      CHECK(runs < 100000);
      runs = 0;
      parallel_for(on_threads(threads), 100, [&](std::int64_t) { ++runs; });
      CHECK(runs == 100);
    }
  }

  TEST_CASE("a cancelled run stops before its next task") {
    for (int threads : {1, 4}) {
      CAPTURE(threads);
      std::int32_t cancel = 1;
      RunControl control = on_threads(threads);
      control.cancel = &cancel;
      std::atomic<int> runs{0};
      try {
        parallel_for(control, 100, [&](std::int64_t) { ++runs; });
        FAIL("nothing was thrown");
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::cancelled);
      }
      CHECK(runs == 0);
      cancel = 0;
      parallel_for(control, 100, [&](std::int64_t) { ++runs; });
      CHECK(runs == 100);
    }
  }

  TEST_CASE("a run is cancelled while it runs") {
    std::int32_t cancel = 0;
    RunControl control = on_threads(1);
    control.cancel = &cancel;
    int runs = 0;
    CHECK_THROWS_AS(parallel_for(control, 100,
                                 [&](std::int64_t) {
                                   if (++runs == 5) cancel = 1;
                                 }),
                    Error);
    CHECK(runs == 5);
  }

  TEST_CASE(
      "a thread knows the run that it works for: in regions, those inside, between them, and not after") {
    std::int32_t cancel = 0;
    RunControl control = on_threads(2);
    control.cancel = &cancel;
    stop_if_cancelled();
    {
      const WorkingFor run(control);
      stop_if_cancelled();
      cancel = 1;
      CHECK_THROWS_AS(stop_if_cancelled(), Error);
      cancel = 0;
      // A region of its own, which nobody can cancel, is part of the run.
      parallel_for(RunControl{1, nullptr}, 1, [&](std::int64_t) {
        cancel = 1;
        CHECK_THROWS_AS(stop_if_cancelled(), Error);
        cancel = 0;
      });
      stop_if_cancelled();
    }
    std::atomic<int> stopped{0};
    CHECK_THROWS_AS(
        parallel_for(control, 2,
                     [&](std::int64_t) {
                       __atomic_store_n(&cancel, 1, __ATOMIC_RELAXED);
                       try {
                         parallel_for(RunControl{1, nullptr}, 1, [](std::int64_t) { stop_if_cancelled(); });
                       } catch (const Error&) {
                         ++stopped;
                         throw;
                       }
                     }),
        Error);
    CHECK(stopped >= 1);
    stop_if_cancelled();
  }

  TEST_CASE("a large block is faulted in page by page: its bytes stay, and a cancelled run stops at once") {
    std::vector<unsigned char> block(std::size_t{9} << 20);
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<unsigned char>(i % 251);
    const std::vector<unsigned char> before = block;
    std::int32_t cancel = 0;
    RunControl control = on_threads(2);
    control.cancel = &cancel;
    for (std::size_t from : {0, 1, 4095})
      touch_large_block(block.data() + from, block.size() - from, control);
    CHECK(block == before);
    cancel = 1;
    CHECK_THROWS_AS(touch_large_block(block.data(), block.size(), control), Error);
  }

#if defined(__linux__)
  TEST_CASE(
      "a large block that nobody has touched is there afterwards, at least where each huge page begins") {
    const std::size_t bytes = std::size_t{8} << 20, huge_page = std::size_t{2} << 20;
    void* block = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(block != MAP_FAILED);
    const auto begin = reinterpret_cast<std::uintptr_t>(block);
    const std::uintptr_t first = (begin + huge_page - 1) / huge_page * huge_page;
    CHECK(!is_there(first));
    touch_large_block(block, bytes, on_threads(1));
    CHECK(is_there(begin));
    for (std::uintptr_t page = first; page < begin + bytes; page += huge_page) CHECK(is_there(page));
    munmap(block, bytes);
  }

  TEST_CASE("a block that is mapped is untouched, begins where a huge page may, and goes back whole") {
    const std::size_t huge_page = std::size_t{2} << 20;
    for (std::size_t bytes : {huge_page + 1, std::size_t{9} << 20, (std::size_t{9} << 20) + 4097}) {
      auto* const block = static_cast<unsigned char*>(map_block(bytes));
      REQUIRE(block != nullptr);
      const auto begin = reinterpret_cast<std::uintptr_t>(block);
      CHECK(begin % huge_page == 0);
      CHECK(!is_there(begin));
      block[0] = block[bytes - 1] = 7;
      CHECK(is_there(begin));
      unmap_block(block, bytes);
      unsigned char there = 0;
      CHECK(mincore(block, 1, &there) != 0);
      CHECK(mincore(reinterpret_cast<void*>((begin + bytes - 1) / 4096 * 4096), 1, &there) != 0);
    }
    CHECK(map_block(std::size_t{1} << 60) == nullptr);
  }

  TEST_CASE("behind a large block of the heap there is room for another one that needs no new page") {
    keep_freed_blocks();
    const std::size_t bytes = std::size_t{9} << 20;
    const std::unique_ptr<void, decltype(&std::free)> block(std::malloc(bytes), &std::free);
    const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(block.get()) + bytes;
    expect_large_block(block.get(), bytes);
    prepare_next_block(block.get(), bytes);
    const std::uintptr_t page_size = 4096, heap_end = reinterpret_cast<std::uintptr_t>(sbrk(0));
    // Sanitizers and valgrind have heaps of their own.
    if (end >= heap_end) return;
    for (std::uintptr_t page = end / page_size * page_size; page < std::min(end + bytes, heap_end);
         page += page_size)
      CHECK(is_there(page));
  }
#endif

  TEST_CASE("a run is cancelled from another thread, as JavaScript does it") {
    std::int32_t cancel = 0;
    RunControl control = on_threads(2);
    control.cancel = &cancel;
    std::atomic<bool> started{false};
    std::thread canceller([&] {
      while (!started) std::this_thread::yield();
      __atomic_store_n(&cancel, 1, __ATOMIC_RELAXED);
    });
    // Far more tasks than can be done before the flag is seen: ends by the flag, or by CTest's time limit.
    CHECK_THROWS_AS(parallel_for(control, std::int64_t{1} << 40, [&](std::int64_t) { started = true; }),
                    Error);
    canceller.join();
  }

  TEST_CASE(
      "jobs run in turn, at most as many at a time as there are threads, and their regions find helpers") {
    struct Count : Job {
      Count(std::atomic<int>& i, std::atomic<int>& m, std::atomic<int>& d) : inside(i), most(m), done(d) {}
      void run() noexcept override {
        const int now = ++inside;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        std::atomic<int> sum{0};
        parallel_for(on_threads(2), 50, [&](std::int64_t i) { sum += static_cast<int>(i); });
        --inside;
        if (sum == 1225) ++done;  // the last that is done to the counters: they are gone after the fortieth
      }
      std::atomic<int>&inside, &most, &done;
    };
    set_default_threads(2);
    std::atomic<int> inside{0}, most{0}, done{0};
    for (int job = 0; job < 40; ++job) submit(std::make_unique<Count>(inside, most, done));
    while (done < 40) std::this_thread::yield();
    CHECK(most <= 2);
  }

  TEST_CASE("a job that waits can be withdrawn") {
    struct Wait : Job {
      Wait(std::atomic<bool>& g, std::atomic<int>& s, std::atomic<int>& e) : go(g), started(s), ended(e) {}
      void run() noexcept override {
        ++started;
        while (!go) std::this_thread::yield();
        ++ended;
      }
      std::atomic<bool>& go;
      std::atomic<int>&started, &ended;
    };
    set_default_threads(1);
    std::atomic<bool> go{false};
    std::atomic<int> started{0}, ended{0};
    for (int job = 0; job < 3; ++job) submit(std::make_unique<Wait>(go, started, ended));
    while (started == 0) std::this_thread::yield();
    CHECK(withdraw([](const Job&) { return true; }).size() == 2);
    go = true;
    while (ended == 0) std::this_thread::yield();
    CHECK(started == 1);
    set_default_threads(2);
  }

  TEST_CASE("the thread's floating-point mode makes no difference, and is left as it was") {
    const std::uint64_t found = DefaultFloatMode::read();
#if defined(__x86_64__)
    const std::uint64_t odd = 0xffc0;  // towards zero, subnormals flushed on the way in and out
#else
    const std::uint64_t odd = found;
#endif
    DefaultFloatMode::write(odd);
    {
      const DefaultFloatMode mode;
      volatile float tiny = std::numeric_limits<float>::min(), half = 0.5f;
      CHECK(tiny * half != 0.0f);
    }
    const std::uint64_t left = DefaultFloatMode::read();
    DefaultFloatMode::write(found);
    CHECK(left == odd);
  }

  TEST_CASE("the number of threads is checked, and a call's wish comes before the default") {
    set_default_threads(3);
    CHECK(default_threads() == 3);
    CHECK(resolve_threads(0) == 3);
    CHECK(resolve_threads(2) == 2);
    for (int threads : {0, -1, 1025}) {
      CAPTURE(threads);
      CHECK_THROWS_AS(set_default_threads(threads), Error);
    }
    CHECK(default_threads() == 3);
  }
}

}  // namespace
}  // namespace native_conv::test
