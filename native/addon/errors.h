// C++ errors as JavaScript errors with a code. Layer: addon. SPDX-License-Identifier: MIT
#pragma once

#include <napi.h>

#include <string>

#include "base/error.h"

namespace native_conv {

inline const char* code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::option:
      return "ERR_CONV_OPTION";
    case ErrorCode::shape:
      return "ERR_CONV_SHAPE";
    case ErrorCode::dtype:
      return "ERR_CONV_DTYPE";
    case ErrorCode::algorithm:
      return "ERR_CONV_ALGORITHM";
    case ErrorCode::too_large:
      return "ERR_CONV_TOO_LARGE";
    case ErrorCode::overlap:
      return "ERR_CONV_OVERLAP";
    case ErrorCode::queue:
      return "ERR_CONV_QUEUE";
    case ErrorCode::cancelled:
      return "ERR_CONV_CANCELLED";
    case ErrorCode::internal:
      break;
  }
  return "ERR_CONV_INTERNAL";
}

// `<operator>: <message>`, a RangeError but for internal errors, cancellation and a full queue.
inline Napi::Error to_js_error(Napi::Env env, const std::string& operation, ErrorCode code,
                               const std::string& message) {
  const std::string text = operation.empty() ? message : operation + ": " + message;
  const bool plain = code == ErrorCode::internal || code == ErrorCode::cancelled || code == ErrorCode::queue;
  Napi::Error error = plain ? Napi::Error::New(env, text) : Napi::Error(Napi::RangeError::New(env, text));
  error.Set("code", Napi::String::New(env, code_name(code)));
  return error;
}

// Inside a catch block: the exception as a JavaScript error.
inline Napi::Error caught_error(Napi::Env env, const std::string& operation) {
  try {
    throw;
  } catch (const Error& error) {
    return to_js_error(env, operation, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return to_js_error(env, operation, ErrorCode::too_large, "out of memory for scratch");
  } catch (const Napi::Error& error) {
    return error;
  }
}

// Inside a catch block of a plain Node-API callback: throws the exception in JavaScript.
inline void throw_js_error(napi_env env, const std::string& operation) {
  caught_error(env, operation).ThrowAsJavaScriptException();
}

// Runs body(), turning what it throws into JavaScript errors.
template <class Body>
auto translate_errors(Napi::Env env, const std::string& operation, Body&& body) {
  try {
    return body();
  } catch (...) {
    throw caught_error(env, operation);
  }
}

}  // namespace native_conv
