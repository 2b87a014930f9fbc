// How a block of depthwise_blocks.inl reads an input row: loaded for each tap, or loaded once and shifted. A
// reading has `set` for the masks of a block's place, `lies_within` for whether it needs them, and `row`,
// which hands every tap its vectors. Included by depthwise_blocks.inl. Layer: kernels.
// SPDX-License-Identifier: MIT

// What a block reads of an input row, tap by tap: for each of them, or each two neighbours at STEP 2, whole
// vectors.
template <class V, int K, int STEP, int VECS>
struct LoadedTaps {
  using T = typename V::T;
  static constexpr bool always_masked = false;
  static constexpr int loads = (K + STEP - 1) / STEP, pieces = VECS * STEP;
  std::int64_t offsets[loads];
  typename V::Mask inside[loads][pieces];

  // Of the block whose first output has its taps from `column` on.
  NATIVE_CONV_INLINE void set(const DepthwiseRows<T>& t, std::int64_t column) {
    for (int i = 0; i < loads; ++i) {
      offsets[i] = t.offsets[i * STEP];
      for (int piece = 0; piece < pieces; ++piece)
        inside[i][piece] = lanes_inside<V>(column + offsets[i] + piece * V::lanes, t.width);
    }
  }

  // Whether such a block reads nothing outside of rows.
  static bool lies_within(const DepthwiseRows<T>& t, std::int64_t column) {
    return column + t.lowest >= 0 && column + t.highest + pieces * V::lanes <= t.width;
  }

  // Calls meet(kw, taken) with the vectors that every tap takes of the row whose taps begin at x.
  template <bool EDGES, class Meet>
  NATIVE_CONV_INLINE void row(const T* x, const Meet& meet) const {
    NATIVE_CONV_UNROLL
    for (int i = 0; i < loads; ++i) {
      V piece[pieces], taken[VECS];
      NATIVE_CONV_UNROLL
      for (int p = 0; p < pieces; ++p) {
        const T* from = x + offsets[i] + p * V::lanes;
        piece[p] = EDGES ? V::load_mask(from, inside[i][p]) : V::load(from);
      }
      if constexpr (STEP == 1) {
        meet(i, piece);
      } else {
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v) taken[v] = unzip_even(piece[2 * v], piece[2 * v + 1]);
        meet(2 * i, taken);
        if (2 * i + 1 == K) continue;
        NATIVE_CONV_UNROLL
        for (int v = 0; v < VECS; ++v) taken[v] = unzip_odd(piece[2 * v], piece[2 * v + 1]);
        meet(2 * i + 1, taken);
      }
    }
  }
};

// The same where the taps of a row are neighbours, in ascending order: each vector is loaded once, and the
// taps take two of them shifted, since a load that straddles cache lines takes the time of two. REVERSED: in
// descending order. For vector types with `shift`, whose masks cost nothing.
template <bool REVERSED, class V, int K, int STEP, int VECS>
struct TapsOfVectors {
  using T = typename V::T;
  static constexpr bool always_masked = true;
  static constexpr int pieces = VECS * STEP + 1;
  std::int64_t first;
  typename V::Mask inside[pieces];

  NATIVE_CONV_INLINE void set(const DepthwiseRows<T>& t, std::int64_t column) {
    first = t.lowest;
    for (int piece = 0; piece < pieces; ++piece)
      inside[piece] = lanes_inside<V>(column + first + piece * V::lanes, t.width);
  }

  static bool lies_within(const DepthwiseRows<T>& t, std::int64_t column) {
    return column + t.lowest >= 0 && column + t.lowest + pieces * V::lanes <= t.width;
  }

  template <bool EDGES, class Meet>
  NATIVE_CONV_INLINE void row(const T* x, const Meet& meet) const {
    V piece[pieces];
    NATIVE_CONV_UNROLL
    for (int p = 0; p < pieces; ++p) {
      const T* from = x + first + p * V::lanes;
      piece[p] = V::load_mask(from, inside[p]);
    }
    const auto order = std::make_integer_sequence<int, K>();
    if constexpr (STEP == 1) {
      taps(piece, piece, meet, order);
    } else {
      V even[VECS + 1], odd[VECS + 1];
      NATIVE_CONV_UNROLL
      for (int v = 0; v < VECS; ++v) {
        even[v] = unzip_even(piece[2 * v], piece[2 * v + 1]);
        odd[v] = unzip_odd(piece[2 * v], piece[2 * v + 1]);
      }
      const V end = piece[2 * VECS];
      even[VECS] = K > 3 ? unzip_even(end, end) : end;  // of which K / 2 lanes are taken
      odd[VECS] = K > 3 ? unzip_odd(end, end) : end;
      taps(even, odd, meet, order);
    }
  }

 private:
  // `even` and `odd`: what the taps of even and of odd number take.
  template <class Meet, int... KW>
  NATIVE_CONV_INLINE static void taps(const V (&even)[VECS + 1], const V (&odd)[VECS + 1], const Meet& meet,
                                      std::integer_sequence<int, KW...>) {
    (meet(KW, shifted<(REVERSED ? K - 1 - KW : KW) / STEP>(KW % 2 == 0 ? even : odd).taken), ...);
  }

  struct Taken {
    V taken[VECS];
  };
  template <int N>
  NATIVE_CONV_INLINE static Taken shifted(const V (&vectors)[VECS + 1]) {
    Taken result;
    NATIVE_CONV_UNROLL
    for (int v = 0; v < VECS; ++v)
      result.taken[v] = N == 0 ? vectors[v] : V::template shift<N>(vectors[v], vectors[v + 1]);
    return result;
  }
};

template <class V, int K, int STEP, int VECS>
using ShiftedTaps = TapsOfVectors<false, V, K, STEP, VECS>;
template <class V, int K, int STEP, int VECS>
using ReversedTaps = TapsOfVectors<true, V, K, STEP, VECS>;
