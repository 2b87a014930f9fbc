// Runs the tests, prints which instruction sets they covered, and fails when one that is available was left
// out. Layer: test. SPDX-License-Identifier: MIT
#define DOCTEST_CONFIG_IMPLEMENT
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "support.h"

namespace native_conv::test {
namespace {

// NATIVE_CONV_EXPECT_ISAS lists, with commas, the sets that whoever runs the tests knows the processor to
// have.
TEST_SUITE("kernels") {
  TEST_CASE("every expected instruction set is available") {
    const char* expected = std::getenv("NATIVE_CONV_EXPECT_ISAS");
    std::istringstream names(expected ? expected : "portable");
    for (std::string name; std::getline(names, name, ',');) {
      INFO("expected " << name);
      bool found = false;
      for (Isa isa : available_isas()) found = found || name == isa_name(isa);
      CHECK(found);
    }
  }
}

}  // namespace
}  // namespace native_conv::test

int main(int argc, char** argv) {
  using namespace native_conv;
#if defined(NATIVE_CONV_TESTED_ISAS)
  set_isa_cap(isa_name(test::tested_isas().front()));
#endif
  doctest::Context context(argc, argv);
  const int failed = context.run();
  const auto& covered = test::covered_isas();
  if (context.shouldExit() || covered.empty()) return failed;
  std::printf("instruction sets covered:");
  for (Isa isa : covered) std::printf(" %s", isa_name(isa));
  std::printf("\n");
  for (Isa isa : test::tested_isas()) {
    if (covered.count(isa)) continue;
    std::printf("no test covered %s, which it should\n", isa_name(isa));
    return 1;
  }
  return failed;
}
