// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/worker.h"

#include <memory>
#include <optional>
#include <string>

#include "addon/arguments.h"
#include "addon/errors.h"

namespace native_conv {
namespace {

using Work = std::function<void(const RunControl&)>;

class CallWorker : public Napi::AsyncWorker {
 public:
  CallWorker(Napi::Env env, std::string operation, Work work, int threads, const Napi::Object& kept,
             const std::int32_t* cancel)
      : Napi::AsyncWorker(env, "native-conv"),
        operation_(std::move(operation)),
        work_(std::move(work)),
        kept_(Napi::Persistent(kept)),
        control_{threads, cancel},
        deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

  void Execute() override {
    try {
      work_(control_);
    } catch (const Error& error) {
      failure_ = error;
    } catch (const std::bad_alloc&) {
      failure_ = Error(ErrorCode::too_large, "out of memory for scratch");
    }
  }

  void OnOK() override {
    if (failure_) {
      deferred_.Reject(to_js_error(Env(), operation_, failure_->code(), failure_->what()).Value());
    } else {
      deferred_.Resolve(Env().Undefined());
    }
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  std::string operation_;
  Work work_;
  Napi::ObjectReference kept_;
  RunControl control_;
  Napi::Promise::Deferred deferred_;
  std::optional<Error> failure_;
};

}  // namespace

Napi::Value start_work(Napi::Env env, std::string operation, int threads,
                       std::initializer_list<napi_value> kept, napi_value cancel, Work work) {
  TypedArray flag{};
  if (!read_typed_array(env, cancel, flag) || flag.type != napi_int32_array || flag.length < 1)
    throw Error(ErrorCode::internal, "cancel is not an Int32Array");
  Napi::Array values = Napi::Array::New(env);
  values.Set(values.Length(), cancel);
  for (napi_value value : kept) values.Set(values.Length(), value);
  auto* worker = new CallWorker(env, std::move(operation), std::move(work), threads, values,
                                static_cast<const std::int32_t*>(flag.data));
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

napi_value start_call(const Arguments& arguments) {
  const Napi::Env env(arguments.env);
  auto call = std::make_shared<Call>(read_call(arguments, 3));
  Napi::Array stages = Napi::Array::New(env);
  for (std::size_t i = 3; i < arguments.count; ++i) stages.Set(stages.Length(), arguments.values[i]);
  const int threads = call->threads;
  return start_work(env, operation_of(arguments), threads, {stages}, arguments.values[2],
                    [call](const RunControl& control) { run_call(call->stages, control); });
}

}  // namespace native_conv
