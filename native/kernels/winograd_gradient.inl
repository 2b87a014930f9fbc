// The Winograd kernels of weight gradients over a vector type: both transforms into the Winograd domain, the
// sums over tiles, and the transform of these into taps. Lanes are channels everywhere: rows of maps are
// turned in registers as they are read, and after that nothing is gathered. Included by every ISA file after
// winograd.inl. Layer: kernels. SPDX-License-Identifier: MIT

// A e, of the first places.
template <class V>
NATIVE_CONV_INLINE void gradient_axis(WinogradNone, V (&)[1]) {}
template <class V>
NATIVE_CONV_INLINE void gradient_axis(WinogradF4, V (&e)[6]) {
  using T = typename V::T;
  constexpr double a = WinogradF4::a, b = WinogradF4::b;
  const V even_a = fma(V::broadcast(T(a * a)), e[2], e[0]), even_b = fma(V::broadcast(T(b * b)), e[2], e[0]),
          odd_a = fma(V::broadcast(T(a * a * a)), e[3], V::broadcast(T(a)) * e[1]),
          odd_b = fma(V::broadcast(T(b * b * b)), e[3], V::broadcast(T(b)) * e[1]);
  e[5] = e[3];
  e[1] = even_a + odd_a;
  e[2] = even_a - odd_a;
  e[3] = even_b + odd_b;
  e[4] = even_b - odd_b;
}

// Gᵀm, in the first places.
template <class V>
NATIVE_CONV_INLINE void taps_axis(WinogradNone, V (&)[1]) {}
template <class V>
NATIVE_CONV_INLINE void taps_axis(WinogradF4, V (&m)[6]) {
  using T = typename V::T;
  constexpr double a = WinogradF4::a, b = WinogradF4::b;
  constexpr double scale = 1 / (a * a * b * b), scale_a = 0.5 / (a * a * (a * a - b * b)),
                   scale_b = 0.5 / (b * b * (b * b - a * a));
  const V even_a = V::broadcast(T(scale_a)) * (m[1] + m[2]), odd_a = m[1] - m[2],
          even_b = V::broadcast(T(scale_b)) * (m[3] + m[4]), odd_b = m[3] - m[4];
  m[0] = fma(V::broadcast(T(scale)), m[0], even_a + even_b);
  m[1] = fma(V::broadcast(T(a * scale_a)), odd_a, V::broadcast(T(b * scale_b)) * odd_b);
  m[2] = fma(V::broadcast(T(a * a)), even_a, fma(V::broadcast(T(b * b)), even_b, m[5]));
}

// What a tile has along an axis before it is transformed, and the transform.
struct WinogradOfInput {
  template <class Axis>
  static constexpr int elements = Axis::points;
  template <class Axis, class V>
  static NATIVE_CONV_INLINE void transform(V (&d)[Axis::points]) {
    input_axis(Axis{}, d);
  }
};
struct WinogradOfGradient {
  template <class Axis>
  static constexpr int elements = Axis::outputs;
  template <class Axis, class V>
  static NATIVE_CONV_INLINE void transform(V (&d)[Axis::points]) {
    gradient_axis(Axis{}, d);
  }
};

// A row of every channel turned into columns of all channels, with zeros up to a whole vector of columns.
template <class V>
NATIVE_CONV_INLINE void winograd_turn(const WinogradPanel<typename V::T>& t, const typename V::T* row,
                                      int width, typename V::T* line) {
  // Rows of as many channels are more streams than the hardware foresees.
  constexpr int ahead = 256 / sizeof(typename V::T);
  for (int i = 0; i < width; i += V::lanes) {
    V m[V::lanes];
    for (int c = 0; c < t.channels; ++c) NATIVE_CONV_PREFETCH(row + c * t.next + i + ahead);
    if (t.channels == V::lanes && width - i >= V::lanes) {
      NATIVE_CONV_UNROLL
      for (int c = 0; c < V::lanes; ++c) m[c] = V::load(row + c * t.next + i);
    } else {
      NATIVE_CONV_UNROLL
      for (int c = 0; c < V::lanes; ++c) {
        m[c] = c < t.channels ? load_up_to<V>(row + c * t.next + i, width - i) : V::zero();
      }
    }
    transpose(m);
    NATIVE_CONV_UNROLL
    for (int w = 0; w < V::lanes; ++w) m[w].store(line + (i + w) * V::lanes);
  }
}

// Columns [begin, end) of all lines of a strip.
template <class V, int LINES>
NATIVE_CONV_INLINE void winograd_clear(typename V::T* lines, std::int64_t pitch, int begin, int end) {
  for (int h = 0; h < LINES; ++h) {
    for (int i = begin; i < end; ++i) V::zero().store(lines + (h * pitch + i) * V::lanes);
  }
}

