// What a tensor keeps of resampled values: x · a + b, in double, rounded to the tensor's type. Definition:
// lib/reference/image/tensor.ts. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "kernels/image.h"

namespace native_conv {

// One output channel: where it comes from, and y = store(x · a + b).
struct Channel {
  int source;
  double a, b;
  // The padding's pixel.
  double pad;

  // Whether both give the same of the same pixels: to the bit, since zeros of either sign may end in others.
  bool alike(const Channel& o) const {
    return source == o.source && std::memcmp(&a, &o.a, sizeof a) == 0 && std::memcmp(&b, &o.b, sizeof b) == 0;
  }
};

// How x · a + b is stored: as a float, as the bits of a float16, as a byte.
void store(double value, float& y);
void store(double value, std::uint16_t& y);
void store(double value, std::uint8_t& y);

// Where the values of a tensor's row lie: elements from channel to channel, and from pixel to pixel.
struct Placing {
  std::int64_t channel, pixel;
};

// Of rows of pixels of `row_channels` bytes: by a table, or by what gives the same.
template <class T>
class ByteNormaliser {
 public:
  ByteNormaliser(const std::vector<Channel>& channels, int row_channels, const Placing& placing);
  void run(const std::uint8_t* x, std::int64_t count, T* y) const;
  // Whether by what gives the same.
  bool computes() const { return !vectors_.empty(); }
  // What it holds.
  std::size_t bytes() const;

 private:
  int row_channels_;
  Placing placing_;
  std::vector<std::array<T, 256>> tables_;
  std::vector<const T*> starts_;
  std::vector<int> sources_;
  // Empty where a table cannot be computed.
  std::vector<NormaliseVector> vectors_;
};

// Kept for calls that repeat: to find what gives the same as a table takes 10 µs, and helpers that wait for
// the call's tasks fall asleep meanwhile (base/thread_pool.cpp).
template <class T>
std::shared_ptr<const ByteNormaliser<T>> normaliser_of(const std::vector<Channel>& channels, int row_channels,
                                                       const Placing& placing);

// Three colours of pixels of `row_channels` bytes to one grey value.
class ByteGray {
 public:
  explicit ByteGray(int row_channels);
  void run(const std::uint8_t* x, std::int64_t count, std::uint8_t* y) const;

 private:
  int row_channels_;
  std::array<BytePick, 2> picks_;
};

// The vectors of a kernel of `lanes` words, from the factors of each output.
std::vector<NormaliseVector> vectors_of(const std::vector<SplitFactors>& split,
                                        const std::vector<int>& sources, int row_channels, bool planar,
                                        int lanes);
// Of the first three of each pixel's channels, as the kernel of `lanes` words takes them.
std::array<BytePick, 2> gray_picks(int row_channels, int lanes);

}  // namespace native_conv
