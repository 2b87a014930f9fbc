// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/process.h"

#include <cstdlib>

#include "base/thread_pool.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace native_conv {
namespace {

void pin_library() {
  static const char inside = 0;
#if defined(_WIN32)
  HMODULE module = nullptr;
  GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, &inside,
                     &module);
#else
  Dl_info info;
  if (dladdr(&inside, &info) && info.dli_fname)
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
#endif
}

}  // namespace

void outlive_environments() {
  static const bool once = [] {
    pin_library();
    std::atexit(stop_pool);
    return true;
  }();
  static_cast<void>(once);
}

}  // namespace native_conv
