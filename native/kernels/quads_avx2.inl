// Words of four bytes, AVX2: what resampling sums. Layer: kernels. SPDX-License-Identifier: MIT

struct Quads8 {
  static constexpr int lanes = 8;
  __m256i v;

  static Quads8 load(const std::uint8_t* p) { return {load_256(p)}; }
  // 16 bytes at `at` of each fourth row.
  static Quads8 load_rows(const std::uint8_t* const* x, std::int64_t at) {
    return {_mm256_inserti128_si256(_mm256_castsi128_si256(load_128(x[0] + at)), load_128(x[4] + at), 1)};
  }
  // 16 bytes in each half.
  static Quads8 repeat(const std::uint8_t* p) { return {_mm256_broadcastsi128_si256(load_128(p))}; }
  static Quads8 all(std::int32_t x) { return {_mm256_set1_epi32(x)}; }
  void store(std::uint8_t* p) const { store_256(p, v); }
  void store_first(std::uint8_t* p, int count) const {
    alignas(32) std::uint8_t bytes[4 * lanes];
    store(bytes);
    for (int i = 0; i < count; ++i) p[i] = bytes[i];
  }
  // Each half to a row of its own.
  void store_rows(std::uint8_t* p, std::int64_t row) const {
    store_128(p, _mm256_castsi256_si128(v));
    store_128(p + row, _mm256_extracti128_si256(v, 1));
  }

 private:
  static __m128i load_128(const std::uint8_t* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  }
  static void store_128(std::uint8_t* p, __m128i x) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), x); }
};

// Bytes by their numbers within each half; 0 for those of 128 and above.
NATIVE_CONV_INLINE Quads8 shuffle(Quads8 x, Quads8 table) { return {_mm256_shuffle_epi8(x.v, table.v)}; }
// Squares of four words in each half of four vectors.
NATIVE_CONV_INLINE void transpose(Quads8* x) {
  const __m256i a = _mm256_unpacklo_epi32(x[0].v, x[1].v), b = _mm256_unpackhi_epi32(x[0].v, x[1].v);
  const __m256i c = _mm256_unpacklo_epi32(x[2].v, x[3].v), d = _mm256_unpackhi_epi32(x[2].v, x[3].v);
  x[0].v = _mm256_unpacklo_epi64(a, c);
  x[1].v = _mm256_unpackhi_epi64(a, c);
  x[2].v = _mm256_unpacklo_epi64(b, d);
  x[3].v = _mm256_unpackhi_epi64(b, d);
}
// Saturates four vectors to bytes: four of each to a half.
NATIVE_CONV_INLINE Quads8 pack(const Quads8* x) {
  return {_mm256_packus_epi16(_mm256_packs_epi32(x[0].v, x[1].v), _mm256_packs_epi32(x[2].v, x[3].v))};
}
// What pack() gives, one vector after the other.
NATIVE_CONV_INLINE Quads8 in_order(Quads8 x) {
  return {_mm256_permutevar8x32_epi32(x.v, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))};
}

// The bytes 0 and 2, or 1 and 3, of each word.
NATIVE_CONV_INLINE Quads8 even_bytes(Quads8 x) { return {_mm256_and_si256(x.v, _mm256_set1_epi16(255))}; }
NATIVE_CONV_INLINE Quads8 odd_bytes(Quads8 x) { return {_mm256_srli_epi16(x.v, 8)}; }
// sum + the products of both halves of each word.
NATIVE_CONV_INLINE Quads8 multiply_add(Quads8 sum, Quads8 a, Quads8 b) {
  return {_mm256_add_epi32(sum.v, _mm256_madd_epi16(a.v, b.v))};
}
template <int left, int right>
NATIVE_CONV_INLINE Quads8 shift_add(Quads8 high, Quads8 low) {
  return {_mm256_srai_epi32(_mm256_add_epi32(_mm256_slli_epi32(high.v, left), low.v), right)};
}
