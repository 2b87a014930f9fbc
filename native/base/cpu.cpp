// Layer: base. x86 detection follows Intel SDM vol. 1, 14.3 and 15.2: CPUID says what the processor has, XCR0
// what the OS saves on a context switch. SPDX-License-Identifier: MIT
#include "base/cpu.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "base/cgroup.h"
#include "base/error.h"

#if defined(__x86_64__) || defined(_M_X64)
#define NATIVE_CONV_X86 1
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif
#if defined(__linux__)
#include <sched.h>
#include <unistd.h>
#endif

namespace native_conv {
namespace {

#if NATIVE_CONV_X86
struct Registers {
  std::uint32_t eax, ebx, ecx, edx;
};

Registers cpuid(std::uint32_t leaf) {
  Registers r{0, 0, 0, 0};
#if defined(_MSC_VER)
  int values[4];
  __cpuidex(values, static_cast<int>(leaf), 0);
  r = {static_cast<std::uint32_t>(values[0]), static_cast<std::uint32_t>(values[1]),
       static_cast<std::uint32_t>(values[2]), static_cast<std::uint32_t>(values[3])};
#else
  __get_cpuid_count(leaf, 0, &r.eax, &r.ebx, &r.ecx, &r.edx);
#endif
  return r;
}

std::uint64_t enabled_state() {
#if defined(_MSC_VER)
  return _xgetbv(0);
#else
  std::uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<std::uint64_t>(high) << 32) | low;
#endif
}

bool supports(Isa isa) {
  if (isa == Isa::portable) return true;
  if (isa == Isa::neon) return false;
  const Registers one = cpuid(1), seven = cpuid(7);
  constexpr std::uint32_t fma = 1u << 12, osxsave = 1u << 27, avx = 1u << 28;
  if ((one.ecx & (fma | osxsave | avx)) != (fma | osxsave | avx)) return false;
  const std::uint64_t state = enabled_state();
  constexpr std::uint64_t ymm = 0x6, zmm = 0xe6;
  constexpr std::uint32_t avx2 = 1u << 5, avx512f = 1u << 16, avx512dq = 1u << 17, avx512bw = 1u << 30,
                          avx512vl = 1u << 31;
  if ((state & ymm) != ymm || !(seven.ebx & avx2)) return false;
  if (isa == Isa::avx2) return true;
  constexpr std::uint32_t all = avx512f | avx512dq | avx512bw | avx512vl;
  return (state & zmm) == zmm && (seven.ebx & all) == all;
}

bool supports_vnni() {
  constexpr std::uint32_t avx512_vnni = 1u << 11;
  return supports(Isa::avx512) && (cpuid(7).ecx & avx512_vnni) != 0;
}

bool supports_vbmi() {
  constexpr std::uint32_t avx512_vbmi = 1u << 1;
  return supports_vnni() && (cpuid(7).ecx & avx512_vbmi) != 0;
}
#else
bool supports_vnni() { return false; }
bool supports_vbmi() { return false; }

bool supports(Isa isa) {
#if defined(__aarch64__) || defined(_M_ARM64)
  return isa == Isa::portable || isa == Isa::neon;
#else
  return isa == Isa::portable;
#endif
}
#endif

Isa parse_isa(const std::string& name, const std::string& source) {
  std::string valid;
  for (Isa isa : compiled_isas()) {
    if (name == isa_name(isa)) return isa;
    valid += (valid.empty() ? "" : ", ") + std::string(isa_name(isa));
  }
  throw Error(ErrorCode::option, source + " must be one of " + valid + ", got '" + name + "'");
}

constexpr int unset = -1;
std::atomic<int> isa_cap{unset};

int cap_from_environment() {
  const char* value = std::getenv("NATIVE_CONV_ISA");
  const Isa cap =
      value && *value ? parse_isa(value, "environment variable NATIVE_CONV_ISA") : compiled_isas().front();
  return static_cast<int>(cap);
}

#if defined(__linux__)
std::int64_t cache_size(int name, std::int64_t fallback) {
  const long size = sysconf(name);
  return size > 0 ? size : fallback;
}

int affinity_count() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}
#endif

}  // namespace

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::portable:
      return "portable";
    case Isa::neon:
      return "neon";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
  }
  return "?";
}

std::vector<Isa> compiled_isas() {
#if NATIVE_CONV_X86
  return {Isa::avx512, Isa::avx2, Isa::portable};
#elif defined(__aarch64__) || defined(_M_ARM64)
  return {Isa::neon, Isa::portable};
#else
  return {Isa::portable};
#endif
}

const std::vector<Isa>& available_isas() {
  // Never destroyed: threads of the pool may still ask when the process exits.
  static const auto& available = *new std::vector<Isa>([] {
    std::vector<Isa> isas = compiled_isas();
    isas.erase(std::remove_if(isas.begin(), isas.end(), [](Isa isa) { return !supports(isa); }), isas.end());
    return isas;
  }());
  return available;
}

bool has_extension(Extension extension) {
  static const bool vnni = supports_vnni(), vbmi = supports_vbmi();
  switch (extension) {
    case Extension::vnni:
      return vnni;
    case Extension::vbmi:
      return vbmi;
    case Extension::none:
      break;
  }
  return true;
}

Isa current_isa() {
  int cap = isa_cap.load(std::memory_order_relaxed);
  if (cap == unset) {
    cap = cap_from_environment();
    isa_cap.store(cap, std::memory_order_relaxed);
  }
  for (Isa isa : available_isas()) {
    if (static_cast<int>(isa) <= cap) return isa;
  }
  return Isa::portable;
}

void set_isa_cap(const std::string& name) {
  isa_cap.store(static_cast<int>(parse_isa(name, "isa")), std::memory_order_relaxed);
}

CacheSizes cache_sizes() {
  constexpr std::int64_t kib = 1024;
#if defined(__linux__) && defined(_SC_LEVEL1_DCACHE_SIZE)
  return {cache_size(_SC_LEVEL1_DCACHE_SIZE, 32 * kib), cache_size(_SC_LEVEL2_CACHE_SIZE, 512 * kib),
          cache_size(_SC_LEVEL3_CACHE_SIZE, 4096 * kib)};
#else
  return {32 * kib, 512 * kib, 4096 * kib};
#endif
}

int usable_processors() {
#if defined(__linux__)
  const int count = affinity_count();
  const double quota = processor_quota();
  if (count > 0) return quota > 0 ? std::max(1, std::min(count, static_cast<int>(quota))) : count;
#endif
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace native_conv
