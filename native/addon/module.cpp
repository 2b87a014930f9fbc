// The module that Node loads; lib/native/binding.ts is its type. Layer: addon. SPDX-License-Identifier: MIT
#include <napi.h>

#include <limits>
#include <memory>
#include <vector>

#include "addon/arguments.h"
#include "addon/backing_store.h"
#include "addon/errors.h"
#include "addon/gather.h"
#include "addon/image.h"
#include "addon/process.h"
#include "addon/results.h"
#include "addon/worker.h"
#include "base/buffer.h"
#include "base/cpu.h"
#include "base/packed_reader.h"
#include "base/pages.h"
#include "conv/plan.h"
#include "conv/workspace.h"
#include "image/axis.h"
#include "image/geometry.h"

namespace native_conv {
namespace {

std::string operation_of(const Napi::CallbackInfo& info) {
  return info.Length() > 0 && info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : std::string();
}

// Wraps a function that throws native_conv::Error into a Node-API callback.
template <Napi::Value (*Function)(const Napi::CallbackInfo&)>
Napi::Value guarded(const Napi::CallbackInfo& info) {
  return translate_errors(info.Env(), operation_of(info), [&] { return Function(info); });
}

template <void (*Function)(const Napi::CallbackInfo&)>
void guarded(const Napi::CallbackInfo& info) {
  translate_errors(info.Env(), operation_of(info), [&] { Function(info); });
}

// run(operator, threads, …stages), and what `body` makes of the arguments of its like.
template <class Body>
napi_value guard_call(napi_env env, napi_callback_info info, Body&& body) {
  const Arguments arguments(env, info);
  try {
    return body(arguments);
  } catch (...) {
    throw_js_error(env, [&] { return operation_of(arguments); });
  }
  return nullptr;
}

napi_value run(napi_env env, napi_callback_info info) {
  return guard_call(env, info, [](const Arguments& arguments) -> napi_value {
    const Call call = read_call(arguments, 2);
    run_call(call.stages, RunControl{call.threads, nullptr});
    report_memory(arguments.env, call.weights);
    return nullptr;
  });
}

napi_value run_async(napi_env env, napi_callback_info info) {
  return guard_call(env, info, [](const Arguments& arguments) { return start_call(arguments); });
}

void set_function(Napi::Object exports, const char* name, napi_callback function) {
  const Napi::Env env = exports.Env();
  napi_value value = nullptr;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value) != napi_ok)
    throw Napi::Error::New(env);
  exports.Set(name, value);
}

Napi::Array refusals_of(Napi::Env env, const Plan& plan) {
  Napi::Array refusals = Napi::Array::New(env);
  for (const Refusal& refused : plan.refusals) {
    Napi::Object refusal = Napi::Object::New(env);
    refusal.Set("algorithm", algorithm_name(refused.algorithm));
    refusal.Set("reason", refused.reason);
    refusals.Set(refusals.Length(), refusal);
  }
  return refusals;
}

Napi::Object explain_stage(Napi::Env env, const std::vector<Stage>& stages, std::size_t i, int most_threads) {
  const Geometry& g = stages[i].geometry;
  const Plan& plan = *stages[i].plan;
  const bool fused = runs_fused(stages);
  const int threads = fused ? fused_threads(stages, most_threads) : worthwhile_threads(g, most_threads);
  const char* only_way = g.kind == Kind::matmul ? "gemm" : g.kind == Kind::im2col ? "im2col" : "col2im";
  Napi::Object result = Napi::Object::New(env);
  result.Set("algorithm", plan.algorithm ? algorithm_name(plan.algorithm->id) : only_way);
  result.Set("kernel", plan_kernel(plan));
  result.Set("isa", isa_name(current_isa()));
  result.Set("threads", threads);
  result.Set("workspaceBytes", static_cast<double>(plan_workspace(g, plan, threads)));
  result.Set("fused", fused && i == 0);
  result.Set("intermediateBytes", static_cast<double>(intermediate_bytes(stages, i, most_threads)));
  result.Set("refusals", refusals_of(env, plan));
  return result;
}

