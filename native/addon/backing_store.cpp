// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/backing_store.h"

#include <cstdint>
#include <new>

#if !defined(_WIN32)
#include <dlfcn.h>
#endif

namespace native_conv {
namespace {

using Deleter = void (*)(void* data, std::size_t bytes, void* hint);

// What std::unique_ptr<v8::BackingStore> is to a caller.
struct Destroy {
  void operator()(void* store) const;
};
using OwnedStore = std::unique_ptr<void, Destroy>;
using DestroyStore = void(void* store);

// v8::ArrayBuffer and v8::BackingStore's functions, as the Itanium C++ ABI calls them: `this` is an argument,
// after the place of a result that is not trivial. A napi_value is what a v8::Local holds, which is the
// `this` of V8's methods.
struct Functions {
  Store (*of)(napi_value buffer) = nullptr;                  // ArrayBuffer::GetBackingStore
  void* (*data)(const void* store) = nullptr;                // BackingStore::Data
  napi_value (*wrap)(void* isolate, Store store) = nullptr;  // ArrayBuffer::New
  OwnedStore (*make)(void* data, std::size_t bytes, Deleter deleter,
                     void* hint) = nullptr;  // NewBackingStore
  Deleter frees_nothing = nullptr;           // BackingStore::EmptyDeleter: such stores are not counted
  void* (*isolate)() = nullptr;
};

Store wrapped(const Functions& f, void* data, std::size_t bytes, Deleter deleter) {
  return Store(f.make(data, bytes, deleter, nullptr).release(), Destroy{});
}

// Another one than EmptyDeleter.
void free_nothing(void*, std::size_t, void*) {}

#if defined(_WIN32)

Functions find_functions(napi_env) { return {}; }
DestroyStore* destroy_store() { return nullptr; }

#else

template <class Function>
Function* exported(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

// v8::ArrayBuffer::New(Isolate*, std::shared_ptr<BackingStore>) bears the name of the C++ library whose
// shared_ptr the runtime's functions take and return.
#if defined(_LIBCPP_VERSION)
constexpr const char* takes_our_pointers =
    "_ZN2v811ArrayBuffer3NewEPNS_7IsolateENSt3__110shared_ptrINS_12BackingStoreEEE";
#else
constexpr const char* takes_our_pointers =
    "_ZN2v811ArrayBuffer3NewEPNS_7IsolateESt10shared_ptrINS_12BackingStoreEE";
#endif

DestroyStore* destroy_store() {
  static DestroyStore* const found = exported<DestroyStore>("_ZN2v812BackingStoreD1Ev");
  return found;
}
// Whether the functions agree with Node-API on where a buffer lies.
bool finds_memory(napi_env env, const Functions& found) {
  napi_value buffer = nullptr;
  void* memory = nullptr;
  if (napi_create_arraybuffer(env, 64, &memory, &buffer) != napi_ok) return false;
  const Store store = found.of(buffer);
  return store && store.use_count() > 1 && found.data(store.get()) == memory;
}

// Whether a buffer lies in the memory that it is made over.
bool wraps_right(napi_env env, const Functions& found) {
  static std::uint64_t memory[8];
  if (!found.make || !found.frees_nothing || !found.isolate || !destroy_store()) return false;
  const Store store = wrapped(found, memory, sizeof memory, found.frees_nothing);
  const napi_value buffer = found.wrap(found.isolate(), store);
  void* data = nullptr;
  std::size_t bytes = 0;
  return buffer && napi_get_arraybuffer_info(env, buffer, &data, &bytes) == napi_ok && data == memory &&
         bytes == sizeof memory && found.of(buffer) == store;
}

Functions find_functions(napi_env env) {
  Functions found;
  found.wrap = exported<napi_value(void*, Store)>(takes_our_pointers);
  found.of = exported<Store(napi_value)>("_ZN2v811ArrayBuffer15GetBackingStoreEv");
  found.data = exported<void*(const void*)>("_ZNK2v812BackingStore4DataEv");
  if (!found.wrap || !found.of || !found.data || !finds_memory(env, found)) return {};
  found.make = exported<OwnedStore(void*, std::size_t, Deleter, void*)>(
      "_ZN2v811ArrayBuffer15NewBackingStoreEPvmPFvS1_mS1_ES1_");
  found.frees_nothing =
      exported<void(void*, std::size_t, void*)>("_ZN2v812BackingStore12EmptyDeleterEPvmS1_");
  found.isolate = exported<void*()>("_ZN2v87Isolate10GetCurrentEv");
  if (!wraps_right(env, found)) found.make = nullptr;
  return found;
}

#endif

void Destroy::operator()(void* store) const {
  destroy_store()(store);
  ::operator delete(store);
}

const Functions& functions(napi_env env) {
  static const Functions found = find_functions(env);
  return found;
}

}  // namespace

bool knows_backing_stores(napi_env env) { return functions(env).of != nullptr; }

Store backing_store(napi_env env, napi_value buffer) { return functions(env).of(buffer); }

bool wraps_memory(napi_env env) { return functions(env).make != nullptr; }

napi_value wrap_memory(napi_env env, void* data, std::size_t bytes, Store& store) {
  const Functions& f = functions(env);
  store = wrapped(f, data, bytes, f.frees_nothing);
  return f.wrap(f.isolate(), store);
}

napi_value count_memory(napi_env env, std::size_t bytes) {
  static char elsewhere;
  const Functions& f = functions(env);
  return f.wrap(f.isolate(), wrapped(f, &elsewhere, bytes, free_nothing));
}

}  // namespace native_conv
