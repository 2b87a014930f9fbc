// Depthwise micro-kernels: one input channel meets one filter, so that all reuse is between neighbouring
// outputs. Channels first slides down a strip of columns: each vector of an input row that is loaded feeds
// every output row that is open there. A plane of a few vectors is taken as one row. Channels last takes
// several pixels × vectors of channels. Included by every ISA file. Layer: kernels. SPDX-License-Identifier:
// MIT

// Vectors beside one another in a strip with `open` rows of accumulators: what the weights and operands leave
// room for, and enough chains to hide the latency of an fma.
template <class V>
constexpr int strip_vectors(int open) {
  if (V::registers >= 32) return open <= 6 ? 4 : 3;
  if (V::registers < 16) return 1;
  return open == 1 ? 4 : open <= 3 ? 3 : open <= 6 ? 2 : 1;
}

NATIVE_CONV_INLINE int clamp_lane(std::int64_t lane, int lanes) {
  return lane < 0 ? 0 : lane > lanes ? lanes : static_cast<int>(lane);
}

// The lanes i for which position + i lies in [0, width).
template <class V>
NATIVE_CONV_INLINE typename V::Mask lanes_inside(std::int64_t position, std::int64_t width) {
  const int low = clamp_lane(-position, V::lanes), high = clamp_lane(width - position, V::lanes);
  const std::uint32_t below_low = (1u << low) - 1, below_high = (1u << high) - 1;
  return V::mask(below_high & ~below_low);
}

// What a strip reads of a row at one tap, in steps of STEP elements, with what lies outside of the row as
// zeros.
template <class V, int STEP>
struct Edge;

template <class V>
struct Edge<V, 1> {
  typename V::Mask inside;

  void set(std::int64_t position, std::int64_t width) { inside = lanes_inside<V>(position, width); }
  V load(const typename V::T* p) const { return V::load_mask(p, inside); }
};

template <class V>
struct Edge<V, 2> {
  typename V::Mask near, far;

  void set(std::int64_t position, std::int64_t width) {
    near = lanes_inside<V>(position, width);
    far = lanes_inside<V>(position + V::lanes - 1, width);
  }
  V load(const typename V::T* p) const {
    return alternate(V::load_mask(p, near), V::load_mask(p + V::lanes - 1, far));
  }
};

template <class V, int STEP>
NATIVE_CONV_INLINE V load_every(const typename V::T* p) {
  if constexpr (STEP == 1) {
    return V::load(p);
  } else {
    return alternate(V::load(p), V::load(p + V::lanes - 1));
  }
}

// Elements from p to the next address that a vector is aligned to.
template <class V>
NATIVE_CONV_INLINE int unaligned_elements(const typename V::T* p) {
  constexpr std::uintptr_t bytes = V::lanes * sizeof(typename V::T);
  return static_cast<int>((bytes - reinterpret_cast<std::uintptr_t>(p) % bytes) % bytes /
                          sizeof(typename V::T));
}

// The epilogue of output rows of one channel, the common steps each where it is asked for; an absent
// operand's +0 changes nothing once the sum is freed of -0, which adding the bias + 0 does.
template <class V>
struct LineFinish {
  using T = typename V::T;
  bool finishes, clamps, bends;
  V bias, slope, low, high;

  NATIVE_CONV_INLINE explicit LineFinish(const DepthwiseRows<T>& t)
      : finishes(t.finish != nullptr),
        clamps(finishes && t.finish->fused == Fused::clamp),
        bends(finishes && !is_clamp(t.finish)),
        bias((finishes ? broadcast_or_zero<V>(t.finish->bias, t.channel) : V::zero()) + V::zero()),
        slope(finishes ? broadcast_or_zero<V>(t.finish->slope, t.channel) : V::zero()),
        low(V::broadcast(clamps ? t.finish->low : T(0))),
        high(V::broadcast(clamps ? t.finish->high : T(0))) {}