// The transform along the columns of a strip's lines, in place.
template <class V, class Side, class H>
NATIVE_CONV_INLINE void winograd_turned_rows(typename V::T* lines, std::int64_t pitch, int width) {
  for (int i = 0; i < width; ++i, lines += V::lanes) {
    V d[H::points];
    NATIVE_CONV_UNROLL
    for (int h = 0; h < Side::template elements<H>; ++h) d[h] = V::load(lines + h * pitch * V::lanes);
    Side::template transform<H>(d);
    NATIVE_CONV_UNROLL
    for (int h = 0; h < H::points; ++h) d[h].store(lines + h * pitch * V::lanes);
  }
}

// The transform along the rows, of the tiles that lie in one strip.
template <class V, class Side, class H, class W>
NATIVE_CONV_INLINE void winograd_turned_columns(const WinogradPanel<typename V::T>& t,
                                                const typename V::T* lines, const std::int32_t* tiles,
                                                int count, typename V::T* v) {
  const std::int64_t step = std::int64_t{t.step} * V::lanes;
  for (int h = 0; h < H::points; ++h, lines += std::int64_t{t.lines.pitch} * V::lanes) {
    typename V::T* to = v + h * W::points * t.point;
    for (int i = 0; i < count; ++i, to += t.row) {
      const typename V::T* from = lines + std::int64_t{tiles[i]} * V::lanes;
      V d[W::points];
      NATIVE_CONV_UNROLL
      for (int w = 0; w < Side::template elements<W>; ++w) d[w] = V::load(from + w * step);
      Side::template transform<W>(d);
      NATIVE_CONV_UNROLL
      for (int w = 0; w < W::points; ++w) d[w].store(to + w * t.point);
    }
  }
}

template <class V, class Side, class H, class W>
inline void winograd_panel_form(const WinogradPanel<typename V::T>& t) {
  using T = typename V::T;
  const std::int64_t pitch = t.lines.pitch;
  T* const data = t.scratch + std::int64_t{t.lines.margin} * V::lanes;
  winograd_clear<V, H::points>(t.scratch, pitch, 0, t.lines.pitch);
  int tile = 0, written = 0;
  for (int s = 0; s < t.strip_count; ++s) {
    const int width = (t.widths[s] + V::lanes - 1) / V::lanes * V::lanes;
    winograd_clear<V, H::points>(data, pitch, width, written);
    written = width;
    for (int h = 0; h < Side::template elements<H>; ++h) {
      const std::int64_t row = t.rows[s * H::points + h];
      T* line = data + h * pitch * V::lanes;
      if (row == winograd_no_row) {
        winograd_clear<V, 1>(line, pitch, 0, width);
      } else {
        winograd_turn<V>(t, t.x + row, t.widths[s], line);
      }
    }
    if constexpr (H::points > 1) winograd_turned_rows<V, Side, H>(data, pitch, width);
    winograd_turned_columns<V, Side, H, W>(t, t.scratch, t.tiles + tile, t.tile_counts[s],
                                           t.v + tile * t.row);
    tile += t.tile_counts[s];
  }
}

template <class V, int ROWS, int VECS>
NATIVE_CONV_INLINE void winograd_sums_step(V (&acc)[ROWS][VECS], const typename V::T* v,
                                           const typename V::T* e) {
  V x[VECS];
  NATIVE_CONV_UNROLL
  for (int i = 0; i < VECS; ++i) x[i] = V::load(e + i * V::lanes);
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    const V w = V::broadcast(v[r]);
    NATIVE_CONV_UNROLL
    for (int i = 0; i < VECS; ++i) acc[r][i] = fma(x[i], w, acc[r][i]);
  }
}

// ROWS input channels × VECS vectors of output channels at one point. What they are added to is fetched
// meanwhile.
template <class V, int ROWS, int VECS>
inline void winograd_sums_tile(const WinogradSums<typename V::T>& t, const typename V::T* v,
                               const typename V::T* e, typename V::T* m) {
  V acc[ROWS][VECS];
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    NATIVE_CONV_UNROLL
    for (int i = 0; i < VECS; ++i) {
      acc[r][i] = V::zero();
      NATIVE_CONV_PREFETCH(m + r * t.m_row + i * V::lanes);
    }
  }
  for (std::int64_t k = 0; k < t.tiles; ++k, v += t.v_row, e += t.e_row) {
    // Of the next point.
    NATIVE_CONV_PREFETCH(v + t.v_point);
    NATIVE_CONV_PREFETCH(e + t.e_point);
    if (VECS > 1) NATIVE_CONV_PREFETCH(e + t.e_point + V::lanes);
    winograd_sums_step<V, ROWS, VECS>(acc, v, e);
  }
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    NATIVE_CONV_UNROLL
    for (int i = 0; i < VECS; ++i) {
      typename V::T* to = m + r * t.m_row + i * V::lanes;
      if (t.accumulate) acc[r][i] = acc[r][i] + V::load(to);
      acc[r][i].store(to);
    }
  }
}

