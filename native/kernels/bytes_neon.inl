// Bytes of pixels picked into words, and words to what tensors hold, NEON. Layer: kernels.
// SPDX-License-Identifier: MIT

class Bytes4 {
 public:
  static constexpr int lanes = 4;
  using Words = uint32x4_t;
  using Floats = float32x4_t;

  explicit Bytes4(const BytePick& pick) : places_(vld1q_u8(pick.places)) {}

  // `count` bytes, a multiple of four.
  static Words load(const std::uint8_t* x, int count) {
    std::uint32_t words[4] = {};
    std::memcpy(words, x, static_cast<std::size_t>(count));
    return vld1q_u32(words);
  }
  Words run(Words x) const { return vreinterpretq_u32_u8(vqtbl1q_u8(vreinterpretq_u8_u32(x), places_)); }

  static Floats all(const float* x) { return vld1q_f32(x); }
  // (x · a + c) + (x · a_rest + c_rest)
  static Floats split(Words x, Floats a, Floats c, Floats a_rest, Floats c_rest) {
    const float32x4_t value = vcvtq_f32_u32(x);
    return vaddq_f32(vfmaq_f32(c, value, a), vfmaq_f32(c_rest, value, a_rest));
  }
  static void store(Floats x, float* y) { vst1q_f32(y, x); }
  static void store(Floats x, std::uint16_t* y) { vst1_u16(y, vreinterpret_u16_f16(vcvt_f16_f32(x))); }
  static void store(Floats x, std::uint8_t* y) { store(vcvtnq_u32_f32(x), y); }
  // Words, saturated.
  static void store(Words x, std::uint8_t* y) {
    const uint16x4_t words = vqmovn_u32(x);
    const uint8x8_t bytes = vqmovn_u16(vcombine_u16(words, words));
    vst1_lane_u32(reinterpret_cast<std::uint32_t*>(y), vreinterpret_u32_u8(bytes), 0);
  }

  static Words all(std::int32_t x) { return vreinterpretq_u32_s32(vdupq_n_s32(x)); }
  static Words add(Words x, Words y) { return vaddq_u32(x, y); }
  // Of both halves of each word the sum of the products.
  static Words multiply(Words x, Words y) {
    const int16x8_t p = vreinterpretq_s16_u32(x), q = vreinterpretq_s16_u32(y);
    const int32x4_t low = vmull_s16(vget_low_s16(p), vget_low_s16(q));
    return vreinterpretq_u32_s32(vpaddq_s32(low, vmull_high_s16(p, q)));
  }
  static Words shift_right(Words x, int count) { return vshlq_u32(x, vdupq_n_s32(-count)); }

 private:
  uint8x16_t places_;
};
