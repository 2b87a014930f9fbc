// Filters of bytes by sums of four products, AVX-512 with VNNI. The bytes that go with four weights are
// gathered within 16 bytes: a vector holds four successive results of each, the next four come from a load 4
// bytes on. Contracts in kernels/image.h. Layer: kernels. SPDX-License-Identifier: MIT

// The sums of 64 results: after narrowing them two by two they lie in their order.
struct QuadSums {
  static constexpr int parts = 4;
  __m512i v[parts];
};

// Byte k of word i of 16 bytes: byte i + k · channels.
NATIVE_CONV_INLINE __m512i quad_places(int channels) {
  alignas(64) std::int8_t places[64];
  for (int i = 0; i < 64; ++i) places[i] = static_cast<std::int8_t>(i % 16 / 4 + i % 4 * channels);
  return _mm512_load_si512(places);
}

NATIVE_CONV_INLINE void start(QuadSums& s, std::int32_t x) {
  NATIVE_CONV_UNROLL
  for (int q = 0; q < QuadSums::parts; ++q) s.v[q] = _mm512_set1_epi32(x);
}

// (s + ((s >> shift) & odd)) >> shift, narrowed to words. What a filter need not do is left out: the half
// that rounds is in the bias of most.
struct QuadFinish {
  QuadFinish(int shift, std::int32_t odd)
      : shifts_(shift > 0),
        to_even_(odd != 0),
        shift_(_mm512_set1_epi32(shift)),
        odd_(_mm512_set1_epi32(odd)) {}

  NATIVE_CONV_INLINE ByteWords words(QuadSums s) const {
    if (to_even_) {
      NATIVE_CONV_UNROLL
      for (int q = 0; q < QuadSums::parts; ++q)
        s.v[q] = _mm512_add_epi32(s.v[q], _mm512_and_si512(shifted(s.v[q]), odd_));
    }
    if (shifts_) {
      NATIVE_CONV_UNROLL
      for (int q = 0; q < QuadSums::parts; ++q) s.v[q] = shifted(s.v[q]);
    }
    return {_mm512_packs_epi32(s.v[0], s.v[1]), _mm512_packs_epi32(s.v[2], s.v[3])};
  }

 private:
  NATIVE_CONV_INLINE __m512i shifted(__m512i s) const {
    return _mm512_maskz_srav_epi32(every_sum, s, shift_);
  }
  bool shifts_, to_even_;
  __m512i shift_, odd_;
};

// Loops below have instances for small kernels, in which all is unrolled: g++ 12 moves sums from register to
// register around loops whose ends it does not know. 0 is any number.
template <int FIXED>
NATIVE_CONV_INLINE int number_of(int any) {
  return FIXED > 0 ? FIXED : any;
}

// Four weights times the taps from x on, to the sums of output rows [first, last]; `row` weights from one row
// of the kernel to the next.
template <int first, int last>
NATIVE_CONV_INLINE void add_quad(const std::uint8_t* x, const std::int32_t* weights, int row, __m512i places,
                                 QuadSums (&sums)[quad_rows]) {
  __m512i w[quad_rows];
  NATIVE_CONV_UNROLL
  for (int r = first; r <= last; ++r) w[r] = _mm512_set1_epi32(weights[-r * row]);
  NATIVE_CONV_UNROLL
  for (int q = 0; q < QuadSums::parts; ++q) {
    const __m512i taps = _mm512_shuffle_epi8(_mm512_loadu_si512(x + 4 * q), places);
    NATIVE_CONV_UNROLL
    for (int r = first; r <= last; ++r) sums[r].v[q] = _mm512_dpbusd_epi32(sums[r].v[q], taps, w[r]);
  }
}

template <int first, int last, int GROUPS>
NATIVE_CONV_INLINE void add_quads(const std::uint8_t* x, const std::int32_t* weights, int any_groups,
                                  std::int64_t step, __m512i places, QuadSums (&sums)[quad_rows]) {
  const int groups = number_of<GROUPS>(any_groups);
  if constexpr (GROUPS > 0) {
    NATIVE_CONV_UNROLL
    for (int g = 0; g < GROUPS; ++g) add_quad<first, last>(x + g * step, weights + g, groups, places, sums);
  } else {
    for (int g = 0; g < groups; ++g) add_quad<first, last>(x + g * step, weights + g, groups, places, sums);
  }
}

