// One channel of 16 pixels, AVX-512. Layer: kernels. SPDX-License-Identifier: MIT

class Bytes16 {
 public:
  static constexpr int lanes = 16;
  static constexpr int slack(int) { return 0; }

  // Four pixels to each quarter of a register, and of each pixel the wanted byte.
  Bytes16(int channels, int channel) : loaded_(~std::uint64_t{0} >> (64 - 16 * channels)) {
    alignas(64) std::int32_t quarters[16];
    alignas(64) std::int8_t bytes[64];
    for (int i = 0; i < 16; ++i) quarters[i] = (i / 4 * channels + i % 4) % 16;
    for (int i = 0; i < 64; ++i)
      bytes[i] = static_cast<std::int8_t>(i % 4 == 0 ? i / 4 % 4 * channels + channel : -1);
    quarters_ = _mm512_load_si512(quarters);
    bytes_ = _mm512_load_si512(bytes);
  }

  // y[i] = x[i · channels + channel] · a[i] + b[i]
  void run(const std::uint8_t* x, const double* a, const double* b, float* y) const {
    const __m512i pixels =
        _mm512_maskz_permutexvar_epi32(0xffff, quarters_, _mm512_maskz_loadu_epi8(loaded_, x));
    const __m512i values = _mm512_shuffle_epi8(pixels, bytes_);
    const __m256 low = half(_mm512_maskz_extracti64x4_epi64(every_double, values, 0), a, b);
    const __m256 high = half(_mm512_maskz_extracti64x4_epi64(every_double, values, 1), a + 8, b + 8);
    _mm256_storeu_ps(y, low);
    _mm256_storeu_ps(y + 8, high);
  }

 private:
  // Masked, for GCC 12 warns of the undefined vector that the others start from (its bug 105593).
  static constexpr __mmask8 every_double = 0xff;
  static __m256 half(__m256i values, const double* a, const double* b) {
    const __m512d x = _mm512_maskz_cvtepi32_pd(every_double, values);
    const __m512d y = _mm512_add_pd(_mm512_mul_pd(x, _mm512_loadu_pd(a)), _mm512_loadu_pd(b));
    return _mm512_maskz_cvtpd_ps(every_double, y);
  }

  std::uint64_t loaded_;
  __m512i quarters_, bytes_;
};
