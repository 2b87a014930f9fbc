// The Winograd kernels over a vector type: transforms of weights, input and output, and the products between
// them. Interpolation at 0, ±1 and ∞ for F(2, 3), at 0, ±5/8, ±3/2 and ∞ for F(4, 3): the coefficients of the
// input's transform are exact, and the error is a quarter of what 0, ±1, ±2 leave. Included by every ISA
// file. Layer: kernels. SPDX-License-Identifier: MIT

// One axis that is not transformed.
struct WinogradNone {
  static constexpr int outputs = 1, points = 1, taps = 1;
};
struct WinogradF2 {
  static constexpr int outputs = 2, points = 4, taps = 3;
};
struct WinogradF4 {
  static constexpr int outputs = 4, points = 6, taps = 3;
  static constexpr double a = 0.625, b = 1.5;
};

// Bᵀd.
template <class V>
NATIVE_CONV_INLINE void input_axis(WinogradNone, V (&)[1]) {}
template <class V>
NATIVE_CONV_INLINE void input_axis(WinogradF2, V (&d)[4]) {
  const V first = d[0] - d[2], plus = d[1] + d[2], minus = d[2] - d[1];
  d[3] = d[3] - d[1];
  d[0] = first;
  d[1] = plus;
  d[2] = minus;
}
template <class V>
NATIVE_CONV_INLINE void input_axis(WinogradF4, V (&d)[6]) {
  using T = typename V::T;
  constexpr double a = WinogradF4::a, b = WinogradF4::b;
  const V minus_a2 = V::broadcast(T(-a * a)), minus_b2 = V::broadcast(T(-b * b)),
          minus_sum = V::broadcast(T(-a * a - b * b)), product = V::broadcast(T(a * a * b * b));
  const V even_a = fma(minus_b2, d[2], d[4]), odd_a = fma(minus_b2, d[1], d[3]),
          even_b = fma(minus_a2, d[2], d[4]), odd_b = fma(minus_a2, d[1], d[3]);
  d[0] = fma(product, d[0], fma(minus_sum, d[2], d[4]));
  d[5] = fma(product, d[1], fma(minus_sum, d[3], d[5]));
  d[1] = fma(V::broadcast(T(a)), odd_a, even_a);
  d[2] = fma(V::broadcast(T(-a)), odd_a, even_a);
  d[3] = fma(V::broadcast(T(b)), odd_b, even_b);
  d[4] = fma(V::broadcast(T(-b)), odd_b, even_b);
}

// Aᵀm, in the first places.
template <class V>
NATIVE_CONV_INLINE void output_axis(WinogradNone, V (&)[1]) {}
template <class V>
NATIVE_CONV_INLINE void output_axis(WinogradF2, V (&m)[4]) {
  m[0] = (m[0] + m[1]) + m[2];
  m[1] = (m[1] - m[2]) + m[3];
}
template <class V>
NATIVE_CONV_INLINE void output_axis(WinogradF4, V (&m)[6]) {
  using T = typename V::T;
  constexpr double a = WinogradF4::a, b = WinogradF4::b;
  const V even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
  m[0] = m[0] + (even_a + even_b);
  m[1] = fma(V::broadcast(T(b)), odd_b, V::broadcast(T(a)) * odd_a);
  m[2] = fma(V::broadcast(T(b * b)), even_b, V::broadcast(T(a * a)) * even_a);
  m[3] = fma(V::broadcast(T(b * b * b)), odd_b, fma(V::broadcast(T(a * a * a)), odd_a, m[5]));
}

