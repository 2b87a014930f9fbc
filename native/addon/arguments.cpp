// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/arguments.h"

#include "addon/errors.h"
#include "conv/plan.h"

namespace native_conv {
namespace {

constexpr napi_type_tag packed_weight_tag = {0x6e61746976652d63ull, 0x6f6e762d77656967ull};

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::internal, what); }

std::string name_of(DType dtype) { return dtype == DType::float32 ? "Float32Array" : "Float64Array"; }

// A typed array's memory; `length` elements of `dtype` or it throws.
void* view(const Napi::Value& value, DType dtype, std::int64_t length, const char* what) {
  const napi_typedarray_type expected = dtype == DType::float32 ? napi_float32_array : napi_float64_array;
  if (!value.IsTypedArray()) fail(std::string(what) + " is not a typed array");
  const Napi::TypedArray array = value.As<Napi::TypedArray>();
  if (array.TypedArrayType() != expected) fail(std::string(what) + " is not a " + name_of(dtype));
  if (static_cast<std::int64_t>(array.ElementLength()) != length) {
    fail(std::string(what) + " has " + std::to_string(array.ElementLength()) +
         " elements, the geometry needs " + std::to_string(length));
  }
  return memory_of(array, what);
}

void* view_or_null(const Napi::Value& value, DType dtype, std::int64_t length, const char* what) {
  return value.IsNull() || value.IsUndefined() ? nullptr : view(value, dtype, length, what);
}

PackedWeight* packed_weight(const Napi::Value& value) {
  if (!value.IsExternal()) return nullptr;
  const auto external = value.As<Napi::External<PackedWeight>>();
  if (!external.CheckTypeTag(&packed_weight_tag)) fail("the weight is another library's object");
  return external.Data();
}

void check_packed(const PackedWeight& packed, const Geometry& g) {
  if (!packed.cache) fail("the packed weight has been released");
  const Geometry& p = packed.geometry;
  if (p.kind != g.kind || p.dtype != g.dtype || p.weight_order != g.weight_order ||
      p.in_channels != g.in_channels || p.out_channels != g.out_channels || p.groups != g.groups ||
      p.kernel != g.kernel) {
    fail("the packed weight was made for another geometry");
  }
}

// The target shares no byte with what the stage reads. JavaScript has compared buffers; two of them may lie
// on the same shared memory.
void check_overlap(const Stage& stage, const Lengths& length) {
  const std::int64_t size = size_of(stage.geometry.dtype);
  const auto* target = static_cast<const char*>(stage.target);
  const auto check = [&](const void* operand, std::int64_t count, const char* what) {
    const auto* begin = static_cast<const char*>(operand);
    if (!begin || !target || count == 0 || length.target == 0) return;
    if (begin + count * size <= target || target + length.target * size <= begin) return;
    throw Error(ErrorCode::overlap, std::string("options.out must not overlap the ") + what);
  };
  check(stage.source, length.source, "input");
  check(stage.weight, length.weight, "weight");
  check(stage.bias, length.channels, "bias");
  check(stage.residual, length.target, "residual");
  check(stage.slope, length.channels, "slope");
}

// A gradient through padding that copies is folded after its sums, where no epilogue belongs.
void check_epilogue(const Stage& stage) {
  const Geometry& g = stage.geometry;
  const bool finished = stage.bias || stage.residual || g.activation != ActivationKind::none;
  if (folds_padding(g) && finished) fail("an input gradient through copied padding takes no epilogue");
}

