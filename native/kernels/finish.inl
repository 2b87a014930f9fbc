// The epilogue on vectors, and the scatter that applies it to a finished tile whose outputs are not rows of
// memory. Included by every ISA file after its vector type. Layer: kernels. SPDX-License-Identifier: MIT

// (acc + bias) + residual; adding +0 first makes a -0 that underflow left in the chain a +0
// (docs/decisions.md).
template <class V>
NATIVE_CONV_INLINE V add_operands(V acc, V bias, V residual) {
  return ((acc + V::zero()) + bias) + residual;
}

// y < low ? low : y > high ? high : y.
template <class V>
NATIVE_CONV_INLINE V clamp_vector(V y, V low, V high) {
  return if_less(y, low, low, if_less(high, y, high, y));
}

template <class T>
inline bool is_clamp(const Finish<T>* finish) {
  return finish && (finish->fused == Fused::none || finish->fused == Fused::clamp);
}

// act((acc + bias) + residual); the fused activations as docs/decisions.md defines them.
template <class V>
NATIVE_CONV_INLINE V finish_vector(V acc, V bias, V residual, V slope, const Finish<typename V::T>& finish) {
  using T = typename V::T;
  const V y = add_operands(acc, bias, residual);
  switch (finish.fused) {
    case Fused::none:
      return y;
    case Fused::clamp:
      return clamp_vector(y, V::broadcast(finish.low), V::broadcast(finish.high));
    case Fused::leaky:
      return if_less(y, V::zero(), y * V::broadcast(finish.alpha), y);
    case Fused::prelu:
      return if_less(y, V::zero(), y * slope, y);
    case Fused::hard_swish: {
      const V shifted = y + V::broadcast(T(3)), six = V::broadcast(T(6));
      const V gate = if_less(shifted, V::zero(), V::zero(), if_less(six, shifted, six, shifted));
      return (y * gate) * V::broadcast(T(1) / T(6));
    }
  }
  return y;
}

template <class V>
NATIVE_CONV_INLINE V load_up_to(const typename V::T* p, int count) {
  return count >= V::lanes ? V::load(p) : V::load_first(p, count);
}

template <class V>
NATIVE_CONV_INLINE void store_up_to(V value, typename V::T* p, int count) {
  if (count >= V::lanes) return value.store(p);
  value.store_first(p, count);
}

template <class V>
NATIVE_CONV_INLINE V broadcast_or_zero(const typename V::T* values, std::int64_t index) {
  return values ? V::broadcast(values[index]) : V::zero();
}

template <class V>
NATIVE_CONV_INLINE V load_or_zero(const typename V::T* values, std::int64_t index, int count) {
  return values ? load_up_to<V>(values + index, count) : V::zero();
}

// Finishes the outputs of one channel at `count` pixels of a run, the first of which is at y.
template <class V>
inline void finish_pixels(const ScatterTile<typename V::T>& t, int i, V acc, std::int64_t at, int count) {
  using T = typename V::T;
  const V bias = broadcast_or_zero<V>(t.finish->bias, t.channel + i);
  const V slope = broadcast_or_zero<V>(t.finish->slope, t.channel + i);
  at += i * t.y_channel;
  if (t.y_pixel == 1) {
    const V residual = load_or_zero<V>(t.residual, at, count);
    return store_up_to<V>(finish_vector<V>(acc, bias, residual, slope, *t.finish), t.y + at, count);
  }
  T lane[V::lanes] = {};
  for (int l = 0; t.residual && l < count; ++l) lane[l] = t.residual[at + l * t.y_pixel];
  finish_vector<V>(acc, bias, V::load(lane), slope, *t.finish).store(lane);
  for (int l = 0; l < count; ++l) t.y[at + l * t.y_pixel] = lane[l];
}

// What most layers end in, without a call for each channel: at most a bias and a clamp, pixels side by side.
template <class V>
NATIVE_CONV_INLINE void clamp_channels(const ScatterTile<typename V::T>& t, const V (&m)[V::lanes], int i,
                                       int channels, std::int64_t at, int count) {
  const V low = V::broadcast(t.finish->low), high = V::broadcast(t.finish->high);
  typename V::T* y = t.y + at + i * t.y_channel;
  NATIVE_CONV_UNROLL
  for (int c = 0; c < V::lanes; ++c, y += t.y_channel) {
    if (c >= channels) continue;
    const V bias = broadcast_or_zero<V>(t.finish->bias, t.channel + i + c);
    store_up_to<V>(clamp_vector<V>((m[c] + V::zero()) + bias, low, high), y, count);
  }
}

// Up to V::lanes pixels, whose channels lie side by side in the tile.
template <class V>
inline void scatter_transposed(const ScatterTile<typename V::T>& t, int pixel, std::int64_t at, int count) {
  const bool clamped = is_clamp(t.finish) && !t.residual && t.y_pixel == 1;
  for (int i = 0; i < t.channels; i += V::lanes) {
    const int channels = t.channels - i < V::lanes ? t.channels - i : V::lanes;
    V m[V::lanes];
    NATIVE_CONV_UNROLL
    for (int p = 0; p < V::lanes; ++p) {
      m[p] = p < count ? load_up_to<V>(t.tile + (pixel + p) * t.tile_pixel + i, channels) : V::zero();
    }
    transpose(m);
    if (clamped) {
      clamp_channels<V>(t, m, i, channels, at, count);
      continue;
    }
    for (int c = 0; c < channels; ++c) finish_pixels<V>(t, i + c, m[c], at, count);
  }
}

template <class V>
inline void scatter_tile(const ScatterTile<typename V::T>& t) {
  for (const PixelRun* run = t.runs; run < t.runs + t.run_count; ++run) {
    for (int p = 0; p < run->count; p += V::lanes) {
      const int count = run->count - p < V::lanes ? run->count - p : V::lanes, pixel = run->first + p;
      const std::int64_t at = run->at + p * t.y_pixel;
      if (t.tile_pixel != 1) {
        scatter_transposed<V>(t, pixel, at, count);
        continue;
      }
      for (int i = 0; i < t.channels; ++i) {
        finish_pixels<V>(t, i, load_up_to<V>(t.tile + i * t.tile_channel + pixel, count), at, count);
      }
    }
  }
}
