// Filters of bytes, over vectors of 16-bit words and the words of twice as many bytes: words_<isa>.inl.
// Contracts in kernels/image.h. Included inside each ISA's region. Layer: kernels. SPDX-License-Identifier:
// MIT

// Calls step(j, blocks) for stretches of whole vectors of bytes, two at once as long as there are two: a
// weight is then loaded once for both. The last stretch may reach past `count`.
template <class V, class Step>
NATIVE_CONV_INLINE void for_each_block(std::int64_t count, Step&& step) {
  constexpr std::int64_t width = 2 * V::lanes;
  std::int64_t j = 0;
  for (; j + width < count; j += 2 * width) step.template run<2>(j);
  if (j < count) step.template run<1>(j);
}

// What comes filter_ahead after `bytes` bytes of a row.
template <std::int64_t bytes>
NATIVE_CONV_INLINE void prefetch_ahead(const std::uint8_t* row) {
  NATIVE_CONV_UNROLL
  for (std::int64_t i = 0; i < bytes; i += 64) NATIVE_CONV_PREFETCH(row + i + filter_ahead);
}

// How sums become bytes or words, whole or only the first `count`.
template <class V>
NATIVE_CONV_INLINE void store_filtered(ByteWords s, std::uint8_t* y, std::int64_t count) {
  if (count >= 2 * V::lanes) return store_bytes(s, y);
  store_bytes_first(s, y, static_cast<int>(count));
}
template <class V>
NATIVE_CONV_INLINE void store_filtered(ByteWords s, std::int16_t* y, std::int64_t count) {
  if (count >= 2 * V::lanes) return store_words(s, y);
  std::int16_t lane[2 * V::lanes];
  store_words(s, lane);
  for (std::int64_t i = 0; i < count; ++i) y[i] = lane[i];
}

struct StoreFiltered {
  static constexpr bool along_row = false;
  template <class V, class Y>
  static void store(ByteWords s, Y* y, std::int64_t count) {
    store_filtered<V>(s, y, count);
  }
};
struct KeepFiltered {
  static constexpr bool along_row = true;  // all taps are in one row
  template <class V>
  static void store(ByteWords s, std::int16_t* y, std::int64_t) {
    keep_words(s, y);
  }
};

// Kernels of few taps have instances in which all is unrolled and rows and weights are copied out of memory
// that results could lie in, so that they stay in registers: 64 sums of 5 taps along a row take 11 cycles
// instead of 17, and 64 down columns 7 instead of 29 (AVX-512, Zen 5, g++ 12). 0 is any number.

// The first COUNT of x; for 0, those that `x` points to.
template <class T, int COUNT>
struct Copied {
  explicit Copied(const T* x) {
    NATIVE_CONV_UNROLL
    for (int i = 0; i < COUNT; ++i) held[i] = x[i];
  }
  NATIVE_CONV_INLINE T operator[](int i) const { return held[i]; }
  T held[COUNT];
};
template <class T>
struct Copied<T, 0> {
  explicit Copied(const T* x) : held(x) {}
  NATIVE_CONV_INLINE T operator[](int i) const { return held[i]; }
  const T* held;
};

template <class V, class Store, int PAIRS, class Y>
class ByteFilterStep {
 public:
  explicit ByteFilterStep(const ByteFilter<Y>& t) : t_(t), x_(t.x), weights_(t.weights) {}

  template <int blocks>
  NATIVE_CONV_INLINE void run(std::int64_t j) const {
    if constexpr (Store::along_row) {
      if (t_.pairs > 0) prefetch_ahead<blocks * width>(x_[0] + j);
    }
    ByteWords sum[blocks];
    NATIVE_CONV_UNROLL
    for (int b = 0; b < blocks; ++b) sum[b] = all_words(V{}, t_.bias);
    if constexpr (PAIRS > 0) {
      NATIVE_CONV_UNROLL
      for (int p = 0; p < PAIRS; ++p) add(sum, p, j);
    } else {
      for (int p = 0; p < t_.pairs; ++p) add(sum, p, j);
    }
    NATIVE_CONV_UNROLL
    for (int b = 0; b < blocks; ++b)
      Store::template store<V>(sum[b], t_.y + j + b * width, t_.count - j - b * width);
  }

 private:
  static constexpr std::int64_t width = 2 * V::lanes;

  template <int blocks>
  NATIVE_CONV_INLINE void add(ByteWords (&sum)[blocks], int p, std::int64_t j) const {
    const std::uint8_t *first = x_[2 * p] + j, *second = x_[2 * p + 1] + j;
    NATIVE_CONV_UNROLL
    for (int b = 0; b < blocks; ++b)
      sum[b] = dot(sum[b], pair_bytes(V{}, first + b * width, second + b * width), weights_[p]);
  }

