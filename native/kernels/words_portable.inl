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
// Saturates to words.
inline Int16x8 narrow(const Int16x8::Sum& s) {
  Int16x8 r;
  for (int i = 0; i < Int16x8::lanes; ++i) {
    const auto x = static_cast<std::int32_t>(s.v[i]);
    r.v[i] = static_cast<std::int16_t>(x < -32768 ? -32768 : x > 32767 ? 32767 : x);
  }
  return r;
}

// Words of twice as many bytes; sums wrap.
struct ByteWords {
  std::uint16_t v[2 * Int16x8::lanes];
};
struct BytePairs {
  const std::uint8_t *p, *q;
};
inline ByteWords all_words(Int16x8, std::int16_t x) {
  ByteWords r;
  for (std::uint16_t& word : r.v) word = static_cast<std::uint16_t>(x);
  return r;
}
inline BytePairs pair_bytes(Int16x8, const std::uint8_t* p, const std::uint8_t* q) { return {p, q}; }
// sum + p · (low byte of pair) + q · (high byte of pair), modulo 2^16.
inline ByteWords dot(ByteWords sum, BytePairs taps, std::int32_t pair) {
  const int first = static_cast<std::int8_t>(pair & 0xff),
            second = static_cast<std::int8_t>(pair >> 8 & 0xff);
  for (int i = 0; i < 2 * Int16x8::lanes; ++i)
    sum.v[i] = static_cast<std::uint16_t>(sum.v[i] + taps.p[i] * first + taps.q[i] * second);
  return sum;
}
// Saturates to bytes.
inline void store_bytes_first(const ByteWords& s, std::uint8_t* y, int count) {
  for (int i = 0; i < count; ++i) {
    const int x = static_cast<std::int16_t>(s.v[i]);
    y[i] = static_cast<std::uint8_t>(x < 0 ? 0 : x > 255 ? 255 : x);
  }
}
inline void store_bytes(const ByteWords& s, std::uint8_t* y) { store_bytes_first(s, y, 2 * Int16x8::lanes); }
inline void store_words(const ByteWords& s, std::int16_t* y) {
  for (int i = 0; i < 2 * Int16x8::lanes; ++i) y[i] = static_cast<std::int16_t>(s.v[i]);
}
inline ByteWords widened(Int16x8, const std::uint8_t* p) {
  ByteWords r;
  for (int i = 0; i < 2 * Int16x8::lanes; ++i) r.v[i] = p[i];
  return r;
}
inline void keep_words(const ByteWords& s, std::int16_t* y) { store_words(s, y); }
inline ByteWords kept_words(Int16x8, const std::int16_t* x) {
  ByteWords r;
  for (int i = 0; i < 2 * Int16x8::lanes; ++i) r.v[i] = static_cast<std::uint16_t>(x[i]);
  return r;
}
inline Int16x8 half_of(const ByteWords& s, int first) {
  Int16x8 r;
  for (int i = 0; i < Int16x8::lanes; ++i) r.v[i] = static_cast<std::int16_t>(s.v[first + i]);
  return r;
}
inline Int16x8 first_half(const ByteWords& s) { return half_of(s, 0); }
inline Int16x8 second_half(const ByteWords& s) { return half_of(s, Int16x8::lanes); }
inline ByteWords halves(const Int16x8& a, const Int16x8& b) {
  ByteWords r;
  for (int i = 0; i < Int16x8::lanes; ++i) {
    r.v[i] = static_cast<std::uint16_t>(a.v[i]);
    r.v[Int16x8::lanes + i] = static_cast<std::uint16_t>(b.v[i]);
  }
  return r;
}
// Modulo 2^16.
inline ByteWords add(ByteWords x, const ByteWords& y) {
  for (int i = 0; i < 2 * Int16x8::lanes; ++i) x.v[i] = static_cast<std::uint16_t>(x.v[i] + y.v[i]);
  return x;
}
// sum + x · w, modulo 2^16.
inline ByteWords multiply_add(ByteWords sum, const ByteWords& x, std::int32_t weight) {
  const std::uint32_t w = static_cast<std::uint16_t>(weight & 0xffff);
  for (int i = 0; i < 2 * Int16x8::lanes; ++i) sum.v[i] = static_cast<std::uint16_t>(sum.v[i] + x.v[i] * w);
  return sum;
}
// Of words without a sign.
inline ByteWords shift_right(ByteWords s, int bits) {
  for (std::uint16_t& word : s.v) word = static_cast<std::uint16_t>(word >> bits);
  return s;
}
inline Int16x8::Sum shift_right(Int16x8::Sum s, int bits) {
  for (std::uint32_t& lane : s.v) lane = static_cast<std::uint32_t>(static_cast<std::int32_t>(lane) >> bits);
  return s;
}
// (s + ((s >> bits) & odd)) >> bits
inline Int16x8::Sum shift_right(Int16x8::Sum s, int bits, std::int32_t odd) {
  for (std::uint32_t& lane : s.v) {
    const auto x = static_cast<std::int32_t>(lane);
    lane = static_cast<std::uint32_t>((x + ((x >> bits) & odd)) >> bits);
  }
  return s;
}
