// Layer: image. SPDX-License-Identifier: MIT
#include "image/quad_weights.h"

#include <algorithm>

#include "kernels/image.h"

namespace native_conv {
namespace {

// The lowest `bits` of w with their sign.
std::int32_t low_part(std::int32_t w, int bits) {
  const std::int32_t half = 1 << (bits - 1);
  return ((w + half) & ((1 << bits) - 1)) - half;
}

void put(std::int32_t part, int bits, int at, std::int32_t& word) {
  const std::uint32_t field = static_cast<std::uint32_t>(part) & ((1u << bits) - 1);
  word |= static_cast<std::int32_t>(field << at);
}

void put_halves(std::int32_t w, int k, std::int32_t* words) {
  const std::int32_t low = low_part(w, blend_split);
  put((w - low) >> blend_split, 16, k / 2 * 16, words[k % 2]);
  put(low, 16, k / 2 * 16, words[2 + k % 2]);
}

// The taps of an output that count.
struct Taps {
  std::int64_t begin, end;
};
std::vector<Taps> counting_taps(const ResampleAxis& axis) {
  std::vector<Taps> all;
  for (std::int64_t o = 0; o < axis.outputs(); ++o) {
    const std::int32_t* const w = axis.integers(o);
    std::int64_t first = 0, last = axis.count(o);
    while (first < last && w[first] == 0) ++first;
    while (last > first && w[last - 1] == 0) --last;
    all.push_back({axis.begin(o) + first, axis.begin(o) + last});
  }
  return all;
}

}  // namespace

void put_digits(std::int32_t w, int k, std::int32_t* words, int step) {
  for (int i = 2; i >= 0; --i) {
    const std::int32_t digit = low_part(w, 8);
    put(digit, 8, 8 * k, words[i * step]);
    w = (w - digit) >> 8;
  }
}

QuadWeights::QuadWeights(const ResampleAxis& axis, int words)
    : words_to_quad_(words), spans_(static_cast<std::size_t>(2 * axis.outputs())) {
  const std::vector<Taps> taps = counting_taps(axis);
  // Neither end of an output's quads steps back from one to the next.
  std::int64_t begin = axis.end(axis.outputs() - 1), end = 0;
  for (std::int64_t o = axis.outputs() - 1; o >= 0; --o) {
    begin = std::min(begin, taps[static_cast<std::size_t>(o)].begin);
    spans_[static_cast<std::size_t>(2 * o)] = static_cast<std::int32_t>(begin / 4);
  }
  for (std::int64_t o = 0; o < axis.outputs(); ++o) {
    end = std::max(end, taps[static_cast<std::size_t>(o)].end);
    const std::int64_t count = (end + 3) / 4 - this->begin(o);
    spans_[static_cast<std::size_t>(2 * o + 1)] = static_cast<std::int32_t>(count);
    most_ = std::max(most_, count);
  }
  words_.resize(static_cast<std::size_t>(axis.outputs() * most_ * words));
  for (std::int64_t o = 0; o < axis.outputs(); ++o) {
    std::int32_t* const to = words_.data() + o * most_ * words;
    const auto [first, last] = taps[static_cast<std::size_t>(o)];
    const std::int32_t* const w = axis.integers(o) - axis.begin(o);
    for (std::int64_t t = first; t < last; ++t) {
      const std::int64_t quad = t / 4 - this->begin(o);
      const int k = static_cast<int>(t % 4);
      if (words == 3) {
        put_digits(w[t], k, to + quad * words, 1);
      } else {
        put_halves(w[t], k, to + quad * words);
      }
    }
  }
}

}  // namespace native_conv
