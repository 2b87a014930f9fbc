// Layer: base. SPDX-License-Identifier: MIT
#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#include "base/cpu.h"
#include "base/error.h"
#include "base/float_mode.h"
#include "base/placement.h"

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace native_conv {
namespace {

std::atomic<bool> stopping{false};

// The flag lies in memory that JavaScript writes to while this runs; C++17 has no atomic_ref.
bool is_set(const std::int32_t* flag) {
#if defined(_MSC_VER) && !defined(__clang__)
  return *static_cast<const volatile std::int32_t*>(flag) != 0;
#else
  return __atomic_load_n(flag, __ATOMIC_RELAXED) != 0;
#endif
}

void pause() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

using Clock = std::chrono::steady_clock;

// How long waking a sleeping thread takes here: 5 µs on some machines, more than 60 in some virtual ones.
class WakeTime {
 public:
  std::chrono::nanoseconds value() const {
    return std::chrono::nanoseconds(ns_.load(std::memory_order_relaxed));
  }

  // Takes one more into the moving average. Changed under the pool's mutex.
  void saw(std::chrono::nanoseconds wake) {
    constexpr std::int64_t least = 20'000, most = 100'000, weight = 8;  // a busy machine may take far longer
    const std::int64_t old = ns_.load(std::memory_order_relaxed);
    ns_.store(old + (std::clamp<std::int64_t>(wake.count(), least, most) - old) / weight,
              std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> ns_{50'000};
};
WakeTime wake_time;

// Waits for `done` without sleeping until it holds or the time is up. That long is what waking a thread
// takes: then spinning in vain costs no more than sleeping would have (Karlin et al., "Empirical studies of
// competitive spinning for a shared-memory multiprocessor", SOSP 1991). A single processor has better things
// to do.
template <class Done>
bool spin_until(Done&& done) {
  static const bool worthwhile = usable_processors() > 1;
  if (!worthwhile) return done();
  const auto end = Clock::now() + wake_time.value();
  do {
    for (int i = 0; i < 16; ++i) {
      if (done()) return true;
      pause();
    }
  } while (Clock::now() < end);
  return done();
}

// The run that this thread works for.
thread_local const RunControl* working_for = nullptr;
// Whether this thread is inside a task: a region that it opens then stays its own.
thread_local bool in_task = false;
// Whether this thread is one of the pool's, and so counted already when it opens a region.
thread_local bool in_pool = false;

// Counts what may be new for helpers: regions opened and jobs queued. They look around when it changes.
std::atomic<std::uint32_t> news{0};

// Tasks [0, count) as one stretch for each thread, of which others take what it does not come to. Threads
// keep their stretches from region to region, and so what they read and wrote there in their caches:
// processors that share none take several hundred nanoseconds for a cache line of the other.
class Tasks {
 public:
  Tasks(std::int64_t count, int threads) : count_(count), stretches_(threads) {
    if (threads > most_inline) many_.reset(new Stretch[static_cast<std::size_t>(threads)]);
    for (int s = 0; s < stretches_; ++s) stretch(s).next.store(begin(s), std::memory_order_relaxed);
  }

  // The next for the thread whose stretch is `own`, or -1.
  std::int64_t take(int own) {
    for (int i = 0; i < stretches_; ++i) {
      const int s = (own + i) % stretches_;
      std::atomic<std::int64_t>& next = stretch(s).next;
      if (next.load(std::memory_order_relaxed) >= begin(s + 1)) continue;
      const std::int64_t task = next.fetch_add(1, std::memory_order_relaxed);
      if (task < begin(s + 1)) return task;
    }
    return -1;
  }

  bool any_left() const {
    for (int s = 0; s < stretches_; ++s)
      if (stretch(s).next.load(std::memory_order_relaxed) < begin(s + 1)) return true;
    return false;
  }

  void drop() {
    for (int s = 0; s < stretches_; ++s) stretch(s).next.store(count_, std::memory_order_relaxed);
  }

 private:
  struct alignas(64) Stretch {
    std::atomic<std::int64_t> next{0};
  };
  static constexpr int most_inline = 4;

  Stretch& stretch(int s) { return many_ ? many_[static_cast<std::size_t>(s)] : few_[s]; }
  const Stretch& stretch(int s) const { return many_ ? many_[static_cast<std::size_t>(s)] : few_[s]; }
  std::int64_t begin(int s) const { return count_ / stretches_ * s + count_ % stretches_ * s / stretches_; }

  const std::int64_t count_;
  const int stretches_;
  Stretch few_[most_inline];
  std::unique_ptr<Stretch[]> many_;
};

// One parallel region: its tasks, and what went wrong.
struct Region {
  Region(const RunControl& how, std::int64_t count, detail::Task task, void* argument)
      : control(how),
        threads(static_cast<int>(std::clamp<std::int64_t>(count, 1, how.threads))),
        tasks(count, threads),
        run(task),
        context(argument) {}

  const RunControl& control;
  const int threads;
  Tasks tasks;
  const detail::Task run;
  void* const context;
  int processor = -1;           // the caller's, where it began
  std::atomic<int> helpers{0};  // changed under the pool's mutex
  std::mutex failure_mutex;
  std::exception_ptr failure;

  bool wants_helper() const {
    return helpers.load(std::memory_order_relaxed) < threads - 1 && tasks.any_left();
  }

  // Works on tasks until none is left, or until `leave` says so, from those of stretch `own` on.
  template <class Leave>
  void work(int own, Leave&& leave) {
    const bool nested = in_task;
    const WorkingFor run_of_region(control);
    in_task = true;
    try {
      while (!leave()) {
        const std::int64_t task = tasks.take(own);
        if (task < 0) break;
        stop_if_cancelled();
        run(context, task);
      }
    } catch (...) {
      tasks.drop();
      const std::lock_guard<std::mutex> lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
    in_task = nested;
  }
  // The caller's part.
  void work() {
    work(0, [] { return false; });
  }
  // That of a helper, by its number in the pool: the same stretch in every region.
  template <class Leave>
  void help(int number, Leave&& leave) {
    work(1 + number % (threads - 1), leave);
  }
};

class Pool {
 public:
  // Never destroyed: its threads sleep until the process ends.
  static Pool& instance() {
    static Pool* pool = new Pool;
    return *pool;
  }

  void run(Region& region) {
    region.processor = current_processor();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      grow(region.threads - 1);
      open_.push_back(&region);
      if (!in_pool) ++at_work_;
      announce(region.threads - 1, wakes_for(region));
    }
    region.work();
    std::unique_lock<std::mutex> lock(mutex_);
    open_.erase(std::find(open_.begin(), open_.end(), &region));
    region_ended_ = Clock::now();
    if (!in_pool) leave_work();
    const auto alone = [&region] { return region.helpers.load(std::memory_order_acquire) == 0; };
    if (alone()) return;
    lock.unlock();
    if (spin_until(alone)) return;
    lock.lock();
    done_.wait(lock, alone);
  }

  void submit(std::unique_ptr<Job> job) {
    const std::lock_guard<std::mutex> lock(mutex_);
    jobs_.push_back(std::move(job));
    grow(std::min<int>(default_threads(), running_jobs_ + static_cast<int>(jobs_.size())));
    if (threads_.load() == 0) {
      jobs_.pop_back();
      throw Error(ErrorCode::too_large, "the system grants no thread to run the call on");
    }
    announce(1, true);
  }

  std::vector<std::unique_ptr<Job>> withdraw(const std::function<bool(const Job&)>& chosen) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto first = std::stable_partition(jobs_.begin(), jobs_.end(),
                                             [&](const std::unique_ptr<Job>& job) { return !chosen(*job); });
    std::vector<std::unique_ptr<Job>> taken(std::make_move_iterator(first),
                                            std::make_move_iterator(jobs_.end()));
    jobs_.erase(first, jobs_.end());
    return taken;
  }

  void stop() {
    stopping = true;
    std::unique_lock<std::mutex> lock(mutex_);
    idle_.wait_for(lock, std::chrono::seconds(1), [this] { return busy_ == 0; });
  }

  int threads() const { return threads_.load(std::memory_order_relaxed); }

 private:
  // A call may ask for more threads than the default: they count for its own region.
  static int most_at_work(const Region& region) { return std::max(default_threads(), region.threads); }

  // A system that grants no more threads, or no memory for one, is no failure: there is work on those there
  // are.
  void grow(int count) {
    try {
      for (; threads_.load() < count; threads_.fetch_add(1))
        std::thread([this, number = threads_.load()] { serve(number); }).detach();
    } catch (const std::system_error&) {
    } catch (const std::bad_alloc&) {
    }
  }

  // To those who spin and, where it wakes, to those who sleep.
  void announce(int threads, bool wakes) {
    news.fetch_add(1, std::memory_order_release);
    if (wakes && sleeping_ > 0) wake(threads);
  }

  // A region that is too short to wake helpers for wakes them for those to come where one just ended.
  bool wakes_for(const Region& region) const {
    return region.control.wakes || (sleeping_ > 0 && Clock::now() - region_ended_ < wake_time.value());
  }

  void wake(int threads) {
    woken_ = Clock::now();
    if (threads == 1) {
      wake_.notify_one();
    } else {
      wake_.notify_all();
    }
  }

  // One thread less is at work: what was held back by the limit may have its turn.
  void leave_work() {
    --at_work_;
    if (sleeping_ > 0 && (job_may_run() || neediest())) wake(1);
  }

  bool job_may_run() const { return !stopping && !jobs_.empty() && at_work_ < default_threads(); }

  // Of the regions that may have one more helper, the one with the fewest.
  Region* neediest() const {
    Region* best = nullptr;
    for (Region* region : open_) {
      if (!region->wants_helper() || at_work_ >= most_at_work(*region)) continue;
      if (!best || region->helpers < best->helpers) best = region;
    }
    return best;
  }

  void serve(int number) {
    // A thread inherits the mode of the one that started it.
    const DefaultFloatMode mode;
    in_pool = true;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      if (job_may_run()) {
        run_job(lock);
      } else if (Region* region = neediest()) {
        help(*region, number, lock);
      } else {
        rest(lock);
      }
    }
  }

  void run_job(std::unique_lock<std::mutex>& lock) {
    std::unique_ptr<Job> job = std::move(jobs_.front());
    jobs_.pop_front();
    ++running_jobs_;
    begin_work();
    lock.unlock();
    job->run();
    job.reset();
    lock.lock();
    --running_jobs_;
    end_work();
  }

  void help(Region& region, int number, std::unique_lock<std::mutex>& lock) {
    ++region.helpers;
    begin_work();
    const std::uint32_t seen = news.load(std::memory_order_relaxed);
    lock.unlock();
    // A thread that wakes is often put where the one that woke it runs, though others are idle, and would
    // take its time from it.
    if (region.processor >= 0 && current_processor() == region.processor) leave_processor(region.processor);
    region.help(number, [seen] { return news.load(std::memory_order_relaxed) != seen; });
    lock.lock();
    end_work();
    // The last that is done to the region: its caller may be gone then.
    if (region.helpers.fetch_sub(1, std::memory_order_release) == 1) done_.notify_all();
  }

  void begin_work() {
    ++at_work_;
    ++busy_;
  }

  void end_work() {
    leave_work();
    if (--busy_ == 0 && stopping) idle_.notify_all();
  }

  void rest(std::unique_lock<std::mutex>& lock) {
    const std::uint32_t seen = news.load(std::memory_order_relaxed);
    lock.unlock();
    const bool called = spin_until([seen] { return news.load(std::memory_order_acquire) != seen; });
    lock.lock();
    if (called) return;
    ++sleeping_;
    wake_.wait(lock, [this] { return job_may_run() || neediest() != nullptr; });
    --sleeping_;
    wake_time.saw(Clock::now() - woken_);
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_, idle_;
  std::vector<Region*> open_;
  std::deque<std::unique_ptr<Job>> jobs_;
  std::atomic<int> threads_{0};
  int sleeping_ = 0, running_jobs_ = 0;
  int busy_ = 0;                    // threads of the pool at work
  int at_work_ = 0;                 // those, and the callers of open regions
  Clock::time_point woken_;         // when sleepers were last called
  Clock::time_point region_ended_;  // the last one
};

}  // namespace

RunControl RunControl::worthwhile(double nanoseconds) const {
  // Two threads against one in a virtual machine on an AMD Zen 5, of regions in eight tasks: with a helper
  // that spins 24 µs instead of 40, with one that sleeps 78; 121 instead of 100, and 175 instead of 200.
  constexpr double least_of_a_thread = 25'000, least_to_wake = 150'000;
  const double most = std::max(1.0, nanoseconds / least_of_a_thread);
  return {static_cast<int>(std::min(static_cast<double>(threads), most)), cancel,
          nanoseconds >= least_to_wake};
}

bool is_cancelled(const RunControl& control) {
  return (control.cancel && is_set(control.cancel)) || stopping.load(std::memory_order_relaxed);
}

void stop_if_cancelled() {
  if (working_for && is_cancelled(*working_for)) throw Error(ErrorCode::cancelled, "the run was cancelled");
}

// A region within a task may have a control of its own that nobody can set: it is part of the run all the
// same.
WorkingFor::WorkingFor(const RunControl& control) : before_(working_for) {
  if (control.cancel || !before_) working_for = &control;
}
WorkingFor::~WorkingFor() { working_for = before_; }

int pool_threads() { return Pool::instance().threads(); }

void submit(std::unique_ptr<Job> job) { Pool::instance().submit(std::move(job)); }

std::vector<std::unique_ptr<Job>> withdraw(const std::function<bool(const Job&)>& chosen) {
  return Pool::instance().withdraw(chosen);
}

void stop_pool() { Pool::instance().stop(); }

void detail::parallel_for(const RunControl& control, std::int64_t tasks, Task run, void* context) {
  Region region(control, tasks, run, context);
  if (region.threads <= 1 || in_task) {
    region.work();
  } else {
    Pool::instance().run(region);
  }
  if (region.failure) std::rethrow_exception(region.failure);
}

}  // namespace native_conv
