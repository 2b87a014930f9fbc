// The epilogue on vectors, and the scatter that applies it to a finished tile whose outputs are not rows of
// memory. Included by every ISA file after its vector type. Layer: kernels. SPDX-License-Identifier: MIT

// (acc + bias) + residual; adding +0 first makes a -0 that underflow left in the chain a +0
// (docs/decisions.md).
template <class V>
NATIVE_CONV_INLINE V add_operands(V acc, V bias, V residual) {
  return ((acc + V::zero()) + bias) + residual;
}

// act((acc + bias) + residual); the fused activations as docs/decisions.md defines them.
template <class V>
NATIVE_CONV_INLINE V finish_vector(V acc, V bias, V residual, V slope, const Finish<typename V::T>& finish) {
  using T = typename V::T;
  const V y = add_operands(acc, bias, residual);
  switch (finish.fused) {
    case Fused::none:
      return y;
    case Fused::clamp: {
      const V low = V::broadcast(finish.low), high = V::broadcast(finish.high);
      return if_less(y, low, low, if_less(high, y, high, y));
    }
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

template <class V>
inline void scatter_tile(const ScatterTile<typename V::T>& t) {
  using T = typename V::T;
  constexpr int widest = 64;  // pixels of one pass: no kernel's tile has more
  T line[widest + V::lanes];
  for (int i = 0; i < t.channels; ++i) {
    const T* from = t.tile + i * t.tile_channel;
    if (t.tile_pixel != 1) {
      for (int p = 0; p < t.count; ++p) line[p] = from[p * t.tile_pixel];
      from = line;
    }
    const V bias = broadcast_or_zero<V>(t.finish->bias, t.channel + i);
    const V slope = broadcast_or_zero<V>(t.finish->slope, t.channel + i);
    T* y = t.y + i * t.y_channel;
    const T* residual = t.residual ? t.residual + i * t.y_channel : nullptr;
    for (int p = 0; p < t.count; p += V::lanes) {
      const int count = t.count - p < V::lanes ? t.count - p : V::lanes;
      const V acc = load_up_to<V>(from + p, count);
      if (t.contiguous) {
        const V old = load_or_zero<V>(residual, t.pixels[p], count);
        store_up_to<V>(finish_vector<V>(acc, bias, old, slope, *t.finish), y + t.pixels[p], count);
        continue;
      }
      T lane[V::lanes] = {};
      for (int l = 0; residual && l < count; ++l) lane[l] = residual[t.pixels[p + l]];
      finish_vector<V>(acc, bias, V::load(lane), slope, *t.finish).store(lane);
      for (int l = 0; l < count; ++l) y[t.pixels[p + l]] = lane[l];
    }
  }
}
