// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/arguments.h"

#include <mutex>
#include <unordered_set>

#include "addon/errors.h"
#include "base/pages.h"
#include "conv/plan_cache.h"
#include "conv/workspace.h"

namespace native_conv {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::internal, what); }

// The packed weights that JavaScript objects own, in every thread of the process. An external value is one of
// ours if its address is here; that is quicker than a type tag, and it also tells live ones from dead ones.
class LiveWeights {
 public:
  static LiveWeights& instance() {
    static LiveWeights* weights = new LiveWeights;  // finalizers may run after static destructors
    return *weights;
  }

  void add(const PackedWeight* weight) {
    const std::lock_guard<std::mutex> lock(mutex_);
    live_.insert(weight);
  }
  void remove(const PackedWeight* weight) {
    const std::lock_guard<std::mutex> lock(mutex_);
    live_.erase(weight);
  }
  bool contains(const void* weight) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return live_.count(static_cast<const PackedWeight*>(weight)) > 0;
  }

 private:
  std::mutex mutex_;
  std::unordered_set<const PackedWeight*> live_;
};

std::string name_of(DType dtype) { return dtype == DType::float32 ? "Float32Array" : "Float64Array"; }

napi_valuetype type_of(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  return type;
}

void* memory_of(const TypedArray& array, const char* what) {
  static double nothing;
  if (array.length == 0) return &nothing;
  if (!array.data) fail(std::string(what) + " has no memory (detached?)");
  return array.data;
}

// A typed array's memory; `length` elements of `dtype` or it throws.
void* view(napi_env env, napi_value value, DType dtype, std::int64_t length, const char* what) {
  TypedArray array{};
  if (!read_typed_array(env, value, array)) fail(std::string(what) + " is not a typed array");
  if (array.type != (dtype == DType::float32 ? napi_float32_array : napi_float64_array))
    fail(std::string(what) + " is not a " + name_of(dtype));
  if (static_cast<std::int64_t>(array.length) != length) {
    // JavaScript has compared lengths before this.
    throw Error(ErrorCode::shape, std::string(what) + " has " + std::to_string(array.length) +
                                      " elements, the geometry needs " + std::to_string(length) +
                                      ": its buffer was detached or resized while the arguments were read");
  }
  return memory_of(array, what);
}

void* view_or_null(napi_env env, napi_value value, DType dtype, std::int64_t length, const char* what) {
  const napi_valuetype type = type_of(env, value);
  return type == napi_null || type == napi_undefined ? nullptr : view(env, value, dtype, length, what);
}

// Null where the value is no external one.
PackedWeight* packed_weight(napi_env env, napi_value value) {
  void* data = nullptr;
  if (napi_get_value_external(env, value, &data) != napi_ok) return nullptr;
  if (!LiveWeights::instance().contains(data)) fail("the weight is another library's object");
  return static_cast<PackedWeight*>(data);
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

// What `packed` holds, or nothing when it has been released.
void report(napi_env env, PackedWeight& packed) {
  const std::int64_t bytes = packed.cache ? packed.cache->bytes() : 0;
  if (bytes == packed.reported) return;
  std::int64_t total = 0;
  napi_adjust_external_memory(env, bytes - packed.reported, &total);
  packed.reported = bytes;
}

Stage read_stage(const Arguments& arguments, std::size_t first, bool last, Call& call) {
  const napi_env env = arguments.env;
  const napi_value* fields = arguments.values.data() + first;
  TypedArray packed{};
  if (!read_typed_array(env, fields[0], packed) || packed.type != napi_float64_array)
    fail("the geometry is not a Float64Array");
  const std::shared_ptr<const Planned> planned =
      plan_packed(static_cast<const double*>(packed.data), packed.length);
  const Geometry& g = planned->geometry;
  const Lengths& length = planned->lengths;
  call.held.push_back(planned);
  Stage stage{};
  stage.geometry = g;
  stage.plan = &planned->plan;
  stage.source = view_or_null(env, fields[1], g.dtype, length.source, "source");
  if (PackedWeight* weight = packed_weight(env, fields[2])) {
    check_packed(*weight, g);
    call.held.push_back(weight->cache);
    call.weights[call.stages.size()] = weight;
    stage.cache = weight->cache.get();
    stage.weight = weight->cache->raw();
  } else if (g.kind != Kind::im2col && g.kind != Kind::col2im) {
    stage.weight = view(env, fields[2], g.dtype, length.weight, "weight");
  }
  stage.bias = view_or_null(env, fields[3], g.dtype, length.channels, "bias");
  stage.residual = view_or_null(env, fields[4], g.dtype, length.target, "residual");
  stage.slope = view_or_null(env, fields[5], g.dtype, length.channels, "slope");
  stage.target = view_or_null(env, fields[6], g.dtype, length.target, "target");
  if (g.activation == ActivationKind::prelu && !stage.slope) fail("prelu has no slope");
  if (!stage.source && call.stages.empty()) fail("the first stage has no source");
  if (!stage.target && last) fail("the last stage has no target");
  if (!stage.source && !call.stages.empty() && call.stages.back().geometry.dtype != g.dtype)
    fail("stages differ in dtype");
  check_overlap(stage, length);
  check_epilogue(stage);
  if (stage.target) expect_large_block(stage.target, target_bytes(stage));
  return stage;
}

}  // namespace

