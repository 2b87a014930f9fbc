// The Fourier kernels over a vector type: stages of radix 2, 3, 4 and 5 on lines of complex points, and the
// columns of a convolution, which stay in the first-level cache between their transforms. Included by every
// ISA file. Layer: kernels. SPDX-License-Identifier: MIT

template <class V>
struct Complex {
  V re, im;

  static Complex load(const typename V::T* p) { return {V::load(p), V::load(p + V::lanes)}; }
  void store(typename V::T* p) const {
    re.store(p);
    im.store(p + V::lanes);
  }
};

template <class V>
NATIVE_CONV_INLINE Complex<V> operator+(Complex<V> a, Complex<V> b) {
  return {a.re + b.re, a.im + b.im};
}
template <class V>
NATIVE_CONV_INLINE Complex<V> operator-(Complex<V> a, Complex<V> b) {
  return {a.re - b.re, a.im - b.im};
}
// a + s·b.
template <class V>
NATIVE_CONV_INLINE Complex<V> scaled_sum(Complex<V> a, V s, Complex<V> b) {
  return {fma(s, b.re, a.re), fma(s, b.im, a.im)};
}
// a - i·b and a + i·b.
template <class V>
NATIVE_CONV_INLINE Complex<V> minus_i(Complex<V> a, Complex<V> b) {
  return {a.re + b.im, a.im - b.re};
}
template <class V>
NATIVE_CONV_INLINE Complex<V> plus_i(Complex<V> a, Complex<V> b) {
  return {a.re - b.im, a.im + b.re};
}
// a·(re + im·i), or with its conjugate.
template <bool CONJUGATE, class V>
NATIVE_CONV_INLINE Complex<V> times(Complex<V> a, V re, V im) {
  const V x = a.im * im, y = a.re * im;
  if constexpr (CONJUGATE) {
    return {fma(a.re, re, x), fma(a.im, re, V::zero() - y)};
  } else {
    return {fma(a.re, re, V::zero() - x), fma(a.im, re, y)};
  }
}

// A transform of as many points as there are, forward.
template <class V>
NATIVE_CONV_INLINE void butterfly(Complex<V> (&p)[2]) {
  const Complex<V> a = p[0], b = p[1];
  p[0] = a + b;
  p[1] = a - b;
}
template <class V>
NATIVE_CONV_INLINE void butterfly(Complex<V> (&p)[3]) {
  using T = typename V::T;
  const V sine = V::broadcast(T(0.866025403784438646763723170752936183));
  const Complex<V> sum = p[1] + p[2], difference = p[1] - p[2];
  const Complex<V> middle = scaled_sum(p[0], V::broadcast(T(-0.5)), sum),
                   turned = {difference.re * sine, difference.im * sine};
  p[0] = p[0] + sum;
  p[1] = minus_i(middle, turned);
  p[2] = plus_i(middle, turned);
}
template <class V>
NATIVE_CONV_INLINE void butterfly(Complex<V> (&p)[4]) {
  const Complex<V> a = p[0] + p[2], b = p[0] - p[2], c = p[1] + p[3], d = p[1] - p[3];
  p[0] = a + c;
  p[1] = minus_i(b, d);
  p[2] = a - c;
  p[3] = plus_i(b, d);
}
template <class V>
NATIVE_CONV_INLINE void butterfly(Complex<V> (&p)[5]) {
  using T = typename V::T;
  const V cosine = V::broadcast(T(0.309016994374947424102293417182819059)),
          cosine2 = V::broadcast(T(-0.809016994374947424102293417182819059)),
          sine = V::broadcast(T(0.951056516295153572116439333379382143)),
          sine2 = V::broadcast(T(0.587785252292473129168705954639072769));
  const Complex<V> outer = p[1] + p[4], inner = p[2] + p[3], outer_d = p[1] - p[4], inner_d = p[2] - p[3];
  const Complex<V> a = scaled_sum(scaled_sum(p[0], cosine, outer), cosine2, inner),
                   b = scaled_sum(scaled_sum(p[0], cosine2, outer), cosine, inner);
  const Complex<V> c = scaled_sum(Complex<V>{sine * outer_d.re, sine * outer_d.im}, sine2, inner_d),
                   d = scaled_sum(Complex<V>{sine2 * outer_d.re, sine2 * outer_d.im}, V::zero() - sine,
                                  inner_d);
  p[0] = p[0] + outer + inner;
  p[1] = minus_i(a, c);
  p[2] = minus_i(b, d);
  p[3] = plus_i(b, d);
  p[4] = plus_i(a, c);
}

