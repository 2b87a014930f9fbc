// Vectors of 16-bit words, AVX-512. Layer: kernels. SPDX-License-Identifier: MIT

struct I16x32 {
  static constexpr int lanes = 32;
  __m512i v;

  // Two vectors of 32-bit values; which word each belongs to is between interleave() and narrow().
  struct Sum {
    __m512i a, b;
  };
  static Sum sum_of(std::int32_t x) { return {_mm512_set1_epi32(x), _mm512_set1_epi32(x)}; }
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
// Saturates to words, in the order of the vectors that were interleaved.
NATIVE_CONV_INLINE I16x32 narrow(I16x32::Sum s) { return {_mm512_packs_epi32(s.a, s.b)}; }

// Words of twice as many bytes, in an order of their own until they are stored.
struct ByteWords {
  __m512i a, b;
};
struct BytePairs {
  __m512i a, b;
};
NATIVE_CONV_INLINE ByteWords all_words(I16x32, std::int16_t x) {
  return {_mm512_set1_epi16(x), _mm512_set1_epi16(x)};
}
// The bytes at two places side by side.
NATIVE_CONV_INLINE BytePairs pair_bytes(I16x32, const std::uint8_t* p, const std::uint8_t* q) {
  const __m512i a = _mm512_loadu_si512(p), b = _mm512_loadu_si512(q);
  return {_mm512_unpacklo_epi8(a, b), _mm512_unpackhi_epi8(a, b)};
}
// sum + p · (low byte of pair) + q · (high byte of pair), modulo 2^16.
NATIVE_CONV_INLINE ByteWords dot(ByteWords sum, BytePairs taps, std::int32_t pair) {
  const __m512i w = _mm512_set1_epi32(pair);
  return {_mm512_add_epi16(sum.a, _mm512_maddubs_epi16(taps.a, w)),
          _mm512_add_epi16(sum.b, _mm512_maddubs_epi16(taps.b, w))};
}
// Saturates to bytes.
NATIVE_CONV_INLINE void store_bytes(ByteWords s, std::uint8_t* y) {
  _mm512_storeu_si512(y, _mm512_packus_epi16(s.a, s.b));
}
NATIVE_CONV_INLINE void store_bytes_first(ByteWords s, std::uint8_t* y, int count) {
  _mm512_mask_storeu_epi8(y, (__mmask64{1} << count) - 1, _mm512_packus_epi16(s.a, s.b));
}
NATIVE_CONV_INLINE void store_words(ByteWords s, std::int16_t* y) {
  const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
  const __m512i high = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  _mm512_storeu_si512(y, _mm512_permutex2var_epi64(s.a, low, s.b));
  _mm512_storeu_si512(y + 32, _mm512_permutex2var_epi64(s.a, high, s.b));
}
NATIVE_CONV_INLINE ByteWords widened(I16x32, const std::uint8_t* p) {
  const __m512i x = _mm512_loadu_si512(p), zero = _mm512_setzero_si512();
  return {_mm512_unpacklo_epi8(x, zero), _mm512_unpackhi_epi8(x, zero)};
}
// Stored and loaded in their own order.
NATIVE_CONV_INLINE void keep_words(ByteWords s, std::int16_t* y) {
  _mm512_storeu_si512(y, s.a);
  _mm512_storeu_si512(y + 32, s.b);
}
NATIVE_CONV_INLINE ByteWords kept_words(I16x32, const std::int16_t* x) {
  return {_mm512_loadu_si512(x), _mm512_loadu_si512(x + 32)};
}
NATIVE_CONV_INLINE I16x32 first_half(ByteWords s) { return {s.a}; }
NATIVE_CONV_INLINE I16x32 second_half(ByteWords s) { return {s.b}; }
NATIVE_CONV_INLINE ByteWords halves(I16x32 a, I16x32 b) { return {a.v, b.v}; }
// Modulo 2^16.
NATIVE_CONV_INLINE ByteWords add(ByteWords x, ByteWords y) {
  return {_mm512_add_epi16(x.a, y.a), _mm512_add_epi16(x.b, y.b)};
}
// sum + x · w, modulo 2^16.
NATIVE_CONV_INLINE ByteWords multiply_add(ByteWords sum, ByteWords x, std::int32_t weight) {
  const __m512i w = _mm512_set1_epi32(weight);
  return {_mm512_add_epi16(sum.a, _mm512_mullo_epi16(x.a, w)),
          _mm512_add_epi16(sum.b, _mm512_mullo_epi16(x.b, w))};
}
// Of words without a sign.
NATIVE_CONV_INLINE ByteWords shift_right(ByteWords s, int bits) {
  const __m128i count = _mm_cvtsi32_si128(bits);
  return {_mm512_srl_epi16(s.a, count), _mm512_srl_epi16(s.b, count)};
}
NATIVE_CONV_INLINE I16x32::Sum shift_right(I16x32::Sum s, int bits) {
  const __m128i count = _mm_cvtsi32_si128(bits);
  return {_mm512_maskz_sra_epi32(every_sum, s.a, count), _mm512_maskz_sra_epi32(every_sum, s.b, count)};
}
// (s + ((s >> bits) & odd)) >> bits
NATIVE_CONV_INLINE I16x32::Sum shift_right(I16x32::Sum s, int bits, std::int32_t odd) {
  const __m512i mask = _mm512_set1_epi32(odd);
  const I16x32::Sum whole = shift_right(s, bits);
  return shift_right(I16x32::Sum{_mm512_add_epi32(s.a, _mm512_and_si512(whole.a, mask)),
                                 _mm512_add_epi32(s.b, _mm512_and_si512(whole.b, mask))},
                     bits);
}
