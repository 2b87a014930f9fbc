// Bytes of pixels picked into words, and words to what tensors hold, AVX2. Layer: kernels.
// SPDX-License-Identifier: MIT

class Bytes8 {
 public:
  static constexpr int lanes = 8;
  using Words = __m256i;
  using Floats = __m256;

  explicit Bytes8(const BytePick& pick)
      : words_(_mm256_load_si256(reinterpret_cast<const __m256i*>(pick.words))),
        places_(_mm256_load_si256(reinterpret_cast<const __m256i*>(pick.places))) {}

  // `count` bytes, a multiple of four.
  static Words load(const std::uint8_t* x, int count) {
    const __m256i place = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_maskload_epi32(reinterpret_cast<const int*>(x),
                                 _mm256_cmpgt_epi32(_mm256_set1_epi32(count / 4), place));
  }
  Words run(Words x) const { return _mm256_shuffle_epi8(_mm256_permutevar8x32_epi32(x, words_), places_); }

  static Floats all(const float* x) { return _mm256_loadu_ps(x); }
  // (x · a + c) + (x · a_rest + c_rest)
  static Floats split(Words x, Floats a, Floats c, Floats a_rest, Floats c_rest) {
    const __m256 value = _mm256_cvtepi32_ps(x);
    return _mm256_add_ps(_mm256_fmadd_ps(value, a, c), _mm256_fmadd_ps(value, a_rest, c_rest));
  }
  static void store(Floats x, float* y) { _mm256_storeu_ps(y, x); }
  static void store(Floats x, std::uint8_t* y) { store(_mm256_cvtps_epi32(x), y); }
  // Words, saturated.
  static void store(Words x, std::uint8_t* y) {
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(y), _mm_packus_epi16(words, words));
  }

  static Words all(std::int32_t x) { return _mm256_set1_epi32(x); }
  static Words add(Words x, Words y) { return _mm256_add_epi32(x, y); }
  // Of both halves of each word the sum of the products.
  static Words multiply(Words x, Words y) { return _mm256_madd_epi16(x, y); }
  static Words shift_right(Words x, int count) { return _mm256_srl_epi32(x, _mm_cvtsi32_si128(count)); }

 private:
  __m256i words_, places_;
};