  // Activations with more steps go by way of memory, so that a strip's code stays small.
  NATIVE_CONV_NOINLINE void store_line(const T* line, const DepthwiseRows<T>& t, std::int64_t at,
                                       int count) const {
    for (int j = 0; j < count; j += V::lanes) {
      const int some = count - j < V::lanes ? count - j : V::lanes;
      const V residual = load_or_zero<V>(t.residual, at + j, some);
      store_up_to<V>(finish_vector<V>(V::load(line + j), bias, residual, slope, *t.finish), t.y + at + j,
                     some);
    }
  }

  template <int ROWS, int VECS>
  NATIVE_CONV_INLINE void store_lines(const V (&y)[ROWS][VECS], const DepthwiseRows<T>& t, std::int64_t at,
                                      int rows, int count) const {
    T lines[ROWS][VECS * V::lanes];
    NATIVE_CONV_UNROLL
    for (int o = 0; o < ROWS; ++o) {
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) y[o][v].store(lines[o] + v * V::lanes);
    }
    for (int o = 0; o < rows; ++o) store_line(lines[o], t, at + o * t.y_row, count);
  }

  // All but an activation that bends, of the first `rows` rows of y, whose last vector holds `last` outputs;
  // the first of all lies at t.y[at].
  template <int ROWS, int VECS>
  NATIVE_CONV_INLINE void complete(V (&y)[ROWS][VECS], const DepthwiseRows<T>& t, std::int64_t at, int rows,
                                   int last) const {
    if (finishes) {
      NATIVE_CONV_UNROLL
      for (int o = 0; o < ROWS; ++o) {
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v) y[o][v] = y[o][v] + bias;
      }
    }
    if (!NATIVE_CONV_LIKELY(!finishes || !t.residual)) {
      NATIVE_CONV_UNROLL
      for (int o = 0; o < ROWS; ++o) {
        if (o >= rows) continue;
        const T* residual = t.residual + at + o * t.y_row;
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v)
          y[o][v] = y[o][v] + load_up_to<V>(residual + v * V::lanes, v == VECS - 1 ? last : V::lanes);
      }
    }
    if (clamps) {
      NATIVE_CONV_UNROLL
      for (int o = 0; o < ROWS; ++o) {
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v) y[o][v] = clamp_vector(y[o][v], low, high);
      }
    }
  }

  // The first `rows` rows of y, `count` outputs each, the first of which lies at t.y[at].
  template <int ROWS, int VECS>
  NATIVE_CONV_INLINE void store(V (&y)[ROWS][VECS], const DepthwiseRows<T>& t, std::int64_t at, int rows,
                                int count) const {
    const int last = count - (VECS - 1) * V::lanes;
    if (!NATIVE_CONV_LIKELY(!bends)) return store_lines(y, t, at, rows, count);
    complete(y, t, at, rows, last);
    if (t.stream && last == V::lanes && unaligned_elements<V>(t.y + at) == 0) {
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) y[0][v].stream(t.y + at + v * V::lanes);
      return;
    }
    T* to = t.y + at;
    if (NATIVE_CONV_LIKELY(last == V::lanes)) {
      NATIVE_CONV_UNROLL
      for (int o = 0; o < ROWS; ++o, to += t.y_row) {
        if (!NATIVE_CONV_LIKELY(o < rows)) continue;
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v) y[o][v].store(to + v * V::lanes);
      }
      return;
    }
    NATIVE_CONV_UNROLL
    for (int o = 0; o < ROWS; ++o, to += t.y_row) {
      if (!NATIVE_CONV_LIKELY(o < rows)) continue;
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS - 1; ++v) y[o][v].store(to + v * V::lanes);
      y[o][VECS - 1].store_first(to + (VECS - 1) * V::lanes, last);
    }
  }
};

template <class T>
NATIVE_CONV_INLINE void next_plane(DepthwiseRows<T>& t) {
  t.x += t.x_plane;
  t.w += t.w_plane;
  t.y += t.y_plane;
  if (t.residual) t.residual += t.y_plane;
  ++t.channel;
}

#include "kernels/depthwise_blocks.inl"

// Output rows [0, rows) × columns [first, first + count) of a pass; VECS vectors hold count.
template <class V, int KERNEL_H, int KERNEL_W, int STEP, int VECS, bool EDGES>
struct DepthwiseStrip {
  using T = typename V::T;
  // Successive steps of step_h input rows open one output row each; a pass over one kernel row has one open.
  static constexpr int step_h = KERNEL_H == 1 ? 1 : STEP, open = (KERNEL_H + step_h - 1) / step_h;
  static constexpr bool holds_weights = KERNEL_W > 0 && KERNEL_H* KERNEL_W <= 9;
  static constexpr int held = holds_weights ? KERNEL_H * KERNEL_W : 1;

