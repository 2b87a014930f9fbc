// One channel of 4 pixels, NEON. Layer: kernels. SPDX-License-Identifier: MIT

class Bytes4 {
 public:
  static constexpr int lanes = 4;
  static constexpr int slack(int channels) { return 16 - 4 * channels; }

  Bytes4(int channels, int channel) {
    std::uint8_t bytes[16];
    for (int i = 0; i < 16; ++i)
      bytes[i] = static_cast<std::uint8_t>(i % 4 == 0 ? i / 4 * channels + channel : 255);
    bytes_ = vld1q_u8(bytes);
  }

  // y[i] = x[i · channels + channel] · a[i] + b[i]
  void run(const std::uint8_t* x, const double* a, const double* b, float* y) const {
    const uint32x4_t values = vreinterpretq_u32_u8(vqtbl1q_u8(vld1q_u8(x), bytes_));
    vst1q_f32(y, vcombine_f32(half(vget_low_u32(values), a, b), half(vget_high_u32(values), a + 2, b + 2)));
  }

 private:
  static float32x2_t half(uint32x2_t values, const double* a, const double* b) {
    const float64x2_t x = vcvtq_f64_u64(vmovl_u32(values));
    return vcvt_f32_f64(vaddq_f64(vmulq_f64(x, vld1q_f64(a)), vld1q_f64(b)));
  }

  uint8x16_t bytes_;
};
