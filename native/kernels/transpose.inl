// Matrices turned by squares of a vector's lanes. Included by every ISA file after finish.inl. Layer:
// kernels. SPDX-License-Identifier: MIT

template <class V>
inline void transpose_tile(const TransposeTile<typename V::T>& t) {
  using T = typename V::T;
  for (std::int64_t c = 0; c < t.columns; c += V::lanes) {
    const int width = t.columns - c < V::lanes ? static_cast<int>(t.columns - c) : V::lanes;
    for (std::int64_t r = 0; r < t.rows; r += V::lanes) {
      const int height = t.rows - r < V::lanes ? static_cast<int>(t.rows - r) : V::lanes;
      const T* from = t.from + r * t.from_row + c;
      T* to = t.to + c * t.to_row + r;
      V m[V::lanes];
      NATIVE_CONV_UNROLL
      for (int i = 0; i < V::lanes; ++i) {
        m[i] = i < height ? load_up_to<V>(from + i * t.from_row, width) : V::zero();
      }
      transpose(m);
      for (int i = 0; i < width; ++i) store_up_to<V>(m[i], to + i * t.to_row, height);
    }
  }
}