// explain(operator, threads, …geometries): the stages of one call.
Napi::Value explain(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[1].IsNumber())
    throw Error(ErrorCode::internal, "expected (operator, threads, …geometries)");
  const int threads = resolve_threads(info[1].As<Napi::Number>().Int32Value());
  std::vector<Stage> stages(info.Length() - 2);
  std::vector<std::shared_ptr<const Plan>> plans;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    stages[i].geometry = read_geometry(info[i + 2]);
    plans.push_back(std::make_shared<const Plan>(make_plan(stages[i].geometry)));
    stages[i].plan = plans.back().get();
  }
  const auto smaller = keep_to_limit(stages, threads, workspace_limit());
  Napi::Array result = Napi::Array::New(env);
  for (std::size_t i = 0; i < stages.size(); ++i)
    result.Set(result.Length(), explain_stage(env, stages, i, threads));
  return result;
}

Napi::Value module_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array isas = Napi::Array::New(env), rows = Napi::Array::New(env);
  for (Isa isa : available_isas()) isas.Set(isas.Length(), isa_name(isa));
  for (const KernelRow& row : kernel_rows()) {
    Napi::Object kernel = Napi::Object::New(env);
    kernel.Set("op", row.op);
    kernel.Set("isa", isa_name(row.isa));
    kernel.Set("name", row.name);
    kernel.Set("chosen", find_row(row.op, current_isa()) == &row);
    rows.Set(rows.Length(), kernel);
  }
  const CacheSizes sizes = cache_sizes();
  Napi::Object caches = Napi::Object::New(env);
  caches.Set("l1d", static_cast<double>(sizes.l1d));
  caches.Set("l2", static_cast<double>(sizes.l2));
  caches.Set("l3", static_cast<double>(sizes.l3));
  Napi::Object result = Napi::Object::New(env);
  result.Set("isa", isa_name(current_isa()));
  result.Set("availableIsas", isas);
  result.Set("kernels", rows);
  result.Set("threads", default_threads());
  result.Set("processors", usable_processors());
  result.Set("poolThreads", pool_threads());
  result.Set("queuedCalls", queued_calls());
  result.Set("maxQueued", max_queued() == 0 ? std::numeric_limits<double>::infinity() : max_queued());
  const std::int64_t limit = workspace_limit();
  result.Set("workspaceLimit", limit == Budget::unlimited ? std::numeric_limits<double>::infinity()
                                                          : static_cast<double>(limit));
  result.Set("scratchBytes", static_cast<double>(held_scratch_bytes()));
  result.Set("cacheBytes", caches);
#if defined(__VERSION__)
  result.Set("compiler", __VERSION__);
#else
  result.Set("compiler", "unknown");
#endif
  return result;
}

void set_threads(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsNumber())
    throw Error(ErrorCode::option, "setThreads: threads must be a number");
  set_default_threads(info[0].As<Napi::Number>().Int32Value());
}

void set_queue_limit(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsNumber())
    throw Error(ErrorCode::option, "setMaxQueued: calls must be a number");
  set_max_queued(info[0].As<Napi::Number>().Int32Value());
}

void set_scratch_limit(const Napi::CallbackInfo& info) {
  const double bytes =
      info.Length() > 0 && info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : -1;
  if (!(bytes >= 0)) throw Error(ErrorCode::option, "setWorkspaceLimit: bytes must be a number, 0 or more");
  // What a double holds exactly; more is no limit.
  constexpr double most_exact = 9007199254740992.0;
  set_workspace_limit(bytes < most_exact ? static_cast<std::int64_t>(bytes) : Budget::unlimited);
}

void drop_calls(const Napi::CallbackInfo& info) { drop_cancelled(info.Env()); }

const std::shared_ptr<ResultAccount>& account_of(const Napi::CallbackInfo& info) {
  return *static_cast<const std::shared_ptr<ResultAccount>*>(info.Data());
}

Napi::Value result_memory(const Napi::CallbackInfo& info) {
  const double bytes = info.Length() > 0 && info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : 0;
  if (!(bytes >= 1 && bytes <= static_cast<double>(longest_tensor)))
    throw Error(ErrorCode::internal, "bytes must be a positive number");
  if (!wraps_memory(info.Env())) throw Error(ErrorCode::internal, "memory cannot be wrapped here");
  const napi_value buffer = make_result(info.Env(), account_of(info), static_cast<std::size_t>(bytes));
  return buffer ? Napi::Value(info.Env(), buffer) : info.Env().Undefined();
}