// One stage on blocks of `size` points. Backward, the factors come first, and a butterfly's outputs change
// places instead of its signs.
template <class V, int RADIX, bool INVERSE, bool LAST>
NATIVE_CONV_NOINLINE void fft_stage(typename V::T* z, std::int64_t step, int points, int size,
                                    const typename V::T* factors) {
  using T = typename V::T;
  const int part = LAST ? 1 : size / RADIX;
  const std::int64_t apart = part * step;
  for (int block = 0; block < points; block += LAST ? RADIX : size) {
    const T* w = factors;
    for (int j = 0; j < part; ++j, w += 2 * (RADIX - 1)) {
      T* at = z + (block + j) * step;
      Complex<V> p[RADIX];
      NATIVE_CONV_UNROLL
      for (int k = 0; k < RADIX; ++k) {
        p[k] = Complex<V>::load(at + k * apart);
        if constexpr (INVERSE && !LAST) {
          if (k > 0) p[k] = times<true>(p[k], V::broadcast(w[2 * k - 2]), V::broadcast(w[2 * k - 1]));
        }
      }
      butterfly(p);
      NATIVE_CONV_UNROLL
      for (int k = 0; k < RADIX; ++k) {
        Complex<V> y = p[INVERSE && k > 0 ? RADIX - k : k];
        if constexpr (!INVERSE && !LAST) {
          if (k > 0) y = times<false>(y, V::broadcast(w[2 * k - 2]), V::broadcast(w[2 * k - 1]));
        }
        y.store(at + k * apart);
      }
    }
  }
}

template <class V, bool INVERSE, bool LAST>
inline void fft_stage_of(int radix, typename V::T* z, std::int64_t step, int points, int size,
                         const typename V::T* factors) {
  switch (radix) {
    case 2:
      return fft_stage<V, 2, INVERSE, LAST>(z, step, points, size, factors);
    case 3:
      return fft_stage<V, 3, INVERSE, LAST>(z, step, points, size, factors);
    case 4:
      return fft_stage<V, 4, INVERSE, LAST>(z, step, points, size, factors);
    default:
      return fft_stage<V, 5, INVERSE, LAST>(z, step, points, size, factors);
  }
}

// Points that stay in the first-level cache from stage to stage.
template <class V>
constexpr int fft_cached_points = (16 << 10) / (2 * V::lanes * static_cast<int>(sizeof(typename V::T)));

// Stages `s` and after on one block of `size` points, whose factors begin at `factors`. Blocks that leave the
// cache are taken apart one after another, each to its end.
template <class V>
inline void fft_forward(const FftLength<typename V::T>& length, typename V::T* z, std::int64_t step, int s,
                        int size, const typename V::T* factors) {
  const int last = length.stages - 1;
  if (s < last && size > fft_cached_points<V>) {
    const int radix = length.radix[s], part = size / radix;
    fft_stage_of<V, false, false>(radix, z, step, size, size, factors);
    for (int k = 0; k < radix; ++k)
      fft_forward<V>(length, z + k * part * step, step, s + 1, part, factors + 2 * part * (radix - 1));
    return;
  }
  int left = size;
  for (; s < last; ++s) {
    const int radix = length.radix[s];
    fft_stage_of<V, false, false>(radix, z, step, size, left, factors);
    left /= radix;
    factors += 2 * left * (radix - 1);
  }
  if (length.stages) fft_stage_of<V, false, true>(left, z, step, size, left, factors);
}

template <class V>
inline void fft_inverse(const FftLength<typename V::T>& length, typename V::T* z, std::int64_t step, int s,
                        int size, const typename V::T* factors) {
  const int last = length.stages - 1;
  if (s < last && size > fft_cached_points<V>) {
    const int radix = length.radix[s], part = size / radix;
    for (int k = 0; k < radix; ++k)
      fft_inverse<V>(length, z + k * part * step, step, s + 1, part, factors + 2 * part * (radix - 1));
    return fft_stage_of<V, true, false>(radix, z, step, size, size, factors);
  }
  if (length.stages == 0) return;
  int left = size;
  for (int stage = s; stage < last; ++stage) {
    left /= length.radix[stage];
    factors += 2 * left * (length.radix[stage] - 1);
  }
  fft_stage_of<V, true, true>(left, z, step, size, left, factors);
  for (int stage = last - 1; stage >= s; --stage) {
    const int radix = length.radix[stage];
    factors -= 2 * left * (radix - 1);
    left *= radix;
    fft_stage_of<V, true, false>(radix, z, step, size, left, factors);
  }
}

template <class V>
inline void fft(const FftLength<typename V::T>& length, typename V::T* z, std::int64_t step, bool inverse) {
  inverse ? fft_inverse<V>(length, z, step, 0, length.points, length.factors)
          : fft_forward<V>(length, z, step, 0, length.points, length.factors);
}

template <class V>
inline void fft_lines(const FftLines<typename V::T>& t) {
  for (int l = 0; l < t.lines; ++l) fft<V>(*t.length, t.z + l * t.line, t.step, t.inverse);
}

template <class V>
inline void fft_columns(const FftColumns<typename V::T>& t) {
  using T = typename V::T;
  for (int c = 0; c < t.columns; ++c) {
    T *x = t.x + c * t.column, *y = t.y + c * t.column;
    const T* k = t.k + c * t.k_column;
    if (t.forward) fft<V>(*t.length, x, t.step, false);
    for (int e = 0; e < t.length->points; ++e) {
      const Complex<V> factor = Complex<V>::load(k + e * t.k_step);
      times<false>(Complex<V>::load(x + e * t.step), factor.re, factor.im).store(y + e * t.step);
    }
    fft<V>(*t.length, y, t.step, true);
  }
}
