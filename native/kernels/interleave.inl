// The finishing store of several phases of a row, interleaved in registers by a network of perfect shuffles.
// Included by every ISA file after finish.inl. Layer: kernels. SPDX-License-Identifier: MIT

// PHASES, a power of two, vectors of consecutive elements of as many sequences, to the interleaved order.
template <class V, int PHASES>
NATIVE_CONV_INLINE void interleave_vectors(V (&v)[PHASES]) {
  NATIVE_CONV_UNROLL
  for (int stage = 1; stage < PHASES; stage *= 2) {
    V shuffled[PHASES];
    NATIVE_CONV_UNROLL
    for (int p = 0; p < PHASES / 2; ++p) {
      shuffled[2 * p] = zip_low(v[p], v[p + PHASES / 2]);
      shuffled[2 * p + 1] = zip_high(v[p], v[p + PHASES / 2]);
    }
    NATIVE_CONV_UNROLL
    for (int p = 0; p < PHASES; ++p) v[p] = shuffled[p];
  }
}

// Elements [j, j + PHASES · lanes) of channel i's row, from whole vectors of the tile.
template <class V, int PHASES>
NATIVE_CONV_INLINE void gather_phases(const InterleaveTile<typename V::T>& t, int i, std::int64_t j,
                                      V (&v)[PHASES]) {
  const typename V::T* from = t.tile + i * t.tile_channel + j / PHASES;
  NATIVE_CONV_UNROLL
  for (int p = 0; p < PHASES; ++p) v[p] = V::load(from + p * t.tile_phase);
  interleave_vectors<V, PHASES>(v);
}

// The same one vector at a time, for any number of phases.
template <class V>
NATIVE_CONV_INLINE V gather_any_phases(const InterleaveTile<typename V::T>& t, int i, std::int64_t j) {
  typename V::T lane[V::lanes];
  const typename V::T* from = t.tile + i * t.tile_channel;
  std::int64_t p = j % t.phases, q = j / t.phases;
  for (int l = 0; l < V::lanes; ++l) {
    lane[l] = from[p * t.tile_phase + q];
    if (++p < t.phases) continue;
    p = 0;
    ++q;
  }
  return V::load(lane);
}

template <class V, int STEP>
inline void interleave_rows(const InterleaveTile<typename V::T>& t) {
  using T = typename V::T;
  for (int i = 0; i < t.channels; ++i) {
    const V bias = broadcast_or_zero<V>(t.finish->bias, t.channel + i);
    const V slope = broadcast_or_zero<V>(t.finish->slope, t.channel + i);
    const T* residual = t.residual ? t.residual + i * t.y_channel : nullptr;
    T* y = t.y + i * t.y_channel;
    for (std::int64_t j = 0; j < t.count; j += (STEP ? STEP : 1) * V::lanes) {
      V v[STEP ? STEP : 1];
      if constexpr (STEP > 0) {
        gather_phases<V, STEP>(t, i, j, v);
      } else {
        v[0] = gather_any_phases<V>(t, i, j);
      }
      NATIVE_CONV_UNROLL
      for (int s = 0; s < (STEP ? STEP : 1); ++s) {
        const std::int64_t at = j + s * V::lanes, left = t.count - at;
        if (left <= 0) break;
        const int count = left < V::lanes ? static_cast<int>(left) : V::lanes;
        const V old = load_or_zero<V>(residual, at, count);
        store_up_to<V>(finish_vector<V>(v[s], bias, old, slope, *t.finish), y + at, count);
      }
    }
  }
}

template <class V>
inline void interleave_tile(const InterleaveTile<typename V::T>& t) {
  switch (t.phases) {
    case 1:
      return interleave_rows<V, 1>(t);
    case 2:
      return interleave_rows<V, 2>(t);
    case 4:
      return interleave_rows<V, 4>(t);
    case 8:
      return interleave_rows<V, 8>(t);
    default:
      return interleave_rows<V, 0>(t);
  }
}