// Gg.
template <class V>
NATIVE_CONV_INLINE void filter_axis(WinogradNone, const V (&g)[1], V (&u)[1]) {
  u[0] = g[0];
}
template <class V>
NATIVE_CONV_INLINE void filter_axis(WinogradF2, const V (&g)[3], V (&u)[4]) {
  const V half = V::broadcast(typename V::T(0.5)), even = g[0] + g[2];
  u[0] = g[0];
  u[1] = (even + g[1]) * half;
  u[2] = (even - g[1]) * half;
  u[3] = g[2];
}
template <class V>
NATIVE_CONV_INLINE void filter_axis(WinogradF4, const V (&g)[3], V (&u)[6]) {
  using T = typename V::T;
  constexpr double a = WinogradF4::a, b = WinogradF4::b;
  const V scale = V::broadcast(T(1 / (a * a * b * b))),
          scale_a = V::broadcast(T(0.5 / (a * a * (a * a - b * b)))),
          scale_b = V::broadcast(T(0.5 / (b * b * (b * b - a * a))));
  const V even_a = fma(V::broadcast(T(a * a)), g[2], g[0]), odd_a = V::broadcast(T(a)) * g[1],
          even_b = fma(V::broadcast(T(b * b)), g[2], g[0]), odd_b = V::broadcast(T(b)) * g[1];
  u[0] = g[0] * scale;
  u[1] = (even_a + odd_a) * scale_a;
  u[2] = (even_a - odd_a) * scale_a;
  u[3] = (even_b + odd_b) * scale_b;
  u[4] = (even_b - odd_b) * scale_b;
  u[5] = g[2];
}

template <class V, class H, class W>
inline void winograd_weights_form(const WinogradWeights<typename V::T>& t) {
  for (int r = 0; r < winograd_channels; r += V::lanes) {
    V rows[H::taps][W::points];
    NATIVE_CONV_UNROLL
    for (int h = 0; h < H::taps; ++h) {
      V g[W::taps];
      NATIVE_CONV_UNROLL
      for (int w = 0; w < W::taps; ++w) g[w] = V::load(t.taps + (h * W::taps + w) * winograd_channels + r);
      filter_axis(W{}, g, rows[h]);
    }
    NATIVE_CONV_UNROLL
    for (int w = 0; w < W::points; ++w) {
      V g[H::taps], u[H::points];
      NATIVE_CONV_UNROLL
      for (int h = 0; h < H::taps; ++h) g[h] = rows[h][w];
      filter_axis(H{}, g, u);
      NATIVE_CONV_UNROLL
      for (int h = 0; h < H::points; ++h) {
        typename V::T* to = t.u + (h * W::points + w) * t.u_point + r;
        u[h].store(to);
        NATIVE_CONV_PREFETCH(to + 2 * winograd_channels);  // of the next call but one
      }
    }
  }
}

// `m` vectors of columns sorted by their remainder modulo m, as neighbours.
template <class V>
NATIVE_CONV_INLINE void merge_columns(V (&x)[2]) {
  const V low = zip_low(x[0], x[1]), high = zip_high(x[0], x[1]);
  x[0] = low;
  x[1] = high;
}
template <class V>
NATIVE_CONV_INLINE void merge_columns(V (&x)[4]) {
  const V even0 = zip_low(x[0], x[2]), even1 = zip_high(x[0], x[2]), odd0 = zip_low(x[1], x[3]),
          odd1 = zip_high(x[1], x[3]);
  x[0] = zip_low(even0, odd0);
  x[1] = zip_high(even0, odd0);
  x[2] = zip_low(even1, odd1);
  x[3] = zip_high(even1, odd1);
}

// Bᵀ on the rows of a strip, in the order of memory: a line for each point.
template <class V, class H>
NATIVE_CONV_INLINE void winograd_strip(const WinogradInput<typename V::T>& t, const std::int64_t* rows,
                                       int width, const typename V::T* x, const typename V::T* zeros,
                                       typename V::T* lines) {
  const typename V::T* from[H::points];
  for (int h = 0; h < H::points; ++h) from[h] = rows[h] == winograd_no_row ? zeros : x + rows[h];
  for (int i = 0; i < width; i += V::lanes) {
    V d[H::points];
    NATIVE_CONV_UNROLL
    for (int h = 0; h < H::points; ++h) {
      d[h] = load_up_to<V>(from[h] + i, width - i);
      if (h < H::outputs) NATIVE_CONV_PREFETCH(from[h] + i + t.next);
    }
    input_axis(H{}, d);
    NATIVE_CONV_UNROLL
    for (int h = 0; h < H::points; ++h) d[h].store(lines + h * t.lines.pitch + i);
  }
}

// Lane i of d[w] is p[at[i] + w]; up to two elements more are read.
template <class V, int POINTS>
NATIVE_CONV_INLINE void gather_columns(const typename V::T* p, const std::int32_t* at, V (&d)[POINTS]) {
  const typename V::Index lanes = V::index(at);
  NATIVE_CONV_UNROLL
  for (int w = 0; w < POINTS; ++w) d[w] = V::gather(p + w, lanes);
}