void* memory_of(const Napi::TypedArray& array, const char* what) {
  TypedArray view{};
  if (!read_typed_array(array.Env(), array, view)) fail(std::string(what) + " is not a typed array");
  return memory_of(view, what);
}

Arguments::Arguments(napi_env e, napi_callback_info info) : env(e), count(most) {
  napi_get_cb_info(env, info, &count, values.data(), nullptr, nullptr);
}

std::string operation_of(const Arguments& arguments) {
  const Napi::Value name(arguments.env, arguments.values[0]);
  return name.IsString() ? name.As<Napi::String>().Utf8Value() : std::string();
}

bool read_typed_array(napi_env env, napi_value value, TypedArray& array) {
  return napi_get_typedarray_info(env, value, &array.type, &array.length, &array.data, nullptr, nullptr) ==
         napi_ok;
}

Geometry read_geometry(const Napi::Value& value) {
  TypedArray packed{};
  if (!read_typed_array(value.Env(), value, packed) || packed.type != napi_float64_array)
    fail("the geometry is not a Float64Array");
  return unpack_geometry(static_cast<const double*>(packed.data), packed.length);
}

Call read_call(const Arguments& arguments, std::size_t first) {
  if (arguments.count > Arguments::most) {
    fail("a call has at most " + std::to_string(Arguments::most_stages) + " stages");
  }
  const std::size_t fields = arguments.count < first ? 0 : arguments.count - first;
  const std::size_t stages = fields / Arguments::fields;
  if (stages == 0 || fields % Arguments::fields != 0) {
    fail("expected an operator, threads and stages of " + std::to_string(Arguments::fields) +
         " fields, got " + std::to_string(arguments.count) + " arguments");
  }
  std::int32_t threads = 0;
  if (napi_get_value_int32(arguments.env, arguments.values[1], &threads) != napi_ok)
    fail("threads is not a number");
  Call call{};
  call.stages.reserve(stages);
  call.held.reserve(2 * stages);
  for (std::size_t i = 0; i < stages; ++i) {
    call.stages.push_back(read_stage(arguments, first + i * Arguments::fields, i + 1 == stages, call));
  }
  call.threads = resolve_threads(threads);
  for (auto& plan : keep_to_limit(call.stages, call.threads, workspace_limit()))
    call.held.push_back(std::move(plan));
  return call;
}

void report_memory(napi_env env, const CallWeights& weights) {
  for (PackedWeight* packed : weights) {
    if (packed) report(env, *packed);
  }
}

Napi::Value pack_weight(const Napi::CallbackInfo& info) {
  const Geometry g = read_geometry(info[1]);
  const std::int64_t length = lengths(g).weight;
  const void* weight = view(info.Env(), info[2], g.dtype, length, "weight");
  auto packed = std::make_unique<PackedWeight>();
  packed->cache = std::make_shared<WeightCache>(
      weight, checked_bytes(length, static_cast<std::size_t>(size_of(g.dtype))));
  packed->geometry = g;
  const auto external =
      Napi::External<PackedWeight>::New(info.Env(), packed.get(), [](Napi::Env env, PackedWeight* old) {
        LiveWeights::instance().remove(old);
        old->cache.reset();
        report(env, *old);
        delete old;
      });
  // V8 owns it from here on; one that could not be added is refused where it is used.
  PackedWeight& owned = *packed.release();
  report(info.Env(), owned);
  LiveWeights::instance().add(&owned);
  return external;
}

void release_weight(const Napi::CallbackInfo& info) {
  PackedWeight* packed = packed_weight(info.Env(), info[0]);
  if (!packed) fail("releaseWeight expects a packed weight");
  packed->cache.reset();
  report(info.Env(), *packed);
}

}  // namespace native_conv
