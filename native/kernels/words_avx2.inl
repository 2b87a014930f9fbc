// Vectors of 16-bit words, AVX2. Layer: kernels. SPDX-License-Identifier: MIT

struct I16x16 {
  static constexpr int lanes = 16;
  __m256i v;

  // Two vectors of 32-bit values; which word each belongs to is between interleave() and narrow().
  struct Sum {
    __m256i a, b;
  };
  static Sum sum_of(std::int32_t x) { return {_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }
  static I16x16 load_u8(const std::uint8_t* p) {
    return {_mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
  }
  // Saturates to bytes.
  __m128i bytes() const {
    return _mm256_castsi256_si128(_mm256_permute4x64_epi64(_mm256_packus_epi16(v, v), 0x08));
  }
  void store_u8(std::uint8_t* p) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), bytes()); }
  void store_u8_first(std::uint8_t* p, int count) const {
    alignas(16) std::uint8_t lane[lanes];
    store_u8(lane);
    for (int i = 0; i < count; ++i) p[i] = lane[i];
  }
};

// The words of two vectors side by side.
NATIVE_CONV_INLINE I16x16::Sum interleave(I16x16 a, I16x16 b) {
  return {_mm256_unpacklo_epi16(a.v, b.v), _mm256_unpackhi_epi16(a.v, b.v)};
}
// sum + a · (low half of pair) + b · (high half of pair), for interleaved a and b.
NATIVE_CONV_INLINE I16x16::Sum dot(I16x16::Sum sum, I16x16::Sum taps, std::int32_t pair) {
  const __m256i w = _mm256_set1_epi32(pair);
  return {_mm256_add_epi32(sum.a, _mm256_madd_epi16(taps.a, w)),
          _mm256_add_epi32(sum.b, _mm256_madd_epi16(taps.b, w))};
}
NATIVE_CONV_INLINE I16x16::Sum add(I16x16::Sum a, I16x16::Sum b) {
  return {_mm256_add_epi32(a.a, b.a), _mm256_add_epi32(a.b, b.b)};
}
template <int bits>
NATIVE_CONV_INLINE I16x16::Sum shift_left(I16x16::Sum s) {
  return {_mm256_slli_epi32(s.a, bits), _mm256_slli_epi32(s.b, bits)};
}
template <int bits>
NATIVE_CONV_INLINE I16x16::Sum shift_right(I16x16::Sum s) {
  return {_mm256_srai_epi32(s.a, bits), _mm256_srai_epi32(s.b, bits)};
}
// Saturates to words, in the order of the vectors that were interleaved.
NATIVE_CONV_INLINE I16x16 narrow(I16x16::Sum s) { return {_mm256_packs_epi32(s.a, s.b)}; }
