// Words of four bytes, NEON: what resampling sums. Layer: kernels. SPDX-License-Identifier: MIT

struct Quads4 {
  static constexpr int lanes = 4;
  int32x4_t v;

  static Quads4 load(const std::uint8_t* p) { return {vreinterpretq_s32_u8(vld1q_u8(p))}; }
  static Quads4 load_rows(const std::uint8_t* const* x, std::int64_t at) { return load(x[0] + at); }
  static Quads4 repeat(const std::uint8_t* p) { return load(p); }
  static Quads4 all(std::int32_t x) { return {vdupq_n_s32(x)}; }
  void store(std::uint8_t* p) const { vst1q_u8(p, vreinterpretq_u8_s32(v)); }
  void store_first(std::uint8_t* p, int count) const {
    std::uint8_t bytes[4 * lanes];
    store(bytes);
    for (int i = 0; i < count; ++i) p[i] = bytes[i];
  }
  void store_rows(std::uint8_t* p, std::int64_t) const { store(p); }
};

// Bytes by their numbers; 0 for those of 128 and above.
NATIVE_CONV_INLINE Quads4 shuffle(Quads4 x, Quads4 table) {
  const uint8x16_t bytes = vqtbl1q_u8(vreinterpretq_u8_s32(x.v), vreinterpretq_u8_s32(table.v));
  return {vreinterpretq_s32_u8(bytes)};
}
// A square of four words.
NATIVE_CONV_INLINE void transpose(Quads4* x) {
  const int64x2_t a = vreinterpretq_s64_s32(vtrn1q_s32(x[0].v, x[1].v));
  const int64x2_t b = vreinterpretq_s64_s32(vtrn2q_s32(x[0].v, x[1].v));
  const int64x2_t c = vreinterpretq_s64_s32(vtrn1q_s32(x[2].v, x[3].v));
  const int64x2_t d = vreinterpretq_s64_s32(vtrn2q_s32(x[2].v, x[3].v));
  x[0].v = vreinterpretq_s32_s64(vtrn1q_s64(a, c));
  x[1].v = vreinterpretq_s32_s64(vtrn1q_s64(b, d));
  x[2].v = vreinterpretq_s32_s64(vtrn2q_s64(a, c));
  x[3].v = vreinterpretq_s32_s64(vtrn2q_s64(b, d));
}
// Saturates four vectors to bytes, one vector after the other.
NATIVE_CONV_INLINE Quads4 pack(const Quads4* x) {
  const int16x8_t low = vcombine_s16(vqmovn_s32(x[0].v), vqmovn_s32(x[1].v));
  const int16x8_t high = vcombine_s16(vqmovn_s32(x[2].v), vqmovn_s32(x[3].v));
  return {vreinterpretq_s32_u8(vcombine_u8(vqmovun_s16(low), vqmovun_s16(high)))};
}
NATIVE_CONV_INLINE Quads4 in_order(Quads4 x) { return x; }

// The bytes 0 and 2, or 1 and 3, of each word.
NATIVE_CONV_INLINE Quads4 even_bytes(Quads4 x) { return {vandq_s32(x.v, vdupq_n_s32(0x00ff00ff))}; }
NATIVE_CONV_INLINE Quads4 odd_bytes(Quads4 x) {
  return {vreinterpretq_s32_u16(vshrq_n_u16(vreinterpretq_u16_s32(x.v), 8))};
}
// sum + the products of both halves of each word.
NATIVE_CONV_INLINE Quads4 multiply_add(Quads4 sum, Quads4 a, Quads4 b) {
  const int16x8_t p = vreinterpretq_s16_s32(a.v), q = vreinterpretq_s16_s32(b.v);
  const int32x4_t products = vpaddq_s32(vmull_s16(vget_low_s16(p), vget_low_s16(q)), vmull_high_s16(p, q));
  return {vaddq_s32(sum.v, products)};
}
template <int left, int right>
NATIVE_CONV_INLINE Quads4 shift_add(Quads4 high, Quads4 low) {
  return {vshrq_n_s32(vaddq_s32(vshlq_n_s32(high.v, left), low.v), right)};
}