  const ByteFilter<Y> t_;
  Copied<const std::uint8_t*, 2 * PAIRS> x_;
  Copied<std::int32_t, PAIRS> weights_;
};

// Finds the instance for exactly t.pairs, of at most PAIRS, else the one for any number.
template <class V, class Store, int PAIRS, class Y>
void filter_bytes(const ByteFilter<Y>& t) {
  if constexpr (PAIRS > 0) {
    if (t.pairs != PAIRS) return filter_bytes<V, Store, PAIRS - 1>(t);
  }
  for_each_block<V>(t.count, ByteFilterStep<V, Store, PAIRS, Y>(t));
}

// Both rows' products are made of one load and one interleaving of the taps.
template <class V, class Y>
struct TwoByteFiltersStep {
  const TwoByteFilters<Y>& t;

  template <int blocks>
  NATIVE_CONV_INLINE void run(std::int64_t j) const {
    constexpr std::int64_t width = 2 * V::lanes;
    prefetch_ahead<blocks * width>(t.x[2 * t.pairs - 2] + j);
    prefetch_ahead<blocks * width>(t.x[2 * t.pairs - 1] + j);
    ByteWords first[blocks], second[blocks];
    NATIVE_CONV_UNROLL
    for (int b = 0; b < blocks; ++b) first[b] = second[b] = all_words(V{}, t.bias);
    for (int p = 0; p < t.pairs; ++p) {
      const std::uint8_t *a = t.x[2 * p] + j, *c = t.x[2 * p + 1] + j;
      NATIVE_CONV_UNROLL
      for (int b = 0; b < blocks; ++b) {
        const BytePairs taps = pair_bytes(V{}, a + b * width, c + b * width);
        first[b] = dot(first[b], taps, t.weights[2 * p]);
        second[b] = dot(second[b], taps, t.weights[2 * p + 1]);
      }
    }
    NATIVE_CONV_UNROLL
    for (int b = 0; b < blocks; ++b) {
      const std::int64_t at = j + b * width;
      store_filtered<V>(first[b], t.first + at, t.count - at);
      store_filtered<V>(second[b], t.second + at, t.count - at);
    }
  }
};

template <class V, class Y>
void filter_two(const TwoByteFilters<Y>& t) {
  for_each_block<V>(t.count, TwoByteFiltersStep<V, Y>{t});
}

// Sums of SumFilter or SumColumn as words.
template <class V, class Filter>
NATIVE_CONV_INLINE V words_of(typename V::Sum sum, const Filter& t) {
  return narrow(t.odd ? shift_right(sum, t.shift, t.odd) : shift_right(sum, t.shift));
}

template <class V, class Y>
struct SumFilterStep {
  const SumFilter<Y>& t;

  // One block at a time: its sums already fill as many registers as two blocks of 16-bit ones.
  template <int blocks>
  NATIVE_CONV_INLINE void run(std::int64_t j) const {
    constexpr std::int64_t width = 2 * V::lanes;
    for (std::int64_t at = j; at < j + blocks * width; at += width) {
      auto first = V::sum_of(t.bias), second = V::sum_of(t.bias);
      for (int p = 0; p < t.pairs; ++p) {
        const ByteWords a = widened(V{}, t.x[2 * p] + at), b = widened(V{}, t.x[2 * p + 1] + at);
        first = dot(first, interleave(first_half(a), first_half(b)), t.weights[p]);
        second = dot(second, interleave(second_half(a), second_half(b)), t.weights[p]);
      }
      store_filtered<V>(halves(words_of<V>(first, t), words_of<V>(second, t)), t.y + at, t.count - at);
    }
  }
};

template <class V, class Y>
void filter_sums(const SumFilter<Y>& t) {
  for_each_block<V>(t.count, SumFilterStep<V, Y>{t});
}

// Rows that are read meet the sums of all rows of results, so that each is loaded, and interleaved with the
// next, once for them.
template <class V, class Y>
class SumColumnStep {
 public:
  explicit SumColumnStep(const SumColumn<Y>& t) : t_(t), y_(t.y) {}

  template <int blocks>
  NATIVE_CONV_INLINE void run(std::int64_t j) const {
    for (std::int64_t at = j; at < j + blocks * width; at += width) {
      V low[word_rows], high[word_rows];
      make<0>(at, low);
      make<1>(at, high);
      NATIVE_CONV_UNROLL
      for (int r = 0; r < word_rows; ++r)
        store_filtered<V>(halves(low[r], high[r]), y_[r] + at, t_.count - at);
    }
  }

 private:
  static constexpr std::int64_t width = 2 * V::lanes;

  template <int half>
  NATIVE_CONV_INLINE V row(int i, std::int64_t at) const {
    const ByteWords words = kept_words(V{}, t_.x[i] + at);
    if constexpr (half == 0) return first_half(words);
    return second_half(words);
  }

