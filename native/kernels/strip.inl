// A GEMM micro-kernel whose vectors of pixels lie wherever their pointers say, so that a tile may be made of
// short rows, and few channels still fill the registers with accumulators. Included by every ISA file. Layer:
// kernels. SPDX-License-Identifier: MIT

// The most vectors of a tile with this many rows: `budget` accumulators, and no more pointers than an x86-64
// processor has registers for.
constexpr int strip_vectors_at_most(int rows, int budget) {
  return budget / rows < strip_most_vectors ? budget / rows : strip_most_vectors;
}

template <class V, int ROWS, int VECS>
inline void strip_loop(const StripTile<typename V::T>& t) {
  using T = typename V::T;
  V acc[ROWS][VECS];
  const T* x[VECS];
  NATIVE_CONV_UNROLL
  for (int v = 0; v < VECS; ++v) {
    x[v] = t.x[v];
    NATIVE_CONV_UNROLL
    for (int r = 0; r < ROWS; ++r) acc[r][v] = V::zero();
  }
  const T* a = t.a;
  for (std::int64_t k = 0; k < t.depth; ++k, a += ROWS) {
    const std::int64_t offset = t.offsets[k];
    // The fewer operands stay in registers, the others pass by.
    if constexpr (ROWS <= VECS) {
      V w[ROWS];
      NATIVE_CONV_UNROLL
      for (int r = 0; r < ROWS; ++r) w[r] = V::broadcast(a[r]);
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) {
        V pixels = V::load(x[v] + offset);
        if constexpr (ROWS > 1) keep(pixels);
        NATIVE_CONV_UNROLL
        for (int r = 0; r < ROWS; ++r) acc[r][v] = fma(pixels, w[r], acc[r][v]);
      }
    } else {
      V pixels[VECS];
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) pixels[v] = V::load(x[v] + offset);
      NATIVE_CONV_UNROLL
      for (int r = 0; r < ROWS; ++r) {
        const V w = V::broadcast(a[r]);
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v) acc[r][v] = fma(pixels[v], w, acc[r][v]);
      }
    }
  }
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) acc[r][v].store(t.c + r * t.c_row + v * V::lanes);
  }
}

// Finds the instance with exactly t.vectors vectors.
template <class V, int ROWS, int VECS>
inline void strip_with_rows(const StripTile<typename V::T>& t) {
  if constexpr (VECS > 1) {
    if (t.vectors < VECS) return strip_with_rows<V, ROWS, VECS - 1>(t);
  }
  strip_loop<V, ROWS, VECS>(t);
}

// Finds the instance with exactly t.rows rows, of at most ROWS; BUDGET accumulators.
template <class V, int ROWS, int BUDGET>
inline void strip_tile(const StripTile<typename V::T>& t) {
  if constexpr (ROWS > 1) {
    if (t.rows < ROWS) return strip_tile<V, ROWS - 1, BUDGET>(t);
  }
  strip_with_rows<V, ROWS, strip_vectors_at_most(ROWS, BUDGET)>(t);
}
