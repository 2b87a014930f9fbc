// Depthwise micro-kernels for small square kernels at stride 1 and 2: a block of output rows × vectors, whose
// sums stay in registers while the input rows under them go by. Blocks of the same rows follow one another,
// so that the plane is read and written in the order of memory, which the processor foresees. Included by
// every ISA file. Layer: kernels. SPDX-License-Identifier: MIT

// Rows of a block of two vectors, half as many as of one: the weights of a 3×3 kernel keep their registers
// beside the sums where there are 32. The maps of most networks have a multiple of 7 rows.
template <class V>
constexpr int block_rows = V::registers >= 32   ? 7
                           : V::registers >= 16 ? 4
                                                : 2;

// Bytes: half of the first-level cache of most processors, or a third.
constexpr std::int64_t half_first_level = 16 * 1024;

#include "kernels/depthwise_taps.inl"
#include "kernels/depthwise_held.inl"

// Output rows [row, row + rows), rows <= ROWS, × columns [first, first + count) of one plane; VECS vectors
// hold count. Without EDGES all that is read lies within rows. WHOLE: all ROWS of them, from +0, and the
// input rows under them exist, `pitch` elements apart.
template <class V, int K, int STEP, int ROWS, int VECS, bool EDGES, bool WHOLE, class Taps>
struct DepthwiseBlock {
  using T = typename V::T;
  static constexpr bool holds_weights = K * K + ROWS * VECS < V::registers - 3;
  static constexpr int held = holds_weights ? K * K : 1, read_rows = (ROWS - 1) * STEP + K;

  V acc[ROWS][VECS];
  V weights[held];
  Taps taps;
  std::int64_t ahead;  // elements of a row to what is fetched while it is read

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

  // (No lambda: clang gives those no instruction set.)
  template <int R>
  struct Meet {
    DepthwiseBlock& block;
    const T* w;
    NATIVE_CONV_INLINE void operator()(int kw, const V (&taken)[VECS]) const {
      block.template tap<R>(taken, w, kw);
    }
  };

  // Input row R, which begins at x.
  template <int R>
  NATIVE_CONV_INLINE void line(const T* x, const T* w) {
    taps.template row<EDGES>(x, Meet<R>{*this, w});
    if (R < K - STEP) return;
    NATIVE_CONV_UNROLL
    for (int p = 0; p < VECS * STEP; ++p) NATIVE_CONV_PREFETCH(x + ahead + p * V::lanes);
  }

  // The same, which begins at rows[R·step] of the source; negative for one in the padding.
  template <int R>
  NATIVE_CONV_INLINE void listed_line(const T* source, const std::int64_t* rows, std::int64_t step, int read,
                                      const T* w) {
    if (!NATIVE_CONV_LIKELY(R < read)) return;
    const std::int64_t begin = rows[R * step];
    if (NATIVE_CONV_LIKELY(begin >= 0)) line<R>(source + begin, w);
  }

  template <int... R>
  NATIVE_CONV_INLINE void listed_lines(std::integer_sequence<int, R...>, const T* source,
                                       const std::int64_t* rows, std::int64_t step, int read, const T* w) {
    (listed_line<R>(source, rows, step, read, w), ...);
  }
  template <int... R>
  NATIVE_CONV_INLINE void whole_lines(std::integer_sequence<int, R...>, const T* x, std::int64_t pitch,
                                      const T* w) {
    ((line<R>(x, w), x += pitch), ...);
  }

