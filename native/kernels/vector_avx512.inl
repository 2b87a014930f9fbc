// Vectors of AVX-512. Included inside the ISA's target region and namespace by isa_avx512.cpp.
// Layer: kernels. SPDX-License-Identifier: MIT
// The operators stand outside the structs: GCC gives no target options to friends defined within.

struct F32x16 {
  using T = float;
  static constexpr int lanes = 16, registers = 32;
  __m512 v;

  static F32x16 zero() { return {_mm512_setzero_ps()}; }
  static F32x16 broadcast(T x) { return {_mm512_set1_ps(x)}; }
  static F32x16 load(const T* p) { return {_mm512_loadu_ps(p)}; }
  void store(T* p) const { _mm512_storeu_ps(p, v); }
  // The first `count` lanes only, 1 <= count <= lanes; the others are neither read nor written, and load as
  // 0.
  static __mmask16 first(int count) { return static_cast<__mmask16>((1u << count) - 1); }
  static F32x16 load_first(const T* p, int count) { return {_mm512_maskz_loadu_ps(first(count), p)}; }
  void store_first(T* p, int count) const { _mm512_mask_storeu_ps(p, first(count), v); }
  // To an aligned address, past the caches; other threads see it after fence().
  void stream(T* p) const { _mm512_stream_ps(p, v); }
  static void fence() { _mm_sfence(); }
  // The lanes whose bits are set; the others are not read, and load as 0.
  using Mask = __mmask16;
  static Mask mask(std::uint32_t bits) { return static_cast<Mask>(bits); }
  static F32x16 load_mask(const T* p, Mask mask) { return {_mm512_maskz_loadu_ps(mask, p)}; }
  // Lane i is p[at[i]].
  using Index = __m512i;
  static Index index(const std::int32_t* at) { return _mm512_loadu_si512(at); }
  static F32x16 gather(const T* p, Index at) {
    return {_mm512_mask_i32gather_ps(_mm512_setzero_ps(), 0xffff, at, p, 4)};
  }
  // Lane i is a[at[i]].
  static F32x16 permute(F32x16 a, Index at) { return {_mm512_maskz_permutexvar_ps(0xffff, at, a.v)}; }
  // shift(a, b, shift_by(n)), 0 <= n <= lanes: elements n and on of a and b side by side; n < 0: those from
  // lanes + n on. shift<n>(a, b): the same, 0 <= n < lanes.
  static constexpr bool shifts = true;
  using Shift = __m512i;
  static Shift shift_by(int n) {
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_add_epi32(_mm512_set1_epi32(n < 0 ? lanes + n : n), lane);
  }
  static F32x16 shift(F32x16 a, F32x16 b, Shift by) { return {_mm512_permutex2var_ps(a.v, by, b.v)}; }
  template <int N>
  static F32x16 shift(F32x16 a, F32x16 b) {
    const __m512i low = _mm512_castps_si512(a.v), high = _mm512_castps_si512(b.v);
    return {_mm512_castsi512_ps(_mm512_maskz_alignr_epi32(0xffff, high, low, N))};
  }
};

// a * b + c, rounded once.
NATIVE_CONV_INLINE F32x16 fma(F32x16 a, F32x16 b, F32x16 c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
NATIVE_CONV_INLINE F32x16 operator+(F32x16 a, F32x16 b) { return {_mm512_add_ps(a.v, b.v)}; }
NATIVE_CONV_INLINE F32x16 operator-(F32x16 a, F32x16 b) { return {_mm512_sub_ps(a.v, b.v)}; }
NATIVE_CONV_INLINE F32x16 operator*(F32x16 a, F32x16 b) { return {_mm512_mul_ps(a.v, b.v)}; }
// a < b ? yes : no, lane by lane; a NaN compares false.
NATIVE_CONV_INLINE F32x16 if_less(F32x16 a, F32x16 b, F32x16 yes, F32x16 no) {
  return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ), no.v, yes.v)};
}

// The lanes whose bits are set, moved to the front.
NATIVE_CONV_INLINE F32x16 compress(F32x16 a, std::uint32_t bits) {
  return {_mm512_maskz_compress_ps(static_cast<__mmask16>(bits), a.v)};
}

