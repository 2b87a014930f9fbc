// Depthwise planes of a few vectors under 3×3 and 5×5 kernels: a plane's vectors are loaded once for each
// column of the kernel, without the pixels that it would reach around the end of a row, and every tap takes
// them shifted, from two registers. Loads that are masked tap by tap cost two to three times as much: most
// straddle cache lines, and each needs its mask fetched. For vector types with `shift`. Included by
// depthwise.inl. Layer: kernels. SPDX-License-Identifier: MIT

// The taps of a SIZE × SIZE kernel over a plane of `width` columns, in the order of the chain.
template <class V, int SIZE, int VECS, bool REVERSED>
struct DepthwiseShifts {
  using T = typename V::T;
  static constexpr int taps = SIZE * SIZE, centre = taps / 2, reach = SIZE / 2;

  typename V::Shift shifts[taps];
  typename V::Mask inside[SIZE][VECS];  // what column kw of the kernel may read

  // Where tap k reads, in rows of the kernel from its first one on.
  static constexpr int position(int k) { return REVERSED ? taps - 1 - k : k; }

  DepthwiseShifts(const DepthwisePlane<T>& t) {
    for (int k = 0; k < taps; ++k) shifts[k] = V::shift_by(t.offsets[k]);
    for (int kw = 0; kw < SIZE; ++kw) {
      // The output for which column kw reads a pixel lies in the pixel's own row.
      const int first = kw < reach ? 0 : kw - reach, end = kw < reach ? t.width + kw - reach : t.width;
      std::uint64_t bits = 0;
      for (int row = 0; row < t.count && first < end; row += t.width)
        bits |= first_bits(end - first) << (row + first);
      for (int v = 0; v < VECS; ++v)
        inside[kw][v] = V::mask(static_cast<std::uint32_t>(bits >> v * V::lanes & first_bits(V::lanes)));
    }
  }

  NATIVE_CONV_INLINE void run(const T* x, const T* w, V (&acc)[VECS]) const {
    V pixels[SIZE][VECS];
    NATIVE_CONV_UNROLL
    for (int kw = 0; kw < SIZE; ++kw) {
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) pixels[kw][v] = V::load_mask(x + v * V::lanes, inside[kw][v]);
    }
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) acc[v] = V::zero();
    NATIVE_CONV_UNROLL
    for (int k = 0; k < taps; ++k) {
      const V weight = V::broadcast(w[k]);
      const int kw = position(k) % SIZE;
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) {
        const V before = v == 0 ? V::zero() : pixels[kw][v == 0 ? 0 : v - 1], at = pixels[kw][v],
                after = v == VECS - 1 ? V::zero() : pixels[kw][v == VECS - 1 ? v : v + 1];
        const V taken = position(k) < centre   ? V::shift(before, at, shifts[k])
                        : position(k) > centre ? V::shift(at, after, shifts[k])
                                               : at;
        acc[v] = fma(taken, weight, acc[v]);
      }
    }
  }
};
