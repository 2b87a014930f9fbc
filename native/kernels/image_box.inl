// Running sums of words: down columns, and along rows, where a vector adds up what its lanes gain and carries
// its last sums on to the next. Over the vectors of sums_<isa>.inl; contracts in kernels/image.h. Included
// inside each ISA's region. Layer: kernels. SPDX-License-Identifier: MIT

template <class V>
void box_columns(const BoxColumns& t) {
  std::int64_t j = 0;
  for (; j + V::lanes <= t.count; j += V::lanes) {
    const V change = subtract(V::load(t.gained + j), V::load(t.lost + j));
    add(V::load(t.sums + j), change).store(t.sums + j);
  }
  for (; j < t.count; ++j) t.sums[j] = static_cast<std::uint16_t>(t.sums[j] + t.gained[j] - t.lost[j]);
}

// Lane i becomes the sum of lanes i, i - step, i - 2 · step, ...
template <int step, class V>
NATIVE_CONV_INLINE V scanned(V x) {
  if constexpr (step < V::lanes) return scanned<2 * step>(add(x, x.template shifted_up<step>()));
  return x;
}

// What comes before the first result: its sums without the last pixel, a channel to a lane by turns.
template <class V, int CHANNELS>
NATIVE_CONV_INLINE V first_sums(const BoxRow<typename V::Mean>& t) {
  typename V::Lane sums[V::lanes];
  for (int c = 0; c < CHANNELS; ++c) {
    sums[c] = V::added(t.mean);
    for (std::int64_t i = 0; i < t.reach; i += CHANNELS)
      sums[c] = static_cast<typename V::Lane>(sums[c] + t.sums[i + c]);
  }
  for (int i = CHANNELS; i < V::lanes; ++i) sums[i] = sums[i - CHANNELS];
  return V::load_lanes(sums);
}

template <class V, int CHANNELS>
NATIVE_CONV_INLINE void box_row_of(const BoxRow<typename V::Mean>& t) {
  const typename V::Mean mean = t.mean;
  V before = first_sums<V, CHANNELS>(t);
  for (std::int64_t j = 0; j < t.count; j += V::lanes) {
    const V change = subtract(V::load(t.sums + j + t.reach), V::load(t.sums + j - CHANNELS));
    const V sums = add(scanned<CHANNELS>(change), before);
    before = sums.template carried<CHANNELS>();
    if (t.count - j >= V::lanes) {
      sums.store_means(mean, t.y + j);
    } else {
      std::uint8_t means[V::lanes];
      sums.store_means(mean, means);
      for (std::int64_t i = 0; i < t.count - j; ++i) t.y[j + i] = means[i];
    }
  }
}

template <class V>
void box_row(const BoxRow<typename V::Mean>& t) {
  switch (t.channels) {
    case 1:
      return box_row_of<V, 1>(t);
    case 2:
      return box_row_of<V, 2>(t);
    case 3:
      return box_row_of<V, 3>(t);
    default:
      return box_row_of<V, 4>(t);
  }
}
