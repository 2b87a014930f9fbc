// The two GEMM micro-kernels, written once over a vector type: an outer product of ROWS broadcast values and
// VECS vectors for each k, accumulated in registers (Goto & van de Geijn, ACM TOMS 34(3), 2008; the names are
// BLIS's). Included by every ISA file. Layer: kernels. SPDX-License-Identifier: MIT

template <class V, int ROWS, int VECS, bool PARTIAL>
NATIVE_CONV_INLINE void load_accumulators(V (&acc)[ROWS][VECS], const GemmTile<typename V::T>& t, int last) {
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) {
      const bool partial = PARTIAL && v == VECS - 1;
      const typename V::T* c = t.c + r * t.c_row + v * V::lanes;
      if (!t.accumulate) {
        acc[r][v] = V::zero();
      } else {
        acc[r][v] = partial ? V::load_first(c, last) : V::load(c);
      }
    }
  }
}

// Channels lie along the rows (gemm_panel) or along the columns (gemm_patch).
enum class Channels { rows, columns };

// What one vector of the tile is finished with: row r, columns [j, j + count).
template <class V>
struct Operands {
  V bias, residual, slope;
};

template <class V, Channels ALONG>
NATIVE_CONV_INLINE Operands<V> finish_operands(const GemmTile<typename V::T>& t, int r, int j, int count) {
  const auto* bias = t.finish->bias;
  const auto* slope = t.finish->slope;
  const V residual = load_or_zero<V>(t.residual, r * t.c_row + j, count);
  if constexpr (ALONG == Channels::rows) {
    return {broadcast_or_zero<V>(bias, t.channel + r), residual, broadcast_or_zero<V>(slope, t.channel + r)};
  } else {
    return {load_or_zero<V>(bias, t.channel + j, count), residual,
            load_or_zero<V>(slope, t.channel + j, count)};
  }
}

// The activations that are too long to be repeated for every register: over c, which holds the accumulators
// of `columns` columns.
template <class V, Channels ALONG>
inline void finish_in_place(const GemmTile<typename V::T>& t, int columns) {
  for (int r = 0; r < t.rows; ++r) {
    for (int j = 0; j < columns; j += V::lanes) {
      const int count = columns - j < V::lanes ? columns - j : V::lanes;
      typename V::T* c = t.c + r * t.c_row + j;
      const Operands<V> with = finish_operands<V, ALONG>(t, r, j, count);
      const V acc = load_up_to<V>(c, count);
      store_up_to<V>(finish_vector<V>(acc, with.bias, with.residual, with.slope, *t.finish), c, count);
    }
  }
}

// The epilogue without what changes nothing: the +0 of an absent operand, clamping to infinities. Adding +0
// to the bias instead of the accumulator gives the same bits: only two -0 could tell.
template <class V, int ROWS, int VECS, bool PARTIAL, Channels ALONG>
NATIVE_CONV_INLINE void clamp_accumulators(V (&acc)[ROWS][VECS], const GemmTile<typename V::T>& t, int last) {
  const Finish<typename V::T>& finish = *t.finish;
  V bias[VECS];
  NATIVE_CONV_UNROLL
  for (int v = 0; v < VECS; ++v) {
    bias[v] = ALONG == Channels::rows
                  ? V::zero()
                  : V::zero() + load_or_zero<V>(finish.bias, t.channel + v * V::lanes,
                                                PARTIAL && v == VECS - 1 ? last : V::lanes);
  }
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    const V of_row =
        ALONG == Channels::rows ? V::zero() + broadcast_or_zero<V>(finish.bias, t.channel + r) : V::zero();
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) acc[r][v] = acc[r][v] + (ALONG == Channels::rows ? of_row : bias[v]);
  }
  if (t.residual) {
    NATIVE_CONV_UNROLL
    for (int r = 0; r < ROWS; ++r) {
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) {
        const typename V::T* residual = t.residual + r * t.c_row + v * V::lanes;
        acc[r][v] =
            acc[r][v] + (PARTIAL && v == VECS - 1 ? V::load_first(residual, last) : V::load(residual));
      }
    }
  }
  if (finish.fused == Fused::none) return;
  const V low = V::broadcast(finish.low), high = V::broadcast(finish.high);
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) {
      acc[r][v] = clamp_vector(acc[r][v], low, high);
    }
  }
}

