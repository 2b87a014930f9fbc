// Rows copied: between margins of zeros, the padded copy of a plane; from wherever a table says, a panel of a
// GEMM. Rows are short, so that a call for each would take longer than the copy. Included by every ISA file
// after finish.inl. Layer: kernels. SPDX-License-Identifier: MIT

template <class V>
NATIVE_CONV_INLINE void zero_row(typename V::T* to, std::int64_t count) {
  for (std::int64_t j = 0; j < count; j += V::lanes) {
    store_up_to<V>(V::zero(), to + j, static_cast<int>(count - j < V::lanes ? count - j : V::lanes));
  }
}

// Elements from[i·STEP], i < count <= lanes.
template <class V, int STEP>
NATIVE_CONV_INLINE V load_spaced(const typename V::T* from, int count) {
  if constexpr (STEP == 1) return load_up_to<V>(from, count);
  const int reach = 2 * count - 1;
  return unzip_even(load_up_to<V>(from, reach),
                    reach > V::lanes ? load_up_to<V>(from + V::lanes, reach - V::lanes) : V::zero());
}

template <class V, int STEP>
inline void pad_spaced_rows(const PadRows<typename V::T>& p) {
  const std::int64_t whole = p.count / V::lanes * V::lanes, tail = p.count - whole + p.after;
  const int rest = static_cast<int>(p.count - whole);
  const int last = static_cast<int>(tail < V::lanes ? tail : V::lanes);
  for (std::int64_t r = 0; r < p.rows; ++r) {
    const typename V::T* from = p.from + r * p.from_row;
    typename V::T* to = p.to + r * p.to_row;
    zero_row<V>(to, p.before);
    to += p.before;
    for (std::int64_t j = 0; j < whole; j += V::lanes) {
      load_spaced<V, STEP>(from + j * STEP, V::lanes).store(to + j);
    }
    if (tail == 0) continue;
    store_up_to<V>(rest ? load_spaced<V, STEP>(from + whole * STEP, rest) : V::zero(), to + whole, last);
    zero_row<V>(to + whole + last, tail - last);
  }
}

template <class V>
inline void pad_rows(const PadRows<typename V::T>& p) {
  p.step == 1 ? pad_spaced_rows<V, 1>(p) : pad_spaced_rows<V, 2>(p);
}

// Rows of at most VECS vectors.
template <class V, int VECS>
inline void gather_rows_of(const GatherRows<typename V::T>& t) {
  const int last = static_cast<int>(t.count - (VECS - 1) * V::lanes);
  typename V::T* to = t.to;
  for (std::int64_t k = 0; k < t.depth; ++k, to += t.to_row) {
    const typename V::T* from = t.from + t.offsets[k];
    V x[VECS];
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v)
      x[v] = v < VECS - 1 ? V::load(from + v * V::lanes) : load_up_to<V>(from + v * V::lanes, last);
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS - 1; ++v) x[v].store(to + v * V::lanes);
    store_up_to<V>(x[VECS - 1], to + (VECS - 1) * V::lanes, last);
  }
}

template <class V>
inline void gather_rows(GatherRows<typename V::T> t) {
  constexpr std::int64_t most = 3 * V::lanes;
  for (std::int64_t left = t.count; left > 0; left -= most, t.from += most, t.to += most) {
    t.count = left < most ? left : most;
    if (t.count > 2 * V::lanes) {
      gather_rows_of<V, 3>(t);
    } else if (t.count > V::lanes) {
      gather_rows_of<V, 2>(t);
    } else {
      gather_rows_of<V, 1>(t);
    }
  }
}
