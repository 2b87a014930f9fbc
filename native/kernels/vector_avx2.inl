// Vectors of AVX2. Included inside the ISA's target region and namespace by isa_avx2.cpp.
// Layer: kernels. SPDX-License-Identifier: MIT
// The operators stand outside the structs: GCC gives no target options to friends defined within.

struct F32x8 {
  using T = float;
  static constexpr int lanes = 8, registers = 16;
  static constexpr bool shifts = false;
  __m256 v;

  static F32x8 zero() { return {_mm256_setzero_ps()}; }
  static F32x8 broadcast(T x) { return {_mm256_set1_ps(x)}; }
  static F32x8 load(const T* p) { return {_mm256_loadu_ps(p)}; }
  void store(T* p) const { _mm256_storeu_ps(p, v); }
  // The first `count` lanes only, 1 <= count <= lanes; the others are neither read nor written, and load as
  // 0.
  static __m256i first(int count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static F32x8 load_first(const T* p, int count) { return {_mm256_maskload_ps(p, first(count))}; }
  // In pieces: a masked store is one of the slowest instructions that AVX2 has on some processors.
  void store_first(T* p, int count) const {
    if (count == 8) return store(p);
    __m128 part = _mm256_castps256_ps128(v);
    if (count & 4) {
      _mm_storeu_ps(p, part);
      part = _mm256_extractf128_ps(v, 1);
      p += 4;
    }
    if (count & 2) {
      _mm_storel_pi(reinterpret_cast<__m64*>(p), part);
      part = _mm_movehl_ps(part, part);
      p += 2;
    }
    if (count & 1) _mm_store_ss(p, part);
  }
  // To an aligned address, past the caches; other threads see it after fence().
  void stream(T* p) const { _mm256_stream_ps(p, v); }
  static void fence() { _mm_sfence(); }
  // The lanes whose bits are set; the others are not read, and load as 0.
  using Mask = __m256i;
  static Mask mask(std::uint32_t bits) {
    const __m256i own = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(static_cast<int>(bits)), own), own);
  }
  static F32x8 load_mask(const T* p, Mask mask) { return {_mm256_maskload_ps(p, mask)}; }
  // Lane i is p[at[i]].
  using Index = __m256i;
  static Index index(const std::int32_t* at) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  }
  static F32x8 gather(const T* p, Index at) {
    const __m256 all = _mm256_castsi256_ps(_mm256_set1_epi32(-1));
    return {_mm256_mask_i32gather_ps(_mm256_setzero_ps(), p, at, all, 4)};
  }
  // Lane i is a[at[i]].
  static F32x8 permute(F32x8 a, Index at) { return {_mm256_permutevar8x32_ps(a.v, at)}; }
};

// a * b + c, rounded once.
NATIVE_CONV_INLINE F32x8 fma(F32x8 a, F32x8 b, F32x8 c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
NATIVE_CONV_INLINE F32x8 operator+(F32x8 a, F32x8 b) { return {_mm256_add_ps(a.v, b.v)}; }
NATIVE_CONV_INLINE F32x8 operator-(F32x8 a, F32x8 b) { return {_mm256_sub_ps(a.v, b.v)}; }
NATIVE_CONV_INLINE F32x8 operator*(F32x8 a, F32x8 b) { return {_mm256_mul_ps(a.v, b.v)}; }
// a < b ? yes : no, lane by lane; a NaN compares false.
NATIVE_CONV_INLINE F32x8 if_less(F32x8 a, F32x8 b, F32x8 yes, F32x8 no) {
  return {_mm256_blendv_ps(no.v, yes.v, _mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ))};
}

// The numbers of the set bits of `bits`, ascending, as the bytes of an integer.
inline std::uint64_t set_bits(std::uint32_t bits) {
  std::uint64_t numbers = 0;
  for (int place = 0; bits; bits &= bits - 1, place += 8) {
    numbers |= static_cast<std::uint64_t>(__builtin_ctz(bits)) << place;
  }
  return numbers;
}

// The lanes whose bits are set, moved to the front; the others are of no account.
NATIVE_CONV_INLINE F32x8 compress(F32x8 a, std::uint32_t bits) {
  const __m256i lanes = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(set_bits(bits))));
  return {_mm256_permutevar8x32_ps(a.v, lanes)};
}

// The lanes of 8 vectors as the rows of a square matrix, transposed in place.
NATIVE_CONV_INLINE void transpose(F32x8 (&m)[8]) {
  __m256 a[8], b[8];
  NATIVE_CONV_UNROLL
  for (int i = 0; i < 8; i += 2) {
    a[i] = _mm256_unpacklo_ps(m[i].v, m[i + 1].v);
    a[i + 1] = _mm256_unpackhi_ps(m[i].v, m[i + 1].v);
  }
  NATIVE_CONV_UNROLL
  for (int i = 0; i < 8; i += 4) {
    NATIVE_CONV_UNROLL
    for (int j = 0; j < 2; ++j) {
      b[i + 2 * j] = _mm256_shuffle_ps(a[i + j], a[i + j + 2], 0x44);
      b[i + 2 * j + 1] = _mm256_shuffle_ps(a[i + j], a[i + j + 2], 0xee);
    }
  }
  NATIVE_CONV_UNROLL
  for (int j = 0; j < 4; ++j) {
    m[j] = {_mm256_permute2f128_ps(b[j], b[j + 4], 0x20)};
    m[j + 4] = {_mm256_permute2f128_ps(b[j], b[j + 4], 0x31)};
  }
}

