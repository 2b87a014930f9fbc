// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/pin.h"

namespace native_conv {
namespace {

void pin_list(napi_env env, napi_value list, Pins& pins);

void pin(napi_env env, napi_value value, Pins& pins) {
  bool is_list = false, transferable = false;
  if (napi_is_array(env, value, &is_list) == napi_ok && is_list) return pin_list(env, value, pins);
  napi_value buffer = nullptr;
  if (napi_get_typedarray_info(env, value, nullptr, nullptr, nullptr, &buffer, nullptr) != napi_ok) return;
  // Shared memory cannot be taken away.
  if (napi_is_arraybuffer(env, buffer, &transferable) != napi_ok || !transferable) return;
  pins.push_back(backing_store(env, buffer));
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

Pins pin_memory(napi_env env, std::initializer_list<napi_value> values) {
  Pins pins;
  if (!knows_backing_stores(env)) return pins;
  for (napi_value value : values) pin(env, value, pins);
  return pins;
}

}  // namespace native_conv
