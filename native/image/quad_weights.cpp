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

// The weight of tap k of a quad.
void put_digits(std::int32_t w, int k, std::int32_t* words) {
  for (int i = 2; i >= 0; --i) {
    const std::int32_t digit = low_part(w, 8);
    put(digit, 8, 8 * k, words[i]);
    w = (w - digit) >> 8;
  }
}
void put_halves(std::int32_t w, int k, std::int32_t* words) {
  const std::int32_t low = low_part(w, blend_split);
  put((w - low) >> blend_split, 16, k / 2 * 16, words[k % 2]);
  put(low, 16, k / 2 * 16, words[2 + k % 2]);
}

}  // namespace

QuadWeights::QuadWeights(const ResampleAxis& axis, int words)
    : words_to_quad_(words), spans_(static_cast<std::size_t>(2 * axis.outputs)) {
  for (std::int64_t o = 0; o < axis.outputs; ++o) {
    const std::int64_t first = axis.begin(o) / 4, end = (axis.end(o) + 3) / 4;
    spans_[static_cast<std::size_t>(2 * o)] = static_cast<std::int32_t>(first);
    spans_[static_cast<std::size_t>(2 * o + 1)] = static_cast<std::int32_t>(end - first);
    most_ = std::max(most_, end - first);
  }
  words_.resize(static_cast<std::size_t>(axis.outputs * most_ * words));
  for (std::int64_t o = 0; o < axis.outputs; ++o) {
    std::int32_t* const to = words_.data() + o * most_ * words;
    const std::int32_t* const w = axis.integers + o * axis.taps;
    const std::int64_t skipped = axis.begin(o) % 4;
    for (std::int64_t t = 0; t < axis.count(o); ++t) {
      const std::int64_t place = skipped + t;
      const int k = static_cast<int>(place % 4);
      if (words == 3) {
        put_digits(w[t], k, to + place / 4 * words);
      } else {
        put_halves(w[t], k, to + place / 4 * words);
      }
    }
  }
}

}  // namespace native_conv