template <int HEIGHT, int GROUPS, class Y>
NATIVE_CONV_INLINE void filter_quads_loop(const QuadFilter<Y>& t) {
  constexpr std::int64_t width = 2 * I16x32::lanes;
  const __m512i places = quad_places(t.channels);
  const QuadFinish finish(t.shift, t.odd);
  const int height = number_of<HEIGHT>(t.height), groups = number_of<GROUPS>(t.groups);
  const std::int64_t step = quad_taps * t.channels;
  for (std::int64_t j = 0; j < t.count; j += width) {
    NATIVE_CONV_UNROLL
    for (int r = 0; r < quad_rows; ++r) prefetch_ahead<width>(t.x[height + r - 1] + j);
    QuadSums sums[quad_rows];
    NATIVE_CONV_UNROLL
    for (int r = 0; r < quad_rows; ++r) start(sums[r], t.bias);
    const auto row = [&](int i) { return t.x[i] + j; };
    const auto weights = [&](int i) { return t.weights + i * groups; };
    add_quads<0, 0, GROUPS>(row(0), weights(0), groups, step, places, sums);
    add_quads<0, 1, GROUPS>(row(1), weights(1), groups, step, places, sums);
    add_quads<0, 2, GROUPS>(row(2), weights(2), groups, step, places, sums);
    if constexpr (HEIGHT > 0) {
      NATIVE_CONV_UNROLL
      for (int i = 3; i < HEIGHT; ++i)
        add_quads<0, 3, GROUPS>(row(i), weights(i), groups, step, places, sums);
    } else {
      for (int i = 3; i < height; ++i)
        add_quads<0, 3, GROUPS>(row(i), weights(i), groups, step, places, sums);
    }
    add_quads<1, 3, GROUPS>(row(height), weights(height), groups, step, places, sums);
    add_quads<2, 3, GROUPS>(row(height + 1), weights(height + 1), groups, step, places, sums);
    add_quads<3, 3, GROUPS>(row(height + 2), weights(height + 2), groups, step, places, sums);
    NATIVE_CONV_UNROLL
    for (int r = 0; r < quad_rows; ++r)
      store_filtered<I16x32>(finish.words(sums[r]), t.y[r] + j, t.count - j);
  }
}

template <class Y>
void filter_quads(const QuadFilter<Y>& t) {
  if (t.height == 3 && t.groups == 1) return filter_quads_loop<3, 1>(t);
  if (t.height == 5 && t.groups == 2) return filter_quads_loop<5, 2>(t);
  if (t.height == 7 && t.groups == 2) return filter_quads_loop<7, 2>(t);
  filter_quads_loop<0, 0>(t);
}

NATIVE_CONV_INLINE void add_quad_along(const std::uint8_t* x, std::int32_t weights, __m512i places,
                                       QuadSums& sums) {
  const __m512i w = _mm512_set1_epi32(weights);
  NATIVE_CONV_UNROLL
  for (int q = 0; q < QuadSums::parts; ++q) {
    const __m512i taps = _mm512_shuffle_epi8(_mm512_loadu_si512(x + 4 * q), places);
    sums.v[q] = _mm512_dpbusd_epi32(sums.v[q], taps, w);
  }
}

NATIVE_CONV_INLINE void add_quads_along(const std::uint8_t* x, const KeepQuads& t, __m512i places,
                                        QuadSums& sums) {
  const std::int64_t step = quad_taps * t.channels;
  for (int g = 0; g < t.groups; ++g) add_quad_along(x + g * step, t.weights[g], places, sums);
}

// The same where groups and channels are known: vectors that groups share are made once, and every other
// one of those that lie next to each other, 4 bytes apart, comes out of two loads instead of one of its own,
// which would nearly always cross cache lines.
template <int GROUPS, int CHANNELS, int AT = 0>
NATIVE_CONV_INLINE void add_shared_quads(const std::uint8_t* x, const __m512i* w, __m512i low, __m512i high,
                                         __m512i places, QuadSums& sums) {
  constexpr int count = (GROUPS - 1) * CHANNELS + QuadSums::parts;
  static_assert(count <= 16, "more than two vectors reach");
  if constexpr (AT < count) {
    __m512i window = low;
    if constexpr (AT % 2 == 1) window = _mm512_loadu_si512(x + 4 * AT);
    if constexpr (AT % 2 == 0 && AT > 0) window = _mm512_maskz_alignr_epi32(every_sum, high, low, AT);
    const __m512i taps = _mm512_shuffle_epi8(window, places);
    NATIVE_CONV_UNROLL
    for (int g = 0; g < GROUPS; ++g) {
      const int q = AT - g * CHANNELS;
      if (q >= 0 && q < QuadSums::parts) sums.v[q] = _mm512_dpbusd_epi32(sums.v[q], taps, w[g]);
    }
    add_shared_quads<GROUPS, CHANNELS, AT + 1>(x, w, low, high, places, sums);
  }
}

template <int GROUPS, int CHANNELS>
NATIVE_CONV_INLINE void add_row(const std::uint8_t* x, const KeepQuads& t, const __m512i* w, __m512i places,
                                QuadSums& sums) {
  if constexpr (GROUPS == 0) {
    add_quads_along(x, t, places, sums);
  } else {
    add_shared_quads<GROUPS, CHANNELS>(x, w, _mm512_loadu_si512(x), _mm512_loadu_si512(x + 64), places, sums);
  }
}

