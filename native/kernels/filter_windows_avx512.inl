// Sums of bytes along a row, AVX-512 with VBMI: all taps of 32 sums are picked from one load, where loads of
// their own would nearly all cross cache lines. Contracts in kernels/image.h. Layer: kernels.
// SPDX-License-Identifier: MIT

// Of a pair of taps that begin at these places of the window: both bytes of each of 32 words. Quarters of
// eight words stand as 0, 2, 1, 3: halves of two vectors then make up the two of ByteWords.
NATIVE_CONV_INLINE __m512i window_places(std::int64_t first, std::int64_t second) {
  constexpr std::int64_t low = 0x0303020201010000, high = 0x0707060605050404, eight = 0x0808080808080808;
  const __m512i words = _mm512_setr_epi64(low, high, low + 2 * eight, high + 2 * eight, low + eight,
                                          high + eight, low + 3 * eight, high + 3 * eight);
  return _mm512_add_epi8(words, _mm512_set1_epi16(static_cast<std::int16_t>(first | second << 8)));
}

// Taps reach no further than most_reach from the first one.
template <int PAIRS>
NATIVE_CONV_INLINE void filter_kept_windows(const ByteFilter<std::int16_t>& t, const std::uint8_t* x) {
  __m512i places[PAIRS], weights[PAIRS];
  NATIVE_CONV_UNROLL
  for (int p = 0; p < PAIRS; ++p) {
    places[p] = window_places(t.x[2 * p] - x, t.x[2 * p + 1] - x);
    weights[p] = _mm512_set1_epi32(t.weights[p]);
  }
  const __m512i bias = _mm512_set1_epi16(t.bias);
  std::int16_t* y = t.y;
  for (std::int64_t j = 0; j < t.count; j += 2 * I16x32::lanes) {
    prefetch_ahead<2 * I16x32::lanes>(x + j);
    __m512i sum[2];
    NATIVE_CONV_UNROLL
    for (int h = 0; h < 2; ++h) {
      __m512i window = _mm512_loadu_si512(x + j + 32 * h);
      // Else g++ loads it once more for each pair.
      NATIVE_CONV_KEEP(window, "v");
      sum[h] = bias;
      NATIVE_CONV_UNROLL
      for (int p = 0; p < PAIRS; ++p) {
        const __m512i taps = _mm512_maskz_permutexvar_epi8(every_byte, places[p], window);
        sum[h] = _mm512_add_epi16(sum[h], _mm512_maddubs_epi16(taps, weights[p]));
      }
    }
    keep_words({_mm512_maskz_shuffle_i64x2(every_double_word, sum[0], sum[1], 0x44),
                _mm512_maskz_shuffle_i64x2(every_double_word, sum[0], sum[1], 0xee)},
               y + j);
  }
}

// Finds the instance for exactly t.pairs, of at most PAIRS, else any kernel for all.
template <int PAIRS>
void filter_kept(const ByteFilter<std::int16_t>& t) {
  constexpr std::int64_t most_reach = 64 - 32;
  if constexpr (PAIRS > 0) {
    if (t.pairs != PAIRS) return filter_kept<PAIRS - 1>(t);
    const auto [first, last] = std::minmax_element(t.x, t.x + 2 * PAIRS);
    if (*last - *first <= most_reach) return filter_kept_windows<PAIRS>(t, *first);
  }
  filter_bytes<I16x32, KeepFiltered, 0>(t);
}
