// How bytes become a packed geometry and a way of running it, and back: one byte a slot, so that a mutation
// of one byte changes one number, mostly to one that is nearly right. Layer: test.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "conv/geometry.h"

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

inline std::uint8_t byte_of(double small) { return static_cast<std::uint8_t>(small - lowest); }

// What follows the geometry.
struct Manner {
  std::uint8_t isa, threads, operands, seed;
};
constexpr std::uint8_t with_bias = 1, with_residual = 2, with_cache = 4, cancelled = 8, with_pointwise = 16;

struct Input {
  std::vector<double> geometry;
  Manner manner;
};

inline Input decode(const std::uint8_t* data, std::size_t size) {
  std::size_t next = 0;
  const auto byte = [&] { return next < size ? data[next++] : byte_of(1); };
  Input input;
  for (std::size_t i = 0; i < geometry_fields().size(); ++i) input.geometry.push_back(number_of(byte()));
  input.manner = {byte(), byte(), byte(), byte()};
  return input;
}

inline std::vector<std::uint8_t> encode(const Input& input) {
  std::vector<std::uint8_t> bytes;
  for (double value : input.geometry) bytes.push_back(byte_of(value));
  const Manner& m = input.manner;
  bytes.insert(bytes.end(), {m.isa, m.threads, m.operands, m.seed});
  return bytes;
}

}  // namespace native_conv::fuzz