// Finds the instance with exactly `rows` rows.
template <class V, int ROWS, int VECS>
inline void winograd_sums_rows(const WinogradSums<typename V::T>& t, int rows, const typename V::T* v,
                               const typename V::T* e, typename V::T* m) {
  if constexpr (ROWS > 1) {
    if (rows < ROWS) return winograd_sums_rows<V, ROWS - 1, VECS>(t, rows, v, e, m);
  }
  winograd_sums_tile<V, ROWS, VECS>(t, v, e, m);
}

// The rows in tiles of about the same height.
template <class V, int ROWS, int VECS>
inline void winograd_sums_columns(const WinogradSums<typename V::T>& t, const typename V::T* v,
                                  const typename V::T* e, typename V::T* m) {
  const int parts = (t.rows + ROWS - 1) / ROWS;
  for (int part = 0, r = 0; part < parts; ++part) {
    const int rows = (t.rows - r + parts - part - 1) / (parts - part);
    winograd_sums_rows<V, ROWS, VECS>(t, rows, v + r, e, m + r * t.m_row);
    r += rows;
  }
}

template <class V, int ROWS>
inline void winograd_sums(const WinogradSums<typename V::T>& t) {
  for (int p = 0; p < t.points; ++p) {
    const typename V::T *v = t.v + p * t.v_point, *e = t.e + p * t.e_point;
    typename V::T* m = t.m + p * t.m_point;
    int j = 0;
    for (; j + 2 * V::lanes <= t.columns; j += 2 * V::lanes)
      winograd_sums_columns<V, ROWS, 2>(t, v, e + j, m + j);
    if (j < t.columns) winograd_sums_columns<V, ROWS, 1>(t, v, e + j, m + j);
  }
}

// Gᵀ m G of one input channel and `count` output channels, at most a vector.
template <class V, class H, class W>
NATIVE_CONV_INLINE void winograd_taps_vector(const WinogradTaps<typename V::T>& t, const typename V::T* m,
                                             typename V::T* y, int count) {
  V z[H::taps][W::points];
  NATIVE_CONV_UNROLL
  for (int w = 0; w < W::points; ++w) {
    V column[H::points];
    NATIVE_CONV_UNROLL
    for (int h = 0; h < H::points; ++h) column[h] = V::load(m + (h * W::points + w) * t.m_point);
    taps_axis(H{}, column);
    NATIVE_CONV_UNROLL
    for (int h = 0; h < H::taps; ++h) z[h][w] = column[h];
  }
  NATIVE_CONV_UNROLL
  for (int h = 0; h < H::taps; ++h) {
    taps_axis(W{}, z[h]);
    NATIVE_CONV_UNROLL
    for (int w = 0; w < W::taps; ++w) store_up_to<V>(z[h][w], y + (h * W::taps + w) * t.y_tap, count);
  }
}

template <class V, class H, class W>
inline void winograd_taps_form(const WinogradTaps<typename V::T>& t) {
  for (int r = 0; r < t.rows; ++r) {
    for (int j = 0; j < t.columns; j += V::lanes) {
      winograd_taps_vector<V, H, W>(t, t.m + r * t.m_row + j, t.y + r * t.y_row + j, t.columns - j);
    }
  }
}

template <class V>
inline void winograd_input_panel(const WinogradPanel<typename V::T>& t) {
  if (t.form == WinogradForm::f4_row)
    return winograd_panel_form<V, WinogradOfInput, WinogradNone, WinogradF4>(t);
  winograd_panel_form<V, WinogradOfInput, WinogradF4, WinogradF4>(t);
}
template <class V>
inline void winograd_gradient_panel(const WinogradPanel<typename V::T>& t) {
  if (t.form == WinogradForm::f4_row)
    return winograd_panel_form<V, WinogradOfGradient, WinogradNone, WinogradF4>(t);
  winograd_panel_form<V, WinogradOfGradient, WinogradF4, WinogradF4>(t);
}
template <class V>
inline void winograd_taps(const WinogradTaps<typename V::T>& t) {
  if (t.form == WinogradForm::f4_row) return winograd_taps_form<V, WinogradNone, WinogradF4>(t);
  winograd_taps_form<V, WinogradF4, WinogradF4>(t);
}
