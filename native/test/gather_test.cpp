// Strided operands copied into C order, from memory that ends at an unmapped page into memory that does.
// Layer: test. SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include "base/error.h"
#include "conv/gather.h"
#include "support.h"

namespace native_conv::test {
namespace {

StridedLayout layout_of(const std::vector<double>& packed, std::int64_t source, std::int64_t target) {
  return unpack_layout(packed.data(), packed.size(), source, target);
}

TEST_SUITE("conv") {
  TEST_CASE("a gathering reads and writes what its layout says, and nothing beside it") {
    Numbers numbers(1);
    for (int round = 0; round < 300; ++round) {
      const int rank = numbers.integer(1, 4);
      std::vector<std::int64_t> dims, strides;
      std::int64_t count = 1, first = 0, last = 0;
      for (int axis = 0; axis < rank; ++axis) {
        dims.push_back(numbers.integer(1, rank > 2 ? 9 : 70));
        strides.push_back(numbers.integer(-80, 80));
        count *= dims.back();
        const std::int64_t reach = (dims.back() - 1) * strides.back();
        (reach < 0 ? first : last) += reach;
      }
      Guarded<float> from(static_cast<std::size_t>(last - first + 1)), into(static_cast<std::size_t>(count));
      for (std::size_t i = 0; i < from.size(); ++i) from.data()[i] = static_cast<float>(i);
      from.freeze();
      std::fill(into.begin(), into.end(), -1.0f);
      std::vector<double> packed(dims.begin(), dims.end());
      packed.insert(packed.end(), strides.begin(), strides.end());
      packed.push_back(static_cast<double>(-first));
      run_gather(layout_of(packed, last - first + 1, count), static_cast<const float*>(from.data()),
                 into.data(), on_threads(1 + round % 3));
      for (std::int64_t i = 0; i < count; ++i) {
        std::int64_t rest = i, at = -first;
        for (int axis = rank - 1; axis >= 0; --axis) {
          at += rest % dims[static_cast<std::size_t>(axis)] * strides[static_cast<std::size_t>(axis)];
          rest /= dims[static_cast<std::size_t>(axis)];
        }
        if (into.data()[i] == static_cast<float>(at)) continue;
        FAIL_CHECK("element " << i << " of round " << round << " is " << into.data()[i] << ", expected "
                              << at);
        break;
      }
    }
  }

  TEST_CASE("a layout that reaches beyond its source, or overflows, is refused") {
    CHECK_THROWS_AS(layout_of({2, 3, 4, 2, 3}, 11, 6), Error);
    CHECK(layout_of({2, 3, 4, 2, 3}, 12, 6).offset == 3);
    CHECK_THROWS_AS(layout_of({2, 3, -4, 2, 3}, 12, 6), Error);
    CHECK_THROWS_AS(layout_of({2, 3, 4, 2, 3}, 12, 7), Error);
    CHECK_THROWS_AS(layout_of({4503599627370496.0, 4503599627370496.0, 1, 1, 0}, 12, 6), Error);
    CHECK_THROWS_AS(layout_of({3, 2, 9007199254740991.0, 9007199254740991.0, 0}, 12, 6), Error);
    CHECK_THROWS_AS(layout_of({2, 3, 1, 1}, 12, 6), Error);
  }
}

}  // namespace
}  // namespace native_conv::test
