// How bytes become a packed image geometry, a way of running it and changes to its tables, and back. Layer:
// test. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bytes.h"
#include "image/geometry.h"

namespace native_conv::fuzz {

// What follows the geometry; `tables` chooses among right ones.
struct ImageManner {
  std::uint8_t isa, threads, flags, tables, seed;
};
constexpr std::uint8_t image_cancelled = 1, with_special_values = 2;

// What is done to right tables, one after the other, until the input ends.
struct TableChange {
  enum Action : std::uint8_t { set, shorten, lengthen, retype, drop, add, count };
  std::uint8_t table, action, place, value;
};

struct ImageInput {
  std::vector<double> geometry;
  ImageManner manner;
  std::vector<TableChange> changes;
};

inline ImageInput decode_image(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  ImageInput input;
  input.geometry = bytes.numbers(image_fields().size());
  input.manner = {bytes.byte(), bytes.byte(), bytes.byte(), bytes.byte(), bytes.byte()};
  while (!bytes.at_end()) input.changes.push_back({bytes.byte(), bytes.byte(), bytes.byte(), bytes.byte()});
  return input;
}

inline std::vector<std::uint8_t> encode(const ImageInput& input) {
  std::vector<std::uint8_t> bytes = bytes_of(input.geometry);
  const ImageManner& m = input.manner;
  bytes.insert(bytes.end(), {m.isa, m.threads, m.flags, m.tables, m.seed});
  for (const TableChange& c : input.changes) bytes.insert(bytes.end(), {c.table, c.action, c.place, c.value});
  return bytes;
}

}  // namespace native_conv::fuzz
