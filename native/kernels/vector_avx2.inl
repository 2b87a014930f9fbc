// Vectors of AVX2. Included inside the ISA's target region and namespace by isa_avx2.cpp.
// Layer: kernels. SPDX-License-Identifier: MIT
// The operators stand outside the structs: GCC gives no target options to friends defined within.

struct F32x8 {
  using T = float;
  static constexpr int lanes = 8;
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
  void store_first(T* p, int count) const { _mm256_maskstore_ps(p, first(count), v); }
};

// a * b + c, rounded once.
NATIVE_CONV_INLINE F32x8 fma(F32x8 a, F32x8 b, F32x8 c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
NATIVE_CONV_INLINE F32x8 operator+(F32x8 a, F32x8 b) { return {_mm256_add_ps(a.v, b.v)}; }
NATIVE_CONV_INLINE F32x8 operator*(F32x8 a, F32x8 b) { return {_mm256_mul_ps(a.v, b.v)}; }
// a < b ? yes : no, lane by lane; a NaN compares false.
NATIVE_CONV_INLINE F32x8 if_less(F32x8 a, F32x8 b, F32x8 yes, F32x8 no) {
  return {_mm256_blendv_ps(no.v, yes.v, _mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ))};
}

struct F64x4 {
  using T = double;
  static constexpr int lanes = 4;
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
  void store_first(T* p, int count) const { _mm256_maskstore_pd(p, first(count), v); }
};

// a * b + c, rounded once.
NATIVE_CONV_INLINE F64x4 fma(F64x4 a, F64x4 b, F64x4 c) { return {_mm256_fmadd_pd(a.v, b.v, c.v)}; }
NATIVE_CONV_INLINE F64x4 operator+(F64x4 a, F64x4 b) { return {_mm256_add_pd(a.v, b.v)}; }
NATIVE_CONV_INLINE F64x4 operator*(F64x4 a, F64x4 b) { return {_mm256_mul_pd(a.v, b.v)}; }
// a < b ? yes : no, lane by lane; a NaN compares false.
NATIVE_CONV_INLINE F64x4 if_less(F64x4 a, F64x4 b, F64x4 yes, F64x4 no) {
  return {_mm256_blendv_pd(no.v, yes.v, _mm256_cmp_pd(a.v, b.v, _CMP_LT_OQ))};
}

inline float scalar_fma(float a, float b, float c) {
  return _mm_cvtss_f32(_mm_fmadd_ss(_mm_set_ss(a), _mm_set_ss(b), _mm_set_ss(c)));
}
inline double scalar_fma(double a, double b, double c) {
  return _mm_cvtsd_f64(_mm_fmadd_sd(_mm_set_sd(a), _mm_set_sd(b), _mm_set_sd(c)));
}
