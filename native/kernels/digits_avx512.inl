// Weights in three digits of eight bits, summed by VNNI. Layer: kernels. SPDX-License-Identifier: MIT

struct DigitSums {
  static constexpr int words = 3;
  struct Weights {
    Weights() = default;
    explicit Weights(const std::int32_t* w)
        : high(_mm512_set1_epi32(w[0])), middle(_mm512_set1_epi32(w[1])), low(_mm512_set1_epi32(w[2])) {}
    __m512i high, middle, low;
  };

  // To the half that rounds. No constructor: its loop over an array would not be unrolled.
  void start() {
    high_ = _mm512_set1_epi32(1 << (blend_bits - 1 - 16));
    middle_ = low_ = _mm512_setzero_si512();
  }
  void add(Quads16 x, const Weights& w) {
    high_ = _mm512_dpbusd_epi32(high_, x.v, w.high);
    middle_ = _mm512_dpbusd_epi32(middle_, x.v, w.middle);
    low_ = _mm512_dpbusd_epi32(low_, x.v, w.low);
  }
  // Each digit on top of the sum of those before it, which takes fewer operations than three sums do.
  template <int quads>
  static Quads16 sum(const Quads16* x, const Weights* w) {
    __m512i sum = _mm512_set1_epi32(1 << (blend_bits - 1 - 16));
    NATIVE_CONV_UNROLL
    for (int q = 0; q < quads; ++q) sum = _mm512_dpbusd_epi32(sum, x[q].v, w[q].high);
    sum = _mm512_maskz_slli_epi32(every_sum, sum, 8);
    NATIVE_CONV_UNROLL
    for (int q = 0; q < quads; ++q) sum = _mm512_dpbusd_epi32(sum, x[q].v, w[q].middle);
    sum = _mm512_maskz_slli_epi32(every_sum, sum, 8);
    NATIVE_CONV_UNROLL
    for (int q = 0; q < quads; ++q) sum = _mm512_dpbusd_epi32(sum, x[q].v, w[q].low);
    return {_mm512_maskz_srai_epi32(every_sum, sum, blend_bits)};
  }
  Quads16 value() const { return shift_add<8, blend_bits>(shift_add<8, 0>({high_}, {middle_}), {low_}); }

 private:
  __m512i high_, middle_, low_;
};
