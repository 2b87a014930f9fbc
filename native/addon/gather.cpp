// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/gather.h"

#include "addon/arguments.h"
#include "base/error.h"
#include "base/pages.h"

namespace native_conv {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::internal, what); }

TypedArray typed_array(const Napi::Value& value, const char* what) {
  TypedArray array{};
  if (!read_typed_array(value.Env(), value, array)) fail(std::string(what) + " is not a typed array");
  return array;
}

Gathering read_gathering(const Napi::Value& value) {
  if (!value.IsArray() || value.As<Napi::Array>().Length() != 3) fail("a gathering has three fields");
  const Napi::Array fields = value.As<Napi::Array>();
  const TypedArray from = typed_array(fields.Get(0u), "a strided operand"),
                   into = typed_array(fields.Get(1u), "what it is copied into"),
                   layout = typed_array(fields.Get(2u), "a layout");
  const bool single = from.type == napi_float32_array;
  if ((!single && from.type != napi_float64_array) || into.type != from.type)
    fail("a strided operand is of another type");
  if (layout.type != napi_float64_array) fail("a layout is not a Float64Array");
  Gathering gathering{
      unpack_layout(static_cast<const double*>(layout.data), layout.length,
                    static_cast<std::int64_t>(from.length), static_cast<std::int64_t>(into.length)),
      single, from.data, into.data};
  expect_large_block(into.data, into.length * (single ? sizeof(float) : sizeof(double)));
  return gathering;
}

}  // namespace

void run_gathering(const Gathering& g, const RunControl& control) {
  if (g.single) {
    run_gather(g.layout, static_cast<const float*>(g.from), static_cast<float*>(g.into), control);
  } else {
    run_gather(g.layout, static_cast<const double*>(g.from), static_cast<double*>(g.into), control);
  }
}

std::vector<Gathering> read_gatherings(napi_env env, napi_value value) {
  const Napi::Value list(env, value);
  std::vector<Gathering> gatherings;
  if (list.IsNull()) return gatherings;
  if (!list.IsArray()) fail("the strided operands are not an array");
  const Napi::Array values = list.As<Napi::Array>();
  for (std::uint32_t i = 0; i < values.Length(); ++i) gatherings.push_back(read_gathering(values.Get(i)));
  return gatherings;
}

void gather_now(const Napi::CallbackInfo& info) {
  if (info.Length() < 3 || !info[1].IsNumber()) fail("expected (operator, threads, gatherings)");
  const RunControl control{resolve_threads(info[1].As<Napi::Number>().Int32Value()), nullptr};
  for (const Gathering& each : read_gatherings(info.Env(), info[2])) run_gathering(each, control);
}

}  // namespace native_conv
