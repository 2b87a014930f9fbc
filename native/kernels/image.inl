// Weighted sums of rows of bytes, over a vector of 16-bit words and its pair of 32-bit sums: words_<isa>.inl.
// Contracts in kernels/image.h. Included inside each ISA's region. Layer: kernels. SPDX-License-Identifier:
// MIT

// Rows behind pointers, and rows at equal distances.
struct PointedRows {
  const std::uint8_t* const* x;
  std::int64_t at;
  const std::uint8_t* row(int t) const { return x[t] + at; }
};
struct EquidistantRows {
  const std::uint8_t* x;
  std::int64_t step;
  const std::uint8_t* row(int t) const { return x + t * step; }
};

template <class V, class Rows>
NATIVE_CONV_INLINE V blend(const Rows& rows, const std::int32_t* low, const std::int32_t* high, int pairs) {
  auto fine = V::sum_of(1 << (blend_bits - 1)), coarse = V::sum_of(0);
  for (int p = 0; p < pairs; ++p) {
    const auto taps = interleave(V::load_u8(rows.row(2 * p)), V::load_u8(rows.row(2 * p + 1)));
    fine = dot(fine, taps, low[p]);
    coarse = dot(coarse, taps, high[p]);
  }
  return narrow(shift_right<blend_bits>(add(fine, shift_left<blend_split>(coarse))));
}

template <class V>
void blend_rows(const BlendRows& t) {
  std::int64_t j = 0;
  for (; j + V::lanes <= t.count; j += V::lanes)
    blend<V>(PointedRows{t.x, j}, t.low, t.high, t.pairs).store_u8(t.y + j);
  if (j < t.count) {
    const V last = blend<V>(PointedRows{t.x, j}, t.low, t.high, t.pairs);
    last.store_u8_first(t.y + j, static_cast<int>(t.count - j));
  }
}

template <class V>
void blend_lanes(const BlendLanes& t) {
  const std::int64_t step = std::int64_t{t.channels} * image_lanes;
  std::uint8_t* y = t.y;
  for (std::int64_t o = 0; o < t.outputs; ++o) {
    const std::uint8_t* x = t.x + (t.bounds[2 * o] - t.first) * step;
    const int pairs = (t.bounds[2 * o + 1] + 1) / 2;
    const std::int32_t* low = t.low + o * t.pairs;
    const std::int32_t* high = t.high + o * t.pairs;
    for (std::int64_t at = 0; at < step; at += V::lanes)
      blend<V>(EquidistantRows{x + at, step}, low, high, pairs).store_u8(y + at);
    y += step;
  }
}