  Edge<V, STEP> edges[EDGES ? most_masked_taps : 1][2];  // of the first and the last vector

  static int lanes_of(int v, int last) { return v == VECS - 1 ? last : V::lanes; }

  // Tap kw of input row Q of a step: its vectors, and what they add to every open output.
  template <int Q>
  NATIVE_CONV_INLINE void tap(V (&acc)[open][VECS], const V (&weights)[held], const T* x, const T* w,
                              int kw) const {
    V taken[VECS];
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) {
      const T* p = x + v * STEP * V::lanes;
      if (EDGES && (v == 0 || v == VECS - 1)) {
        taken[v] = edges[EDGES ? kw : 0][v > 0].load(p);
      } else {
        taken[v] = load_every<V, STEP>(p);
      }
    }
    NATIVE_CONV_UNROLL
    for (int o = 0; o < open; ++o) {
      const int kh = Q + step_h * (open - 1 - o);
      if (kh >= KERNEL_H) continue;
      const V weight = holds_weights ? weights[holds_weights ? kw * KERNEL_H + kh : 0] : V::broadcast(w[kh]);
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) acc[o][v] = fma(taken[v], weight, acc[o][v]);
    }
  }

  template <int Q>
  NATIVE_CONV_INLINE void row(V (&acc)[open][VECS], const V (&weights)[held], const DepthwiseRows<T>& t,
                              std::int64_t column, int index) const {
    const std::int64_t begin = t.x_rows[index * t.row_step];
    if (begin < 0) return;
    const T* x = t.x + begin + column;
    // The next strip's part of the row, which lies too far from this one's for the processor to foresee.
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS * STEP; ++v) NATIVE_CONV_PREFETCH(x + (VECS * STEP + v) * V::lanes);
    if constexpr (KERNEL_W > 0) {
      NATIVE_CONV_UNROLL
      for (int kw = 0; kw < KERNEL_W; ++kw) tap<Q>(acc, weights, x + t.offsets[kw], t.w + kw * KERNEL_H, kw);
    } else {
      const T* w = t.w;
      for (int kw = 0; kw < t.kernel_w; ++kw, w += KERNEL_H) tap<Q>(acc, weights, x + t.offsets[kw], w, kw);
    }
  }

  NATIVE_CONV_INLINE void run(const DepthwiseRows<T>& t, std::int64_t first, int count) {
    const int last = count - (VECS - 1) * V::lanes;
    const std::int64_t column = t.column + first * STEP;
    if constexpr (EDGES) {
      for (int kw = 0; kw < (KERNEL_W > 0 ? KERNEL_W : t.kernel_w); ++kw) {
        edges[kw][0].set(column + t.offsets[kw], t.width);
        edges[kw][1].set(column + t.offsets[kw] + (VECS - 1) * STEP * V::lanes, t.width);
      }
    }
    V weights[held];
    NATIVE_CONV_UNROLL
    for (int k = 0; k < held; ++k) weights[k] = V::broadcast(t.w[k]);
    V acc[open][VECS];
    NATIVE_CONV_UNROLL
    for (int o = 0; o < open; ++o) {
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) acc[o][v] = V::zero();
    }
    const LineFinish<V> finish(t);
    const int read = (t.rows - 1) * step_h + KERNEL_H;
    for (int step = 0; step < t.rows + open - 1; ++step) {
      if (t.accumulate && step < t.rows) {
        const T* y = t.y + step * t.y_row + first;
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v) acc[open - 1][v] = load_up_to<V>(y + v * V::lanes, lanes_of(v, last));
      }
      const int index = step * step_h;
      row<0>(acc, weights, t, column, index);
      if constexpr (step_h == 2) {
        if (index + 1 < read) row<1>(acc, weights, t, column, index + 1);
      }
      if (step >= open - 1) {
        V done[1][VECS];
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v) done[0][v] = acc[0][v];
        finish.store(done, t, (step - open + 1) * t.y_row + first, 1, count);
      }
      // Rows of a strip are too far apart for the processor to foresee, where the result is not in the cache.
      if (!t.stream) {
        constexpr int rows_ahead = 12;
        const T* ahead = t.y + (step - open + 1 + rows_ahead) * t.y_row + first;
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v) NATIVE_CONV_PREFETCH(ahead + v * V::lanes);
        NATIVE_CONV_PREFETCH(ahead + count - 1);
      }
      NATIVE_CONV_UNROLL
      for (int o = 0; o < open; ++o) {
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v)
          acc[o][v] = o + 1 < open ? acc[o + 1 < open ? o + 1 : o][v] : V::zero();
      }
    }
  }
};

