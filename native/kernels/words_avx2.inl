// Vectors of 16-bit words, AVX2. Layer: kernels. SPDX-License-Identifier: MIT

struct I16x16 {
  static constexpr int lanes = 16;
  __m256i v;

  // Two vectors of 32-bit values; which word each belongs to is between interleave() and narrow().
  struct Sum {
    __m256i a, b;
  };
  static Sum sum_of(std::int32_t x) { return {_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }
};

// The words of two vectors side by side.
NATIVE_CONV_INLINE I16x16::Sum interleave(I16x16 a, I16x16 b) {
  return {_mm256_unpacklo_epi16(a.v, b.v), _mm256_unpackhi_epi16(a.v, b.v)};
}
// sum + a · (low half of pair) + b · (high half of pair), for interleaved a and b.
NATIVE_CONV_INLINE I16x16::Sum dot(I16x16::Sum sum, I16x16::Sum taps, std::int32_t pair) {
  const __m256i w = _mm256_set1_epi32(pair);
  sum.a = _mm256_add_epi32(sum.a, _mm256_madd_epi16(taps.a, w));
  sum.b = _mm256_add_epi32(sum.b, _mm256_madd_epi16(taps.b, w));
  // Sums stay where they are: the compiler would begin all products before it adds one, and have no registers
  // left.
  NATIVE_CONV_KEEP(sum.a, "x");
  NATIVE_CONV_KEEP(sum.b, "x");
  return sum;
}
// Saturates to words, in the order of the vectors that were interleaved.
NATIVE_CONV_INLINE I16x16 narrow(I16x16::Sum s) { return {_mm256_packs_epi32(s.a, s.b)}; }

// Words of twice as many bytes, in an order of their own until they are stored.
struct ByteWords {
  __m256i a, b;
};
struct BytePairs {
  __m256i a, b;
};
NATIVE_CONV_INLINE ByteWords all_words(I16x16, std::int16_t x) {
  return {_mm256_set1_epi16(x), _mm256_set1_epi16(x)};
}
NATIVE_CONV_INLINE __m256i load_256(const void* p) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}
NATIVE_CONV_INLINE void store_256(void* p, __m256i x) { _mm256_storeu_si256(static_cast<__m256i*>(p), x); }
// The bytes at two places side by side.
NATIVE_CONV_INLINE BytePairs pair_bytes(I16x16, const std::uint8_t* p, const std::uint8_t* q) {
  __m256i a = load_256(p), b = load_256(q);
  // Loaded once: half of the loads cross a line of the cache, and the compiler would repeat them.
  NATIVE_CONV_KEEP(a, "x");
  NATIVE_CONV_KEEP(b, "x");
  return {_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b)};
}
// sum + p · (low byte of pair) + q · (high byte of pair), modulo 2^16.
NATIVE_CONV_INLINE ByteWords dot(ByteWords sum, BytePairs taps, std::int32_t pair) {
  const __m256i w = _mm256_set1_epi32(pair);
  return {_mm256_add_epi16(sum.a, _mm256_maddubs_epi16(taps.a, w)),
          _mm256_add_epi16(sum.b, _mm256_maddubs_epi16(taps.b, w))};
}
// Saturates to bytes.
NATIVE_CONV_INLINE void store_bytes(ByteWords s, std::uint8_t* y) {
  store_256(y, _mm256_packus_epi16(s.a, s.b));
}
NATIVE_CONV_INLINE void store_bytes_first(ByteWords s, std::uint8_t* y, int count) {
  alignas(32) std::uint8_t lane[2 * I16x16::lanes];
  store_bytes(s, lane);
  for (int i = 0; i < count; ++i) y[i] = lane[i];
}
NATIVE_CONV_INLINE void store_words(ByteWords s, std::int16_t* y) {
  store_256(y, _mm256_permute2x128_si256(s.a, s.b, 0x20));
  store_256(y + 16, _mm256_permute2x128_si256(s.a, s.b, 0x31));
}
NATIVE_CONV_INLINE ByteWords widened(I16x16, const std::uint8_t* p) {
  const __m256i x = load_256(p), zero = _mm256_setzero_si256();
  return {_mm256_unpacklo_epi8(x, zero), _mm256_unpackhi_epi8(x, zero)};
}
// Stored and loaded in their own order.
NATIVE_CONV_INLINE void keep_words(ByteWords s, std::int16_t* y) {
  store_256(y, s.a);
  store_256(y + 16, s.b);
}
NATIVE_CONV_INLINE ByteWords kept_words(I16x16, const std::int16_t* x) {
  return {load_256(x), load_256(x + 16)};
}
NATIVE_CONV_INLINE I16x16 first_half(ByteWords s) { return {s.a}; }
NATIVE_CONV_INLINE I16x16 second_half(ByteWords s) { return {s.b}; }
NATIVE_CONV_INLINE ByteWords halves(I16x16 a, I16x16 b) { return {a.v, b.v}; }
// Modulo 2^16.
NATIVE_CONV_INLINE ByteWords add(ByteWords x, ByteWords y) {
  return {_mm256_add_epi16(x.a, y.a), _mm256_add_epi16(x.b, y.b)};
}
// sum + x · w, modulo 2^16.
NATIVE_CONV_INLINE ByteWords multiply_add(ByteWords sum, ByteWords x, std::int32_t weight) {
  const __m256i w = _mm256_set1_epi32(weight);
  return {_mm256_add_epi16(sum.a, _mm256_mullo_epi16(x.a, w)),
          _mm256_add_epi16(sum.b, _mm256_mullo_epi16(x.b, w))};
}
// Of words without a sign.
NATIVE_CONV_INLINE ByteWords shift_right(ByteWords s, int bits) {
  const __m128i count = _mm_cvtsi32_si128(bits);
  return {_mm256_srl_epi16(s.a, count), _mm256_srl_epi16(s.b, count)};
}
NATIVE_CONV_INLINE I16x16::Sum shift_right(I16x16::Sum s, int bits) {
  const __m128i count = _mm_cvtsi32_si128(bits);
  return {_mm256_sra_epi32(s.a, count), _mm256_sra_epi32(s.b, count)};
}
// (s + ((s >> bits) & odd)) >> bits
NATIVE_CONV_INLINE I16x16::Sum shift_right(I16x16::Sum s, int bits, std::int32_t odd) {
  const __m256i mask = _mm256_set1_epi32(odd);
  const I16x16::Sum whole = shift_right(s, bits);
  return shift_right(I16x16::Sum{_mm256_add_epi32(s.a, _mm256_and_si256(whole.a, mask)),
                                 _mm256_add_epi32(s.b, _mm256_and_si256(whole.b, mask))},
                     bits);
}
