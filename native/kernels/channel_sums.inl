// The depthwise weight gradient: products of two tensors with their channels in vectors, summed over
// positions, for several taps at once. Included by every ISA file. Layer: kernels. SPDX-License-Identifier:
// MIT

template <class V, int TAPS>
inline void channel_sums_loop(const ChannelSums<typename V::T>& t) {
  using T = typename V::T;
  V acc[TAPS];
  const T* x[TAPS];
  NATIVE_CONV_UNROLL
  for (int i = 0; i < TAPS; ++i) {
    acc[i] = V::load(t.sums + i * V::lanes);
    x[i] = t.x[i];
  }
  const T* g = t.g;
  for (std::int64_t k = 0; k < t.depth; ++k, g += V::lanes) {
    const std::int64_t offset = t.offsets[k];
    const V gradient = V::load(g);
    NATIVE_CONV_UNROLL
    for (int i = 0; i < TAPS; ++i) acc[i] = fma(V::load(x[i] + offset), gradient, acc[i]);
  }
  NATIVE_CONV_UNROLL
  for (int i = 0; i < TAPS; ++i) acc[i].store(t.sums + i * V::lanes);
}

// Finds the instance with exactly t.taps taps, of at most TAPS.
template <class V, int TAPS>
inline void channel_sums(const ChannelSums<typename V::T>& t) {
  if constexpr (TAPS > 1) {
    if (t.taps < TAPS) return channel_sums<V, TAPS - 1>(t);
  }
  channel_sums_loop<V, TAPS>(t);
}
