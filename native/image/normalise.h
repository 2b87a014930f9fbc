// What a tensor keeps of resampled values: x · a + b, in double, rounded to the tensor's type. Definition:
// lib/reference/image/tensor.ts. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernels/image.h"

namespace native_conv {

// One output channel: where it comes from, and y = store(x · a + b).
struct Channel {
  int source;
  double a, b;
  // The padding's pixel.
  double pad;
};

// How x · a + b is stored: as a float, as the bits of a float16, as a byte.
void store(double value, float& y);
void store(double value, std::uint16_t& y);
void store(double value, std::uint8_t& y);

// Where the values of a tensor's row lie: elements from channel to channel, and from pixel to pixel.
struct Placing {
  std::int64_t channel, pixel;
};

// Of bytes: by a table, or by what gives the same.
template <class T>
class ByteNormaliser {
 public:
  explicit ByteNormaliser(const std::vector<Channel>& channels);
  // `count` pixels of `channels` bytes.
  void run(const std::uint8_t* x, int channels, std::int64_t count, T* y, const Placing& placing) const;

  // Whether by what gives the same.
  bool computes() const { return !split_.empty(); }

 private:
  std::vector<std::array<T, 256>> tables_;
  std::vector<const T*> starts_;
  std::vector<int> sources_;
  // Empty where a table cannot be computed.
  std::vector<SplitFactors> split_;
};

}  // namespace native_conv