template <class V, int KERNEL_H, int KERNEL_W, int STEP, int VECS, bool EDGES>
inline void depthwise_strip(const DepthwiseRows<typename V::T>& t, std::int64_t first, int count) {
  DepthwiseStrip<V, KERNEL_H, KERNEL_W, STEP, VECS, EDGES> strip;
  strip.run(t, first, count);
}

// A strip of `vectors` vectors: finds the body for their number, and whether it can do without masks.
template <class V, int KERNEL_H, int KERNEL_W, int STEP, int VECS>
inline void depthwise_strip_of(const DepthwiseRows<typename V::T>& t, std::int64_t first, int count) {
  if constexpr (VECS > 1) {
    if (count <= (VECS - 1) * V::lanes)
      return depthwise_strip_of<V, KERNEL_H, KERNEL_W, STEP, VECS - 1>(t, first, count);
  }
  constexpr int vector = STEP * V::lanes;
  const std::int64_t low = t.column + first * STEP + t.lowest,
                     high = t.column + first * STEP + VECS * vector - STEP + t.highest;
  if (low >= 0 && high < t.width)
    return depthwise_strip<V, KERNEL_H, KERNEL_W, STEP, VECS, false>(t, first, count);
  // Masks are for the vectors at the strip's ends; one that needs more of them falls into shorter ones.
  if constexpr (VECS > 2) {
    if (low + vector < 0 || high - vector >= t.width) {
      constexpr int shorter = 2 * V::lanes;
      depthwise_strip_of<V, KERNEL_H, KERNEL_W, STEP, 2>(t, first, shorter);
      return depthwise_strip_of<V, KERNEL_H, KERNEL_W, STEP, VECS - 2>(t, first + shorter, count - shorter);
    }
  }
  depthwise_strip<V, KERNEL_H, KERNEL_W, STEP, VECS, true>(t, first, count);
}

template <class V, int KERNEL_H, int KERNEL_W, int STEP>
inline void depthwise_strips(const DepthwiseRows<typename V::T>& t) {
  constexpr int open = KERNEL_H == 1 ? 1 : (KERNEL_H + STEP - 1) / STEP, most = strip_vectors<V>(open);
  // Streamed rows begin with the columns before the first aligned one, if that is the same in all of them.
  std::int64_t begin = 0;
  if (t.stream && t.y_row % V::lanes == 0) begin = unaligned_elements<V>(t.y);
  if (begin > t.columns) begin = t.columns;
  if (begin > 0) depthwise_strip_of<V, KERNEL_H, KERNEL_W, STEP, 1>(t, 0, static_cast<int>(begin));
  const std::int64_t columns = t.columns - begin;
  const std::int64_t vectors = (columns + V::lanes - 1) / V::lanes, strips = (vectors + most - 1) / most;
  for (std::int64_t s = 0; s < strips; ++s) {
    const std::int64_t first = vectors * s / strips * V::lanes, end = vectors * (s + 1) / strips * V::lanes;
    const std::int64_t count = (end < columns ? end : columns) - first;
    depthwise_strip_of<V, KERNEL_H, KERNEL_W, STEP, most>(t, begin + first, static_cast<int>(count));
  }
  if (t.stream) V::fence();
}