Stage read_stage(const Napi::Value& value, bool last, Call& call) {
  if (!value.IsArray()) fail("a stage is not an array");
  const Napi::Array fields = value.As<Napi::Array>();
  constexpr std::uint32_t field_count = 7;
  if (fields.Length() != field_count)
    fail("a stage has " + std::to_string(fields.Length()) + " fields, not 7");
  Stage stage{};
  stage.geometry = read_geometry(fields.Get(0u));
  const DType dtype = stage.geometry.dtype;
  const Lengths length = lengths(stage.geometry);
  stage.source = view_or_null(fields.Get(1u), dtype, length.source, "source");
  const Napi::Value weight = fields.Get(2u);
  if (PackedWeight* packed = packed_weight(weight)) {
    check_packed(*packed, stage.geometry);
    call.caches.push_back(packed->cache);
    stage.cache = packed->cache.get();
    stage.weight = packed->cache->raw();
  } else {
    const bool needed = stage.geometry.kind != Kind::im2col && stage.geometry.kind != Kind::col2im;
    stage.weight = needed ? view(weight, dtype, length.weight, "weight") : nullptr;
  }
  stage.bias = view_or_null(fields.Get(3u), dtype, length.channels, "bias");
  stage.residual = view_or_null(fields.Get(4u), dtype, length.target, "residual");
  stage.slope = view_or_null(fields.Get(5u), dtype, length.channels, "slope");
  stage.target = view_or_null(fields.Get(6u), dtype, length.target, "target");
  if (stage.geometry.activation == ActivationKind::prelu && !stage.slope) fail("prelu has no slope");
  if (!stage.source && call.stages.empty()) fail("the first stage has no source");
  if (!stage.target && last) fail("the last stage has no target");
  if (!stage.source && !call.stages.empty() && call.stages.back().geometry.dtype != dtype)
    fail("stages differ in dtype");
  check_overlap(stage, length);
  check_epilogue(stage);
  return stage;
}

}  // namespace

void* memory_of(const Napi::TypedArray& array, const char* what) {
  static double nothing;
  if (array.ElementLength() == 0) return &nothing;
  void* data = nullptr;
  napi_typedarray_type type;
  napi_value buffer;
  std::size_t count = 0, offset = 0;
  if (napi_get_typedarray_info(array.Env(), array, &type, &count, &data, &buffer, &offset) != napi_ok ||
      !data) {
    fail(std::string(what) + " has no memory (detached?)");
  }
  return data;
}

Geometry read_geometry(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    fail("the geometry is not a Float64Array");
  }
  const Napi::Float64Array packed = value.As<Napi::Float64Array>();
  return unpack_geometry(packed.Data(), packed.ElementLength());
}

Call read_call(const Napi::CallbackInfo& info) {
  Call call{};
  if (info.Length() < 3 || !info[0].IsString() || !info[1].IsArray() || !info[2].IsNumber()) {
    fail("expected (operator, stages, threads)");
  }
  call.operation = info[0].As<Napi::String>();
  const Napi::Array stages = info[1].As<Napi::Array>();
  if (stages.Length() == 0) fail("a call has no stages");
  for (std::uint32_t i = 0; i < stages.Length(); ++i) {
    call.stages.push_back(read_stage(stages.Get(i), i + 1 == stages.Length(), call));
  }
  call.threads = resolve_threads(info[2].As<Napi::Number>().Int32Value());
  return call;
}

Napi::Value pack_weight(const Napi::CallbackInfo& info) {
  const Geometry g = read_geometry(info[1]);
  const std::int64_t length = lengths(g).weight;
  const void* weight = view(info[2], g.dtype, length, "weight");
  auto packed = std::make_unique<PackedWeight>();
  packed->cache = std::make_shared<WeightCache>(
      weight, checked_bytes(length, static_cast<std::size_t>(size_of(g.dtype))));
  packed->geometry = g;
  auto external = Napi::External<PackedWeight>::New(info.Env(), packed.release(),
                                                    [](Napi::Env, PackedWeight* old) { delete old; });
  external.TypeTag(&packed_weight_tag);
  return external;
}

void release_weight(const Napi::CallbackInfo& info) {
  PackedWeight* packed = packed_weight(info[0]);
  if (!packed) fail("releaseWeight expects a packed weight");
  packed->cache.reset();
}

}  // namespace native_conv
