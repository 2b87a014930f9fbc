// Vectors of NEON (AArch64). Included inside the namespace of isa_neon.cpp.
// Layer: kernels. SPDX-License-Identifier: MIT
// The operators stand outside the structs: GCC gives no target options to friends defined within.

struct F32x4 {
  using T = float;
  static constexpr int lanes = 4, registers = 32;
  static constexpr bool shifts = false;
  float32x4_t v;

  static F32x4 zero() { return {vdupq_n_f32(0)}; }
  static F32x4 broadcast(T x) { return {vdupq_n_f32(x)}; }
  static F32x4 load(const T* p) { return {vld1q_f32(p)}; }
  void store(T* p) const { vst1q_f32(p, v); }
  // The first `count` lanes only, 1 <= count <= lanes; the others are neither read nor written, and load as
  // 0.
  static F32x4 load_first(const T* p, int count) {
    T lane[lanes] = {};
    for (int i = 0; i < count; ++i) lane[i] = p[i];
    return load(lane);
  }
  void store_first(T* p, int count) const {
    T lane[lanes];
    store(lane);
    for (int i = 0; i < count; ++i) p[i] = lane[i];
  }
  // Where the processor has no store past the caches, an ordinary one.
  void stream(T* p) const { store(p); }
  static void fence() {}
  // The lanes whose bits are set; the others are not read, and load as 0.
  using Mask = std::uint32_t;
  static Mask mask(std::uint32_t bits) { return bits; }
  static F32x4 load_mask(const T* p, Mask mask) {
    if (mask == 15) return load(p);
    T lane[lanes] = {};
    for (int i = 0; i < lanes; ++i) {
      if (mask >> i & 1) lane[i] = p[i];
    }
    return load(lane);
  }
  // Lane i is p[at[i]].
  using Index = const std::int32_t*;
  static Index index(const std::int32_t* at) { return at; }
  static F32x4 gather(const T* p, Index at) {
    T lane[lanes];
    for (int i = 0; i < lanes; ++i) lane[i] = p[at[i]];
    return load(lane);
  }
  // Lane i is a[at[i]].
  static F32x4 permute(F32x4 a, Index at) {
    const uint32x4_t bytes =
        vmlaq_n_u32(vdupq_n_u32(0x03020100), vreinterpretq_u32_s32(vld1q_s32(at)), 0x04040404);
    return {vreinterpretq_f32_u8(vqtbl1q_u8(vreinterpretq_u8_f32(a.v), vreinterpretq_u8_u32(bytes)))};
  }
};

// a * b + c, rounded once.
NATIVE_CONV_INLINE F32x4 fma(F32x4 a, F32x4 b, F32x4 c) { return {vfmaq_f32(c.v, a.v, b.v)}; }
NATIVE_CONV_INLINE F32x4 operator+(F32x4 a, F32x4 b) { return {vaddq_f32(a.v, b.v)}; }
NATIVE_CONV_INLINE F32x4 operator-(F32x4 a, F32x4 b) { return {vsubq_f32(a.v, b.v)}; }
NATIVE_CONV_INLINE F32x4 operator*(F32x4 a, F32x4 b) { return {vmulq_f32(a.v, b.v)}; }
// a < b ? yes : no, lane by lane; a NaN compares false.
NATIVE_CONV_INLINE F32x4 if_less(F32x4 a, F32x4 b, F32x4 yes, F32x4 no) {
  return {vbslq_f32(vcltq_f32(a.v, b.v), yes.v, no.v)};
}

// The lanes whose bits are set, moved to the front; the others are of no account.
inline F32x4 compress(F32x4 a, std::uint32_t bits) {
  F32x4::T lane[F32x4::lanes];
  a.store(lane);
  for (int i = 0, to = 0; i < F32x4::lanes; ++i) {
    if (bits >> i & 1) lane[to++] = lane[i];
  }
  return F32x4::load(lane);
}

// The lanes of 4 vectors as the rows of a square matrix, transposed in place.
NATIVE_CONV_INLINE void transpose(F32x4 (&m)[4]) {
  const float32x4x2_t a = vtrnq_f32(m[0].v, m[1].v), b = vtrnq_f32(m[2].v, m[3].v);
  m[0] = {vcombine_f32(vget_low_f32(a.val[0]), vget_low_f32(b.val[0]))};
  m[1] = {vcombine_f32(vget_low_f32(a.val[1]), vget_low_f32(b.val[1]))};
  m[2] = {vcombine_f32(vget_high_f32(a.val[0]), vget_high_f32(b.val[0]))};
  m[3] = {vcombine_f32(vget_high_f32(a.val[1]), vget_high_f32(b.val[1]))};
}

// The even elements of a, then the odd ones of b.
NATIVE_CONV_INLINE F32x4 alternate(F32x4 a, F32x4 b) {
  return {vcombine_f32(vget_low_f32(vuzp1q_f32(a.v, a.v)), vget_low_f32(vuzp2q_f32(b.v, b.v)))};
}

struct F64x2 {
  using T = double;
  static constexpr int lanes = 2, registers = 32;
  static constexpr bool shifts = false;
  float64x2_t v;