  NATIVE_CONV_INLINE void run(const DepthwiseRows<T>& t, const LineFinish<V>& finish, const Taps& reading,
                              int row, int rows, std::int64_t first, int count) {
    T* y = t.y + row * t.y_row + first;
    // What the block below reads and writes, or where the first-level cache would not keep it, the next one.
    const bool below = read_rows * t.width * std::int64_t{sizeof(T)} <= half_first_level;
    ahead = below ? ROWS * STEP * (t.row_step < 0 ? -t.width : t.width) : VECS * STEP * V::lanes;
    const T* y_ahead = y + (below ? ROWS * t.y_row : VECS * V::lanes);
    NATIVE_CONV_UNROLL
    for (int o = 0; o < ROWS; ++o) {
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) {
        acc[o][v] = V::zero();
        NATIVE_CONV_PREFETCH(y_ahead + o * t.y_row + v * V::lanes);
      }
    }
    if (!WHOLE && !NATIVE_CONV_LIKELY(!t.accumulate)) {
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
    taps = reading;
    const T* source = t.x + t.column + first * STEP;
    const std::int64_t* x_rows = t.x_rows + row * STEP * t.row_step;
    if constexpr (WHOLE) {
      whole_lines(std::make_integer_sequence<int, read_rows>(), source + x_rows[0],
                  x_rows[t.row_step] - x_rows[0], t.w);
      finish.store(acc, t, row * t.y_row + first, ROWS, count);
    } else {
      listed_lines(std::make_integer_sequence<int, read_rows>(), source, x_rows, t.row_step,
                   (rows - 1) * STEP + K, t.w);
      finish.store(acc, t, row * t.y_row + first, rows, count);
    }
  }
};

template <class V, int K, int STEP, int ROWS, int VECS, bool EDGES, bool WHOLE, class Taps>
NATIVE_CONV_NOINLINE void depthwise_block(const DepthwiseRows<typename V::T>& t, const LineFinish<V>& finish,
                                          const Taps& reading, int row, int rows, std::int64_t first,
                                          int count) {
  DepthwiseBlock<V, K, STEP, ROWS, VECS, EDGES, WHOLE, Taps> block;
  block.run(t, finish, reading, row, rows, first, count);
}

// Whether the rows under ROWS output rows from `row` on exist, evenly spaced.
template <int READ_ROWS, class T>
NATIVE_CONV_INLINE bool are_whole(const DepthwiseRows<T>& t, int first_read) {
  const std::int64_t* rows = t.x_rows + first_read * t.row_step;
  const std::int64_t pitch = rows[t.row_step] - rows[0];
  bool whole = rows[0] >= 0;
  for (int r = 1; r < READ_ROWS; ++r) {
    const std::int64_t begin = rows[r * t.row_step];
    whole &= begin >= 0 && begin - rows[(r - 1) * t.row_step] == pitch;
  }
  return whole;
}

// The blocks that lie beside one another: what they read has masks of its own only at the ends of rows.
template <class V, int K, int STEP, int ROWS, int VECS, template <class, int, int, int> class Taps>
class BlockRow {
 public:
  using T = typename V::T;

  // From output `begin` on to the end of `vectors` vectors.
  BlockRow(const DepthwiseRows<T>& t, std::int64_t begin, std::int64_t vectors)
      : begin_(begin), end_(begin + (vectors - VECS) * V::lanes) {
    if (begin_ > end_) return;
    left_.set(t, t.column + begin_ * STEP);
    right_.set(t, t.column + end_ * STEP);
    inner_.set(t, -t.lowest);
  }

  NATIVE_CONV_INLINE void run(const DepthwiseRows<T>& plane, const LineFinish<V>& finish, int row, int rows,
                              bool whole) {
    for (std::int64_t first = begin_; first <= end_; first += columns) {
      const std::int64_t column = plane.column + first * STEP, left = plane.columns - first;
      const int count = static_cast<int>(left < columns ? left : columns);
      const bool within = Reading::lies_within(plane, column);
      // With far taps more than the outermost blocks reach beyond rows.
      if (!within && first > begin_ && first < end_) between_.set(plane, column);
      const Reading& reading = within ? inner_ : first == begin_ ? left_ : first == end_ ? right_ : between_;
      if constexpr (Reading::always_masked) {
        whole ? depthwise_block<V, K, STEP, ROWS, VECS, true, true>(plane, finish, reading, row, rows, first,
                                                                    count)
              : depthwise_block<V, K, STEP, ROWS, VECS, true, false>(plane, finish, reading, row, rows, first,
                                                                     count);
      } else {
        within ? depthwise_block<V, K, STEP, ROWS, VECS, false, false>(plane, finish, reading, row, rows,
                                                                       first, count)
               : depthwise_block<V, K, STEP, ROWS, VECS, true, false>(plane, finish, reading, row, rows,
                                                                      first, count);
      }
    }
  }

 private:
  using Reading = Taps<V, K, STEP, VECS>;
  static constexpr int columns = VECS * V::lanes;
  const std::int64_t begin_, end_;  // the first outputs of the first and of the last block
  Reading left_, right_, inner_, between_;
};

