// Rows of bytes to fewer, by the permutation of bytes that AVX512_VBMI has: each word of a vector takes four
// taps of its own from 64 bytes. Contract in kernels/image.h. Layer: kernels. SPDX-License-Identifier: MIT

// The sums of four rows, a row to a vector, become words of four rows: squares of four bytes are turned.
NATIVE_CONV_INLINE void store_turned(const __m512i* sums, std::uint8_t* y) {
  Quads16 rows[4];
  NATIVE_CONV_UNROLL
  for (int r = 0; r < 4; ++r) rows[r] = {_mm512_maskz_srai_epi32(every_sum, sums[r], blend_bits)};
  const __m512i turned = _mm512_set4_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400);
  shuffle(pack(rows), {turned}).store(y);
}

NATIVE_CONV_INLINE __m512i taps_of(const NarrowStep& step, const std::uint8_t* window) {
  return _mm512_maskz_permutexvar_epi8(every_byte, _mm512_load_si512(step.bytes), _mm512_loadu_si512(window));
}

// As DigitSums::sum, with the taps of all steps in registers.
template <int steps>
NATIVE_CONV_INLINE void narrow_vector(const NarrowRows& t, std::int32_t first, std::uint8_t* y) {
  const NarrowStep* const step = t.steps + first;
  __m512i taps[steps][4], sums[4];
  NATIVE_CONV_UNROLL
  for (int s = 0; s < steps; ++s) {
    NATIVE_CONV_UNROLL
    for (int r = 0; r < 4; ++r) taps[s][r] = taps_of(step[s], t.x[r] + t.windows[first + s]);
  }
  NATIVE_CONV_UNROLL
  for (int r = 0; r < 4; ++r) sums[r] = _mm512_set1_epi32(1 << (blend_bits - 1 - 16));
  NATIVE_CONV_UNROLL
  for (int digit = 0; digit < 3; ++digit) {
    NATIVE_CONV_UNROLL
    for (int r = 0; r < 4 && digit > 0; ++r) sums[r] = _mm512_maskz_slli_epi32(every_sum, sums[r], 8);
    NATIVE_CONV_UNROLL
    for (int s = 0; s < steps; ++s) {
      const __m512i w = _mm512_load_si512(step[s].digits[digit]);
      NATIVE_CONV_UNROLL
      for (int r = 0; r < 4; ++r) sums[r] = _mm512_dpbusd_epi32(sums[r], taps[s][r], w);
    }
  }
  store_turned(sums, y);
}

NATIVE_CONV_INLINE void narrow_any(const NarrowRows& t, std::int32_t first, std::int32_t end,
                                   std::uint8_t* y) {
  __m512i high[4], middle[4], low[4];
  NATIVE_CONV_UNROLL
  for (int r = 0; r < 4; ++r) {
    high[r] = _mm512_set1_epi32(1 << (blend_bits - 1 - 16));
    middle[r] = low[r] = _mm512_setzero_si512();
  }
  for (std::int32_t s = first; s < end; ++s) {
    const NarrowStep& step = t.steps[s];
    const __m512i a = _mm512_load_si512(step.digits[0]), b = _mm512_load_si512(step.digits[1]),
                  c = _mm512_load_si512(step.digits[2]);
    NATIVE_CONV_UNROLL
    for (int r = 0; r < 4; ++r) {
      const __m512i taps = taps_of(step, t.x[r] + t.windows[s]);
      high[r] = _mm512_dpbusd_epi32(high[r], taps, a);
      middle[r] = _mm512_dpbusd_epi32(middle[r], taps, b);
      low[r] = _mm512_dpbusd_epi32(low[r], taps, c);
    }
  }
  NATIVE_CONV_UNROLL
  for (int r = 0; r < 4; ++r) high[r] = shift_add<8, 0>(shift_add<8, 0>({high[r]}, {middle[r]}), {low[r]}).v;
  store_turned(high, y);
}

inline void narrow(const NarrowRows& t) {
  std::uint8_t* y = t.y;
  for (std::int64_t v = 0; v < t.vectors; ++v, y += 4 * narrow_outputs) {
    const std::int32_t first = t.first[v], end = t.first[v + 1];
    switch (end - first) {
      case 1:
        narrow_vector<1>(t, first, y);
        break;
      case 2:
        narrow_vector<2>(t, first, y);
        break;
      case 3:
        narrow_vector<3>(t, first, y);
        break;
      case 4:
        narrow_vector<4>(t, first, y);
        break;
      default:
        narrow_any(t, first, end, y);
        break;
    }
  }
}
