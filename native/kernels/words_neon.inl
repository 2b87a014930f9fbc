// Vectors of 16-bit words, NEON. Layer: kernels. SPDX-License-Identifier: MIT

struct I16x8 {
  static constexpr int lanes = 8;
  int16x8_t v;

  struct Sum {
    int32x4_t a, b;
  };
  struct Taps {
    int16x8_t a, b;
  };
  static Sum sum_of(std::int32_t x) { return {vdupq_n_s32(x), vdupq_n_s32(x)}; }
};

NATIVE_CONV_INLINE I16x8::Taps interleave(I16x8 a, I16x8 b) { return {a.v, b.v}; }
// sum + a · (low half of pair) + b · (high half of pair).
NATIVE_CONV_INLINE I16x8::Sum dot(I16x8::Sum sum, I16x8::Taps taps, std::int32_t pair) {
  const auto first = static_cast<std::int16_t>(pair & 0xffff), second = static_cast<std::int16_t>(pair >> 16);
  return {vmlal_n_s16(vmlal_n_s16(sum.a, vget_low_s16(taps.a), first), vget_low_s16(taps.b), second),
          vmlal_n_s16(vmlal_n_s16(sum.b, vget_high_s16(taps.a), first), vget_high_s16(taps.b), second)};
}
// Saturates to words.
NATIVE_CONV_INLINE I16x8 narrow(I16x8::Sum s) { return {vcombine_s16(vqmovn_s32(s.a), vqmovn_s32(s.b))}; }

// Words of twice as many bytes.
struct ByteWords {
  int16x8_t a, b;
};
struct BytePairs {
  uint8x16_t p, q;
};
NATIVE_CONV_INLINE ByteWords all_words(I16x8, std::int16_t x) { return {vdupq_n_s16(x), vdupq_n_s16(x)}; }
NATIVE_CONV_INLINE BytePairs pair_bytes(I16x8, const std::uint8_t* p, const std::uint8_t* q) {
  return {vld1q_u8(p), vld1q_u8(q)};
}
NATIVE_CONV_INLINE ByteWords widened(uint8x16_t x) {
  return {vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(x))), vreinterpretq_s16_u16(vmovl_u8(vget_high_u8(x)))};
}
// Modulo 2^16.
NATIVE_CONV_INLINE ByteWords add(ByteWords x, ByteWords y) {
  return {vaddq_s16(x.a, y.a), vaddq_s16(x.b, y.b)};
}
// sum + x · w, modulo 2^16.
NATIVE_CONV_INLINE ByteWords multiply_add(ByteWords sum, ByteWords x, std::int32_t weight) {
  return {vmlaq_n_s16(sum.a, x.a, static_cast<std::int16_t>(weight)),
          vmlaq_n_s16(sum.b, x.b, static_cast<std::int16_t>(weight))};
}
// sum + p · (low byte of pair) + q · (high byte of pair), modulo 2^16.
NATIVE_CONV_INLINE ByteWords dot(ByteWords sum, BytePairs taps, std::int32_t pair) {
  const ByteWords first = multiply_add(sum, widened(taps.p), static_cast<std::int8_t>(pair & 0xff));
  return multiply_add(first, widened(taps.q), static_cast<std::int8_t>(pair >> 8 & 0xff));
}
// Saturates to bytes.
NATIVE_CONV_INLINE void store_bytes(ByteWords s, std::uint8_t* y) {
  vst1q_u8(y, vcombine_u8(vqmovun_s16(s.a), vqmovun_s16(s.b)));
}
NATIVE_CONV_INLINE void store_bytes_first(ByteWords s, std::uint8_t* y, int count) {
  std::uint8_t lane[2 * I16x8::lanes];
  store_bytes(s, lane);
  for (int i = 0; i < count; ++i) y[i] = lane[i];
}
NATIVE_CONV_INLINE void store_words(ByteWords s, std::int16_t* y) {
  vst1q_s16(y, s.a);
  vst1q_s16(y + 8, s.b);
}
NATIVE_CONV_INLINE ByteWords widened(I16x8, const std::uint8_t* p) { return widened(vld1q_u8(p)); }
NATIVE_CONV_INLINE void keep_words(ByteWords s, std::int16_t* y) { store_words(s, y); }
NATIVE_CONV_INLINE ByteWords kept_words(I16x8, const std::int16_t* x) {
  return {vld1q_s16(x), vld1q_s16(x + 8)};
}
NATIVE_CONV_INLINE I16x8 first_half(ByteWords s) { return {s.a}; }
NATIVE_CONV_INLINE I16x8 second_half(ByteWords s) { return {s.b}; }
NATIVE_CONV_INLINE ByteWords halves(I16x8 a, I16x8 b) { return {a.v, b.v}; }
// Of words without a sign.
NATIVE_CONV_INLINE ByteWords shift_right(ByteWords s, int bits) {
  const int16x8_t left = vdupq_n_s16(static_cast<std::int16_t>(-bits));
  return {vreinterpretq_s16_u16(vshlq_u16(vreinterpretq_u16_s16(s.a), left)),
          vreinterpretq_s16_u16(vshlq_u16(vreinterpretq_u16_s16(s.b), left))};
}
NATIVE_CONV_INLINE I16x8::Sum shift_right(I16x8::Sum s, int bits) {
  const int32x4_t left = vdupq_n_s32(-bits);
  return {vshlq_s32(s.a, left), vshlq_s32(s.b, left)};
}
// (s + ((s >> bits) & odd)) >> bits
NATIVE_CONV_INLINE I16x8::Sum shift_right(I16x8::Sum s, int bits, std::int32_t odd) {
  const int32x4_t mask = vdupq_n_s32(odd);
  const I16x8::Sum whole = shift_right(s, bits);
  return shift_right(
      I16x8::Sum{vaddq_s32(s.a, vandq_s32(whole.a, mask)), vaddq_s32(s.b, vandq_s32(whole.b, mask))}, bits);
}