template <class V, int K, int STEP, int ROWS, int VECS, template <class, int, int, int> class Taps>
inline void depthwise_blocks_of(const DepthwiseRows<typename V::T>& t) {
  // As many blocks as are needed, of about the same number of rows.
  const int parts = (t.rows + ROWS - 1) / ROWS, each = (t.rows + parts - 1) / parts;
  const std::int64_t vectors = (t.columns + V::lanes - 1) / V::lanes, even = vectors / VECS * VECS;
  constexpr bool has_whole = Taps<V, K, STEP, VECS>::always_masked;  // blocks of loaded taps have none
  BlockRow<V, K, STEP, ROWS, VECS, Taps> blocks(t, 0, even);
  BlockRow<V, K, STEP, ROWS, 1, Taps> rest(t, even * V::lanes, vectors - even);
  DepthwiseRows<typename V::T> plane = t;
  for (std::int64_t p = 0; p < t.planes; ++p) {
    const LineFinish<V> finish(plane);
    for (int row = 0; row < t.rows; row += each) {
      const int rows = t.rows - row < each ? t.rows - row : each;
      const bool whole =
          has_whole && rows == ROWS && !t.accumulate && are_whole<(ROWS - 1) * STEP + K>(t, row * STEP);
      blocks.run(plane, finish, row, rows, whole);
      if (VECS > 1) rest.run(plane, finish, row, rows, whole);
    }
    next_plane(plane);
  }
}

template <class V, int K, int STEP, template <class, int, int, int> class Taps>
inline void depthwise_blocks(const DepthwiseRows<typename V::T>& t) {
  constexpr int rows = block_rows<V>;
  t.columns <= V::lanes ? depthwise_blocks_of<V, K, STEP, 2 * rows, 1, Taps>(t)
                        : depthwise_blocks_of<V, K, STEP, rows, 2, Taps>(t);
}

// Whether blocks are the quicker ones at stride 1, where the taps shift (an EPYC, Zen 5, against strips): on
// rows of one strip that is wider than a block they lose a tenth, and where a row of blocks reads much of the
// first-level cache.
template <class V, int K>
inline bool shifting_blocks_win(std::int64_t columns) {
  constexpr std::int64_t strip = strip_vectors<V>(K) * V::lanes, read_rows = block_rows<V> - 1 + K;
  if (columns <= 2 * V::lanes) return true;
  return columns > strip && read_rows * columns * std::int64_t{sizeof(typename V::T)} <= half_first_level;
}

template <class V, int K>
inline bool depthwise_in_blocks_of(const DepthwiseRows<typename V::T>& t) {
  const bool neighbours = t.highest - t.lowest == t.kernel_w - 1, ascending = t.offsets[0] == t.lowest;
  if constexpr (V::shifts) {
    if (neighbours && t.step == 2) return depthwise_blocks<V, K, 2, ShiftedTaps>(t), true;
    if (neighbours && !shifting_blocks_win<V, K>(t.columns)) return false;
    if (neighbours && ascending) return depthwise_blocks<V, K, 1, ShiftedTaps>(t), true;
    if (neighbours) return depthwise_blocks<V, K, 1, ReversedTaps>(t), true;
  } else {
    if constexpr (K == 3 && V::registers == 16) {
      if (t.step == 1 && (depthwise_held<V>(t) || depthwise_held_planes<V>(t))) return true;
    }
    if (neighbours && t.step == 2) return depthwise_blocks<V, K, 2, LoadedTaps>(t), true;
  }
  if (t.step == 2 || t.columns > 2 * V::lanes) return false;
  return depthwise_blocks<V, K, 1, LoadedTaps>(t), true;
}

// Runs t in blocks, where these are the quicker ones (docs/decisions.md): 3×3 and 5×5 kernels at stride 2, on
// rows of at most two vectors, and on wider ones where their taps shift.
template <class V>
inline bool depthwise_in_blocks(const DepthwiseRows<typename V::T>& t) {
  if (t.stream || t.kernel_h != t.kernel_w) return false;
  if (t.kernel_h == 3) return depthwise_in_blocks_of<V, 3>(t);
  if (t.kernel_h == 5) return depthwise_in_blocks_of<V, 5>(t);
  return false;
}
