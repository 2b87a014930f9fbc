// Words of four bytes in plain C++: what resampling sums. Layer: kernels. SPDX-License-Identifier: MIT

struct PlainQuads {
  static constexpr int lanes = 4;
  std::uint32_t v[lanes];

  static PlainQuads load(const std::uint8_t* p) {
    PlainQuads r;
    for (int i = 0; i < lanes; ++i) {
      r.v[i] = 0;
      for (int k = 0; k < 4; ++k) r.v[i] |= static_cast<std::uint32_t>(p[4 * i + k]) << (8 * k);
    }
    return r;
  }
  static PlainQuads load_rows(const std::uint8_t* const* x, std::int64_t at) { return load(x[0] + at); }
  static PlainQuads repeat(const std::uint8_t* p) { return load(p); }
  static PlainQuads all(std::int32_t x) {
    const auto bits = static_cast<std::uint32_t>(x);
    return {{bits, bits, bits, bits}};
  }
  std::uint8_t byte(int i) const { return static_cast<std::uint8_t>(v[i / 4] >> (i % 4 * 8)); }
  void store_first(std::uint8_t* p, int count) const {
    for (int i = 0; i < count; ++i) p[i] = byte(i);
  }
  void store(std::uint8_t* p) const { store_first(p, 4 * lanes); }
  void store_rows(std::uint8_t* p, std::int64_t) const { store(p); }
};

// Bytes by their numbers; 0 for those of 128 and above.
inline PlainQuads shuffle(const PlainQuads& x, const PlainQuads& table) {
  std::uint8_t bytes[4 * PlainQuads::lanes];
  for (int i = 0; i < 4 * PlainQuads::lanes; ++i) bytes[i] = table.byte(i) < 128 ? x.byte(table.byte(i)) : 0;
  return PlainQuads::load(bytes);
}
// A square of four words.
inline void transpose(PlainQuads* x) {
  PlainQuads turned[4];  // g++ 12 for aarch64 computes exchanges in place wrongly
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) turned[i].v[j] = x[j].v[i];
  }
  for (int i = 0; i < 4; ++i) x[i] = turned[i];
}
// Saturates four vectors to bytes, one vector after the other.
inline PlainQuads pack(const PlainQuads* x) {
  std::uint8_t bytes[4 * PlainQuads::lanes];
  for (int i = 0; i < 4 * PlainQuads::lanes; ++i) {
    const auto value = static_cast<std::int32_t>(x[i / 4].v[i % 4]);
    bytes[i] = static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
  }
  return PlainQuads::load(bytes);
}
inline PlainQuads in_order(const PlainQuads& x) { return x; }

// The bytes 0 and 2, or 1 and 3, of each word.
inline PlainQuads even_bytes(PlainQuads x) {
  for (std::uint32_t& word : x.v) word &= 0x00ff00ff;
  return x;
}
inline PlainQuads odd_bytes(PlainQuads x) {
  for (std::uint32_t& word : x.v) word = word >> 8 & 0x00ff00ff;
  return x;
}
// sum + the products of both halves of each word.
inline PlainQuads multiply_add(PlainQuads sum, const PlainQuads& a, const PlainQuads& b) {
  for (int i = 0; i < PlainQuads::lanes; ++i) {
    const int low = static_cast<std::int16_t>(a.v[i] & 0xffff) * static_cast<std::int16_t>(b.v[i] & 0xffff);
    const int high = static_cast<std::int16_t>(a.v[i] >> 16) * static_cast<std::int16_t>(b.v[i] >> 16);
    sum.v[i] += static_cast<std::uint32_t>(low) + static_cast<std::uint32_t>(high);
  }
  return sum;
}
template <int left, int right>
inline PlainQuads shift_add(PlainQuads high, const PlainQuads& low) {
  for (int i = 0; i < PlainQuads::lanes; ++i) {
    const auto sum = static_cast<std::int32_t>((high.v[i] << left) + low.v[i]);
    high.v[i] = static_cast<std::uint32_t>(sum >> right);
  }
  return high;
}