// (The forms with a full mask, because g++ 12 warns of the undefined operand within the others.)
// The lanes of 16 vectors as the rows of a square matrix, transposed in place.
NATIVE_CONV_INLINE void transpose(F32x16 (&m)[16]) {
  __m512 a[16], b[16];
  NATIVE_CONV_UNROLL
  for (int i = 0; i < 16; i += 2) {
    a[i] = _mm512_maskz_unpacklo_ps(0xffff, m[i].v, m[i + 1].v);
    a[i + 1] = _mm512_maskz_unpackhi_ps(0xffff, m[i].v, m[i + 1].v);
  }
  NATIVE_CONV_UNROLL
  for (int i = 0; i < 16; i += 4) {
    NATIVE_CONV_UNROLL
    for (int j = 0; j < 2; ++j) {
      const __m512d low = _mm512_castps_pd(a[i + j]), high = _mm512_castps_pd(a[i + j + 2]);
      b[i + 2 * j] = _mm512_castpd_ps(_mm512_maskz_unpacklo_pd(0xff, low, high));
      b[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_maskz_unpackhi_pd(0xff, low, high));
    }
  }
  NATIVE_CONV_UNROLL
  for (int j = 0; j < 4; ++j) {
    const __m512 low0 = _mm512_maskz_shuffle_f32x4(0xffff, b[j], b[j + 4], 0x88),
                 low1 = _mm512_maskz_shuffle_f32x4(0xffff, b[j + 8], b[j + 12], 0x88),
                 high0 = _mm512_maskz_shuffle_f32x4(0xffff, b[j], b[j + 4], 0xdd),
                 high1 = _mm512_maskz_shuffle_f32x4(0xffff, b[j + 8], b[j + 12], 0xdd);
    m[j] = {_mm512_maskz_shuffle_f32x4(0xffff, low0, low1, 0x88)};
    m[j + 4] = {_mm512_maskz_shuffle_f32x4(0xffff, high0, high1, 0x88)};
    m[j + 8] = {_mm512_maskz_shuffle_f32x4(0xffff, low0, low1, 0xdd)};
    m[j + 12] = {_mm512_maskz_shuffle_f32x4(0xffff, high0, high1, 0xdd)};
  }
}

// y < low ? low : y > high ? high : y; of two equal or unordered operands the instructions take the second.
// Masked, for GCC 12 warns of the unmasked ones.
NATIVE_CONV_INLINE F32x16 clamp_vector(F32x16 y, F32x16 low, F32x16 high) {
  return {_mm512_maskz_min_ps(F32x16::first(16), high.v, _mm512_maskz_max_ps(F32x16::first(16), low.v, y.v))};
}

// The even elements of a, then the odd ones of b.
NATIVE_CONV_INLINE F32x16 alternate(F32x16 a, F32x16 b) {
  const __m512i order = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31);
  return {_mm512_permutex2var_ps(a.v, order, b.v)};
}

struct F64x8 {
  using T = double;
  static constexpr int lanes = 8, registers = 32;
  __m512d v;

  static F64x8 zero() { return {_mm512_setzero_pd()}; }
  static F64x8 broadcast(T x) { return {_mm512_set1_pd(x)}; }
  static F64x8 load(const T* p) { return {_mm512_loadu_pd(p)}; }
  void store(T* p) const { _mm512_storeu_pd(p, v); }
  // The first `count` lanes only, 1 <= count <= lanes; the others are neither read nor written, and load as
  // 0.
  static __mmask8 first(int count) { return static_cast<__mmask8>((1u << count) - 1); }
  static F64x8 load_first(const T* p, int count) { return {_mm512_maskz_loadu_pd(first(count), p)}; }
  void store_first(T* p, int count) const { _mm512_mask_storeu_pd(p, first(count), v); }
  // To an aligned address, past the caches; other threads see it after fence().
  void stream(T* p) const { _mm512_stream_pd(p, v); }
  static void fence() { _mm_sfence(); }
  // The lanes whose bits are set; the others are not read, and load as 0.
  using Mask = __mmask8;
  static Mask mask(std::uint32_t bits) { return static_cast<Mask>(bits); }
  static F64x8 load_mask(const T* p, Mask mask) { return {_mm512_maskz_loadu_pd(mask, p)}; }
  // Lane i is p[at[i]].
  using Index = __m256i;
  static Index index(const std::int32_t* at) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  }
  static F64x8 gather(const T* p, Index at) {
    return {_mm512_mask_i32gather_pd(_mm512_setzero_pd(), 0xff, at, p, 8)};
  }
  // Lane i is a[at[i]].
  static F64x8 permute(F64x8 a, Index at) {
    return {_mm512_maskz_permutexvar_pd(0xff, _mm512_maskz_cvtepi32_epi64(0xff, at), a.v)};
  }
  static constexpr bool shifts = true;
  using Shift = __m512i;
  static Shift shift_by(int n) {
    const __m512i lane = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm512_add_epi64(_mm512_set1_epi64(n < 0 ? lanes + n : n), lane);
  }
  static F64x8 shift(F64x8 a, F64x8 b, Shift by) { return {_mm512_permutex2var_pd(a.v, by, b.v)}; }
  template <int N>
  static F64x8 shift(F64x8 a, F64x8 b) {
    const __m512i low = _mm512_castpd_si512(a.v), high = _mm512_castpd_si512(b.v);
    return {_mm512_castsi512_pd(_mm512_maskz_alignr_epi64(0xff, high, low, N))};
  }
};