// y < low ? low : y > high ? high : y; of two equal or unordered operands the instructions take the second.
NATIVE_CONV_INLINE F32x8 clamp_vector(F32x8 y, F32x8 low, F32x8 high) {
  return {_mm256_min_ps(high.v, _mm256_max_ps(low.v, y.v))};
}

// The even elements of a, then the odd ones of b.
NATIVE_CONV_INLINE F32x8 alternate(F32x8 a, F32x8 b) {
  const __m256d halves = _mm256_castps_pd(_mm256_shuffle_ps(a.v, b.v, 0xd8));  // a0 a2 b1 b3, a4 a6 b5 b7
  return {_mm256_castpd_ps(_mm256_permute4x64_pd(halves, 0xd8))};
}

struct F64x4 {
  using T = double;
  static constexpr int lanes = 4, registers = 16;
  static constexpr bool shifts = false;
  __m256d v;

  static F64x4 zero() { return {_mm256_setzero_pd()}; }
  static F64x4 broadcast(T x) { return {_mm256_set1_pd(x)}; }
  static F64x4 load(const T* p) { return {_mm256_loadu_pd(p)}; }
  void store(T* p) const { _mm256_storeu_pd(p, v); }
  // The first `count` lanes only, 1 <= count <= lanes; the others are neither read nor written, and load as
  // 0.
  static __m256i first(int count) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
  }
  static F64x4 load_first(const T* p, int count) { return {_mm256_maskload_pd(p, first(count))}; }
  void store_first(T* p, int count) const {
    if (count == 4) return store(p);
    __m128d part = _mm256_castpd256_pd128(v);
    if (count & 2) {
      _mm_storeu_pd(p, part);
      part = _mm256_extractf128_pd(v, 1);
      p += 2;
    }
    if (count & 1) _mm_store_sd(p, part);
  }
  // To an aligned address, past the caches; other threads see it after fence().
  void stream(T* p) const { _mm256_stream_pd(p, v); }
  static void fence() { _mm_sfence(); }
  // The lanes whose bits are set; the others are not read, and load as 0.
  using Mask = __m256i;
  static Mask mask(std::uint32_t bits) {
    const __m256i own = _mm256_setr_epi64x(1, 2, 4, 8);
    return _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_set1_epi64x(static_cast<int>(bits)), own), own);
  }
  static F64x4 load_mask(const T* p, Mask mask) { return {_mm256_maskload_pd(p, mask)}; }
  // Lane i is p[at[i]].
  using Index = __m128i;
  static Index index(const std::int32_t* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }
  static F64x4 gather(const T* p, Index at) {
    const __m256d all = _mm256_castsi256_pd(_mm256_set1_epi64x(-1));
    return {_mm256_mask_i32gather_pd(_mm256_setzero_pd(), p, at, all, 8)};
  }
  // Lane i is a[at[i]].
  static F64x4 permute(F64x4 a, Index at) {
    return {
        _mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(a.v), halves(_mm256_cvtepi32_epi64(at))))};
  }
  // The places of the halves of elements, of theirs.
  static __m256i halves(__m256i at) {
    const __m256i doubled = _mm256_slli_epi64(at, 1);
    return _mm256_add_epi64(_mm256_or_si256(doubled, _mm256_slli_epi64(doubled, 32)),
                            _mm256_set1_epi64x(std::int64_t{1} << 32));
  }
};

// a * b + c, rounded once.
NATIVE_CONV_INLINE F64x4 fma(F64x4 a, F64x4 b, F64x4 c) { return {_mm256_fmadd_pd(a.v, b.v, c.v)}; }
NATIVE_CONV_INLINE F64x4 operator+(F64x4 a, F64x4 b) { return {_mm256_add_pd(a.v, b.v)}; }
NATIVE_CONV_INLINE F64x4 operator-(F64x4 a, F64x4 b) { return {_mm256_sub_pd(a.v, b.v)}; }
NATIVE_CONV_INLINE F64x4 operator*(F64x4 a, F64x4 b) { return {_mm256_mul_pd(a.v, b.v)}; }
// a < b ? yes : no, lane by lane; a NaN compares false.
NATIVE_CONV_INLINE F64x4 if_less(F64x4 a, F64x4 b, F64x4 yes, F64x4 no) {
  return {_mm256_blendv_pd(no.v, yes.v, _mm256_cmp_pd(a.v, b.v, _CMP_LT_OQ))};
}

