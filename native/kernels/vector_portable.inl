// Vectors in plain C++: arrays of a few lanes that the compiler may or may not turn into registers.
// Included inside the namespace of isa_portable.cpp. Layer: kernels. SPDX-License-Identifier: MIT

template <class Scalar, int Lanes>
struct Plain {
  using T = Scalar;
  static constexpr int lanes = Lanes, registers = 8;
  static constexpr bool shifts = false;
  T v[lanes];

  static Plain broadcast(T x) {
    Plain r;
    for (T& lane : r.v) lane = x;
    return r;
  }
  static Plain zero() { return broadcast(0); }
  static Plain load(const T* p) { return load_first(p, lanes); }
  void store(T* p) const { store_first(p, lanes); }
  // The first `count` lanes only, 1 <= count <= lanes; the others are neither read nor written, and load as
  // 0.
  static Plain load_first(const T* p, int count) {
    Plain r;
    for (int i = 0; i < lanes; ++i) r.v[i] = i < count ? p[i] : T(0);
    return r;
  }
  void store_first(T* p, int count) const {
    for (int i = 0; i < count; ++i) p[i] = v[i];
  }
  // Where the processor has no store past the caches, an ordinary one.
  void stream(T* p) const { store(p); }
  static void fence() {}
  // The lanes whose bits are set; the others are not read, and load as 0.
  using Mask = std::uint32_t;
  static Mask mask(std::uint32_t bits) { return bits; }
  static Plain load_mask(const T* p, Mask mask) {
    Plain r;
    for (int i = 0; i < lanes; ++i) r.v[i] = mask >> i & 1 ? p[i] : T(0);
    return r;
  }
  // Lane i is p[at[i]].
  using Index = const std::int32_t*;
  static Index index(const std::int32_t* at) { return at; }
  static Plain gather(const T* p, Index at) {
    Plain r;
    for (int i = 0; i < lanes; ++i) r.v[i] = p[at[i]];
    return r;
  }
  // Lane i is a[at[i]].
  static Plain permute(const Plain& a, Index at) { return gather(a.v, at); }

  // a * b + c, rounded once.
  friend Plain fma(Plain a, Plain b, Plain c) {
    for (int i = 0; i < lanes; ++i) c.v[i] = std::fma(a.v[i], b.v[i], c.v[i]);
    return c;
  }
  friend Plain operator+(Plain a, Plain b) {
    for (int i = 0; i < lanes; ++i) a.v[i] += b.v[i];
    return a;
  }
  friend Plain operator-(Plain a, Plain b) {
    for (int i = 0; i < lanes; ++i) a.v[i] -= b.v[i];
    return a;
  }
  friend Plain operator*(Plain a, Plain b) {
    for (int i = 0; i < lanes; ++i) a.v[i] *= b.v[i];
    return a;
  }
  // a < b ? yes : no, lane by lane; a NaN compares false.
  friend Plain if_less(Plain a, Plain b, Plain yes, Plain no) {
    for (int i = 0; i < lanes; ++i) no.v[i] = a.v[i] < b.v[i] ? yes.v[i] : no.v[i];
    return no;
  }
  // The even elements of a, then the odd ones of b.
  friend Plain alternate(Plain a, Plain b) {
    Plain r;
    for (int i = 0; i < lanes; ++i) r.v[i] = 2 * i < lanes ? a.v[2 * i] : b.v[2 * i - lanes + 1];
    return r;
  }
};

// The lanes whose bits are set, moved to the front; the others are of no account.
template <class Scalar, int Lanes>
inline Plain<Scalar, Lanes> compress(Plain<Scalar, Lanes> a, std::uint32_t bits) {
  for (int i = 0, to = 0; i < Lanes; ++i) {
    if (bits >> i & 1) a.v[to++] = a.v[i];
  }
  return a;
}

// The lanes of as many vectors as each has, as the rows of a square matrix, transposed in place.
template <class Scalar, int Lanes>
inline void transpose(Plain<Scalar, Lanes> (&m)[Lanes]) {
  for (int i = 0; i < Lanes; ++i) {
    for (int j = 0; j < i; ++j) std::swap(m[i].v[j], m[j].v[i]);
  }
}

inline float scalar_fma(float a, float b, float c) { return std::fma(a, b, c); }
inline double scalar_fma(double a, double b, double c) { return std::fma(a, b, c); }

// a and b side by side are 2·lanes elements: unzip takes every other one of them, beginning with `odd`.
template <class Scalar, int Lanes>
inline Plain<Scalar, Lanes> unzip(const Plain<Scalar, Lanes>& a, const Plain<Scalar, Lanes>& b, int odd) {
  Plain<Scalar, Lanes> r;
  for (int i = 0; i < Lanes; ++i) {
    const int at = 2 * i + odd;
    r.v[i] = at < Lanes ? a.v[at] : b.v[at - Lanes];
  }
  return r;
}
// The reverse: a[0], b[0], a[1], b[1], … from a[first] on.
template <class Scalar, int Lanes>
inline Plain<Scalar, Lanes> zip(const Plain<Scalar, Lanes>& a, const Plain<Scalar, Lanes>& b, int first) {
  Plain<Scalar, Lanes> r;
  for (int i = 0; i < Lanes; ++i) r.v[i] = (i % 2 == 0 ? a : b).v[first + i / 2];
  return r;
}

template <class V>
inline V unzip_even(const V& a, const V& b) {
  return unzip(a, b, 0);
}
template <class V>
inline V unzip_odd(const V& a, const V& b) {
  return unzip(a, b, 1);
}
template <class V>
inline V zip_low(const V& a, const V& b) {
  return zip(a, b, 0);
}
template <class V>
inline V zip_high(const V& a, const V& b) {
  return zip(a, b, V::lanes / 2);
}

using Float4 = Plain<float, 4>;
using Double2 = Plain<double, 2>;

template <class Scalar, int Lanes>
inline void keep(Plain<Scalar, Lanes>&) {}