// a * b + c, rounded once.
NATIVE_CONV_INLINE F64x8 fma(F64x8 a, F64x8 b, F64x8 c) { return {_mm512_fmadd_pd(a.v, b.v, c.v)}; }
NATIVE_CONV_INLINE F64x8 operator+(F64x8 a, F64x8 b) { return {_mm512_add_pd(a.v, b.v)}; }
NATIVE_CONV_INLINE F64x8 operator-(F64x8 a, F64x8 b) { return {_mm512_sub_pd(a.v, b.v)}; }
NATIVE_CONV_INLINE F64x8 operator*(F64x8 a, F64x8 b) { return {_mm512_mul_pd(a.v, b.v)}; }
// a < b ? yes : no, lane by lane; a NaN compares false.
NATIVE_CONV_INLINE F64x8 if_less(F64x8 a, F64x8 b, F64x8 yes, F64x8 no) {
  return {_mm512_mask_blend_pd(_mm512_cmp_pd_mask(a.v, b.v, _CMP_LT_OQ), no.v, yes.v)};
}

// The lanes whose bits are set, moved to the front.
NATIVE_CONV_INLINE F64x8 compress(F64x8 a, std::uint32_t bits) {
  return {_mm512_maskz_compress_pd(static_cast<__mmask8>(bits), a.v)};
}

// The lanes of 8 vectors as the rows of a square matrix, transposed in place.
NATIVE_CONV_INLINE void transpose(F64x8 (&m)[8]) {
  __m512d a[8];
  NATIVE_CONV_UNROLL
  for (int i = 0; i < 8; i += 2) {
    a[i] = _mm512_maskz_unpacklo_pd(0xff, m[i].v, m[i + 1].v);
    a[i + 1] = _mm512_maskz_unpackhi_pd(0xff, m[i].v, m[i + 1].v);
  }
  NATIVE_CONV_UNROLL
  for (int j = 0; j < 2; ++j) {
    const __m512d low0 = _mm512_maskz_shuffle_f64x2(0xff, a[j], a[j + 2], 0x88),
                  low1 = _mm512_maskz_shuffle_f64x2(0xff, a[j + 4], a[j + 6], 0x88),
                  high0 = _mm512_maskz_shuffle_f64x2(0xff, a[j], a[j + 2], 0xdd),
                  high1 = _mm512_maskz_shuffle_f64x2(0xff, a[j + 4], a[j + 6], 0xdd);
    m[j] = {_mm512_maskz_shuffle_f64x2(0xff, low0, low1, 0x88)};
    m[j + 2] = {_mm512_maskz_shuffle_f64x2(0xff, high0, high1, 0x88)};
    m[j + 4] = {_mm512_maskz_shuffle_f64x2(0xff, low0, low1, 0xdd)};
    m[j + 6] = {_mm512_maskz_shuffle_f64x2(0xff, high0, high1, 0xdd)};
  }
}

// y < low ? low : y > high ? high : y; of two equal or unordered operands the instructions take the second.
// Masked, for GCC 12 warns of the unmasked ones.
NATIVE_CONV_INLINE F64x8 clamp_vector(F64x8 y, F64x8 low, F64x8 high) {
  return {_mm512_maskz_min_pd(F64x8::first(8), high.v, _mm512_maskz_max_pd(F64x8::first(8), low.v, y.v))};
}

// The even elements of a, then the odd ones of b.
NATIVE_CONV_INLINE F64x8 alternate(F64x8 a, F64x8 b) {
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 9, 11, 13, 15);
  return {_mm512_permutex2var_pd(a.v, order, b.v)};
}

