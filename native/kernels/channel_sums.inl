// Weight gradients with the input's channels in vectors: products of two tensors, summed over positions, for
// several taps and output channels at once. Included by every ISA file. Layer: kernels.
// SPDX-License-Identifier: MIT

template <class V, int TAPS, int OUTPUTS, bool ORDERED>
inline void channel_sums_loop(const ChannelSums<typename V::T>& t) {
  using T = typename V::T;
  V acc[OUTPUTS][TAPS];
  const T* x[TAPS];
  typename V::Index order[OUTPUTS];
  NATIVE_CONV_UNROLL
  for (int i = 0; i < TAPS; ++i) x[i] = t.x[i];
  NATIVE_CONV_UNROLL
  for (int o = 0; o < OUTPUTS; ++o) {
    if constexpr (ORDERED) order[o] = V::index(t.order + o * V::lanes);
    NATIVE_CONV_UNROLL
    for (int i = 0; i < TAPS; ++i) acc[o][i] = V::load(t.sums + o * t.output_step + i * V::lanes);
  }
  const T* g = t.g;
  for (std::int64_t k = 0; k < t.depth; ++k, g += V::lanes) {
    const std::int64_t offset = t.offsets[k];
    V gradient[OUTPUTS];
    NATIVE_CONV_UNROLL
    for (int o = 0; o < OUTPUTS; ++o) {
      gradient[o] = V::load(g);
      if constexpr (ORDERED) gradient[o] = V::permute(gradient[o], order[o]);
    }
    NATIVE_CONV_UNROLL
    for (int i = 0; i < TAPS; ++i) {
      V input = V::load(x[i] + offset);
      if constexpr (OUTPUTS > 1) keep(input);
      NATIVE_CONV_UNROLL
      for (int o = 0; o < OUTPUTS; ++o) acc[o][i] = fma(input, gradient[o], acc[o][i]);
    }
  }
  NATIVE_CONV_UNROLL
  for (int o = 0; o < OUTPUTS; ++o) {
    NATIVE_CONV_UNROLL
    for (int i = 0; i < TAPS; ++i) acc[o][i].store(t.sums + o * t.output_step + i * V::lanes);
  }
}

// Finds the instance with exactly t.taps taps, of at most TAPS.
template <class V, int OUTPUTS, bool ORDERED, int TAPS>
inline void channel_sums_of_taps(const ChannelSums<typename V::T>& t) {
  if constexpr (TAPS > 1) {
    if (t.taps < TAPS) return channel_sums_of_taps<V, OUTPUTS, ORDERED, TAPS - 1>(t);
  }
  channel_sums_loop<V, TAPS, OUTPUTS, ORDERED>(t);
}

// Finds the instance with exactly t.outputs output channels; TAPS taps at most, and BUDGET accumulators.
template <class V, int TAPS, int BUDGET, int OUTPUTS = channel_sums_most_outputs>
inline void channel_sums(const ChannelSums<typename V::T>& t) {
  if constexpr (OUTPUTS > 1) {
    if (t.outputs < OUTPUTS) return channel_sums<V, TAPS, BUDGET, OUTPUTS - 1>(t);
  } else {
    if (!t.order) return channel_sums_of_taps<V, 1, false, TAPS>(t);
  }
  channel_sums_of_taps<V, OUTPUTS, true, channel_sums_taps_at_most(OUTPUTS, TAPS, BUDGET)>(t);
}
