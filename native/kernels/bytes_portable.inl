// One channel of some pixels in plain C++. Layer: kernels. SPDX-License-Identifier: MIT

class PlainBytes {
 public:
  static constexpr int lanes = 4;
  static constexpr int slack(int) { return 0; }

  PlainBytes(int channels, int channel) : channels_(channels), channel_(channel) {}

  // y[i] = x[i · channels + channel] · a[i] + b[i]
  void run(const std::uint8_t* x, const double* a, const double* b, float* y) const {
    for (int i = 0; i < lanes; ++i) y[i] = static_cast<float>(x[i * channels_ + channel_] * a[i] + b[i]);
  }

 private:
  int channels_, channel_;
};
