// Vectors of running sums, NEON. Layer: kernels. SPDX-License-Identifier: MIT

struct alignas(16) LastBytes {
  std::uint8_t at[16];
};
// The last `step` lanes of `size` bytes by turns.
template <int size, int step>
constexpr LastBytes last_bytes() {
  LastBytes places{};
  for (int i = 0; i < 16; ++i)
    places.at[i] = static_cast<std::uint8_t>(16 - size * step + i / size % step * size + i % size);
  return places;
}
template <int size, int step>
NATIVE_CONV_INLINE uint8x16_t last_lanes(uint8x16_t x) {
  static constexpr auto places = last_bytes<size, step>();
  return vqtbl1q_u8(x, vld1q_u8(places.at));
}

// 16 bits without a sign.
struct WordSums8 {
  static constexpr int lanes = 8;
  using Lane = std::uint16_t;
  using Mean = WordMean;
  uint16x8_t v;

  static WordSums8 load(const std::uint16_t* p) { return {vld1q_u16(p)}; }
  static WordSums8 load_lanes(const Lane* p) { return load(p); }
  static WordSums8 load(const std::uint8_t* p) { return {vmovl_u8(vld1_u8(p))}; }
  void store(std::uint16_t* p) const { vst1q_u16(p, v); }

  // Lane i - step in lane i, 0 where there is none.
  template <int step>
  WordSums8 shifted_up() const {
    return {vextq_u16(vdupq_n_u16(0), v, lanes - step)};
  }
  template <int step>
  WordSums8 carried() const {
    return {vreinterpretq_u16_u8(last_lanes<2, step>(vreinterpretq_u8_u16(v)))};
  }

  static Lane added(const Mean& mean) { return mean.added; }
  void store_means(const Mean& mean, std::uint8_t* y) const {
    const uint16x4_t low = vshrn_n_u32(vmull_n_u16(vget_low_u16(v), mean.scale), 16);
    const uint16x4_t high = vshrn_n_u32(vmull_n_u16(vget_high_u16(v), mean.scale), 16);
    const int16x8_t down = vdupq_n_s16(static_cast<std::int16_t>(-mean.shift));
    vst1_u8(y, vqmovn_u16(vshlq_u16(vcombine_u16(low, high), down)));
  }
};
NATIVE_CONV_INLINE WordSums8 add(WordSums8 x, WordSums8 y) { return {vaddq_u16(x.v, y.v)}; }
NATIVE_CONV_INLINE WordSums8 subtract(WordSums8 x, WordSums8 y) { return {vsubq_u16(x.v, y.v)}; }

// 32 bits, of words.
struct Sums4 {
  static constexpr int lanes = 4;
  using Lane = std::int32_t;
  using Mean = NearMean;
  int32x4_t v;

  static Sums4 load(const std::uint16_t* p) { return {vreinterpretq_s32_u32(vmovl_u16(vld1_u16(p)))}; }
  static Sums4 load_lanes(const Lane* p) { return {vld1q_s32(p)}; }

  template <int step>
  Sums4 shifted_up() const {
    return {vextq_s32(vdupq_n_s32(0), v, lanes - step)};
  }
  template <int step>
  Sums4 carried() const {
    return {vreinterpretq_s32_u8(last_lanes<4, step>(vreinterpretq_u8_s32(v)))};
  }

  static Lane added(const Mean&) { return 0; }
  void store_means(const Mean& mean, std::uint8_t* y) const {
    const float32x4_t means = vmulq_n_f32(vcvtq_f32_s32(v), mean.factor);
    const uint16x4_t words = vqmovun_s32(vcvtnq_s32_f32(means));
    std::uint8_t bytes[8];
    vst1_u8(bytes, vqmovn_u16(vcombine_u16(words, words)));
    for (int i = 0; i < lanes; ++i) y[i] = bytes[i];
  }
};
NATIVE_CONV_INLINE Sums4 add(Sums4 x, Sums4 y) { return {vaddq_s32(x.v, y.v)}; }
NATIVE_CONV_INLINE Sums4 subtract(Sums4 x, Sums4 y) { return {vsubq_s32(x.v, y.v)}; }
