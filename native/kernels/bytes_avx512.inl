// Bytes of pixels picked into words, and words to what tensors hold, AVX-512. Layer: kernels.
// SPDX-License-Identifier: MIT

class Bytes16 {
 public:
  static constexpr int lanes = 16;
  using Words = __m512i;
  using Floats = __m512;

  explicit Bytes16(const BytePick& pick)
      : words_(_mm512_load_si512(pick.words)), places_(_mm512_load_si512(pick.places)) {}

  // `count` bytes.
  static Words load(const std::uint8_t* x, int count) {
    return _mm512_maskz_loadu_epi8(~std::uint64_t{0} >> (64 - count), x);
  }
  Words run(Words x) const {
    return _mm512_shuffle_epi8(_mm512_maskz_permutexvar_epi32(every_sum, words_, x), places_);
  }

  static Floats all(const float* x) { return _mm512_loadu_ps(x); }
  // (x · a + c) + (x · a_rest + c_rest)
  static Floats split(Words x, Floats a, Floats c, Floats a_rest, Floats c_rest) {
    const __m512 value = _mm512_maskz_cvtepi32_ps(every_sum, x);
    return _mm512_add_ps(_mm512_fmadd_ps(value, a, c), _mm512_fmadd_ps(value, a_rest, c_rest));
  }
  static void store(Floats x, float* y) { _mm512_storeu_ps(y, x); }
  static void store(Floats x, std::uint16_t* y) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(y),
                        _mm512_maskz_cvtps_ph(every_sum, x, _MM_FROUND_TO_NEAREST_INT));
  }
  static void store(Floats x, std::uint8_t* y) {
    const __m512i near = _mm512_maskz_cvtps_epi32(every_sum, x);
    store(_mm512_maskz_max_epi32(every_sum, near, _mm512_setzero_si512()), y);
  }
  // Words of 0 and above, saturated.
  static void store(Words x, std::uint8_t* y) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y), _mm512_maskz_cvtusepi32_epi8(every_sum, x));
  }

  static Words all(std::int32_t x) { return _mm512_set1_epi32(x); }
  static Words add(Words x, Words y) { return _mm512_add_epi32(x, y); }
  // Of both halves of each word the sum of the products.
  static Words multiply(Words x, Words y) { return _mm512_madd_epi16(x, y); }
  static Words shift_right(Words x, int count) {
    return _mm512_maskz_srl_epi32(every_sum, x, _mm_cvtsi32_si128(count));
  }

 private:
  __m512i words_, places_;
};
