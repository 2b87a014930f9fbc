// Rows of bytes to fewer, by the permutation of bytes that AVX512_VBMI has: each word of a vector takes four
// taps of its own from 64 bytes. Contract in kernels/image.h. Layer: kernels. SPDX-License-Identifier: MIT

// Sums of four rows, of which 16 of 22 fraction bits are gone, become words of four rows: squares of four
// bytes are turned. They fit 16 bits.
NATIVE_CONV_INLINE void store_turned(const __m512i* sums, std::uint8_t* y) {
  constexpr int bits = blend_bits - 16;
  const __m512i first = _mm512_maskz_srai_epi16(every_word, _mm512_packs_epi32(sums[0], sums[1]), bits);
  const __m512i last = _mm512_maskz_srai_epi16(every_word, _mm512_packs_epi32(sums[2], sums[3]), bits);
  const __m512i turned = _mm512_set4_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400);
  _mm512_storeu_si512(y, _mm512_shuffle_epi8(_mm512_packus_epi16(first, last), turned));
}

NATIVE_CONV_INLINE __m512i taps_of(const NarrowStep& step, __m512i window) {
  return _mm512_maskz_permutexvar_epi8(every_byte, _mm512_load_si512(step.bytes), window);
}

// The lowest digit first, and the next on top of what is left of its sum without the last eight bits, which
// no later digit reaches; with the taps of all steps in registers.
template <int steps, bool one_window>
NATIVE_CONV_INLINE void narrow_vector(const NarrowRows& t, const NarrowStep* step,
                                      const std::int32_t* windows, std::uint8_t* y) {
  __m512i taps[steps][4], sums[4];
  NATIVE_CONV_UNROLL
  for (int r = 0; r < 4; ++r) {
    const __m512i window = _mm512_loadu_si512(t.x[r] + windows[0]);
    NATIVE_CONV_UNROLL
    for (int s = 0; s < steps; ++s)
      taps[s][r] = taps_of(step[s], one_window ? window : _mm512_loadu_si512(t.x[r] + windows[s]));
    sums[r] = _mm512_set1_epi32(1 << (blend_bits - 1));
  }
  NATIVE_CONV_UNROLL
  for (int digit = 2; digit >= 0; --digit) {
    NATIVE_CONV_UNROLL
    for (int s = 0; s < steps; ++s) {
      const __m512i w = _mm512_load_si512(step[s].digits[digit]);
      NATIVE_CONV_UNROLL
      for (int r = 0; r < 4; ++r) sums[r] = _mm512_dpbusd_epi32(sums[r], taps[s][r], w);
    }
    NATIVE_CONV_UNROLL
    for (int r = 0; r < 4 && digit > 0; ++r) sums[r] = _mm512_maskz_srai_epi32(every_sum, sums[r], 8);
  }
  store_turned(sums, y);
}

NATIVE_CONV_INLINE void narrow_any(const NarrowRows& t, const NarrowStep* step, const std::int32_t* windows,
                                   int steps, std::uint8_t* y) {
  __m512i high[4], middle[4], low[4];
  NATIVE_CONV_UNROLL
  for (int r = 0; r < 4; ++r) {
    low[r] = _mm512_set1_epi32(1 << (blend_bits - 1));
    high[r] = middle[r] = _mm512_setzero_si512();
  }
  for (int s = 0; s < steps; ++s) {
    const __m512i a = _mm512_load_si512(step[s].digits[0]), b = _mm512_load_si512(step[s].digits[1]),
                  c = _mm512_load_si512(step[s].digits[2]);
    NATIVE_CONV_UNROLL
    for (int r = 0; r < 4; ++r) {
      const __m512i taps = taps_of(step[s], _mm512_loadu_si512(t.x[r] + windows[s]));
      high[r] = _mm512_dpbusd_epi32(high[r], taps, a);
      middle[r] = _mm512_dpbusd_epi32(middle[r], taps, b);
      low[r] = _mm512_dpbusd_epi32(low[r], taps, c);
    }
  }
  NATIVE_CONV_UNROLL
  for (int r = 0; r < 4; ++r) {
    middle[r] = _mm512_add_epi32(middle[r], _mm512_maskz_srai_epi32(every_sum, low[r], 8));
    high[r] = _mm512_add_epi32(high[r], _mm512_maskz_srai_epi32(every_sum, middle[r], 8));
  }
  store_turned(high, y);
}

template <bool one_window>
NATIVE_CONV_INLINE void narrow_steps(const NarrowRows& t, const NarrowVector& v, const std::int32_t* windows,
                                     std::uint8_t* y) {
  const NarrowStep* const step = t.steps + v.first;
  switch (v.count) {
    case 1:
      return narrow_vector<1, one_window>(t, step, windows, y);
    case 2:
      return narrow_vector<2, one_window>(t, step, windows, y);
    case 3:
      return narrow_vector<3, one_window>(t, step, windows, y);
    case 4:
      return narrow_vector<4, one_window>(t, step, windows, y);
    case 5:
      return narrow_vector<5, one_window>(t, step, windows, y);
    default:
      return narrow_any(t, step, windows, v.count, y);
  }
}

inline void narrow(const NarrowRows& t) {
  const std::int32_t* windows = t.windows;
  std::uint8_t* y = t.y;
  for (std::int64_t i = 0; i < t.count; ++i, y += 4 * narrow_outputs) {
    const NarrowVector& v = t.vectors[i];
    if (v.one_window) {
      narrow_steps<true>(t, v, windows, y);
    } else {
      narrow_steps<false>(t, v, windows, y);
    }
    windows += v.count;
  }
}
