// Depthwise micro-kernels for small square kernels at stride 1 and 2: a block of output rows × vectors, whose
// sums stay in registers while the input rows under them go by. Blocks of the same rows follow one another,
// so that the plane is read and written in the order of memory, which the processor foresees. Included by
// every ISA file. Layer: kernels. SPDX-License-Identifier: MIT

// Sums that a block holds: the weights of a 3×3 kernel keep their registers beside them where there are 32.
template <class V>
constexpr int block_sums = V::registers >= 32   ? 16
                           : V::registers >= 16 ? 8
                                                : 4;

// What a block reads of an input row: for each tap, or each two neighbours at STEP 2, PIECES whole vectors.
template <class V, int K, int STEP, int VECS>
struct BlockReading {
  static constexpr int loads = (K + STEP - 1) / STEP, pieces = VECS * STEP;
  typename V::Mask inside[loads][pieces];

  // Of the block whose first output has its taps from `column` on.
  NATIVE_CONV_INLINE void set(const std::int32_t* offsets, std::int64_t column, std::int64_t width) {
    for (int i = 0; i < loads; ++i) {
      for (int piece = 0; piece < pieces; ++piece)
        inside[i][piece] = lanes_inside<V>(column + offsets[i * STEP] + piece * V::lanes, width);
    }
  }
};

// Output rows [row, row + ROWS) × columns [first, first + count) of one plane, without the rows beyond the
// last; VECS vectors hold count. Without EDGES all that is read lies within rows.
template <class V, int K, int STEP, int ROWS, int VECS, bool EDGES>
struct DepthwiseBlock {
  using T = typename V::T;
  using Reading = BlockReading<V, K, STEP, VECS>;
  static constexpr bool holds_weights = K * K + ROWS * VECS < V::registers - 3;
  static constexpr int held = holds_weights ? K * K : 1;

  V acc[ROWS][VECS];
  V weights[held];
  std::int64_t offsets[Reading::loads];
  typename V::Mask inside[Reading::loads][Reading::pieces];

  // Tap kw of input row R, which each output row that it belongs to meets with a weight of its own.
  template <int R>
  NATIVE_CONV_INLINE void tap(const V (&taken)[VECS], const T* w, int kw) {
    constexpr int begin = R < K ? 0 : (R - K) / STEP + 1, end = R / STEP < ROWS ? R / STEP + 1 : ROWS;
    NATIVE_CONV_UNROLL
    for (int o = begin; o < end; ++o) {
      const int at = kw * K + R - o * STEP;
      const V weight = holds_weights ? weights[holds_weights ? at : 0] : V::broadcast(w[at]);
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) acc[o][v] = fma(taken[v], weight, acc[o][v]);
    }
  }

  // Input row R, which begins at rows[R·step] of the source; negative for one in the padding.
  template <int R>
  NATIVE_CONV_INLINE void line(const T* source, const std::int64_t* rows, std::int64_t step, int read,
                               const T* w) {
    if (!NATIVE_CONV_LIKELY(R < read)) return;
    const std::int64_t begin = rows[R * step];
    if (!NATIVE_CONV_LIKELY(begin >= 0)) return;
    const T* x = source + begin;
    NATIVE_CONV_UNROLL
    for (int i = 0; i < Reading::loads; ++i) {
      V piece[Reading::pieces], taken[VECS];
      NATIVE_CONV_UNROLL
      for (int p = 0; p < Reading::pieces; ++p) {
        const T* from = x + offsets[i] + p * V::lanes;
        piece[p] = EDGES ? V::load_mask(from, inside[i][p]) : V::load(from);
      }
      if constexpr (STEP == 1) {
        tap<R>(piece, w, i);
      } else {
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v) taken[v] = unzip_even(piece[2 * v], piece[2 * v + 1]);
        tap<R>(taken, w, 2 * i);
        if (2 * i + 1 == K) continue;
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v) taken[v] = unzip_odd(piece[2 * v], piece[2 * v + 1]);
        tap<R>(taken, w, 2 * i + 1);
      }
    }
  }

  template <int... R>
  NATIVE_CONV_INLINE void lines(std::integer_sequence<int, R...>, const T* source, const std::int64_t* rows,
                                std::int64_t step, int read, const T* w) {
    (line<R>(source, rows, step, read, w), ...);
  }

  NATIVE_CONV_INLINE void run(const DepthwiseRows<T>& t, const LineFinish<V>& finish, const Reading& reading,
                              int row, std::int64_t first, int count) {
    const int rows = t.rows - row < ROWS ? t.rows - row : ROWS, read = (rows - 1) * STEP + K;
    T* y = t.y + row * t.y_row + first;
    NATIVE_CONV_UNROLL
    for (int o = 0; o < ROWS; ++o) {
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) {
        acc[o][v] = V::zero();
        NATIVE_CONV_PREFETCH(y + o * t.y_row + v * V::lanes);
      }
    }
    if (!NATIVE_CONV_LIKELY(!t.accumulate)) {
      NATIVE_CONV_UNROLL
      for (int o = 0; o < ROWS; ++o) {
        if (o >= rows) continue;
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v)
          acc[o][v] =
              load_up_to<V>(y + o * t.y_row + v * V::lanes, v == VECS - 1 ? count - v * V::lanes : V::lanes);
      }
    }
    NATIVE_CONV_UNROLL
    for (int k = 0; k < held; ++k) weights[k] = V::broadcast(t.w[k]);
    NATIVE_CONV_UNROLL
    for (int i = 0; i < Reading::loads; ++i) {
      offsets[i] = t.offsets[i * STEP];
      NATIVE_CONV_UNROLL
      for (int p = 0; EDGES && p < Reading::pieces; ++p) inside[i][p] = reading.inside[i][p];
    }
    lines(std::make_integer_sequence<int, (ROWS - 1) * STEP + K>(), t.x + t.column + first * STEP,
          t.x_rows + row * STEP * t.row_step, t.row_step, read, t.w);
    finish.store(acc, t, row * t.y_row + first, rows, count);
  }
};

