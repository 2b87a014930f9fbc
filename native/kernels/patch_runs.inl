// gemm_patch for large tiles, where the rows' pointers alone would fill the processor's registers: rows that
// lie evenly spaced, as neighbouring pixels do, are read at constant distances from one pointer, or from two
// where a tile goes on in the next row of the image; or at multiples of one distance, as the channels of a
// pixel lie. Included after gemm.inl. Layer: kernels. SPDX-License-Identifier: MIT

// Without the epilogue of store_accumulators, of which each of the many loops here would have a copy.
template <class V, int ROWS, int VECS>
NATIVE_CONV_INLINE void store_whole_tile(V (&acc)[ROWS][VECS], const GemmTile<typename V::T>& t) {
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) acc[r][v].store(t.c + r * t.c_row + v * V::lanes);
  }
  if (t.finish) finish_in_place<V, Channels::columns>(t, t.columns);
}

template <class V, int ROWS, int VECS, int FIRST, int STEP>
NATIVE_CONV_INLINE void runs_step(V (&acc)[ROWS][VECS], const typename V::T* first,
                                  const typename V::T* second, const typename V::T* b) {
  constexpr int ahead = 16;  // steps of k by which the weights are fetched before they are read
  V w[VECS];
  NATIVE_CONV_UNROLL
  for (int v = 0; v < VECS; ++v) {
    w[v] = V::load(b + v * V::lanes);
    NATIVE_CONV_PREFETCH(b + ahead * VECS * V::lanes + v * V::lanes);
  }
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    const V x = V::broadcast(r < FIRST ? first[r * STEP] : second[(r - FIRST) * STEP]);
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) acc[r][v] = fma(x, w[v], acc[r][v]);
  }
}

// Rows [0, FIRST) of the tile are STEP elements apart, and so are rows [FIRST, ROWS).
template <class V, int ROWS, int VECS, int FIRST, int STEP>
NATIVE_CONV_NOINLINE void runs_loop(const GemmTile<typename V::T>& t) {
  using T = typename V::T;
  V acc[ROWS][VECS];
  load_accumulators<V, ROWS, VECS, false>(acc, t, V::lanes);
  const T *first = t.a_rows[0], *second = t.a_rows[FIRST < ROWS ? FIRST : 0];
  const T* b = t.b;
  const std::int64_t b_row = t.b_row;
  const std::int32_t *offset = t.offsets, *const end = offset + t.depth;
  // Two at a time: what counts and adds addresses takes the place of multiply-adds.
  for (; end - offset >= 2; offset += 2, b += 2 * b_row) {
    runs_step<V, ROWS, VECS, FIRST, STEP>(acc, first + offset[0], second + offset[0], b);
    runs_step<V, ROWS, VECS, FIRST, STEP>(acc, first + offset[1], second + offset[1], b + b_row);
  }
  if (offset != end) runs_step<V, ROWS, VECS, FIRST, STEP>(acc, first + *offset, second + *offset, b);
  store_whole_tile<V, ROWS, VECS>(acc, t);
}

// r = odd · 2^e, e <= 3: what an address can multiply by.
constexpr int power_of_two_in(int r) { return r % 8 == 0 ? 8 : r % 4 == 0 ? 4 : r % 2 == 0 ? 2 : 1; }

// Rows `step` bytes apart.
template <class V, int ROWS, int VECS>
NATIVE_CONV_NOINLINE void spaced_loop(const GemmTile<typename V::T>& t, std::int64_t step) {
  using T = typename V::T;
  expect_tile<V, ROWS, VECS>(t);
  V acc[ROWS][VECS];
  load_accumulators<V, ROWS, VECS, false>(acc, t, V::lanes);
  std::int64_t odd[ROWS / 2];
  NATIVE_CONV_UNROLL
  for (int i = 0; i < ROWS / 2; ++i) odd[i] = step * (2 * i + 1);
  const T* const x = t.a_rows[0];
  const T* b = t.b;
  const std::int64_t b_row = t.b_row;
  const std::int32_t *offset = t.offsets, *const end = offset + t.depth;
  for (; offset != end; ++offset, b += b_row) {
    const char* at = reinterpret_cast<const char*>(x + *offset);
    V w[VECS];
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) w[v] = V::load(b + v * V::lanes);
    // Else compilers would keep every multiple, for which there are too few registers.
    NATIVE_CONV_UNROLL
    for (int i = 0; i < ROWS / 2; ++i) NATIVE_CONV_KEEP(odd[i], "r");
    NATIVE_CONV_UNROLL
    for (int r = 0; r < ROWS; ++r) {
      const int times = power_of_two_in(r);
      const char* row = r == 0 ? at : at + odd[r / times / 2] * times;
      const V value = V::broadcast(*reinterpret_cast<const T*>(row));
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) acc[r][v] = fma(value, w[v], acc[r][v]);
    }
  }
  store_accumulators<V, ROWS, VECS, false, Channels::columns>(acc, t, V::lanes);
}

// Bytes from row r to the next.
template <class T>
NATIVE_CONV_INLINE std::int64_t bytes_between(const T* const* rows, int r) {
  return static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(rows[r + 1]) -
                                   reinterpret_cast<std::uintptr_t>(rows[r]));
}

template <class T, int ROWS>
inline bool are_evenly_spaced(const T* const* rows) {
  for (int r = 1; r < ROWS - 1; ++r) {
    if (bytes_between(rows, r) != bytes_between(rows, 0)) return false;
  }
  return true;
}

// Where the first run of rows `step` apart ends if there are no more than two; else 0.
template <class T, int ROWS>
inline int end_of_first_run(const T* const* rows, int step) {
  int end = ROWS;
  for (int r = 1; r < ROWS; ++r) {
    if (rows[r] == rows[r - 1] + step) continue;
    if (end < ROWS) return 0;
    end = r;
  }
  return end;
}

// Finds the instance for a first run of `first` rows.
template <class V, int ROWS, int VECS, int FIRST, int STEP>
inline void runs_tile(const GemmTile<typename V::T>& t, int first) {
  if constexpr (FIRST > 1) {
    if (first < FIRST) return runs_tile<V, ROWS, VECS, FIRST - 1, STEP>(t, first);
  }
  runs_loop<V, ROWS, VECS, FIRST, STEP>(t);
}

template <class V, int ROWS, int VECS>
inline void patch_or_runs_tile(const GemmTile<typename V::T>& t) {
  int rows = t.rows;
  // Else g++ would read rows and columns at once, and so wait for the two stores of them.
  NATIVE_CONV_KEEP(rows, "r");
  if (rows == ROWS && t.columns == VECS * V::lanes) {
    if (const int first = end_of_first_run<typename V::T, ROWS>(t.a_rows, 1)) {
      return runs_tile<V, ROWS, VECS, ROWS, 1>(t, first);
    }
    if (const int first = end_of_first_run<typename V::T, ROWS>(t.a_rows, 2)) {
      return runs_tile<V, ROWS, VECS, ROWS, 2>(t, first);
    }
    if (are_evenly_spaced<typename V::T, ROWS>(t.a_rows)) {
      return spaced_loop<V, ROWS, VECS>(t, bytes_between(t.a_rows, 0));
    }
  }
  patch_tile<V, ROWS, VECS>(t);
}
