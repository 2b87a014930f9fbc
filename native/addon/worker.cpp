// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/worker.h"

#include <optional>

#include "addon/arguments.h"
#include "addon/errors.h"

namespace native_conv {
namespace {

// Runs on libuv's pool. The stages array, and with it every buffer, is referenced until the promise is
// settled.
class CallWorker : public Napi::AsyncWorker {
 public:
  CallWorker(Napi::Env env, Call call, const Napi::Object& stages, const Napi::Int32Array& cancel)
      : Napi::AsyncWorker(env, "native-conv"),
        call_(std::move(call)),
        stages_(Napi::Persistent(stages)),
        cancel_(Napi::Persistent(cancel.As<Napi::Object>())),
        control_{call_.threads, cancel.Data()},
        deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

  void Execute() override {
    try {
      run_call(call_.stages, control_);
    } catch (const Error& error) {
      failure_ = error;
    } catch (const std::bad_alloc&) {
      failure_ = Error(ErrorCode::too_large, "out of memory for scratch");
    }
  }

  void OnOK() override {
    if (failure_) {
      deferred_.Reject(to_js_error(Env(), call_.operation, failure_->code(), failure_->what()).Value());
    } else {
      deferred_.Resolve(Env().Undefined());
    }
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Call call_;
  Napi::ObjectReference stages_, cancel_;
  RunControl control_;
  Napi::Promise::Deferred deferred_;
  std::optional<Error> failure_;
};

}  // namespace

Napi::Value run_async(const Napi::CallbackInfo& info) {
  Call call = read_call(info);
  if (info.Length() < 4 || !info[3].IsTypedArray() ||
      info[3].As<Napi::TypedArray>().TypedArrayType() != napi_int32_array ||
      info[3].As<Napi::TypedArray>().ElementLength() < 1) {
    throw Error(ErrorCode::internal, "cancel is not an Int32Array");
  }
  auto* worker =
      new CallWorker(info.Env(), std::move(call), info[1].As<Napi::Object>(), info[3].As<Napi::Int32Array>());
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

}  // namespace native_conv