// Bᵀ on the columns of V::lanes tiles.
template <class V, class H, class W>
NATIVE_CONV_INLINE void winograd_columns(const WinogradInput<typename V::T>& t, const typename V::T* lines,
                                         const std::int32_t* tiles, const WinogradArea<typename V::T>& area,
                                         typename V::T* v, int count) {
  const typename V::Index at = V::index(tiles);
  for (int h = 0; h < H::points; ++h, lines += t.lines.pitch, v += W::points * area.point) {
    V d[W::points];
    if (t.step == 1) {
      gather_columns(lines, tiles, d);
    } else {
      NATIVE_CONV_UNROLL
      for (int w = 0; w < W::points; ++w) d[w] = V::gather(lines + w * t.step, at);
    }
    input_axis(W{}, d);
    if (count >= V::lanes) {
      NATIVE_CONV_UNROLL
      for (int w = 0; w < W::points; ++w) d[w].store(v + w * area.point);
    } else {
      NATIVE_CONV_UNROLL
      for (int w = 0; w < W::points; ++w) d[w].store_first(v + w * area.point, count);
    }
  }
}

template <class V, class H, class W>
inline void winograd_input_form(const WinogradInput<typename V::T>& t) {
  using T = typename V::T;
  const std::int64_t length = std::int64_t{t.strip_count} * H::points * t.lines.pitch;
  T* const zeros = t.scratch + 2 * length;
  for (T* p = t.scratch; p < zeros + t.lines.pitch; p += V::lanes) V::zero().store(p);
  // The lines of a channel are read only after those of the next one were written: what was just stored
  // cannot be gathered at once.
  for (std::int64_t c = 0; c <= t.channels * t.taps; ++c) {
    T* lines = t.scratch + c % 2 * length;
    const std::int64_t channel = c / t.taps, tap = c % t.taps;
    for (int s = 0; s < t.strip_count && channel < t.channels; ++s) {
      const std::int64_t strip = tap * t.strip_count + s;
      winograd_strip<V, H>(t, t.rows + strip * H::points, t.widths[s], t.x + channel * t.next, zeros,
                           lines + s * H::points * t.lines.pitch + t.lines.margin);
    }
    if (c == 0) continue;
    const T* ready = t.scratch + (c - 1) % 2 * length;
    const std::int32_t* tiles = t.tiles;
    for (const WinogradArea<T>& area : t.areas) {
      for (int i = 0; i < area.lanes; i += V::lanes, tiles += V::lanes) {
        winograd_columns<V, H, W>(t, ready, tiles, area, area.v + (c - 1) * area.lanes + i, area.lanes - i);
      }
    }
  }
}

// Fetches the outputs' cache lines, about as many in every turn of a point's first tile. Always inline, or
// GCC leaves its calls out.
template <class T>
class WinogradFetch {
 public:
  static constexpr int steps = 4;  // over the channels, in a turn

  explicit WinogradFetch(const WinogradProduct<T>& t) : t_(t), y_(t.y), row_(0), next_(0) {
    const std::int64_t turns = t.points * ((t.depth + steps - 1) / steps), lines = t.rows * t.output_count;
    each_ = static_cast<int>((lines + turns - 1) / turns);
  }

  NATIVE_CONV_INLINE void turn() {
    for (int i = 0; i < each_ && row_ < t_.rows; ++i) {
      NATIVE_CONV_PREFETCH(y_ + t_.outputs[next_]);
      if (++next_ < t_.output_count) continue;
      next_ = 0;
      ++row_;
      y_ += t_.y_channel;
    }
  }

 private:
  const WinogradProduct<T>& t_;
  const T* y_;
  int each_, row_, next_;
};