template <class V>
inline void depthwise_strips_of_plane(const DepthwiseRows<typename V::T>& t) {
  if (t.step == 2) {
    switch (t.kernel_h) {
      case 1:
        return depthwise_strips<V, 1, 0, 2>(t);
      case 3:
        return depthwise_strips<V, 3, 0, 2>(t);
      case 5:
        return depthwise_strips<V, 5, 0, 2>(t);
      case 7:
        return depthwise_strips<V, 7, 0, 2>(t);
    }
    return;
  }
  switch (t.kernel_h) {
    case 1:
      return depthwise_strips<V, 1, 0, 1>(t);
    case 3:
      return t.kernel_w == 3 ? depthwise_strips<V, 3, 3, 1>(t) : depthwise_strips<V, 3, 0, 1>(t);
    case 4:
      return depthwise_strips<V, 4, 0, 1>(t);
    case 5:
      return depthwise_strips<V, 5, 0, 1>(t);
    case 6:
      return depthwise_strips<V, 6, 0, 1>(t);
    case 7:
      return depthwise_strips<V, 7, 0, 1>(t);
  }
}

template <class V>
inline void depthwise_rows(const DepthwiseRows<typename V::T>& t) {
  if (depthwise_in_blocks<V>(t)) return;
  DepthwiseRows<typename V::T> plane = t;
  for (std::int64_t p = 0; p < t.planes; ++p) {
    depthwise_strips_of_plane<V>(plane);
    next_plane(plane);
  }
}

// The epilogue of a plane's vectors from element `begin` on, of which the last one holds `last`.
template <class V, int VECS>
NATIVE_CONV_INLINE void finish_plane(V (&acc)[VECS], const DepthwisePlane<typename V::T>& t, std::int64_t p,
                                     int begin, int last) {
  const Finish<typename V::T>& finish = *t.finish;
  const std::int64_t at = p * t.y_plane + begin;
  NATIVE_CONV_UNROLL
  for (int v = 0; v < VECS; ++v) NATIVE_CONV_PREFETCH(t.y + at + 4 * t.y_plane + v * V::lanes);
  const V bias = broadcast_or_zero<V>(finish.bias, t.channel + p);
  if (NATIVE_CONV_LIKELY(is_clamp(t.finish) && !t.residual)) {
    const V low = V::broadcast(finish.low), high = V::broadcast(finish.high);
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) {
      const V y = clamp_vector((acc[v] + V::zero()) + bias, low, high);
      store_up_to<V>(y, t.y + at + v * V::lanes, v == VECS - 1 ? last : V::lanes);
    }
    return;
  }
  const V slope = broadcast_or_zero<V>(finish.slope, t.channel + p);
  NATIVE_CONV_UNROLL
  for (int v = 0; v < VECS; ++v) {
    const int count = v == VECS - 1 ? last : V::lanes;
    const V residual = load_or_zero<V>(t.residual, at + v * V::lanes, count);
    store_up_to<V>(finish_vector<V>(acc[v], bias, residual, slope, finish), t.y + at + v * V::lanes, count);
  }
}

// A tap of VECS vectors of a plane.
template <class V, int VECS>
NATIVE_CONV_INLINE void depthwise_plane_tap(V (&acc)[VECS], const typename V::T* x, typename V::T w,
                                            const std::uint32_t* masks) {
  const V weight = V::broadcast(w);
  NATIVE_CONV_UNROLL
  for (int v = 0; v < VECS; ++v)
    acc[v] = fma(V::load_mask(x + v * V::lanes, V::mask(masks[v])), weight, acc[v]);
}

// VECS vectors of every plane, from its vector `first` on.
template <class V, int VECS>
inline void depthwise_plane_vectors(const DepthwisePlane<typename V::T>& t, int first, int vectors) {
  if constexpr (VECS > 1) {
    if (vectors - first < VECS) return depthwise_plane_vectors<V, VECS - 1>(t, first, vectors);
  }
  using T = typename V::T;
  const int begin = first * V::lanes, last = t.count - begin - (VECS - 1) * V::lanes;
  for (std::int64_t p = 0; p < t.planes; ++p) {
    const T *x = t.x + p * t.x_plane + begin, *w = t.w + p * t.taps;
    const std::uint32_t* masks = t.masks + first;
    V acc[VECS];
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) acc[v] = V::zero();
    for (int k = 0; k < t.taps; ++k, masks += vectors)
      depthwise_plane_tap(acc, x + t.offsets[k], w[k], masks);
    finish_plane(acc, t, p, begin, last);
  }
}

