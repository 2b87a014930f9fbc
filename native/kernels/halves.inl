// Weights in two halves of sixteen bits, summed by products of words: quads_<isa>.inl. Layer: kernels.
// SPDX-License-Identifier: MIT

template <class V>
struct HalfSums {
  static constexpr int words = 4;
  struct Weights {
    Weights() = default;
    explicit Weights(const std::int32_t* w)
        : even_high(V::all(w[0])), odd_high(V::all(w[1])), even_low(V::all(w[2])), odd_low(V::all(w[3])) {}
    V even_high, odd_high, even_low, odd_low;
  };

  // To the half that rounds. No constructor: its loop over an array would not be unrolled.
  void start() {
    high_ = V::all(0);
    low_ = V::all(1 << (blend_bits - 1));
  }
  void add(V x, const Weights& w) {
    const V even = even_bytes(x), odd = odd_bytes(x);
    high_ = multiply_add(multiply_add(high_, even, w.even_high), odd, w.odd_high);
    low_ = multiply_add(multiply_add(low_, even, w.even_low), odd, w.odd_low);
  }
  template <int quads>
  static V sum(const V* x, const Weights* w) {
    HalfSums sums;
    sums.start();
    NATIVE_CONV_UNROLL
    for (int q = 0; q < quads; ++q) sums.add(x[q], w[q]);
    return sums.value();
  }
  V value() const { return shift_add<blend_split, blend_bits>(high_, low_); }

 private:
  V high_, low_;
};