inline float scalar_fma(float a, float b, float c) {
  return _mm_cvtss_f32(_mm_fmadd_ss(_mm_set_ss(a), _mm_set_ss(b), _mm_set_ss(c)));
}
inline double scalar_fma(double a, double b, double c) {
  return _mm_cvtsd_f64(_mm_fmadd_sd(_mm_set_sd(a), _mm_set_sd(b), _mm_set_sd(c)));
}

// a and b side by side are 2·lanes elements: unzip_even and unzip_odd take every other one of them.
NATIVE_CONV_INLINE F32x16 unzip_even(F32x16 a, F32x16 b) {
  const __m512i at = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  return {_mm512_permutex2var_ps(a.v, at, b.v)};
}
NATIVE_CONV_INLINE F32x16 unzip_odd(F32x16 a, F32x16 b) {
  const __m512i at = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  return {_mm512_permutex2var_ps(a.v, at, b.v)};
}
NATIVE_CONV_INLINE F64x8 unzip_even(F64x8 a, F64x8 b) {
  return {_mm512_permutex2var_pd(a.v, _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14), b.v)};
}
NATIVE_CONV_INLINE F64x8 unzip_odd(F64x8 a, F64x8 b) {
  return {_mm512_permutex2var_pd(a.v, _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15), b.v)};
}

// The reverse: the first and the last half of a[0], b[0], a[1], b[1], …
NATIVE_CONV_INLINE F32x16 zip_low(F32x16 a, F32x16 b) {
  const __m512i at = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  return {_mm512_permutex2var_ps(a.v, at, b.v)};
}
NATIVE_CONV_INLINE F32x16 zip_high(F32x16 a, F32x16 b) {
  const __m512i at = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  return {_mm512_permutex2var_ps(a.v, at, b.v)};
}
NATIVE_CONV_INLINE F64x8 zip_low(F64x8 a, F64x8 b) {
  return {_mm512_permutex2var_pd(a.v, _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), b.v)};
}
NATIVE_CONV_INLINE F64x8 zip_high(F64x8 a, F64x8 b) {
  return {_mm512_permutex2var_pd(a.v, _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15), b.v)};
}

// Keeps a loaded value in its register: GCC would rather read it from memory again at every use.
NATIVE_CONV_INLINE void keep(F32x16& a) { NATIVE_CONV_KEEP(a.v, "v"); }
NATIVE_CONV_INLINE void keep(F64x8& a) { NATIVE_CONV_KEEP(a.v, "v"); }

// Four elements from each of p[at[0]], …, p[at[3]] on.
NATIVE_CONV_INLINE F32x16 load_quads(const float* p, const std::int32_t* at) {
  const int first = at[0];
  if (at[1] == first + 4 && at[2] == first + 8 && at[3] == first + 12) return F32x16::load(p + first);
  __m512 quads = _mm512_maskz_broadcast_f32x4(0xffff, _mm_loadu_ps(p + first));
  quads = _mm512_mask_broadcast_f32x4(quads, 0x00f0, _mm_loadu_ps(p + at[1]));
  quads = _mm512_mask_broadcast_f32x4(quads, 0x0f00, _mm_loadu_ps(p + at[2]));
  return {_mm512_mask_broadcast_f32x4(quads, 0xf000, _mm_loadu_ps(p + at[3]))};
}

// Lane i of d[w] is p[at[i] + w]. Elements are loaded by fours, which costs less than gathers do, most of all
// where those are made of many instructions.
NATIVE_CONV_INLINE void gather_columns(const float* p, const std::int32_t* at, F32x16 (&d)[4]) {
  const F32x16 q0 = load_quads(p, at), q1 = load_quads(p, at + 4), q2 = load_quads(p, at + 8),
               q3 = load_quads(p, at + 12);
  const F32x16 even0 = unzip_even(q0, q1), even1 = unzip_even(q2, q3), odd0 = unzip_odd(q0, q1),
               odd1 = unzip_odd(q2, q3);
  d[0] = unzip_even(even0, even1);
  d[1] = unzip_even(odd0, odd1);
  d[2] = unzip_odd(even0, even1);
  d[3] = unzip_odd(odd0, odd1);
}
NATIVE_CONV_INLINE void gather_columns(const float* p, const std::int32_t* at, F32x16 (&d)[6]) {
  F32x16 first[4], next[4];
  gather_columns(p, at, first);
  gather_columns(p + 4, at, next);
  NATIVE_CONV_UNROLL
  for (int w = 0; w < 6; ++w) d[w] = w < 4 ? first[w] : next[w - 4];
}
