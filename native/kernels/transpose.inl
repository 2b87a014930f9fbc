// Matrices turned by squares of a vector's lanes. Included by every ISA file after finish.inl. Layer:
// kernels. SPDX-License-Identifier: MIT

// One square of at most as many rows and columns as a vector has lanes.
template <class V>
NATIVE_CONV_INLINE void transpose_part(const typename V::T* from, std::int64_t from_row, int height,
                                       int width, typename V::T* to, std::int64_t to_row) {
  V m[V::lanes];
  NATIVE_CONV_UNROLL
  for (int i = 0; i < V::lanes; ++i)
    m[i] = i < height ? load_up_to<V>(from + i * from_row, width) : V::zero();
  transpose(m);
  NATIVE_CONV_UNROLL
  for (int i = 0; i < V::lanes; ++i) {
    if (i < width) store_up_to<V>(m[i], to + i * to_row, height);
  }
}

template <class V>
NATIVE_CONV_INLINE void transpose_whole(const typename V::T* from, std::int64_t from_row, typename V::T* to,
                                        std::int64_t to_row) {
  V m[V::lanes];
  NATIVE_CONV_UNROLL
  for (int i = 0; i < V::lanes; ++i) m[i] = V::load(from + i * from_row);
  transpose(m);
  NATIVE_CONV_UNROLL
  for (int i = 0; i < V::lanes; ++i) m[i].store(to + i * to_row);
}

template <class V>
inline void transpose_tile(const TransposeTile<typename V::T>& t) {
  for (std::int64_t c = 0; c < t.columns; c += V::lanes) {
    const int width = t.columns - c < V::lanes ? static_cast<int>(t.columns - c) : V::lanes;
    for (std::int64_t r = 0; r < t.rows; r += V::lanes) {
      const int height = t.rows - r < V::lanes ? static_cast<int>(t.rows - r) : V::lanes;
      const typename V::T* from = t.from + r * t.from_row + c;
      typename V::T* to = t.to + c * t.to_row + r;
      if (width == V::lanes && height == V::lanes) {
        transpose_whole<V>(from, t.from_row, to, t.to_row);
      } else {
        transpose_part<V>(from, t.from_row, height, width, to, t.to_row);
      }
    }
  }
}
