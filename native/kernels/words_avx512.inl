// Vectors of 16-bit words, AVX-512. Layer: kernels. SPDX-License-Identifier: MIT

// GCC 12 warns of the undefined vector that the unmasked forms start from (its bug 105593).
constexpr __mmask32 every_word = ~__mmask32{0};
constexpr __mmask16 every_sum = static_cast<__mmask16>(~0u);

struct I16x32 {
  static constexpr int lanes = 32;
  __m512i v;

  // Two vectors of 32-bit values; which word each belongs to is between interleave() and narrow().
  struct Sum {
    __m512i a, b;
  };
  static Sum sum_of(std::int32_t x) { return {_mm512_set1_epi32(x), _mm512_set1_epi32(x)}; }
  static I16x32 load_u8(const std::uint8_t* p) {
    return {_mm512_maskz_cvtepu8_epi16(every_word, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
  }
  // Saturates to bytes.
  __m256i bytes() const {
    return _mm512_maskz_cvtusepi16_epi8(every_word, _mm512_max_epi16(v, _mm512_setzero_si512()));
  }
  void store_u8(std::uint8_t* p) const { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), bytes()); }
  void store_u8_first(std::uint8_t* p, int count) const {
    _mm256_mask_storeu_epi8(p, static_cast<__mmask32>((1ull << count) - 1), bytes());
  }
};

// The words of two vectors side by side.
NATIVE_CONV_INLINE I16x32::Sum interleave(I16x32 a, I16x32 b) {
  return {_mm512_unpacklo_epi16(a.v, b.v), _mm512_unpackhi_epi16(a.v, b.v)};
}
// sum + a · (low half of pair) + b · (high half of pair), for interleaved a and b.
NATIVE_CONV_INLINE I16x32::Sum dot(I16x32::Sum sum, I16x32::Sum taps, std::int32_t pair) {
  const __m512i w = _mm512_set1_epi32(pair);
  return {_mm512_add_epi32(sum.a, _mm512_madd_epi16(taps.a, w)),
          _mm512_add_epi32(sum.b, _mm512_madd_epi16(taps.b, w))};
}
NATIVE_CONV_INLINE I16x32::Sum add(I16x32::Sum a, I16x32::Sum b) {
  return {_mm512_add_epi32(a.a, b.a), _mm512_add_epi32(a.b, b.b)};
}
template <int bits>
NATIVE_CONV_INLINE I16x32::Sum shift_left(I16x32::Sum s) {
  return {_mm512_maskz_slli_epi32(every_sum, s.a, bits), _mm512_maskz_slli_epi32(every_sum, s.b, bits)};
}
template <int bits>
NATIVE_CONV_INLINE I16x32::Sum shift_right(I16x32::Sum s) {
  return {_mm512_maskz_srai_epi32(every_sum, s.a, bits), _mm512_maskz_srai_epi32(every_sum, s.b, bits)};
}
// Saturates to words, in the order of the vectors that were interleaved.
NATIVE_CONV_INLINE I16x32 narrow(I16x32::Sum s) { return {_mm512_packs_epi32(s.a, s.b)}; }
