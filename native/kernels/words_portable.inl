// Vectors of 16-bit words in plain C++; sums wrap as unsigned ones do. Layer: kernels.
// SPDX-License-Identifier: MIT

struct Int16x8 {
  static constexpr int lanes = 8;
  std::int16_t v[lanes];

  struct Sum {
    std::uint32_t v[lanes];
  };
  struct Taps {
    std::int16_t a[lanes], b[lanes];
  };
  static Sum sum_of(std::int32_t x) {
    Sum s;
    for (std::uint32_t& lane : s.v) lane = static_cast<std::uint32_t>(x);
    return s;
  }
  static Int16x8 load_u8(const std::uint8_t* p) {
    Int16x8 r;
    for (int i = 0; i < lanes; ++i) r.v[i] = p[i];
    return r;
  }
  // Saturates to bytes.
  void store_u8(std::uint8_t* p) const { store_u8_first(p, lanes); }
  void store_u8_first(std::uint8_t* p, int count) const {
    for (int i = 0; i < count; ++i) p[i] = static_cast<std::uint8_t>(v[i] < 0 ? 0 : v[i] > 255 ? 255 : v[i]);
  }
};

inline Int16x8::Taps interleave(const Int16x8& a, const Int16x8& b) {
  Int16x8::Taps taps;
  for (int i = 0; i < Int16x8::lanes; ++i) {
    taps.a[i] = a.v[i];
    taps.b[i] = b.v[i];
  }
  return taps;
}
// sum + a · (low half of pair) + b · (high half of pair).
inline Int16x8::Sum dot(Int16x8::Sum sum, const Int16x8::Taps& taps, std::int32_t pair) {
  const auto first = static_cast<std::int16_t>(pair & 0xffff), second = static_cast<std::int16_t>(pair >> 16);
  for (int i = 0; i < Int16x8::lanes; ++i) {
    sum.v[i] += static_cast<std::uint32_t>(taps.a[i] * first);
    sum.v[i] += static_cast<std::uint32_t>(taps.b[i] * second);
  }
  return sum;
}
inline Int16x8::Sum add(Int16x8::Sum a, const Int16x8::Sum& b) {
  for (int i = 0; i < Int16x8::lanes; ++i) a.v[i] += b.v[i];
  return a;
}
template <int bits>
inline Int16x8::Sum shift_left(Int16x8::Sum s) {
  for (std::uint32_t& lane : s.v) lane <<= bits;
  return s;
}
template <int bits>
inline Int16x8::Sum shift_right(Int16x8::Sum s) {
  for (std::uint32_t& lane : s.v) lane = static_cast<std::uint32_t>(static_cast<std::int32_t>(lane) >> bits);
  return s;
}
// Saturates to words.
inline Int16x8 narrow(const Int16x8::Sum& s) {
  Int16x8 r;
  for (int i = 0; i < Int16x8::lanes; ++i) {
    const auto x = static_cast<std::int32_t>(s.v[i]);
    r.v[i] = static_cast<std::int16_t>(x < -32768 ? -32768 : x > 32767 ? 32767 : x);
  }
  return r;
}
