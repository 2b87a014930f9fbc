// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/worker.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "addon/errors.h"
#include "addon/gather.h"
#include "addon/pin.h"
#include "base/pages.h"
#include "base/table.h"

namespace native_conv {
namespace {

using Work = std::function<void(const RunControl&)>;
using Settle = std::function<void(napi_env)>;

std::atomic<int> unsettled{0};
std::atomic<int> most_unsettled{0};

// A place among the unsettled calls, given back when the call is destroyed.
class Place {
 public:
  Place() {
    const int most = most_unsettled.load(std::memory_order_relaxed);
    if (unsettled.fetch_add(1) < most || most == 0) return;
    unsettled.fetch_sub(1);
    throw Error(ErrorCode::queue, std::to_string(most) +
                                      " asynchronous calls have not settled, the most that setMaxQueued "
                                      "allows; wait for one of them");
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { unsettled.fetch_sub(1); }
};

class Home;

// A call whose promise is not settled. Its home owns it; the pool holds a job that refers to it.
class AsyncCall {
 public:
  AsyncCall(Home& home, Napi::Env env, std::string operation, Work work, Settle settled, int threads,
            const Napi::Object& kept, Pins pins, std::int32_t* cancel)
      : home_(home),
        operation_(std::move(operation)),
        work_(std::move(work)),
        settled_(std::move(settled)),
        kept_(Napi::Persistent(kept)),
        pins_(std::move(pins)),
        cancel_(cancel),
        control_{threads, cancel},
        deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }
  bool belongs_to(const Home& home) const { return &home == &home_; }
  bool cancelled() const { return is_cancelled(control_); }
  // From the thread of JavaScript, which alone writes the flag otherwise.
  void cancel() { *static_cast<volatile std::int32_t*>(cancel_) = 1; }

  // On a thread of the pool.
  void run() noexcept;

  // On the thread of JavaScript.
  void drop() { failure_ = std::make_exception_ptr(Error(ErrorCode::cancelled, "the run was cancelled")); }
  void settle(Napi::Env env) {
    if (settled_) settled_(env);
    if (failure_) {
      deferred_.Reject(caught_error(env, operation_, failure_).Value());
    } else {
      deferred_.Resolve(env.Undefined());
    }
  }

  // The one that finished after this one, for Home's list: a finished call must need no memory.
  AsyncCall* next_finished = nullptr;

 private:
  Place place_;
  Home& home_;
  std::string operation_;
  Work work_;
  Settle settled_;
  Napi::ObjectReference kept_;
  Pins pins_;
  std::int32_t* cancel_;
  RunControl control_;
  Napi::Promise::Deferred deferred_;
  std::exception_ptr failure_;
};

struct CallJob : Job {
  explicit CallJob(AsyncCall& c) : call(c) {}
  void run() noexcept override { call.run(); }
  AsyncCall& call;
};

// What one environment (the main thread's or a worker's) has under way, and the way back into it.
class Home {
 public:
  static Home& of(Napi::Env env) {
    if (Home* home = env.GetInstanceData<Home>()) return *home;
    auto* home = new Home(env);
    env.SetInstanceData(home);
    return *home;
  }

  explicit Home(Napi::Env env) : env_(env) {
    const auto settle = [](napi_env e, napi_value, void* home, void*) {
      if (e) static_cast<Home*>(home)->settle_finished(e);
    };
    const Napi::String name = Napi::String::New(env, "native-conv");
    const napi_status made = napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr,
                                                             nullptr, this, settle, &deliver_);
    if (made != napi_ok) throw Napi::Error::New(env);
    napi_unref_threadsafe_function(env, deliver_);
    // Hooks run in the reverse of their order: this one before the function's own.
    napi_add_env_cleanup_hook(
        env, [](void* home) { static_cast<Home*>(home)->close(); }, this);
  }

  void start(std::unique_ptr<AsyncCall> call) {
    AsyncCall& started = *call;
    const bool first = keep(std::move(call));
    try {
      submit(std::make_unique<CallJob>(started));
    } catch (...) {
      take(started);
      throw;
    }
    if (first) napi_ref_threadsafe_function(env_, deliver_);
  }

  // On a thread of the pool, or where a call was dropped.
  void finish(AsyncCall& call) {
    const std::lock_guard<std::mutex> lock(mutex_);
    *last_finished_ = &call;
    last_finished_ = &call.next_finished;
    ++finished_count_;
    if (closing_) {
      all_finished_.notify_all();
    } else {
      napi_call_threadsafe_function(deliver_, nullptr, napi_tsfn_nonblocking);
    }
  }

  void drop_cancelled() {
    for (AsyncCall* call : withdraw_those([](const AsyncCall& c) { return c.cancelled(); })) {
      call->drop();
      finish(*call);
    }
  }

 private:
  // Whether it is the only one.
  bool keep(std::unique_ptr<AsyncCall> call) {
    const std::lock_guard<std::mutex> lock(mutex_);
    AsyncCall* key = call.get();
    under_way_.emplace(key, std::move(call));
    return under_way_.size() == 1;
  }

  std::unique_ptr<AsyncCall> take(AsyncCall& call) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::unique_ptr<AsyncCall> taken = std::move(under_way_.at(&call));
    under_way_.erase(&call);
    return taken;
  }

