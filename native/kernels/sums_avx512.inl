// Vectors of running sums, AVX-512. Layer: kernels. SPDX-License-Identifier: MIT

template <class T>
struct alignas(64) SumPlaces {
  T at[64 / sizeof(T)];
};
// Each lane's place `step` below; those that have none are masked.
template <class T, int step>
constexpr SumPlaces<T> places_below() {
  SumPlaces<T> places{};
  for (int i = step; i < static_cast<int>(64 / sizeof(T)); ++i) places.at[i] = static_cast<T>(i - step);
  return places;
}
// The last `step` lanes by turns.
template <class T, int step>
constexpr SumPlaces<T> last_places() {
  SumPlaces<T> places{};
  constexpr int lanes = 64 / sizeof(T);
  for (int i = 0; i < lanes; ++i) places.at[i] = static_cast<T>(lanes - step + i % step);
  return places;
}

// 16 bits without a sign.
struct WordSums32 {
  static constexpr int lanes = 32;
  using Lane = std::uint16_t;
  using Mean = WordMean;
  __m512i v;

  static WordSums32 load(const std::uint16_t* p) { return {_mm512_loadu_si512(p)}; }
  static WordSums32 load_lanes(const Lane* p) { return load(p); }
  static WordSums32 load(const std::uint8_t* p) {
    return {_mm512_maskz_cvtepu8_epi16(every_word, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
  }
  void store(std::uint16_t* p) const { _mm512_storeu_si512(p, v); }

  // Lane i - step in lane i, 0 where there is none.
  template <int step>
  WordSums32 shifted_up() const {
    static constexpr auto places = places_below<Lane, step>();
    return {_mm512_maskz_permutexvar_epi16(every_word << step, _mm512_load_si512(places.at), v)};
  }
  template <int step>
  WordSums32 carried() const {
    static constexpr auto places = last_places<Lane, step>();
    return {_mm512_maskz_permutexvar_epi16(every_word, _mm512_load_si512(places.at), v)};
  }

  static Lane added(const Mean& mean) { return mean.added; }
  void store_means(const Mean& mean, std::uint8_t* y) const {
    const __m512i high = _mm512_mulhi_epu16(v, _mm512_set1_epi16(static_cast<std::int16_t>(mean.scale)));
    const __m512i means = _mm512_srl_epi16(high, _mm_cvtsi32_si128(mean.shift));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(y), _mm512_maskz_cvtusepi16_epi8(every_word, means));
  }
};
NATIVE_CONV_INLINE WordSums32 add(WordSums32 x, WordSums32 y) { return {_mm512_add_epi16(x.v, y.v)}; }
NATIVE_CONV_INLINE WordSums32 subtract(WordSums32 x, WordSums32 y) { return {_mm512_sub_epi16(x.v, y.v)}; }

// 32 bits, of words.
struct Sums16 {
  static constexpr int lanes = 16;
  using Lane = std::int32_t;
  using Mean = NearMean;
  __m512i v;

  static Sums16 load(const std::uint16_t* p) {
    return {_mm512_maskz_cvtepu16_epi32(every_sum, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
  }
  static Sums16 load_lanes(const Lane* p) { return {_mm512_loadu_si512(p)}; }

  template <int step>
  Sums16 shifted_up() const {
    static constexpr auto places = places_below<Lane, step>();
    constexpr auto mask = static_cast<__mmask16>(0xffffu << step);
    return {_mm512_maskz_permutexvar_epi32(mask, _mm512_load_si512(places.at), v)};
  }
  template <int step>
  Sums16 carried() const {
    static constexpr auto places = last_places<Lane, step>();
    return {_mm512_maskz_permutexvar_epi32(every_sum, _mm512_load_si512(places.at), v)};
  }

  static Lane added(const Mean&) { return 0; }
  void store_means(const Mean& mean, std::uint8_t* y) const {
    const __m512 sums = _mm512_maskz_cvtepi32_ps(every_sum, v);
    Bytes16::store(_mm512_mul_ps(sums, _mm512_set1_ps(mean.factor)), y);
  }
};
NATIVE_CONV_INLINE Sums16 add(Sums16 x, Sums16 y) { return {_mm512_add_epi32(x.v, y.v)}; }
NATIVE_CONV_INLINE Sums16 subtract(Sums16 x, Sums16 y) { return {_mm512_sub_epi32(x.v, y.v)}; }
