// The module that Node loads; lib/native/binding.ts is its type. Layer: addon. SPDX-License-Identifier: MIT
#include <napi.h>

#include <limits>

#include "addon/arguments.h"
#include "addon/errors.h"
#include "addon/image.h"
#include "addon/process.h"
#include "addon/worker.h"
#include "base/cpu.h"
#include "base/pages.h"
#include "conv/plan.h"
#include "conv/separable.h"
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
    throw_js_error(env, operation_of(arguments));
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

// What lies between a stage and the next one: bands of it where the two are fused, or all.
double intermediate_bytes(const Geometry& g, const Geometry& next, int threads) {
  const std::int64_t bytes =
      can_fuse(g, next) ? threads * fused_bytes(g) : lengths(g).target * size_of(g.dtype);
  return static_cast<double>(bytes);
}

Napi::Value explain(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[2].IsNumber())
    throw Error(ErrorCode::internal, "expected (operator, geometry, threads)");
  const Geometry g = read_geometry(info[1]);
  const int threads = worthwhile_threads(g, resolve_threads(info[2].As<Napi::Number>().Int32Value()));
  const Plan plan = make_plan(g);
  Napi::Array refusals = Napi::Array::New(env);
  for (std::size_t i = 0; i < plan.refusals.size(); ++i) {
    Napi::Object refusal = Napi::Object::New(env);
    refusal.Set("algorithm", algorithm_name(plan.refusals[i].algorithm));
    refusal.Set("reason", plan.refusals[i].reason);
    refusals.Set(static_cast<std::uint32_t>(i), refusal);
  }
  const char* only_way = g.kind == Kind::matmul ? "gemm" : g.kind == Kind::im2col ? "im2col" : "col2im";
  Napi::Object result = Napi::Object::New(env);
  result.Set("algorithm", plan.algorithm ? algorithm_name(plan.algorithm->id) : only_way);
  result.Set("kernel", plan_kernel(plan));
  result.Set("isa", isa_name(current_isa()));
  result.Set("threads", threads);
  result.Set("workspaceBytes", static_cast<double>(plan_workspace(g, plan, threads)));
  result.Set("fused", false);
  result.Set("intermediateBytes", 0.0);
  if (info.Length() > 3 && !info[3].IsNull()) {
    const Geometry next = read_geometry(info[3]);
    result.Set("fused", can_fuse(g, next));
    result.Set("intermediateBytes", intermediate_bytes(g, next, threads));
  }
  result.Set("refusals", refusals);
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
    kernel.Set("chosen", &chosen_row(row.op, current_isa()) == &row);
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

void drop_calls(const Napi::CallbackInfo& info) { drop_cancelled(info.Env()); }

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
  keep_freed_blocks();
  outlive_environments();
  exports.Set("geometryFields", names(env, geometry_fields()));
  exports.Set("imageFields", names(env, image_fields()));
  exports.Set("runImage", Napi::Function::New<guarded<run_image_now>>(env, "runImage"));
  exports.Set("runImageAsync", Napi::Function::New<guarded<run_image_async>>(env, "runImageAsync"));
  set_function(exports, "run", run);
  set_function(exports, "runAsync", run_async);
  exports.Set("packWeight", Napi::Function::New<guarded<pack_weight>>(env, "packWeight"));
  exports.Set("releaseWeight", Napi::Function::New<guarded<release_weight>>(env, "releaseWeight"));
  exports.Set("explain", Napi::Function::New<guarded<explain>>(env, "explain"));
  exports.Set("info", Napi::Function::New<guarded<module_info>>(env, "info"));
  exports.Set("setThreads", Napi::Function::New<guarded<set_threads>>(env, "setThreads"));
  exports.Set("setMaxQueued", Napi::Function::New<guarded<set_queue_limit>>(env, "setMaxQueued"));
  exports.Set("dropCancelled", Napi::Function::New<guarded<drop_calls>>(env, "dropCancelled"));
  exports.Set("setIsa", Napi::Function::New<guarded<set_isa>>(env, "setIsa"));
  return exports;
}

}  // namespace
}  // namespace native_conv

static Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  return native_conv::init(env, exports);
}
NODE_API_MODULE(native_conv, initialize)
