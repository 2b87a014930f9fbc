// Words of four bytes, AVX-512: what resampling sums. Layer: kernels. SPDX-License-Identifier: MIT

struct Quads16 {
  static constexpr int lanes = 16;
  __m512i v;

  static Quads16 load(const std::uint8_t* p) { return {_mm512_loadu_si512(p)}; }
  // 16 bytes at `at` of each fourth row.
  static Quads16 load_rows(const std::uint8_t* const* x, std::int64_t at) {
    __m512i v = _mm512_zextsi128_si512(load_128(x[0] + at));
    v = _mm512_maskz_inserti32x4(every_sum, v, load_128(x[4] + at), 1);
    v = _mm512_maskz_inserti32x4(every_sum, v, load_128(x[8] + at), 2);
    return {_mm512_maskz_inserti32x4(every_sum, v, load_128(x[12] + at), 3)};
  }
  // 16 bytes in each quarter.
  static Quads16 repeat(const std::uint8_t* p) {
    return {_mm512_maskz_broadcast_i32x4(every_sum, load_128(p))};
  }
  static Quads16 all(std::int32_t x) { return {_mm512_set1_epi32(x)}; }
  void store(std::uint8_t* p) const { _mm512_storeu_si512(p, v); }
  void store_first(std::uint8_t* p, int count) const {
    _mm512_mask_storeu_epi8(p, (__mmask64{1} << count) - 1, v);
  }
  // Each quarter to a row of its own.
  void store_rows(std::uint8_t* p, std::int64_t row) const {
    store_128(p, _mm512_maskz_extracti32x4_epi32(0xf, v, 0));
    store_128(p + row, _mm512_maskz_extracti32x4_epi32(0xf, v, 1));
    store_128(p + 2 * row, _mm512_maskz_extracti32x4_epi32(0xf, v, 2));
    store_128(p + 3 * row, _mm512_maskz_extracti32x4_epi32(0xf, v, 3));
  }

 private:
  static __m128i load_128(const std::uint8_t* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  }
  static void store_128(std::uint8_t* p, __m128i x) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), x); }
};

// Bytes by their numbers within each quarter; 0 for those of 128 and above.
NATIVE_CONV_INLINE Quads16 shuffle(Quads16 x, Quads16 table) { return {_mm512_shuffle_epi8(x.v, table.v)}; }
// Squares of four words in each quarter of four vectors.
NATIVE_CONV_INLINE void transpose(Quads16* x) {
  const __m512i a = _mm512_maskz_unpacklo_epi32(every_sum, x[0].v, x[1].v),
                b = _mm512_maskz_unpackhi_epi32(every_sum, x[0].v, x[1].v);
  const __m512i c = _mm512_maskz_unpacklo_epi32(every_sum, x[2].v, x[3].v),
                d = _mm512_maskz_unpackhi_epi32(every_sum, x[2].v, x[3].v);
  x[0].v = _mm512_maskz_unpacklo_epi64(every_double_word, a, c);
  x[1].v = _mm512_maskz_unpackhi_epi64(every_double_word, a, c);
  x[2].v = _mm512_maskz_unpacklo_epi64(every_double_word, b, d);
  x[3].v = _mm512_maskz_unpackhi_epi64(every_double_word, b, d);
}
// Saturates four vectors to bytes: four of each to a quarter.
NATIVE_CONV_INLINE Quads16 pack(const Quads16* x) {
  return {_mm512_packus_epi16(_mm512_packs_epi32(x[0].v, x[1].v), _mm512_packs_epi32(x[2].v, x[3].v))};
}
// What pack() gives, one vector after the other.
NATIVE_CONV_INLINE Quads16 in_order(Quads16 x) {
  const __m512i words = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return {_mm512_maskz_permutexvar_epi32(every_sum, words, x.v)};
}

// The bytes 0 and 2, or 1 and 3, of each word.
NATIVE_CONV_INLINE Quads16 even_bytes(Quads16 x) { return {_mm512_and_si512(x.v, _mm512_set1_epi16(255))}; }
NATIVE_CONV_INLINE Quads16 odd_bytes(Quads16 x) { return {_mm512_maskz_srli_epi16(every_word, x.v, 8)}; }
// sum + the products of both halves of each word.
NATIVE_CONV_INLINE Quads16 multiply_add(Quads16 sum, Quads16 a, Quads16 b) {
  return {_mm512_add_epi32(sum.v, _mm512_madd_epi16(a.v, b.v))};
}
template <int left, int right>
NATIVE_CONV_INLINE Quads16 shift_add(Quads16 high, Quads16 low) {
  const __m512i sum = _mm512_add_epi32(_mm512_maskz_slli_epi32(every_sum, high.v, left), low.v);
  return {_mm512_maskz_srai_epi32(every_sum, sum, right)};
}
