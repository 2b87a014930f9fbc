// Weighted sums of bytes, four to a word: V, of quads_<isa>.inl, has the words, and Sums, of halves.inl or
// digits_<isa>.inl, the arithmetic. Contracts in kernels/image.h. Included inside each ISA's region. Layer:
// kernels. SPDX-License-Identifier: MIT

// Four rows to a square of four words, which are four vectors of y, or three where pixels have three
// channels: each vector that is stored too far is overwritten by the next group's first.
template <class V>
NATIVE_CONV_INLINE void store_group(const std::uint8_t* const* x, std::int64_t at, V table, std::uint8_t* y) {
  for (int first = 0; first < image_lanes; first += V::lanes) {
    V square[4];
    NATIVE_CONV_UNROLL
    for (int i = 0; i < 4; ++i) square[i] = shuffle(V::load_rows(x + first + i, at), table);
    transpose(square);
    NATIVE_CONV_UNROLL
    for (int i = 0; i < 4; ++i) square[i].store(y + 4 * (i * image_lanes + first));
  }
}

template <class V>
void quads(const ByteQuads& t) {
  constexpr std::int64_t read = 16;
  // Of a group: whole quads whose bytes are read at once.
  const int group_quads = t.channels < 3 ? 4 / t.channels : 1, words = group_quads * t.channels;
  std::uint8_t bytes[read];
  for (int i = 0; i < read; ++i) {
    const int word = i / 4, from = (word / t.channels * 4 + i % 4) * t.channels + word % t.channels;
    bytes[i] = static_cast<std::uint8_t>(word < words ? from : 128);
  }
  const V table = V::repeat(bytes);
  const std::int64_t groups = (t.quads + group_quads - 1) / group_quads, step = 4 * words;
  std::uint8_t* y = t.y;
  std::int64_t g = 0;
  for (; g < groups && g * step + read <= t.count; ++g, y += step * image_lanes)
    store_group(t.x, g * step, table, y);
  for (; g < groups; ++g, y += step * image_lanes) {
    std::uint8_t last[image_lanes][read] = {};
    const std::uint8_t* x[image_lanes];
    for (int i = 0; i < image_lanes; ++i) {
      x[i] = last[i];
      for (std::int64_t j = 0; j < read && g * step + j < t.count; ++j) last[i][j] = t.x[i][g * step + j];
    }
    store_group(x, 0, table, y);
  }
}

// The sums of an output's channels, one row to a lane.
template <class V, class Sums, int channels>
NATIVE_CONV_INLINE void blend_output(const BlendLanes& t, std::int64_t o, int first, V* y) {
  const std::uint8_t* x = t.x + ((t.spans[2 * o] - t.first) * channels * image_lanes + first) * 4;
  const std::int32_t* w = t.weights + o * t.most * Sums::words;
  Sums sums[channels];
  NATIVE_CONV_UNROLL
  for (int c = 0; c < channels; ++c) sums[c].start();
  for (std::int32_t q = t.spans[2 * o + 1]; q > 0; --q, w += Sums::words, x += 4 * channels * image_lanes) {
    const typename Sums::Weights weights(w);
    NATIVE_CONV_UNROLL
    for (int c = 0; c < channels; ++c) sums[c].add(V::load(x + 4 * c * image_lanes), weights);
  }
  NATIVE_CONV_UNROLL
  for (int c = 0; c < channels; ++c) y[c] = sums[c].value();
}

template <class V, class Sums, int channels>
void blend_lanes_of(const BlendLanes& t) {
  constexpr int batch = 4;  // of outputs, whose channels fill whole vectors of bytes
  for (std::int64_t o = 0; o < t.outputs; o += batch) {
    for (int first = 0; first < image_lanes; first += V::lanes) {
      V sums[batch * channels];
      for (int i = 0; i < batch; ++i)
        blend_output<V, Sums, channels>(t, o + i < t.outputs ? o + i : o, first, sums + i * channels);
      std::uint8_t* y = t.y + 4 * o * channels + first / 4 * t.y_row;
      for (int c = 0; c < channels; ++c) pack(sums + batch * c).store_rows(y + 4 * batch * c, t.y_row);
    }
  }
}

template <class V, class Sums>
void blend_lanes(const BlendLanes& t) {
  switch (t.channels) {
    case 1:
      return blend_lanes_of<V, Sums, 1>(t);
    case 2:
      return blend_lanes_of<V, Sums, 2>(t);
    case 3:
      return blend_lanes_of<V, Sums, 3>(t);
    default:
      return blend_lanes_of<V, Sums, 4>(t);
  }
}

template <class V, int vectors>
NATIVE_CONV_INLINE void store_row(const V* values, const BlendRows& t, std::int64_t j) {
  const V y = in_order(pack(values));
  if (j + vectors * V::lanes <= t.count) {
    y.store(t.y + j);
  } else {
    y.store_first(t.y + j, static_cast<int>(t.count - j));
  }
}

// A number of quads that is known keeps their weights in registers.
template <class V, class Sums, int quads>
void blend_quads(const BlendRows& t) {
  constexpr int vectors = 4;
  typename Sums::Weights weights[quads];
  NATIVE_CONV_UNROLL
  for (int q = 0; q < quads; ++q) weights[q] = typename Sums::Weights(t.weights + q * Sums::words);
  for (std::int64_t j = 0; j < t.count; j += vectors * V::lanes) {
    V values[vectors];
    NATIVE_CONV_UNROLL
    for (int i = 0; i < vectors; ++i) {
      V x[quads];
      NATIVE_CONV_UNROLL
      for (int q = 0; q < quads; ++q) x[q] = V::load(t.x[q] + 4 * (j + i * V::lanes));
      values[i] = Sums::template sum<quads>(x, weights);
    }
    store_row<V, vectors>(values, t, j);
  }
}

template <class V, class Sums>
void blend_rows(const BlendRows& t) {
  switch (t.quads) {
    case 1:
      return blend_quads<V, Sums, 1>(t);
    case 2:
      return blend_quads<V, Sums, 2>(t);
    case 3:
      return blend_quads<V, Sums, 3>(t);
    default:
      break;
  }
  constexpr int vectors = 4;
  for (std::int64_t j = 0; j < t.count; j += vectors * V::lanes) {
    Sums sums[vectors];
    NATIVE_CONV_UNROLL
    for (int i = 0; i < vectors; ++i) sums[i].start();
    for (int q = 0; q < t.quads; ++q) {
      const typename Sums::Weights weights(t.weights + q * Sums::words);
      const std::uint8_t* x = t.x[q] + 4 * j;
      NATIVE_CONV_UNROLL
      for (int i = 0; i < vectors; ++i) sums[i].add(V::load(x + 4 * i * V::lanes), weights);
    }
    V values[vectors];
    NATIVE_CONV_UNROLL
    for (int i = 0; i < vectors; ++i) values[i] = sums[i].value();
    store_row<V, vectors>(values, t, j);
  }
}
