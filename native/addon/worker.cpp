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
  CallWorker(Napi::Env env, std::string operation, Work work, int threads, const Napi::Object& operands,
             const Napi::Int32Array& cancel)
      : Napi::AsyncWorker(env, "native-conv"),
        operation_(std::move(operation)),
        work_(std::move(work)),
        operands_(Napi::Persistent(operands)),
        cancel_(Napi::Persistent(cancel.As<Napi::Object>())),
        control_{threads, cancel.Data()},
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
  Napi::ObjectReference operands_, cancel_;
  RunControl control_;
  Napi::Promise::Deferred deferred_;
  std::optional<Error> failure_;
};

}  // namespace

Napi::Value start_work(const Napi::CallbackInfo& info, int threads, Work work) {
  if (info.Length() < 4 || !info[3].IsTypedArray() ||
      info[3].As<Napi::TypedArray>().TypedArrayType() != napi_int32_array ||
      info[3].As<Napi::TypedArray>().ElementLength() < 1) {
    throw Error(ErrorCode::internal, "cancel is not an Int32Array");
  }
  auto* worker = new CallWorker(info.Env(), info[0].As<Napi::String>(), std::move(work), threads,
                                info[1].As<Napi::Object>(), info[3].As<Napi::Int32Array>());
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

Napi::Value run_async(const Napi::CallbackInfo& info) {
  auto call = std::make_shared<Call>(read_call(info));
  const int threads = call->threads;
  return start_work(info, threads, [call](const RunControl& control) { run_call(call->stages, control); });
}

}  // namespace native_conv