template <class V, int ROWS, int VECS, bool PARTIAL, Channels ALONG>
NATIVE_CONV_INLINE void store_accumulators(V (&acc)[ROWS][VECS], const GemmTile<typename V::T>& t, int last) {
  const bool clamped = is_clamp(t.finish);
  if (clamped) clamp_accumulators<V, ROWS, VECS, PARTIAL, ALONG>(acc, t, last);
  const std::int64_t c_row = t.c_row;
  typename V::T* c = t.c;
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r, c += c_row) {
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) {
      if (PARTIAL && v == VECS - 1) {
        acc[r][v].store_first(c + v * V::lanes, last);
      } else {
        acc[r][v].store(c + v * V::lanes);
      }
    }
  }
  if (t.finish && !clamped) finish_in_place<V, ALONG>(t, t.columns);
}

inline int count_bits(std::uint64_t bits) {
  int count = 0;
  for (; bits; bits &= bits - 1) ++count;
  return count;
}

// The columns of t.kept only, side by side.
template <class V, int ROWS, int VECS>
NATIVE_CONV_INLINE void store_kept(V (&acc)[ROWS][VECS], const GemmTile<typename V::T>& t) {
  const bool clamped = is_clamp(t.finish) && !t.residual;
  if (clamped) clamp_accumulators<V, ROWS, VECS, false, Channels::rows>(acc, t, V::lanes);
  std::uint64_t kept = t.kept;
  int written = 0;
  NATIVE_CONV_UNROLL
  for (int v = 0; v < VECS; ++v, kept >>= V::lanes) {
    const std::uint64_t bits = kept & ((std::uint64_t{1} << V::lanes) - 1);
    const int count = count_bits(bits);
    typename V::T* c = t.c + written;
    written += count;
    if (count == V::lanes) {
      NATIVE_CONV_UNROLL
      for (int r = 0; r < ROWS; ++r) acc[r][v].store(c + r * t.c_row);
    } else if (count > 0) {
      NATIVE_CONV_UNROLL
      for (int r = 0; r < ROWS; ++r) {
        compress(acc[r][v], static_cast<std::uint32_t>(bits)).store_first(c + r * t.c_row, count);
      }
    }
  }
  if (t.finish && !clamped) finish_in_place<V, Channels::rows>(t, written);
}

// Asks for the lines of a finished tile, which is seldom in cache, so that they come while it is computed.
template <class V, int ROWS, int VECS>
NATIVE_CONV_INLINE void expect_tile(const GemmTile<typename V::T>& t) {
  if (!t.finish) return;
  const typename V::T* c = t.c;
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r, c += t.c_row) {
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) NATIVE_CONV_PREFETCH(c + v * V::lanes);
    NATIVE_CONV_PREFETCH(c + t.columns - 1);
  }
}

template <class V, int ROWS, int VECS, bool PARTIAL>
NATIVE_CONV_INLINE void panel_step(V (&acc)[ROWS][VECS], const typename V::T* a, const typename V::T* b,
                                   int last) {
  V x[VECS];
  NATIVE_CONV_UNROLL
  for (int v = 0; v < VECS; ++v) {
    x[v] = PARTIAL && v == VECS - 1 ? V::load_first(b + v * V::lanes, last) : V::load(b + v * V::lanes);
  }
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    const V w = V::broadcast(a[r]);
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) acc[r][v] = fma(x[v], w, acc[r][v]);
  }
}