  template <int half>
  NATIVE_CONV_INLINE void make(std::int64_t at, V (&words)[word_rows]) const {
    typename V::Sum sum[word_rows];
    NATIVE_CONV_UNROLL
    for (int r = 0; r < word_rows; ++r) sum[r] = V::sum_of(t_.bias);
    for (int p = 0; p < t_.pairs; ++p) {
      const auto taps = interleave(row<half>(2 * p, at), row<half>(2 * p + 1, at));
      NATIVE_CONV_UNROLL
      for (int r = 0; r < word_rows; ++r) sum[r] = dot(sum[r], taps, t_.weights[word_rows * p + r]);
    }
    NATIVE_CONV_UNROLL
    for (int r = 0; r < word_rows; ++r) words[r] = words_of<V>(sum[r], t_);
  }

  const SumColumn<Y> t_;
  Copied<Y*, word_rows> y_;
};

template <class V, class Y>
void column_sums(const SumColumn<Y>& t) {
  for_each_block<V>(t.count, SumColumnStep<V, Y>(t));
}

// A column of few taps has instances for weights that are the same from both ends, as those of a Gaussian
// are: rows of the same weight are added first and multiplied once.
enum class Weights { any, symmetric };

template <class V, int TAPS, Weights KIND>
class WordColumnStep {
 public:
  explicit WordColumnStep(const WordColumn& t) : t_(t), x_(t.x), weights_(t.weights), y_(t.y) {}

  // One block at a time: a row that is read meets the sums of up to four rows of results.
  template <int blocks>
  NATIVE_CONV_INLINE void run(std::int64_t j) const {
    for (std::int64_t at = j; at < j + blocks * width; at += width) {
      ByteWords sum[word_rows];
      NATIVE_CONV_UNROLL
      for (int r = 0; r < word_rows; ++r) sum[r] = all_words(V{}, t_.bias);
      add_products(sum, at);
      NATIVE_CONV_UNROLL
      for (int r = 0; r < word_rows; ++r)
        store_filtered<V>(shift_right(sum[r], t_.shift), y_[r] + at, t_.count - at);
    }
  }

 private:
  static constexpr std::int64_t width = 2 * V::lanes;

  NATIVE_CONV_INLINE ByteWords row(int i, std::int64_t at) const { return kept_words(V{}, x_[i] + at); }

  NATIVE_CONV_INLINE void add_products(ByteWords (&sum)[word_rows], std::int64_t at) const {
    if constexpr (TAPS == 0) {
      for (int k = 0; k < t_.taps; ++k) {
        NATIVE_CONV_UNROLL
        for (int r = 0; r < word_rows; ++r) sum[r] = multiply_add(sum[r], row(k + r, at), weights_[k]);
      }
    } else if constexpr (KIND == Weights::symmetric) {
      static_assert(TAPS % 2 == 1, "the middle has no partner");
      NATIVE_CONV_UNROLL
      for (int r = 0; r < word_rows; ++r) {
        sum[r] = multiply_add(sum[r], row(r + TAPS / 2, at), weights_[TAPS / 2]);
        NATIVE_CONV_UNROLL
        for (int k = 0; k < TAPS / 2; ++k) {
          const ByteWords both = add(row(r + k, at), row(r + TAPS - 1 - k, at));
          sum[r] = multiply_add(sum[r], both, weights_[k]);
        }
      }
    } else {
      NATIVE_CONV_UNROLL
      for (int i = 0; i < TAPS + word_rows - 1; ++i) {
        const ByteWords x = row(i, at);
        NATIVE_CONV_UNROLL
        for (int r = 0; r < word_rows; ++r) {
          if (i >= r && i - r < TAPS) sum[r] = multiply_add(sum[r], x, weights_[i - r]);
        }
      }
    }
  }

  const WordColumn t_;
  Copied<const std::int16_t*, TAPS ? TAPS + word_rows - 1 : 0> x_;
  Copied<std::int32_t, TAPS> weights_;
  Copied<std::uint8_t*, word_rows> y_;
};

template <class V, int TAPS>
void column_words_of(const WordColumn& t) {
  bool symmetric = true;
  for (int k = 0; k < TAPS / 2; ++k) symmetric &= t.weights[k] == t.weights[TAPS - 1 - k];
  if (symmetric) return for_each_block<V>(t.count, WordColumnStep<V, TAPS, Weights::symmetric>(t));
  for_each_block<V>(t.count, WordColumnStep<V, TAPS, Weights::any>(t));
}

template <class V>
void column_words(const WordColumn& t) {
  if (t.taps == 3) return column_words_of<V, 3>(t);
  if (t.taps == 5) return column_words_of<V, 5>(t);
  for_each_block<V>(t.count, WordColumnStep<V, 0, Weights::any>(t));
}
