// How a fuzzer tells what it found. Layer: test. SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace native_conv::fuzz {

[[noreturn]] inline void report(const std::string& what) {
  std::fprintf(stderr, "fuzzer: %s\n", what.c_str());
  std::abort();
}

}  // namespace native_conv::fuzz