// ROWS channels × VECS vectors of tiles at one point.
template <class V, int ROWS, int VECS, bool FIRST>
NATIVE_CONV_INLINE void winograd_product_tile(const WinogradProduct<typename V::T>& t, const typename V::T* u,
                                              const typename V::T* v, typename V::T* m,
                                              WinogradFetch<typename V::T>& fetch) {
  // Half as far takes 3 and 16 % longer on 256×14² and 512×7² of an EPYC (Zen 5), whose weights stream from
  // the last-level cache; on a Xeon it took a tenth less.
  constexpr int ahead = 4096 / sizeof(typename V::T);
  V acc[ROWS][VECS];
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    NATIVE_CONV_UNROLL
    for (int i = 0; i < VECS; ++i) acc[r][i] = V::zero();
  }
  for (std::int64_t c = 0; c < t.depth; ++c, u += winograd_channels, v += t.lanes) {
    if (FIRST) {
      NATIVE_CONV_PREFETCH(u + ahead);
      if (c % fetch.steps == 0) fetch.turn();
    }
    V x[VECS];
    NATIVE_CONV_UNROLL
    for (int i = 0; i < VECS; ++i) x[i] = V::load(v + i * V::lanes);
    NATIVE_CONV_UNROLL
    for (int r = 0; r < ROWS; ++r) {
      const V w = V::broadcast(u[r]);
      NATIVE_CONV_UNROLL
      for (int i = 0; i < VECS; ++i) acc[r][i] = fma(x[i], w, acc[r][i]);
    }
  }
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    NATIVE_CONV_UNROLL
    for (int i = 0; i < VECS; ++i) acc[r][i].store(m + r * t.m_row + i * V::lanes);
  }
}

// All channels × VECS vectors of tiles.
template <class V, int ROWS, int VECS>
NATIVE_CONV_INLINE void winograd_product_rows(const WinogradProduct<typename V::T>& t, const typename V::T* u,
                                              const typename V::T* v, typename V::T* m, bool first,
                                              WinogradFetch<typename V::T>& fetch) {
  for (int r = 0; r < t.rows; r += ROWS) {
    if (first && r == 0) {
      winograd_product_tile<V, ROWS, VECS, true>(t, u, v, m, fetch);
    } else {
      winograd_product_tile<V, ROWS, VECS, false>(t, u + r, v, m + r * t.m_row, fetch);
    }
  }
}

// COUNT tiles of the tail: channels in vectors, tiles broadcast; SUMS partial sums hide the latency.
template <class V, int COUNT>
NATIVE_CONV_INLINE void winograd_product_tail(const WinogradProduct<typename V::T>& t, const typename V::T* u,
                                              const typename V::T* v, typename V::T* m) {
  using T = typename V::T;
  constexpr int vectors = winograd_channels / V::lanes,
                sums = 8 / (vectors * COUNT) > 1 ? 8 / (vectors * COUNT) : 1;
  V acc[sums][COUNT][vectors];
  NATIVE_CONV_UNROLL
  for (int s = 0; s < sums; ++s) {
    NATIVE_CONV_UNROLL
    for (int j = 0; j < COUNT; ++j) {
      NATIVE_CONV_UNROLL
      for (int i = 0; i < vectors; ++i) acc[s][j][i] = V::zero();
    }
  }
  std::int64_t c = 0;
  for (; c + sums <= t.depth; c += sums) {
    NATIVE_CONV_UNROLL
    for (int s = 0; s < sums; ++s) {
      NATIVE_CONV_UNROLL
      for (int j = 0; j < COUNT; ++j) {
        const V x = V::broadcast(v[(c + s) * t.tail + j]);
        NATIVE_CONV_UNROLL
        for (int i = 0; i < vectors; ++i) {
          acc[s][j][i] = fma(x, V::load(u + (c + s) * winograd_channels + i * V::lanes), acc[s][j][i]);
        }
      }
    }
  }
  for (; c < t.depth; ++c) {
    NATIVE_CONV_UNROLL
    for (int j = 0; j < COUNT; ++j) {
      const V x = V::broadcast(v[c * t.tail + j]);
      NATIVE_CONV_UNROLL
      for (int i = 0; i < vectors; ++i) {
        acc[0][j][i] = fma(x, V::load(u + c * winograd_channels + i * V::lanes), acc[0][j][i]);
      }
    }
  }
  T column[winograd_channels];
  NATIVE_CONV_UNROLL
  for (int j = 0; j < COUNT; ++j) {
    NATIVE_CONV_UNROLL
    for (int i = 0; i < vectors; ++i) {
      V sum = acc[0][j][i];
      NATIVE_CONV_UNROLL
      for (int s = 1; s < sums; ++s) sum = sum + acc[s][j][i];
      sum.store(column + i * V::lanes);
    }
    for (int r = 0; r < t.rows; ++r) m[r * t.m_row + j] = column[r];
  }
}

