// Depthwise planes of a few vectors under 3×3 and 5×5 kernels: a plane's vectors are loaded once for each
// column of the kernel, without the pixels that it would reach around the end of a row, and every tap takes
// them shifted, from two registers. Loads that are masked tap by tap cost two to three times as much: most
// straddle cache lines, and each needs its mask fetched. For vector types with `shift`. Included by
// depthwise.inl. Layer: kernels. SPDX-License-Identifier: MIT

// The taps of a KERNEL × KERNEL kernel over a plane of `width` columns, in the order of the chain.
template <class V, int KERNEL
, int VECS, bool REVERSED > struct DepthwiseShifts {
  using T = typename V::T;
  static constexpr int taps = KERNEL
  *KERNEL
  , centre = taps / 2, reach = KERNEL
  / 2;

  typename V::Shift shifts[taps];
  typename V::Mask inside[KERNEL][VECS];  // what column kw of the kernel may read

  // Where tap k reads, in rows of the kernel from its first one on.
  static constexpr int position(int k) { return REVERSED ? taps - 1 - k : k; }

  DepthwiseShifts(const DepthwisePlane<T>& t) {
    for (int k = 0; k < taps; ++k) shifts[k] = V::shift_by(t.offsets[k]);
    for (int kw = 0; kw < KERNEL; ++kw) {
      std::uint32_t bits[VECS] = {};
      for (int j = 0; j < t.count; ++j) {
        // The output for which column kw reads pixel j lies in the pixel's own row.
        const int column = j % t.width + reach - kw;
        if (column >= 0 && column < t.width) bits[j / V::lanes] |= std::uint32_t{1} << (j % V::lanes);
      }
      for (int v = 0; v < VECS; ++v) inside[kw][v] = V::mask(bits[v]);
    }
  }

  NATIVE_CONV_INLINE void run(const T* x, const T* w, V (&acc)[VECS]) const {
    V pixels[KERNEL][VECS];
    NATIVE_CONV_UNROLL
    for (int kw = 0; kw < KERNEL; ++kw) {
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) pixels[kw][v] = V::load_mask(x + v * V::lanes, inside[kw][v]);
    }
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) acc[v] = V::zero();
    NATIVE_CONV_UNROLL
    for (int k = 0; k < taps; ++k) {
      const V weight = V::broadcast(w[k]);
      const int kw = position(k) % KERNEL;
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