template <class V, int ROWS, int VECS, bool PARTIAL>
inline void panel_loop(const GemmTile<typename V::T>& t) {
  const int last = t.columns - (VECS - 1) * V::lanes;
  expect_tile<V, ROWS, VECS>(t);
  V acc[ROWS][VECS];
  load_accumulators<V, ROWS, VECS, PARTIAL>(acc, t, last);
  const typename V::T *a = t.a, *b = t.b;
  const std::int32_t* offsets = t.offsets;
  // Two at a time, since what counts and adds addresses takes the place of multiply-adds; but of three
  // vectors and more that leave no registers free, g++ mixes two steps, and has to put sums into memory.
  constexpr bool full = VECS > 2 && ROWS * VECS + VECS + 2 >= V::registers;
  constexpr int together = full ? 1 : 2;
  std::int64_t k = 0;
  for (; k + together <= t.depth; k += together, a += together * ROWS) {
    NATIVE_CONV_UNROLL
    for (int i = 0; i < together; ++i)
      panel_step<V, ROWS, VECS, PARTIAL>(acc, a + i * ROWS, b + offsets[k + i], last);
  }
  if (k < t.depth) panel_step<V, ROWS, VECS, PARTIAL>(acc, a, b + offsets[k], last);
  if (t.kept) return store_kept<V, ROWS, VECS>(acc, t);
  store_accumulators<V, ROWS, VECS, PARTIAL, Channels::rows>(acc, t, last);
}

template <class V, int ROWS, int VECS, bool PARTIAL>
inline void patch_loop(const GemmTile<typename V::T>& t) {
  using T = typename V::T;
  const int last = t.columns - (VECS - 1) * V::lanes;
  expect_tile<V, ROWS, VECS>(t);
  V acc[ROWS][VECS];
  load_accumulators<V, ROWS, VECS, PARTIAL>(acc, t, last);
  const T* rows[ROWS];
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) rows[r] = t.a_rows[r];
  const T* b = t.b;
  for (std::int64_t k = 0; k < t.depth; ++k, b += t.b_row) {
    const std::int64_t offset = t.offsets[k];
    V w[VECS];
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) w[v] = V::load(b + v * V::lanes);
    NATIVE_CONV_UNROLL
    for (int r = 0; r < ROWS; ++r) {
      const V x = V::broadcast(rows[r][offset]);
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) acc[r][v] = fma(x, w[v], acc[r][v]);
    }
  }
  store_accumulators<V, ROWS, VECS, PARTIAL, Channels::columns>(acc, t, last);
}

enum class Operand { panel, patch };

template <class V, Operand KIND, int ROWS, int VECS>
inline void gemm_with_rows_and_vectors(const GemmTile<typename V::T>& t) {
  const bool partial = t.columns % V::lanes != 0;
  if constexpr (KIND == Operand::panel) {
    partial ? panel_loop<V, ROWS, VECS, true>(t) : panel_loop<V, ROWS, VECS, false>(t);
  } else {
    partial ? patch_loop<V, ROWS, VECS, true>(t) : patch_loop<V, ROWS, VECS, false>(t);
  }
}

// Finds the instance whose vectors cover t.columns.
template <class V, Operand KIND, int ROWS, int VECS>
inline void gemm_with_rows(const GemmTile<typename V::T>& t) {
  if constexpr (VECS > 1) {
    if (t.columns <= (VECS - 1) * V::lanes) return gemm_with_rows<V, KIND, ROWS, VECS - 1>(t);
  }
  gemm_with_rows_and_vectors<V, KIND, ROWS, VECS>(t);
}

// Finds the instance with exactly t.rows rows, of at most MOST_ROWS.
template <class V, int MOST_ROWS, int VECS, int ROWS = MOST_ROWS>
inline void panel_tile(const GemmTile<typename V::T>& t) {
  if constexpr (ROWS > 1) {
    if (t.rows < ROWS) return panel_tile<V, MOST_ROWS, VECS, ROWS - 1>(t);
  }
  gemm_with_rows<V, Operand::panel, ROWS, panel_vectors(ROWS, MOST_ROWS, VECS)>(t);
}

template <class V, int ROWS, int VECS>
inline void patch_tile(const GemmTile<typename V::T>& t) {
  if constexpr (ROWS > 1) {
    if (t.rows < ROWS) return patch_tile<V, ROWS - 1, VECS>(t);
  }
  gemm_with_rows<V, Operand::patch, ROWS, VECS>(t);
}