// The lanes whose bits are set, moved to the front; the others are of no account.
NATIVE_CONV_INLINE F64x4 compress(F64x4 a, std::uint32_t bits) {
  const __m128i lanes = _mm_cvtsi64_si128(static_cast<long long>(set_bits(bits)));
  const __m256i halves = F64x4::halves(_mm256_cvtepu8_epi64(lanes));
  return {_mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(a.v), halves))};
}

// The lanes of 4 vectors as the rows of a square matrix, transposed in place.
NATIVE_CONV_INLINE void transpose(F64x4 (&m)[4]) {
  const __m256d a = _mm256_unpacklo_pd(m[0].v, m[1].v), b = _mm256_unpackhi_pd(m[0].v, m[1].v),
                c = _mm256_unpacklo_pd(m[2].v, m[3].v), d = _mm256_unpackhi_pd(m[2].v, m[3].v);
  m[0] = {_mm256_permute2f128_pd(a, c, 0x20)};
  m[1] = {_mm256_permute2f128_pd(b, d, 0x20)};
  m[2] = {_mm256_permute2f128_pd(a, c, 0x31)};
  m[3] = {_mm256_permute2f128_pd(b, d, 0x31)};
}

// y < low ? low : y > high ? high : y; of two equal or unordered operands the instructions take the second.
NATIVE_CONV_INLINE F64x4 clamp_vector(F64x4 y, F64x4 low, F64x4 high) {
  return {_mm256_min_pd(high.v, _mm256_max_pd(low.v, y.v))};
}

// The even elements of a, then the odd ones of b.
NATIVE_CONV_INLINE F64x4 alternate(F64x4 a, F64x4 b) {
  return {_mm256_permute4x64_pd(_mm256_shuffle_pd(a.v, b.v, 0xa), 0xd8)};  // from a0 b1, a2 b3
}

inline float scalar_fma(float a, float b, float c) {
  return _mm_cvtss_f32(_mm_fmadd_ss(_mm_set_ss(a), _mm_set_ss(b), _mm_set_ss(c)));
}
inline double scalar_fma(double a, double b, double c) {
  return _mm_cvtsd_f64(_mm_fmadd_sd(_mm_set_sd(a), _mm_set_sd(b), _mm_set_sd(c)));
}

// Both 128-bit halves, the middle quarters exchanged.
NATIVE_CONV_INLINE __m256d exchange_quarters(__m256d v) { return _mm256_permute4x64_pd(v, 0xd8); }

// a and b side by side are 2·lanes elements: unzip_even and unzip_odd take every other one of them.
NATIVE_CONV_INLINE F32x8 unzip_even(F32x8 a, F32x8 b) {
  return {_mm256_castpd_ps(exchange_quarters(_mm256_castps_pd(_mm256_shuffle_ps(a.v, b.v, 0x88))))};
}
NATIVE_CONV_INLINE F32x8 unzip_odd(F32x8 a, F32x8 b) {
  return {_mm256_castpd_ps(exchange_quarters(_mm256_castps_pd(_mm256_shuffle_ps(a.v, b.v, 0xdd))))};
}
NATIVE_CONV_INLINE F64x4 unzip_even(F64x4 a, F64x4 b) {
  return {exchange_quarters(_mm256_unpacklo_pd(a.v, b.v))};
}
NATIVE_CONV_INLINE F64x4 unzip_odd(F64x4 a, F64x4 b) {
  return {exchange_quarters(_mm256_unpackhi_pd(a.v, b.v))};
}

// The reverse: the first and the last half of a[0], b[0], a[1], b[1], …
NATIVE_CONV_INLINE F32x8 zip_low(F32x8 a, F32x8 b) {
  return {_mm256_permute2f128_ps(_mm256_unpacklo_ps(a.v, b.v), _mm256_unpackhi_ps(a.v, b.v), 0x20)};
}
NATIVE_CONV_INLINE F32x8 zip_high(F32x8 a, F32x8 b) {
  return {_mm256_permute2f128_ps(_mm256_unpacklo_ps(a.v, b.v), _mm256_unpackhi_ps(a.v, b.v), 0x31)};
}
NATIVE_CONV_INLINE F64x4 zip_low(F64x4 a, F64x4 b) {
  return {_mm256_permute2f128_pd(_mm256_unpacklo_pd(a.v, b.v), _mm256_unpackhi_pd(a.v, b.v), 0x20)};
}
NATIVE_CONV_INLINE F64x4 zip_high(F64x4 a, F64x4 b) {
  return {_mm256_permute2f128_pd(_mm256_unpacklo_pd(a.v, b.v), _mm256_unpackhi_pd(a.v, b.v), 0x31)};
}

// Keeps a loaded value in its register: GCC would rather read it from memory again at every use.
NATIVE_CONV_INLINE void keep(F32x8& a) { NATIVE_CONV_KEEP(a.v, "x"); }
NATIVE_CONV_INLINE void keep(F64x4& a) { NATIVE_CONV_KEEP(a.v, "x"); }