  static F64x2 zero() { return {vdupq_n_f64(0)}; }
  static F64x2 broadcast(T x) { return {vdupq_n_f64(x)}; }
  static F64x2 load(const T* p) { return {vld1q_f64(p)}; }
  void store(T* p) const { vst1q_f64(p, v); }
  // The first `count` lanes only, 1 <= count <= lanes; the others are neither read nor written, and load as
  // 0.
  static F64x2 load_first(const T* p, int count) {
    T lane[lanes] = {};
    for (int i = 0; i < count; ++i) lane[i] = p[i];
    return load(lane);
  }
  void store_first(T* p, int count) const {
    T lane[lanes];
    store(lane);
    for (int i = 0; i < count; ++i) p[i] = lane[i];
  }
  // Where the processor has no store past the caches, an ordinary one.
  void stream(T* p) const { store(p); }
  static void fence() {}
  // The lanes whose bits are set; the others are not read, and load as 0.
  using Mask = std::uint32_t;
  static Mask mask(std::uint32_t bits) { return bits; }
  static F64x2 load_mask(const T* p, Mask mask) {
    if (mask == 3) return load(p);
    T lane[lanes] = {};
    for (int i = 0; i < lanes; ++i) {
      if (mask >> i & 1) lane[i] = p[i];
    }
    return load(lane);
  }
  // Lane i is p[at[i]].
  using Index = const std::int32_t*;
  static Index index(const std::int32_t* at) { return at; }
  static F64x2 gather(const T* p, Index at) {
    T lane[lanes];
    for (int i = 0; i < lanes; ++i) lane[i] = p[at[i]];
    return load(lane);
  }
  // Lane i is a[at[i]].
  static F64x2 permute(F64x2 a, Index at) {
    const int32x2_t is_first = vreinterpret_s32_u32(vceqz_s32(vld1_s32(at)));
    return {vbslq_f64(vreinterpretq_u64_s64(vmovl_s32(is_first)), vdupq_laneq_f64(a.v, 0),
                      vdupq_laneq_f64(a.v, 1))};
  }
};

// a * b + c, rounded once.
NATIVE_CONV_INLINE F64x2 fma(F64x2 a, F64x2 b, F64x2 c) { return {vfmaq_f64(c.v, a.v, b.v)}; }
NATIVE_CONV_INLINE F64x2 operator+(F64x2 a, F64x2 b) { return {vaddq_f64(a.v, b.v)}; }
NATIVE_CONV_INLINE F64x2 operator-(F64x2 a, F64x2 b) { return {vsubq_f64(a.v, b.v)}; }
NATIVE_CONV_INLINE F64x2 operator*(F64x2 a, F64x2 b) { return {vmulq_f64(a.v, b.v)}; }
// a < b ? yes : no, lane by lane; a NaN compares false.
NATIVE_CONV_INLINE F64x2 if_less(F64x2 a, F64x2 b, F64x2 yes, F64x2 no) {
  return {vbslq_f64(vcltq_f64(a.v, b.v), yes.v, no.v)};
}

// The lanes whose bits are set, moved to the front; the others are of no account.
inline F64x2 compress(F64x2 a, std::uint32_t bits) {
  F64x2::T lane[F64x2::lanes];
  a.store(lane);
  for (int i = 0, to = 0; i < F64x2::lanes; ++i) {
    if (bits >> i & 1) lane[to++] = lane[i];
  }
  return F64x2::load(lane);
}

// The lanes of 2 vectors as the rows of a square matrix, transposed in place.
NATIVE_CONV_INLINE void transpose(F64x2 (&m)[2]) {
  const float64x2_t first = vtrn1q_f64(m[0].v, m[1].v);
  m[1] = {vtrn2q_f64(m[0].v, m[1].v)};
  m[0] = {first};
}

// The even elements of a, then the odd ones of b.
NATIVE_CONV_INLINE F64x2 alternate(F64x2 a, F64x2 b) { return {vtrn1q_f64(a.v, vdupq_laneq_f64(b.v, 1))}; }

inline float scalar_fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline double scalar_fma(double a, double b, double c) { return __builtin_fma(a, b, c); }

// a and b side by side are 2·lanes elements: unzip_even and unzip_odd take every other one of them.
NATIVE_CONV_INLINE F32x4 unzip_even(F32x4 a, F32x4 b) { return {vuzp1q_f32(a.v, b.v)}; }
NATIVE_CONV_INLINE F64x2 unzip_even(F64x2 a, F64x2 b) { return {vuzp1q_f64(a.v, b.v)}; }
NATIVE_CONV_INLINE F32x4 unzip_odd(F32x4 a, F32x4 b) { return {vuzp2q_f32(a.v, b.v)}; }
NATIVE_CONV_INLINE F64x2 unzip_odd(F64x2 a, F64x2 b) { return {vuzp2q_f64(a.v, b.v)}; }

// The reverse: the first and the last half of a[0], b[0], a[1], b[1], …
NATIVE_CONV_INLINE F32x4 zip_low(F32x4 a, F32x4 b) { return {vzip1q_f32(a.v, b.v)}; }
NATIVE_CONV_INLINE F64x2 zip_low(F64x2 a, F64x2 b) { return {vzip1q_f64(a.v, b.v)}; }
NATIVE_CONV_INLINE F32x4 zip_high(F32x4 a, F32x4 b) { return {vzip2q_f32(a.v, b.v)}; }
NATIVE_CONV_INLINE F64x2 zip_high(F64x2 a, F64x2 b) { return {vzip2q_f64(a.v, b.v)}; }

// Keeps a loaded value in its register: GCC would rather read it from memory again at every use.
NATIVE_CONV_INLINE void keep(F32x4& a) { NATIVE_CONV_KEEP(a.v, "w"); }
NATIVE_CONV_INLINE void keep(F64x2& a) { NATIVE_CONV_KEEP(a.v, "w"); }
