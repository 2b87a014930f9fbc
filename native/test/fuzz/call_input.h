// How bytes become a packed geometry and a way of running it, and back. Layer: test.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bytes.h"
#include "conv/geometry.h"

namespace native_conv::fuzz {

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
  Bytes bytes(data, size);
  Input input;
  input.geometry = bytes.numbers(geometry_fields().size());
  input.manner = {bytes.byte(), bytes.byte(), bytes.byte(), bytes.byte()};
  return input;
}

inline std::vector<std::uint8_t> encode(const Input& input) {
  std::vector<std::uint8_t> bytes = bytes_of(input.geometry);
  const Manner& m = input.manner;
  bytes.insert(bytes.end(), {m.isa, m.threads, m.operands, m.seed});
  return bytes;
}

}  // namespace native_conv::fuzz