#include "kernels/depthwise_shifts.inl"

template <class V, int SIZE, bool REVERSED, int VECS = 4>
inline void depthwise_plane_shifts(const DepthwisePlane<typename V::T>& t) {
  if constexpr (VECS > 1) {
    if (t.count <= (VECS - 1) * V::lanes) return depthwise_plane_shifts<V, SIZE, REVERSED, VECS - 1>(t);
  }
  const DepthwiseShifts<V, SIZE, VECS, REVERSED> shifts(t);
  for (std::int64_t p = 0; p < t.planes; ++p) {
    V acc[VECS];
    shifts.run(t.x + p * t.x_plane, t.w + p * t.taps, acc);
    finish_plane(acc, t, p, 0, t.count - (VECS - 1) * V::lanes);
  }
}

// Whether the kernel reaches no further than a vector.
template <class V>
inline bool shifts_reach(const DepthwisePlane<typename V::T>& t) {
  const int reach = t.offsets[0] < 0 ? -t.offsets[0] : t.offsets[0];
  return t.count <= 4 * V::lanes && reach <= V::lanes;
}

template <class V>
inline void depthwise_plane(const DepthwisePlane<typename V::T>& t) {
  if constexpr (V::shifts) {
    const bool reversed = t.offsets[0] > 0;
    if (t.kernel == 3 && shifts_reach<V>(t))
      return reversed ? depthwise_plane_shifts<V, 3, true>(t) : depthwise_plane_shifts<V, 3, false>(t);
    if (t.kernel == 5 && shifts_reach<V>(t))
      return reversed ? depthwise_plane_shifts<V, 5, true>(t) : depthwise_plane_shifts<V, 5, false>(t);
  }
  const int vectors = (t.count + V::lanes - 1) / V::lanes;
  for (int first = 0; first < vectors; first += 4) depthwise_plane_vectors<V, 4>(t, first, vectors);
}

// Channels [j, j + count) of ROWS pixels.
template <class V, int ROWS, bool PARTIAL>
NATIVE_CONV_INLINE void depthwise_last_vector(const DepthwiseLastTile<typename V::T>& t, std::int64_t j,
                                              int count) {
  V acc[ROWS];
  NATIVE_CONV_UNROLL
  for (int p = 0; p < ROWS; ++p) acc[p] = V::zero();
  for (int tap = 0; tap < t.taps; ++tap) {
    const typename V::T* weights = t.w + tap * t.w_tap + j;
    const V w = PARTIAL ? V::load_first(weights, count) : V::load(weights);
    const std::int64_t offset = t.offsets[tap] + j;
    NATIVE_CONV_UNROLL
    for (int p = 0; p < ROWS; ++p) {
      const typename V::T* x = t.x_pixels[p] + offset;
      acc[p] = fma(PARTIAL ? V::load_first(x, count) : V::load(x), w, acc[p]);
    }
  }
  const V bias = load_or_zero<V>(t.finish->bias, t.channel + j, count);
  const V slope = load_or_zero<V>(t.finish->slope, t.channel + j, count);
  NATIVE_CONV_UNROLL
  for (int p = 0; p < ROWS; ++p) {
    const V residual = load_or_zero<V>(t.residual_pixels ? t.residual_pixels[p] : nullptr, j, count);
    store_up_to<V>(finish_vector<V>(acc[p], bias, residual, slope, *t.finish), t.y_pixels[p] + j, count);
  }
}

template <class V, int ROWS>
inline void depthwise_last_tile(const DepthwiseLastTile<typename V::T>& t) {
  if constexpr (ROWS > 1) {
    if (t.rows < ROWS) return depthwise_last_tile<V, ROWS - 1>(t);
  }
  std::int64_t j = 0;
  for (; j + V::lanes <= t.channels; j += V::lanes) depthwise_last_vector<V, ROWS, false>(t, j, V::lanes);
  if (j < t.channels) depthwise_last_vector<V, ROWS, true>(t, j, static_cast<int>(t.channels - j));
}
