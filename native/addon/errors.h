// C++ errors as JavaScript errors with a code. Layer: addon. SPDX-License-Identifier: MIT
#pragma once

#include <napi.h>

#include <exception>
#include <new>
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

// An exception as a JavaScript error.
inline Napi::Error caught_error(Napi::Env env, const std::string& operation,
                                const std::exception_ptr& exception = std::current_exception()) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return to_js_error(env, operation, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return to_js_error(env, operation, ErrorCode::too_large,
                       "the system has no memory left for what the call needs beside its operands and its "
                       "result; explain() tells how much, setWorkspaceLimit makes calls take less");
  } catch (const Napi::Error& error) {
    return error;
  } catch (const std::exception& error) {
    return to_js_error(env, operation, ErrorCode::internal, error.what());
  }
}

// Runs body() in a plain Node-API callback, which no C++ exception may leave. Node-API refuses everything
// once the environment's worker is being terminated: no JavaScript of it will run again to be told.
template <class Body>
void unless_terminating(Body&& body) {
  try {
    body();
  } catch (const Napi::Error&) {
  }
}

// Inside a catch block of a plain Node-API callback, which nothing may leave: throws the exception in
// JavaScript. operation(): the operator's name.
template <class Operation>
void throw_js_error(napi_env env, Operation&& operation) noexcept {
  try {
    caught_error(env, operation()).ThrowAsJavaScriptException();
  } catch (...) {
    napi_throw_range_error(env, code_name(ErrorCode::too_large),
                           "native-conv: the system has no memory left");
  }
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