template <class V, int K, int STEP, int ROWS, int VECS, bool EDGES>
NATIVE_CONV_NOINLINE void depthwise_block(const DepthwiseRows<typename V::T>& t, const LineFinish<V>& finish,
                                          const BlockReading<V, K, STEP, VECS>& reading, int row,
                                          std::int64_t first, int count) {
  DepthwiseBlock<V, K, STEP, ROWS, VECS, EDGES> block;
  block.run(t, finish, reading, row, first, count);
}

template <class V, int K, int STEP, int VECS>
inline void depthwise_blocks_of(const DepthwiseRows<typename V::T>& t) {
  constexpr int rows = block_sums<V> / VECS, columns = VECS * V::lanes;
  BlockReading<V, K, STEP, VECS> left, right, between;
  const std::int64_t end = (t.columns - 1) / columns * columns;
  left.set(t.offsets, t.column, t.width);
  if (end > 0) right.set(t.offsets, t.column + end * STEP, t.width);
  DepthwiseRows<typename V::T> plane = t;
  for (std::int64_t p = 0; p < t.planes; ++p) {
    const LineFinish<V> finish(plane);
    for (int row = 0; row < t.rows; row += rows) {
      for (std::int64_t first = 0; first <= end; first += columns) {
        const std::int64_t column = t.column + first * STEP;
        const int count = static_cast<int>(first < end ? columns : t.columns - end);
        if (column + t.lowest >= 0 && column + t.highest + columns * STEP <= t.width) {
          depthwise_block<V, K, STEP, rows, VECS, false>(plane, finish, left, row, first, count);
          continue;
        }
        // With far taps more than the outermost blocks reach beyond rows.
        if (first > 0 && first < end) between.set(t.offsets, column, t.width);
        depthwise_block<V, K, STEP, rows, VECS, true>(plane, finish,
                                                      first == 0     ? left
                                                      : first == end ? right
                                                                     : between,
                                                      row, first, count);
      }
    }
    next_plane(plane);
  }
}

template <class V, int K, int STEP>
inline void depthwise_blocks(const DepthwiseRows<typename V::T>& t) {
  // An odd number of vectors would leave half a block empty.
  const bool even = (t.columns + V::lanes - 1) / V::lanes % 2 == 0;
  even ? depthwise_blocks_of<V, K, STEP, 2>(t) : depthwise_blocks_of<V, K, STEP, 1>(t);
}

// Runs t in blocks, where these are the quicker ones: 3×3 and 5×5 at stride 2, or on rows of at most two
// vectors (docs/decisions.md).
template <class V>
inline bool depthwise_in_blocks(const DepthwiseRows<typename V::T>& t) {
  if (t.stream || t.kernel_h != t.kernel_w) return false;
  if (t.step == 2 ? t.highest - t.lowest != t.kernel_w - 1 : t.columns > 2 * V::lanes) return false;
  if (t.kernel_h == 3) return t.step == 1 ? depthwise_blocks<V, 3, 1>(t) : depthwise_blocks<V, 3, 2>(t), true;
  if (t.kernel_h == 5) return t.step == 1 ? depthwise_blocks<V, 5, 1>(t) : depthwise_blocks<V, 5, 2>(t), true;
  return false;
}
