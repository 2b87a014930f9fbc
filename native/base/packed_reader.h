// Reads an array of numbers that JavaScript packed, checking each. Layer: base. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"

namespace native_conv {

// Reads the packed values one after another, by the names of their slots. Throws Error(internal).
class PackedReader {
 public:
  PackedReader(const std::vector<std::string>& fields, const double* values, std::size_t count)
      : fields_(fields), values_(values) {
    if (count == fields.size()) return;
    fail("expected " + std::to_string(fields.size()) + " values, got " + std::to_string(count));
  }

  double number() {
    const double value = values_[next_++];
    if (std::isnan(value)) fail(fields_[next_ - 1] + " is NaN");
    return value;
  }

  std::int64_t integer(std::int64_t least, std::int64_t most) {
    const double value = number();
    if (value != std::floor(value) || value < static_cast<double>(least) ||
        value > static_cast<double>(most)) {
      fail(fields_[next_ - 1] + " must be an integer from " + std::to_string(least) + " to " +
           std::to_string(most) + ", got " + std::to_string(value));
    }
    return static_cast<std::int64_t>(value);
  }

  template <class Enum>
  Enum choice() {
    return static_cast<Enum>(integer(0, static_cast<int>(Enum::count) - 1));
  }

  std::array<std::int64_t, 3> triple(std::int64_t least, std::int64_t most) {
    std::array<std::int64_t, 3> values;
    for (std::int64_t& value : values) value = integer(least, most);
    return values;
  }

 private:
  [[noreturn]] static void fail(const std::string& what) {
    throw Error(ErrorCode::internal, "geometry: " + what);
  }

  const std::vector<std::string>& fields_;
  const double* values_;
  std::size_t next_ = 0;
};

// Bytes of the longest tensor: what a pointer difference can express, in doubles.
constexpr std::int64_t longest_tensor = std::numeric_limits<std::int64_t>::max() / 16;
constexpr std::int64_t longest_axis = std::numeric_limits<std::int32_t>::max();

// Throws Error(too_large) if the product overflows. A factor of zero does not excuse the others: code
// multiplies them in any order.
inline void check_product(const char* what, std::initializer_list<std::int64_t> factors) {
  std::int64_t product = 1;
  for (std::int64_t factor : factors) {
    if (factor == 0) continue;
    if (product > longest_tensor / factor) {
      throw Error(ErrorCode::too_large, std::string(what) + " has more elements than can be addressed");
    }
    product *= factor;
  }
}

}  // namespace native_conv
