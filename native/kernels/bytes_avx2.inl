// One channel of 8 pixels, AVX2. Layer: kernels. SPDX-License-Identifier: MIT

class Bytes8 {
 public:
  static constexpr int lanes = 8;
  static constexpr int slack(int channels) { return 32 - 8 * channels; }

  // Four pixels to each half of a register, and of each pixel the wanted byte.
  Bytes8(int channels, int channel) {
    alignas(32) std::int32_t halves[8];
    alignas(32) std::int8_t bytes[32];
    for (int i = 0; i < 8; ++i) halves[i] = (i / 4 * channels + i % 4) % 8;
    for (int i = 0; i < 32; ++i)
      bytes[i] = static_cast<std::int8_t>(i % 4 == 0 ? i / 4 % 4 * channels + channel : -1);
    halves_ = _mm256_load_si256(reinterpret_cast<const __m256i*>(halves));
    bytes_ = _mm256_load_si256(reinterpret_cast<const __m256i*>(bytes));
  }

  // y[i] = x[i · channels + channel] · a[i] + b[i]
  void run(const std::uint8_t* x, const double* a, const double* b, float* y) const {
    const __m256i loaded = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x));
    const __m256i values = _mm256_shuffle_epi8(_mm256_permutevar8x32_epi32(loaded, halves_), bytes_);
    _mm_storeu_ps(y, half(_mm256_castsi256_si128(values), a, b));
    _mm_storeu_ps(y + 4, half(_mm256_extracti128_si256(values, 1), a + 4, b + 4));
  }

 private:
  static __m128 half(__m128i values, const double* a, const double* b) {
    const __m256d x = _mm256_cvtepi32_pd(values);
    return _mm256_cvtpd_ps(_mm256_add_pd(_mm256_mul_pd(x, _mm256_loadu_pd(a)), _mm256_loadu_pd(b)));
  }

  __m256i halves_, bytes_;
};
