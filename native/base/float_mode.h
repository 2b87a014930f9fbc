// The floating-point mode that results are defined in: round to nearest even, subnormals kept. Whoever calls
// may have set another one for its thread, as audio code does; it finds that again afterwards. Layer: base.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace native_conv {

class DefaultFloatMode {
 public:
  DefaultFloatMode() : found_(read()) {
    if (found_ != standard) write(standard);
  }
  DefaultFloatMode(const DefaultFloatMode&) = delete;
  DefaultFloatMode& operator=(const DefaultFloatMode&) = delete;
  ~DefaultFloatMode() {
    if (found_ != standard) write(found_);
  }

#if defined(__x86_64__) || defined(_M_X64)
  // Without the six flags, which only record what has happened.
  static std::uint64_t read() { return _mm_getcsr() & ~0x3fu; }
  static void write(std::uint64_t mode) { _mm_setcsr(static_cast<unsigned>(mode)); }

 private:
  static constexpr std::uint64_t standard = 0x1f80;  // every exception masked
#elif defined(__aarch64__)
  static std::uint64_t read() {
    std::uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void write(std::uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }

 private:
  static constexpr std::uint64_t standard = 0;
#else
  static std::uint64_t read() { return 0; }
  static void write(std::uint64_t) {}

 private:
  static constexpr std::uint64_t standard = 0;
#endif
  std::uint64_t found_;
};

}  // namespace native_conv