// The second row's sums, moved up, are where the first row's start from. With signs, those are kept above 0
// until they are complete, so that nothing is borrowed from the upper half.
template <int GROUPS, int CHANNELS, bool signs>
NATIVE_CONV_INLINE void keep_quads_loop(const KeepQuads& t) {
  constexpr std::int64_t width = 2 * I16x32::lanes;
  constexpr std::int32_t half = 1 << 15;
  const __m512i places = quad_places(t.channels);
  const __m512i low = _mm512_set1_epi32(t.bias + half), sign = _mm512_set1_epi32(half);
  __m512i w[GROUPS > 0 ? GROUPS : 1];
  NATIVE_CONV_UNROLL
  for (int g = 0; g < GROUPS; ++g) w[g] = _mm512_set1_epi32(t.weights[g]);
  for (std::int64_t j = 0; j < t.count; j += width) {
    prefetch_ahead<width>(t.x[0] + j);
    prefetch_ahead<width>(t.x[1] + j);
    QuadSums sums;
    start(sums, t.bias);
    add_row<GROUPS, CHANNELS>(t.x[1] + j, t, w, places, sums);
    NATIVE_CONV_UNROLL
    for (int q = 0; q < QuadSums::parts; ++q) {
      sums.v[q] = _mm512_maskz_slli_epi32(every_sum, sums.v[q], 16);
      if constexpr (signs) sums.v[q] = _mm512_add_epi32(sums.v[q], low);
    }
    add_row<GROUPS, CHANNELS>(t.x[0] + j, t, w, places, sums);
    NATIVE_CONV_UNROLL
    for (int q = 0; q < QuadSums::parts; ++q) {
      if constexpr (signs) sums.v[q] = _mm512_xor_si512(sums.v[q], sign);
      _mm512_storeu_si512(t.y + j + 16 * q, sums.v[q]);
    }
  }
}

template <int GROUPS, int CHANNELS>
void keep_quads_of(const KeepQuads& t) {
  if (t.signs) return keep_quads_loop<GROUPS, CHANNELS, true>(t);
  keep_quads_loop<GROUPS, CHANNELS, false>(t);
}

// Finds the instance for exactly t.groups, of at most GROUPS, else the one for any number.
template <int GROUPS>
void keep_quads(const KeepQuads& t) {
  if constexpr (GROUPS == 0) {
    keep_quads_of<0, 0>(t);
  } else {
    if (t.groups != GROUPS) return keep_quads<GROUPS - 1>(t);
    if (t.channels == 1) return keep_quads_of<GROUPS, 1>(t);
    if (t.channels == 2) return keep_quads_of<GROUPS, 2>(t);
    if (t.channels == 3) return keep_quads_of<GROUPS, 3>(t);
    keep_quads_of<GROUPS, 4>(t);
  }
}

// A pair of rows, to the sums of output rows [first, last].
template <int first, int last>
NATIVE_CONV_INLINE void add_pair(const std::int32_t* x, const std::int32_t* weights,
                                 QuadSums (&sums)[quad_rows]) {
  __m512i w[quad_rows];
  NATIVE_CONV_UNROLL
  for (int r = first; r <= last; ++r) w[r] = _mm512_set1_epi32(weights[r < 2 ? r : r - 4]);
  NATIVE_CONV_UNROLL
  for (int q = 0; q < QuadSums::parts; ++q) {
    const __m512i taps = _mm512_loadu_si512(x + 16 * q);
    NATIVE_CONV_UNROLL
    for (int r = first; r <= last; ++r) sums[r].v[q] = _mm512_dpwssd_epi32(sums[r].v[q], taps, w[r]);
  }
}

template <int PAIRS, class Y>
NATIVE_CONV_INLINE void column_quads_loop(const ColumnQuads<Y>& t) {
  constexpr std::int64_t width = 2 * I16x32::lanes;
  const QuadFinish finish(t.shift, t.odd);
  const int pairs = number_of<PAIRS>(t.pairs);
  for (std::int64_t j = 0; j < t.count; j += width) {
    QuadSums sums[quad_rows];
    NATIVE_CONV_UNROLL
    for (int r = 0; r < quad_rows; ++r) start(sums[r], t.bias);
    add_pair<0, 1>(t.x[0] + j, t.weights, sums);
    if constexpr (PAIRS > 0) {
      NATIVE_CONV_UNROLL
      for (int p = 1; p < PAIRS; ++p) add_pair<0, 3>(t.x[p] + j, t.weights + 2 * p, sums);
    } else {
      for (int p = 1; p < pairs; ++p) add_pair<0, 3>(t.x[p] + j, t.weights + 2 * p, sums);
    }
    add_pair<2, 3>(t.x[pairs] + j, t.weights + 2 * pairs, sums);
    NATIVE_CONV_UNROLL
    for (int r = 0; r < quad_rows; ++r)
      store_filtered<I16x32>(finish.words(sums[r]), t.y[r] + j, t.count - j);
  }
}

// As keep_quads.
template <int PAIRS, class Y>
void column_quads(const ColumnQuads<Y>& t) {
  if constexpr (PAIRS > 0) {
    if (t.pairs != PAIRS) return column_quads<PAIRS - 1>(t);
  }
  column_quads_loop<PAIRS>(t);
}