  // Those of our calls that wait for a thread.
  template <class Chosen>
  std::vector<AsyncCall*> withdraw_those(Chosen&& chosen) {
    const auto withdrawn = withdraw([&](const Job& job) {
      const AsyncCall& call = static_cast<const CallJob&>(job).call;
      return call.belongs_to(*this) && chosen(call);
    });
    std::vector<AsyncCall*> calls;
    for (const auto& job : withdrawn) calls.push_back(&static_cast<const CallJob&>(*job).call);
    return calls;
  }

  // The first of those that have finished, in that order.
  AsyncCall* take_finished() {
    const std::lock_guard<std::mutex> lock(mutex_);
    AsyncCall* first = finished_;
    finished_ = nullptr;
    last_finished_ = &finished_;
    finished_count_ = 0;
    return first;
  }

  // On the environment's own thread.
  void settle_finished(Napi::Env env) {
    AsyncCall* finished = take_finished();
    const bool any = finished != nullptr;
    while (finished) {
      const std::unique_ptr<AsyncCall> taken = take(*finished);
      finished = taken->next_finished;
      unless_terminating([&] { taken->settle(env); });
    }
    if (any && under_way_.empty()) napi_unref_threadsafe_function(env_, deliver_);
  }

  // The environment ends, as a terminated worker's does: its buffers must not be written to after this.
  void close() {
    const std::size_t withdrawn = withdraw_those([](const AsyncCall&) { return true; }).size();
    std::unique_lock<std::mutex> lock(mutex_);
    closing_ = true;
    for (const auto& [key, call] : under_way_) call->cancel();
    all_finished_.wait(lock, [&] { return finished_count_ + withdrawn >= under_way_.size(); });
    under_way_.clear();
    lock.unlock();
    napi_release_threadsafe_function(deliver_, napi_tsfn_abort);
  }

  napi_env env_;
  napi_threadsafe_function deliver_ = nullptr;
  std::mutex mutex_;
  std::condition_variable all_finished_;
  bool closing_ = false;
  std::unordered_map<AsyncCall*, std::unique_ptr<AsyncCall>> under_way_;
  AsyncCall* finished_ = nullptr;
  AsyncCall** last_finished_ = &finished_;
  std::size_t finished_count_ = 0;
};

void AsyncCall::run() noexcept {
  const LeftTables tables;  // outlives this call, which may be gone once it has finished
  try {
    const WorkingFor run(control_);
    stop_if_cancelled();
    work_(control_);
  } catch (...) {
    failure_ = std::current_exception();
  }
  work_ = nullptr;  // lets go of plans and weights
  home_.finish(*this);
}

}  // namespace

Napi::Value start_work(Napi::Env env, std::string operation, int threads,
                       std::initializer_list<napi_value> kept, napi_value cancel, Work work, Settle settled) {
  TypedArray flag{};
  if (!read_typed_array(env, cancel, flag) || flag.type != napi_int32_array || flag.length < 1)
    throw Error(ErrorCode::internal, "cancel is not an Int32Array");
  Napi::Array values = Napi::Array::New(env);
  values.Set(values.Length(), cancel);
  for (napi_value value : kept) values.Set(values.Length(), value);
  Home& home = Home::of(env);
  auto call = std::make_unique<AsyncCall>(home, env, std::move(operation), std::move(work),
                                          std::move(settled), threads, values, pin_memory(env, {values}),
                                          static_cast<std::int32_t*>(flag.data));
  const Napi::Promise promise = call->promise();
  home.start(std::move(call));
  return promise;
}

napi_value start_call(const Arguments& arguments) {
  const Napi::Env env(arguments.env);
  auto call = std::make_shared<Call>(read_call(arguments, 4));
  const auto gatherings = std::make_shared<std::vector<Gathering>>(read_gatherings(env, arguments.values[3]));
  Napi::Array stages = Napi::Array::New(env);
  for (std::size_t i = 3; i < arguments.count; ++i) stages.Set(stages.Length(), arguments.values[i]);
  const int threads = call->threads;
  return start_work(
      env, operation_of(arguments), threads, {stages}, arguments.values[2],
      [call, gatherings](const RunControl& control) {
        for (const Gathering& each : *gatherings) run_gathering(each, control);
        for (const Stage& stage : call->stages)
          if (stage.target) touch_large_block(stage.target, target_bytes(stage), control);
        run_call(call->stages, control);
        for (const Stage& stage : call->stages)
          if (stage.target) prepare_next_block(stage.target, target_bytes(stage));
      },
      [weights = call->weights](napi_env e) { report_memory(e, weights); });
}

void drop_cancelled(Napi::Env env) { Home::of(env).drop_cancelled(); }

int queued_calls() { return unsettled.load(std::memory_order_relaxed); }
int max_queued() { return most_unsettled.load(std::memory_order_relaxed); }

void set_max_queued(int most) {
  if (most < 0) throw Error(ErrorCode::option, "setMaxQueued: calls must be positive, or 0 for no limit");
  most_unsettled.store(most, std::memory_order_relaxed);
}

}  // namespace native_conv