// ROWS × VECS accumulators at once; SINGLE rows where one vector is left.
template <class V, int ROWS, int VECS, int SINGLE>
inline void winograd_product(const WinogradProduct<typename V::T>& t) {
  using T = typename V::T;
  WinogradFetch<T> fetch(t);
  for (int p = 0; p < t.points; ++p) {
    const T* u = t.u + p * t.u_point;
    const T* v = t.v + p * t.v_point;
    T* m = t.m + p * t.m_point;
    for (int j = 0; j < t.lanes;) {
      const int left = (t.lanes - j) / V::lanes;
      // 4 are better halved than cut into 3 and 1.
      const int vectors = left == VECS + 1 ? (VECS + 1) / 2 : left < VECS ? left : VECS;
      if (vectors == 1) {
        winograd_product_rows<V, SINGLE, 1>(t, u, v + j, m + j, j == 0, fetch);
      } else if (VECS < 3 || vectors == 2) {
        winograd_product_rows<V, ROWS, 2>(t, u, v + j, m + j, j == 0, fetch);
      } else {
        winograd_product_rows<V, ROWS, VECS>(t, u, v + j, m + j, j == 0, fetch);
      }
      j += vectors * V::lanes;
    }
    for (int r = 0; t.tail > 0 && r < t.rows; ++r) V::zero().store(m + r * t.m_row + t.lanes);
    const T* tail_v = t.tail_v + p * t.tail_point;
    for (int j = 0; j < t.tail;) {
      const int left = t.tail - j;
      if (left >= 4) {
        winograd_product_tail<V, 4>(t, u, tail_v + j, m + t.lanes + j);
      } else if (left >= 2) {
        winograd_product_tail<V, 2>(t, u, tail_v + j, m + t.lanes + j);
      } else {
        winograd_product_tail<V, 1>(t, u, tail_v + j, m + t.lanes + j);
      }
      j += left >= 4 ? 4 : left >= 2 ? 2 : 1;
    }
  }
}

// act((acc + bias) + residual) of one channel, what most layers do without a branch on which act it is.
template <class V>
struct WinogradFinish {
  const Finish<typename V::T>& finish;
  bool clamped;
  V bias, slope, low, high;

  WinogradFinish(const WinogradOutput<typename V::T>& t, int r)
      : finish(*t.finish),
        clamped(is_clamp(t.finish)),
        bias(broadcast_or_zero<V>(t.finish->bias, t.channel + r)),
        slope(broadcast_or_zero<V>(t.finish->slope, t.channel + r)),
        low(V::broadcast(finish.low)),
        high(V::broadcast(finish.high)) {}

  NATIVE_CONV_INLINE V operator()(V acc, V residual) const {
    if (clamped) return clamp_vector(add_operands(acc, bias, residual), low, high);
    return finish_vector<V>(acc, bias, residual, slope, finish);
  }
};

// Aᵀ m A of one channel: lines[h], the outputs of all tiles side by side, finished where there is no
// residual.
template <class V, class H, class W>
NATIVE_CONV_INLINE void winograd_lines(const WinogradOutput<typename V::T>& t, const typename V::T* m,
                                       const WinogradFinish<V>& finish, typename V::T* lines) {
  for (int i = 0; i < t.tiles; i += V::lanes) {
    V z[H::outputs][W::points];
    NATIVE_CONV_UNROLL
    for (int w = 0; w < W::points; ++w) {
      V column[H::points];
      NATIVE_CONV_UNROLL
      for (int h = 0; h < H::points; ++h) column[h] = V::load(m + (h * W::points + w) * t.m_point + i);
      output_axis(H{}, column);
      NATIVE_CONV_UNROLL
      for (int h = 0; h < H::outputs; ++h) z[h][w] = column[h];
    }
    NATIVE_CONV_UNROLL
    for (int h = 0; h < H::outputs; ++h) {
      output_axis(W{}, z[h]);
      V y[W::outputs];
      NATIVE_CONV_UNROLL
      for (int w = 0; w < W::outputs; ++w) y[w] = t.residual ? z[h][w] : finish(z[h][w], V::zero());
      merge_columns(y);
      NATIVE_CONV_UNROLL
      for (int w = 0; w < W::outputs; ++w) {
        y[w].store(lines + (h * winograd_tiles + i) * W::outputs + w * V::lanes);
      }
    }
  }
}