void count_memory_of_results(const Napi::CallbackInfo& info) { count_results(info.Env(), *account_of(info)); }

// On a thread of libuv's: the pool's are for calls.
class GivingBack : public Napi::AsyncWorker {
 public:
  GivingBack(const Napi::CallbackInfo& info, bool freed_too)
      : AsyncWorker(info.Env(), "native-conv"), account_(account_of(info)), freed_too_(freed_too) {}
  void Execute() override {
    free_unused_results();
    if (freed_too_) give_back_freed_blocks();
  }
  void OnOK() override {
    report_freed(Env(), *account_);
    count_results(Env(), *account_);
  }

 private:
  std::shared_ptr<ResultAccount> account_;
  bool freed_too_;
};

void give_back_memory(const Napi::CallbackInfo& info) { (new GivingBack(info, true))->Queue(); }
void free_results(const Napi::CallbackInfo& info) { (new GivingBack(info, false))->Queue(); }

void set_isa(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsString()) throw Error(ErrorCode::option, "isa must be a string");
  set_isa_cap(info[0].As<Napi::String>());
}

Napi::Array names(Napi::Env env, const std::vector<std::string>& list) {
  Napi::Array result = Napi::Array::New(env);
  for (const std::string& name : list) result.Set(result.Length(), name);
  return result;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  const bool keeps_memory = keep_freed_blocks();
  outlive_environments();
  exports.Set("geometryFields", names(env, geometry_fields()));
  exports.Set("imageFields", names(env, image_fields()));
  exports.Set("axisFields", names(env, axis_fields()));
  exports.Set("resampleAxis", Napi::Function::New<guarded<resample_axis_table>>(env, "resampleAxis"));
  exports.Set("pinsMemory", knows_backing_stores(env));
  exports.Set("keepsResults", keeps_memory && wraps_memory(env));
  exports.Set("runImage", Napi::Function::New<guarded<run_image_now>>(env, "runImage"));
  exports.Set("runImageAsync", Napi::Function::New<guarded<run_image_async>>(env, "runImageAsync"));
  exports.Set("gather", Napi::Function::New<guarded<gather_now>>(env, "gather"));
  set_function(exports, "run", run);
  set_function(exports, "runAsync", run_async);
  exports.Set("packWeight", Napi::Function::New<guarded<pack_weight>>(env, "packWeight"));
  exports.Set("releaseWeight", Napi::Function::New<guarded<release_weight>>(env, "releaseWeight"));
  exports.Set("explain", Napi::Function::New<guarded<explain>>(env, "explain"));
  exports.Set("info", Napi::Function::New<guarded<module_info>>(env, "info"));
  exports.Set("setThreads", Napi::Function::New<guarded<set_threads>>(env, "setThreads"));
  exports.Set("setMaxQueued", Napi::Function::New<guarded<set_queue_limit>>(env, "setMaxQueued"));
  exports.Set("setWorkspaceLimit", Napi::Function::New<guarded<set_scratch_limit>>(env, "setWorkspaceLimit"));
  exports.Set("dropCancelled", Napi::Function::New<guarded<drop_calls>>(env, "dropCancelled"));
  std::shared_ptr<ResultAccount>* const account = open_account(env);
  exports.Set("resultMemory", Napi::Function::New<guarded<result_memory>>(env, "resultMemory", account));
  exports.Set("countResults",
              Napi::Function::New<guarded<count_memory_of_results>>(env, "countResults", account));
  exports.Set("freeResults", Napi::Function::New<guarded<free_results>>(env, "freeResults", account));
  exports.Set("giveBackMemory",
              Napi::Function::New<guarded<give_back_memory>>(env, "giveBackMemory", account));
  exports.Set("setIsa", Napi::Function::New<guarded<set_isa>>(env, "setIsa"));
  return exports;
}

}  // namespace
}  // namespace native_conv

static Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  return native_conv::init(env, exports);
}
NODE_API_MODULE(native_conv, initialize)
