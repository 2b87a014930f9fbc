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
  static I16x8 load_u8(const std::uint8_t* p) { return {vreinterpretq_s16_u16(vmovl_u8(vld1_u8(p)))}; }
  // Saturates to bytes.
  void store_u8(std::uint8_t* p) const { vst1_u8(p, vqmovun_s16(v)); }
  void store_u8_first(std::uint8_t* p, int count) const {
    std::uint8_t lane[lanes];
    store_u8(lane);
    for (int i = 0; i < count; ++i) p[i] = lane[i];
  }
};

NATIVE_CONV_INLINE I16x8::Taps interleave(I16x8 a, I16x8 b) { return {a.v, b.v}; }
// sum + a · (low half of pair) + b · (high half of pair).
NATIVE_CONV_INLINE I16x8::Sum dot(I16x8::Sum sum, I16x8::Taps taps, std::int32_t pair) {
  const auto first = static_cast<std::int16_t>(pair & 0xffff), second = static_cast<std::int16_t>(pair >> 16);
  return {vmlal_n_s16(vmlal_n_s16(sum.a, vget_low_s16(taps.a), first), vget_low_s16(taps.b), second),
          vmlal_n_s16(vmlal_n_s16(sum.b, vget_high_s16(taps.a), first), vget_high_s16(taps.b), second)};
}
NATIVE_CONV_INLINE I16x8::Sum add(I16x8::Sum a, I16x8::Sum b) {
  return {vaddq_s32(a.a, b.a), vaddq_s32(a.b, b.b)};
}
template <int bits>
NATIVE_CONV_INLINE I16x8::Sum shift_left(I16x8::Sum s) {
  return {vshlq_n_s32(s.a, bits), vshlq_n_s32(s.b, bits)};
}
template <int bits>
NATIVE_CONV_INLINE I16x8::Sum shift_right(I16x8::Sum s) {
  return {vshrq_n_s32(s.a, bits), vshrq_n_s32(s.b, bits)};
}
// Saturates to words.
NATIVE_CONV_INLINE I16x8 narrow(I16x8::Sum s) { return {vcombine_s16(vqmovn_s32(s.a), vqmovn_s32(s.b))}; }
