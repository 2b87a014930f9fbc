// How a byte of the fuzzers' inputs becomes a number, and back: one byte a number, so that a mutation of one
// byte changes one number, mostly to one that is nearly right. Layer: test. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace native_conv::fuzz {

// Bytes below `special` are integers from -8 up; those above stand for numbers that ought to be refused, or
// that are the largest of their kind.
constexpr int lowest = -8;
constexpr int special = 0xe0;

inline double number_of(std::uint8_t byte) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double numbers[] = {std::numeric_limits<double>::quiet_NaN(),
                                infinity,
                                -infinity,
                                -0.0,
                                0.5,
                                -1.5,
                                5e-324,
                                1e300,
                                -1e300,
                                2147483647,
                                2147483648,
                                -2147483648.0,
                                -2147483647,
                                2147483646,
                                4294967295,
                                4294967296,
                                65535,
                                65536,
                                46341,
                                1290,
                                1000,
                                4096,
                                1 << 20,
                                1 << 24,
                                9007199254740991,
                                9007199254740992,
                                9223372036854775807.0,
                                18446744073709551615.0,
                                255,
                                256,
                                257,
                                1023};
  static_assert(sizeof numbers / sizeof *numbers == 0x100 - special);
  return byte < special ? byte + lowest : numbers[byte - special];
}

inline std::uint8_t byte_of(double number) {
  if (number >= lowest && number < special + lowest) return static_cast<std::uint8_t>(number - lowest);
  for (int byte = special; byte < 0x100; ++byte) {
    if (number_of(static_cast<std::uint8_t>(byte)) == number) return static_cast<std::uint8_t>(byte);
  }
  throw std::logic_error("no byte stands for " + std::to_string(number));
}

// Reads an input to its end, and ones from there on.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  bool at_end() const { return next_ >= size_; }
  std::uint8_t byte() { return at_end() ? byte_of(1) : data_[next_++]; }
  std::vector<double> numbers(std::size_t count) {
    std::vector<double> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(number_of(byte()));
    return values;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_, next_ = 0;
};

inline std::vector<std::uint8_t> bytes_of(const std::vector<double>& values) {
  std::vector<std::uint8_t> bytes;
  for (double value : values) bytes.push_back(byte_of(value));
  return bytes;
}

}  // namespace native_conv::fuzz
