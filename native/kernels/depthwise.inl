// Depthwise micro-kernels: one input channel meets one filter, so that all reuse is between neighbouring
// outputs. Channels first takes several output rows × vectors of pixels, channels last several pixels ×
// vectors of channels. Included by every ISA file. Layer: kernels. SPDX-License-Identifier: MIT

template <class V, int ROWS, int VECS, bool PARTIAL>
inline void depthwise_first_loop(const DepthwiseFirstTile<typename V::T>& t) {
  using T = typename V::T;
  const int last = t.columns - (VECS - 1) * V::lanes;
  V acc[ROWS][VECS];
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) acc[r][v] = V::zero();
  }
  for (int tap = 0; tap < t.taps; ++tap) {
    const T* x = t.x + t.offsets[tap];
    const V w = V::broadcast(t.w[tap]);
    NATIVE_CONV_UNROLL
    for (int r = 0; r < ROWS; ++r) {
      const T* row = x + r * t.x_row;
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) {
        const T* p = row + v * V::lanes;
        acc[r][v] = fma(PARTIAL && v == VECS - 1 ? V::load_first(p, last) : V::load(p), w, acc[r][v]);
      }
    }
  }
  const V bias = broadcast_or_zero<V>(t.finish->bias, t.channel);
  const V slope = broadcast_or_zero<V>(t.finish->slope, t.channel);
  NATIVE_CONV_UNROLL
  for (int r = 0; r < ROWS; ++r) {
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v) {
      const int count = PARTIAL && v == VECS - 1 ? last : V::lanes;
      const std::int64_t at = r * t.y_row + v * V::lanes;
      const V y = finish_vector<V>(acc[r][v], bias, load_or_zero<V>(t.residual, at, count), slope, *t.finish);
      store_up_to<V>(y, t.y + at, count);
    }
  }
}

template <class V, int ROWS, int VECS>
inline void depthwise_first_rows(const DepthwiseFirstTile<typename V::T>& t) {
  if constexpr (VECS > 1) {
    if (t.columns <= (VECS - 1) * V::lanes) return depthwise_first_rows<V, ROWS, VECS - 1>(t);
  }
  t.columns % V::lanes ? depthwise_first_loop<V, ROWS, VECS, true>(t)
                       : depthwise_first_loop<V, ROWS, VECS, false>(t);
}

template <class V, int ROWS, int VECS>
inline void depthwise_first_tile(const DepthwiseFirstTile<typename V::T>& t) {
  if constexpr (ROWS > 1) {
    if (t.rows < ROWS) return depthwise_first_tile<V, ROWS - 1, VECS>(t);
  }
  depthwise_first_rows<V, ROWS, VECS>(t);
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
