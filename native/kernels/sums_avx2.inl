// Vectors of running sums, AVX2. Layer: kernels. SPDX-License-Identifier: MIT

// All bytes moved up by so many, 0 where there are none.
template <int bytes>
NATIVE_CONV_INLINE __m256i bytes_shifted_up(__m256i x) {
  const __m256i above = _mm256_permute2x128_si256(x, x, 0x08);  // the lower half, moved up
  if constexpr (bytes < 16) {
    return _mm256_alignr_epi8(x, above, 16 - bytes);
  } else {
    return _mm256_slli_si256(above, bytes - 16);
  }
}

struct alignas(32) LastBytes {
  std::uint8_t at[32];
};
// Of 16 bytes the last `step` lanes of `size` bytes by turns.
template <int size, int step>
constexpr LastBytes last_bytes() {
  LastBytes places{};
  for (int i = 0; i < 32; ++i)
    places.at[i] = static_cast<std::uint8_t>(16 - size * step + i / size % step * size + i % size);
  return places;
}
template <int size, int step>
NATIVE_CONV_INLINE __m256i last_lanes(__m256i x) {
  static constexpr auto places = last_bytes<size, step>();
  return _mm256_shuffle_epi8(_mm256_permute2x128_si256(x, x, 0x11),
                             _mm256_load_si256(reinterpret_cast<const __m256i*>(places.at)));
}

// 16 bits without a sign.
struct WordSums16 {
  static constexpr int lanes = 16;
  using Lane = std::uint16_t;
  using Mean = WordMean;
  __m256i v;

  static WordSums16 load(const std::uint16_t* p) { return {load_256(p)}; }
  static WordSums16 load_lanes(const Lane* p) { return load(p); }
  static WordSums16 load(const std::uint8_t* p) {
    return {_mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
  }
  void store(std::uint16_t* p) const { store_256(p, v); }

  // Lane i - step in lane i, 0 where there is none.
  template <int step>
  WordSums16 shifted_up() const {
    return {bytes_shifted_up<2 * step>(v)};
  }
  template <int step>
  WordSums16 carried() const {
    return {last_lanes<2, step>(v)};
  }

  static Lane added(const Mean& mean) { return mean.added; }
  void store_means(const Mean& mean, std::uint8_t* y) const {
    const __m256i high = _mm256_mulhi_epu16(v, _mm256_set1_epi16(static_cast<std::int16_t>(mean.scale)));
    const __m256i means = _mm256_srl_epi16(high, _mm_cvtsi32_si128(mean.shift));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y),
                     _mm_packus_epi16(_mm256_castsi256_si128(means), _mm256_extracti128_si256(means, 1)));
  }
};
NATIVE_CONV_INLINE WordSums16 add(WordSums16 x, WordSums16 y) { return {_mm256_add_epi16(x.v, y.v)}; }
NATIVE_CONV_INLINE WordSums16 subtract(WordSums16 x, WordSums16 y) { return {_mm256_sub_epi16(x.v, y.v)}; }

// 32 bits, of words.
struct Sums8 {
  static constexpr int lanes = 8;
  using Lane = std::int32_t;
  using Mean = NearMean;
  __m256i v;

  static Sums8 load(const std::uint16_t* p) {
    return {_mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
  }
  static Sums8 load_lanes(const Lane* p) { return {load_256(p)}; }

  template <int step>
  Sums8 shifted_up() const {
    return {bytes_shifted_up<4 * step>(v)};
  }
  template <int step>
  Sums8 carried() const {
    return {last_lanes<4, step>(v)};
  }

  static Lane added(const Mean&) { return 0; }
  void store_means(const Mean& mean, std::uint8_t* y) const {
    Bytes8::store(_mm256_mul_ps(_mm256_cvtepi32_ps(v), _mm256_set1_ps(mean.factor)), y);
  }
};
NATIVE_CONV_INLINE Sums8 add(Sums8 x, Sums8 y) { return {_mm256_add_epi32(x.v, y.v)}; }
NATIVE_CONV_INLINE Sums8 subtract(Sums8 x, Sums8 y) { return {_mm256_sub_epi32(x.v, y.v)}; }
