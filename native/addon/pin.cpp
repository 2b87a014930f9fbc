// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/pin.h"

#if !defined(_WIN32)
#include <dlfcn.h>
#endif

namespace native_conv {
namespace {

using Store = std::shared_ptr<const void>;

// v8::ArrayBuffer::GetBackingStore() and v8::BackingStore::Data(), as the Itanium C++ ABI calls them: `this`
// is an argument, after the place of a result that is not trivial. A napi_value is what a v8::Local holds,
// which is the `this` of V8's methods.
struct BackingStores {
  Store (*of)(napi_value buffer) = nullptr;
  void* (*data)(const void* store) = nullptr;
};

#if defined(_WIN32)

BackingStores find_backing_stores(napi_env) { return {}; }

#else

template <class Function>
Function* exported(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

// v8::ArrayBuffer::New(Isolate*, std::shared_ptr<BackingStore>) bears the name of the C++ library whose
// shared_ptr the runtime's functions return.
#if defined(_LIBCPP_VERSION)
constexpr const char* takes_our_pointers =
    "_ZN2v811ArrayBuffer3NewEPNS_7IsolateENSt3__110shared_ptrINS_12BackingStoreEEE";
#else
constexpr const char* takes_our_pointers =
    "_ZN2v811ArrayBuffer3NewEPNS_7IsolateESt10shared_ptrINS_12BackingStoreEE";
#endif

// Whether the functions agree with Node-API on where a buffer lies.
bool are_right(napi_env env, const BackingStores& found) {
  napi_value buffer = nullptr;
  void* memory = nullptr;
  if (napi_create_arraybuffer(env, 64, &memory, &buffer) != napi_ok) return false;
  const Store store = found.of(buffer);
  return store && store.use_count() > 1 && found.data(store.get()) == memory;
}

BackingStores find_backing_stores(napi_env env) {
  if (!exported<void()>(takes_our_pointers)) return {};
  BackingStores found;
  found.of = exported<Store(napi_value)>("_ZN2v811ArrayBuffer15GetBackingStoreEv");
  found.data = exported<void*(const void*)>("_ZNK2v812BackingStore4DataEv");
  return found.of && found.data && are_right(env, found) ? found : BackingStores{};
}

#endif

const BackingStores& backing_stores(napi_env env) {
  static const BackingStores found = find_backing_stores(env);
  return found;
}

void pin_list(napi_env env, napi_value list, Pins& pins);

void pin(napi_env env, napi_value value, Pins& pins) {
  bool is_list = false, transferable = false;
  if (napi_is_array(env, value, &is_list) == napi_ok && is_list) return pin_list(env, value, pins);
  napi_value buffer = nullptr;
  if (napi_get_typedarray_info(env, value, nullptr, nullptr, nullptr, &buffer, nullptr) != napi_ok) return;
  // Shared memory cannot be taken away.
  if (napi_is_arraybuffer(env, buffer, &transferable) != napi_ok || !transferable) return;
  pins.push_back(backing_stores(env).of(buffer));
}

void pin_list(napi_env env, napi_value list, Pins& pins) {
  std::uint32_t count = 0;
  napi_get_array_length(env, list, &count);
  for (std::uint32_t i = 0; i < count; ++i) {
    napi_value element = nullptr;
    if (napi_get_element(env, list, i, &element) == napi_ok) pin(env, element, pins);
  }
}

}  // namespace

bool pins_memory(napi_env env) { return backing_stores(env).of != nullptr; }

Pins pin_memory(napi_env env, std::initializer_list<napi_value> values) {
  Pins pins;
  if (!pins_memory(env)) return pins;
  for (napi_value value : values) pin(env, value, pins);
  return pins;
}

}  // namespace native_conv