// `count` outputs of one channel that are y_column apart, from y on.
template <class V>
NATIVE_CONV_INLINE void winograd_write(const WinogradOutput<typename V::T>& t,
                                       const WinogradFinish<V>& finish, const typename V::T* line,
                                       std::int64_t at, int count) {
  using T = typename V::T;
  if (t.y_column == 1) {
    for (int j = 0; j < count; j += V::lanes, at += V::lanes) {
      V y = V::load(line + j);
      if (t.residual) y = finish(y, load_up_to<V>(t.residual + at, count - j));
      store_up_to<V>(y, t.y + at, count - j);
    }
    return;
  }
  for (int j = 0; j < count; j += V::lanes) {
    const int some = count - j < V::lanes ? count - j : V::lanes;
    T lane[V::lanes] = {};
    if (t.residual) {
      for (int l = 0; l < some; ++l) lane[l] = t.residual[at + (j + l) * t.y_column];
      finish(V::load(line + j), V::load(lane)).store(lane);
    }
    const T* from = t.residual ? lane : line + j;
    for (int l = 0; l < some; ++l) t.y[at + (j + l) * t.y_column] = from[l];
  }
}

template <class V, class H, class W>
inline void winograd_output_form(const WinogradOutput<typename V::T>& t) {
  using T = typename V::T;
  constexpr int length = (H::outputs * winograd_tiles + V::lanes) * W::outputs;
  alignas(64) T lines[2][length];
  // The last patch's last vector reaches beyond what is written.
  const int written = (t.tiles + V::lanes - 1) / V::lanes * V::lanes;
  for (T* buffer : lines) {
    for (int h = 0; h < H::outputs; ++h) {
      V::zero().store(buffer + (h * winograd_tiles + written) * W::outputs);
    }
  }
  // As with the input, what is loaded across vectors was stored a while ago.
  for (int r = 0; r <= t.rows; ++r) {
    if (r < t.rows) {
      winograd_lines<V, H, W>(t, t.m + r * t.m_row, WinogradFinish<V>(t, r), lines[r % 2]);
    }
    if (r == 0) continue;
    const WinogradFinish<V> finish(t, r - 1);
    const T* ready = lines[(r - 1) % 2];
    for (const WinogradPatch* patch = t.patches; patch < t.patches + t.patch_count; ++patch) {
      const std::int64_t at = (r - 1) * t.y_channel + patch->at;
      for (int h = 0; h < patch->lines; ++h) {
        winograd_write<V>(t, finish, ready + (h * winograd_tiles + patch->lane) * W::outputs,
                          at + h * t.y_row, patch->columns);
      }
    }
  }
}

// The instance for a form.
#define NATIVE_CONV_WINOGRAD_FORMS(function)           \
  switch (t.form) {                                    \
    case WinogradForm::f2:                             \
      return function<V, WinogradF2, WinogradF2>(t);   \
    case WinogradForm::f4:                             \
      return function<V, WinogradF4, WinogradF4>(t);   \
    case WinogradForm::f2_row:                         \
      return function<V, WinogradNone, WinogradF2>(t); \
    case WinogradForm::f4_row:                         \
      return function<V, WinogradNone, WinogradF4>(t); \
  }
template <class V>
inline void winograd_weights(const WinogradWeights<typename V::T>& t) {
  NATIVE_CONV_WINOGRAD_FORMS(winograd_weights_form)
}
template <class V>
inline void winograd_input(const WinogradInput<typename V::T>& t) {
  NATIVE_CONV_WINOGRAD_FORMS(winograd_input_form)
}
template <class V>
inline void winograd_output(const WinogradOutput<typename V::T>& t) {
  NATIVE_CONV_WINOGRAD_FORMS(winograd_output_form)
}
#undef NATIVE_CONV_WINOGRAD_FORMS
