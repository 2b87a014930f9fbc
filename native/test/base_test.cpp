// Processor detection, the ISA cap and aligned buffers. Layer: test. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/buffer.h"
#include "base/error.h"
#include "base/table.h"
#include "support.h"

namespace native_conv::test {
namespace {

// What body throws; fails when it throws nothing.
template <class Body>
Error caught(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return Error(ErrorCode::internal, "");
}

#if defined(__x86_64__) && defined(__linux__)
bool is_available(Isa isa) {
  const std::vector<Isa>& available = available_isas();
  return std::find(available.begin(), available.end(), isa) != available.end();
}

// The words of the first "flags" (x86) line of /proc/cpuinfo: the kernel's own opinion of the processor.
std::set<std::string> kernel_cpu_flags() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.compare(0, 5, "flags") != 0) continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    return {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
  }
  return {};
}

bool has_all(const std::set<std::string>& flags, const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return flags.count(name) == 1; });
}
#endif

TEST_SUITE("base") {
  TEST_CASE("the available instruction sets are compiled ones, best first, and end with portable") {
    const std::vector<Isa> compiled = compiled_isas();
    const std::vector<Isa>& available = available_isas();
    REQUIRE(!available.empty());
    CHECK(available.back() == Isa::portable);
    for (Isa isa : available) CHECK(std::count(compiled.begin(), compiled.end(), isa) == 1);
    CHECK(std::is_sorted(available.rbegin(), available.rend()));
  }

#if defined(__x86_64__) && defined(__linux__)
  TEST_CASE("detection agrees with the operating system") {
    const std::set<std::string> flags = kernel_cpu_flags();
    REQUIRE(!flags.empty());
    CHECK(is_available(Isa::avx2) == has_all(flags, {"avx2", "fma"}));
    CHECK(is_available(Isa::avx512) ==
          has_all(flags, {"avx2", "fma", "avx512f", "avx512dq", "avx512bw", "avx512vl"}));
    CHECK(has_extension(Extension::vnni) == (is_available(Isa::avx512) && has_all(flags, {"avx512_vnni"})));
    CHECK(has_extension(Extension::vbmi) ==
          (has_extension(Extension::vnni) && has_all(flags, {"avx512vbmi"})));
  }
#endif

  TEST_CASE("the cap lowers and raises the instruction set in use; an unknown name changes nothing") {
    const Isa before = current_isa();
    for (Isa isa : available_isas()) {
      set_isa_cap(isa_name(isa));
      CHECK(current_isa() == isa);
    }
    const Error error = caught([] { set_isa_cap("avx9000"); });
    CHECK(error.code() == ErrorCode::option);
    const std::string message = error.what();
    CHECK(message.find("avx9000") != std::string::npos);
    for (Isa isa : compiled_isas()) CHECK(message.find(isa_name(isa)) != std::string::npos);
    CHECK(current_isa() == Isa::portable);
    CHECK_THROWS_AS(set_isa_cap(""), Error);
    set_isa_cap(isa_name(before));
  }

  TEST_CASE("cache sizes and processors are sensible") {
    const CacheSizes sizes = cache_sizes();
    CHECK(sizes.l1d >= 4 * 1024);
    CHECK(sizes.l2 >= sizes.l1d);
    CHECK(sizes.l3 >= 0);
    CHECK(usable_processors() >= 1);
  }

  TEST_CASE("aligned buffers grow, keep their memory while it suffices, and give it back") {
    AlignedBuffer buffer;
    CHECK(buffer.capacity() == 0);
    void* first = buffer.reserve(1000);
    CHECK(reinterpret_cast<std::uintptr_t>(first) % buffer_alignment == 0);
    CHECK(buffer.capacity() >= 1000);
    std::memset(first, 0xff, 1000);
    CHECK(buffer.reserve(10) == first);
    CHECK(buffer.reserve(1000) == first);
    void* second = buffer.reserve(100000);
    CHECK(reinterpret_cast<std::uintptr_t>(second) % buffer_alignment == 0);
    CHECK(buffer.capacity() >= 100000);
    std::memset(second, 0xff, 100000);
    buffer.release();
    CHECK(buffer.capacity() == 0);
  }

  TEST_CASE("large tables that go while an exception passes wait for the end of what keeps them") {
    constexpr std::size_t large = 1 << 20;
    const LeftTables left;
    const auto leave = [](std::size_t count) {
      const Error error = caught([count] {
        const Table<std::int32_t> table(count, 7);
        throw Error(ErrorCode::cancelled, "");
      });
      CHECK(error.code() == ErrorCode::cancelled);
    };
    leave(large);
    leave(2 * large);
    CHECK(left.bytes() == 3 * large * sizeof(std::int32_t));
    leave(16);
    { const Table<std::int32_t> table(large, 7); }
    CHECK(left.bytes() == 3 * large * sizeof(std::int32_t));
    {
      const LeftTables inner;
      leave(large);
      CHECK(inner.bytes() == large * sizeof(std::int32_t));
    }
    CHECK(left.bytes() == 3 * large * sizeof(std::int32_t));
  }

  TEST_CASE("scratch of an impossible size is refused, not wrapped around") {
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    for (std::int64_t count : {most, most / 4, most / 8 + 1, std::int64_t{-1}}) {
      CAPTURE(count);
      CHECK(caught([&] { checked_bytes(count, sizeof(double)); }).code() == ErrorCode::too_large);
    }
    CHECK(checked_bytes(3, sizeof(double)) == 24);
    CHECK(checked_bytes(0, sizeof(double)) == 0);
  }
}

}  // namespace
}  // namespace native_conv::test
