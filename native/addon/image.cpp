// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/image.h"

#include <algorithm>
#include <memory>

#include "addon/arguments.h"
#include "addon/worker.h"
#include "base/pages.h"
#include "base/error.h"
#include "image/geometry.h"
#include "image/resample_axis.h"

namespace native_conv {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::internal, what); }

bool holds(napi_typedarray_type array, PixelType type) {
  switch (type) {
    case PixelType::uint8:
      return array == napi_uint8_array || array == napi_uint8_clamped_array;
    case PixelType::uint16:
    case PixelType::float16:
      return array == napi_uint16_array;
    case PixelType::int16:
      return array == napi_int16_array;
    case PixelType::float32:
      return array == napi_float32_array;
    case PixelType::count:
      break;
  }
  return false;
}

void* pixels(const Napi::Value& value, const Picture& picture, std::int64_t extent, const char* what) {
  if (!value.IsTypedArray()) fail(std::string(what) + " is not a typed array");
  const Napi::TypedArray array = value.As<Napi::TypedArray>();
  if (!holds(array.TypedArrayType(), picture.type)) fail(std::string(what) + " is of another type");
  if (static_cast<std::int64_t>(array.ElementLength()) < extent) {
    fail(std::string(what) + " has " + std::to_string(array.ElementLength()) +
         " elements, the geometry needs " + std::to_string(extent));
  }
  return memory_of(array, what);
}

ImageTable read_table(const Napi::Value& value) {
  if (!value.IsTypedArray()) fail("a table is not a typed array");
  const Napi::TypedArray array = value.As<Napi::TypedArray>();
  const void* data = memory_of(array, "a table");
  const auto length = static_cast<std::int64_t>(array.ElementLength());
  switch (array.TypedArrayType()) {
    case napi_int32_array:
      return {static_cast<const std::int32_t*>(data), nullptr, nullptr, length};
    case napi_float32_array:
      return {nullptr, static_cast<const float*>(data), nullptr, length};
    case napi_float64_array:
      return {nullptr, nullptr, static_cast<const double*>(data), length};
    default:
      fail("a table is of an unknown type");
  }
}

// JavaScript has compared buffers; two of them may lie on the same shared memory.
void check_overlap(const ImageCall& call) {
  const ImageGeometry& g = call.geometry;
  const auto* source = static_cast<const char*>(call.source);
  const auto* target = static_cast<const char*>(call.target);
  const std::int64_t source_bytes = source_extent(g) * size_of(g.source.type);
  const std::int64_t target_bytes = target_extent(g) * size_of(g.target.type);
  if (source + source_bytes <= target || target + target_bytes <= source) return;
  throw Error(ErrorCode::overlap, "options.out must not overlap the source");
}

std::size_t target_bytes(const ImageGeometry& g) {
  return static_cast<std::size_t>(target_extent(g) * size_of(g.target.type));
}

ImageCall read_image_call(const Napi::CallbackInfo& info) {
  if (info.Length() < 3 || !info[0].IsString() || !info[1].IsArray() || !info[2].IsNumber())
    fail("expected (operator, call, threads)");
  const Napi::Array fields = info[1].As<Napi::Array>();
  if (fields.Length() != 4) fail("an image call has four fields");
  const Napi::Value packed = fields.Get(0u), tables = fields.Get(3u);
  if (!packed.IsTypedArray() || packed.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array)
    fail("the geometry is not a Float64Array");
  if (!tables.IsArray()) fail("the tables are not an array");
  const Napi::Float64Array values = packed.As<Napi::Float64Array>();
  ImageCall call{};
  call.geometry = unpack_image_geometry(values.Data(), values.ElementLength());
  call.source = pixels(fields.Get(1u), call.geometry.source, source_extent(call.geometry), "source");
  call.target = pixels(fields.Get(2u), call.geometry.target, target_extent(call.geometry), "target");
  const Napi::Array list = tables.As<Napi::Array>();
  for (std::uint32_t i = 0; i < list.Length(); ++i) call.tables.push_back(read_table(list.Get(i)));
  check_overlap(call);
  expect_large_block(call.target, target_bytes(call.geometry));
  return call;
}

int threads_of(const Napi::CallbackInfo& info) {
  return resolve_threads(info[2].As<Napi::Number>().Int32Value());
}

}  // namespace

void run_image_now(const Napi::CallbackInfo& info) {
  const ImageCall call = read_image_call(info);
  run_image(call, RunControl{threads_of(info), nullptr});
}

Napi::Value resample_axis_table(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsTypedArray() ||
      info[0].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array)
    fail("expected (axis)");
  const Napi::Float64Array fields = info[0].As<Napi::Float64Array>();
  const ResampleAxis axis(unpack_axis(fields.Data(), fields.ElementLength()), false);
  const Napi::Env env = info.Env();
  const auto outputs = static_cast<std::size_t>(axis.outputs());
  Napi::Int32Array bounds = Napi::Int32Array::New(env, 2 * outputs);
  Napi::Float64Array weights = Napi::Float64Array::New(env, outputs * static_cast<std::size_t>(axis.taps()));
  for (std::size_t o = 0; o < outputs; ++o) {
    bounds.Data()[2 * o] = static_cast<std::int32_t>(axis.begin(static_cast<std::int64_t>(o)));
    bounds.Data()[2 * o + 1] = static_cast<std::int32_t>(axis.count(static_cast<std::int64_t>(o)));
  }
  std::copy_n(axis.reals(0), weights.ElementLength(), weights.Data());
  const Napi::Object table = Napi::Object::New(env);
  table.Set("taps", Napi::Number::New(env, static_cast<double>(axis.taps())));
  table.Set("bounds", bounds);
  table.Set("weights", weights);
  return table;
}

Napi::Value run_image_async(const Napi::CallbackInfo& info) {
  auto call = std::make_shared<ImageCall>(read_image_call(info));
  return start_work(info.Env(), info[0].As<Napi::String>(), threads_of(info), {info[1]}, info[3],
                    [call](const RunControl& control) {
                      run_image(*call, control);
                      prepare_next_block(call->target, target_bytes(call->geometry));
                    });
}

}  // namespace native_conv
