// Depthwise 3×3 kernels at stride 1 where 16 registers hold the nine weights beside the sums of a few output
// rows, each input vector loaded once for all of them: four rows along wide ones, three down narrow planes.
// Included by depthwise_blocks.inl. Layer: kernels. SPDX-License-Identifier: MIT

constexpr int held_rows = 4;
// Planes are narrow whose rows have up to so many vectors: most of these would be ends of rows.
constexpr int narrow_vectors = 3;

template <class V>
using HeldTaps = LoadedTaps<V, 3, 1, 1>;

// The vectors of a row of outputs: those that read outside of rows, or are not whole, stand at both ends.
template <class V>
class HeldColumns {
 public:
  using T = typename V::T;

  explicit HeldColumns(const DepthwiseRows<T>& t) : t_(t), last_((t.columns - 1) / V::lanes * V::lanes) {
    while (begin_ < t.columns && !is_inner(begin_)) begin_ += V::lanes;
    if (begin_ > t.columns) begin_ = t.columns;
    end_ = begin_;
    while (end_ < t.columns && is_inner(end_)) end_ += V::lanes;
    left_.set(t, t.column);
    right_.set(t, t.column + last_);
  }

  // Those between the ends have the outputs [begin, end).
  std::int64_t begin() const { return begin_; }
  std::int64_t end() const { return end_; }
  const HeldTaps<V>& inner() const { return left_; }
  // Of the vector at the ends whose first output is `first`.
  NATIVE_CONV_INLINE const HeldTaps<V>& at(std::int64_t first) {
    if (first == 0) return left_;
    if (first == last_) return right_;
    // With far taps more than the outermost ones reach beyond rows.
    other_.set(t_, t_.column + first);
    return other_;
  }

 private:
  bool is_inner(std::int64_t first) const {
    return HeldTaps<V>::lies_within(t_, t_.column + first) && first + V::lanes <= t_.columns;
  }

  const DepthwiseRows<T>& t_;
  std::int64_t begin_ = 0, end_, last_;
  HeldTaps<V> left_, right_, other_;
};

// Four rows of outputs, of which the input rows ABOVE before the first and BELOW after the last do not exist.
template <class V, int ABOVE, int BELOW>
struct HeldBlock {
  using T = typename V::T;
  static constexpr int read_rows = held_rows + 2;
  const DepthwiseRows<T>& plane;
  const LineFinish<V>& finish;

  // What a tap of input row r adds to the output rows that read it. (No lambda: clang gives those no
  // instruction set.)
  struct Meet {
    V (&acc)[held_rows][1];
    const V (&weights)[9];
    int r;
    NATIVE_CONV_INLINE void operator()(int kw, const V (&taken)[1]) const {
      NATIVE_CONV_UNROLL
      for (int o = 0; o < held_rows; ++o) {
        const int kh = r - o;
        if (kh >= 0 && kh < 3) acc[o][0] = fma(taken[0], weights[kw * 3 + kh], acc[o][0]);
      }
    }
  };

  // The vector whose first outputs lie at plane.y[at], here y, and y_row apart; x is where the first row's
  // input begins for it, or would, `pitch` before the next one's.
  template <bool EDGES>
  NATIVE_CONV_INLINE void vector(const HeldTaps<V>& taps, const V (&weights)[9], const T* x,
                                 std::int64_t pitch, T* y, std::int64_t y_row, std::int64_t at,
                                 int count) const {
    V acc[held_rows][1];
    NATIVE_CONV_UNROLL
    for (int o = 0; o < held_rows; ++o) acc[o][0] = V::zero();
    x += ABOVE * pitch;
    NATIVE_CONV_UNROLL
    for (int r = ABOVE; r < read_rows - BELOW; ++r, x += pitch) {
      taps.template row<EDGES>(x, Meet{acc, weights, r});
    }
    finish.complete(acc, plane, at, held_rows, count);
    NATIVE_CONV_UNROLL
    for (int o = 0; o < held_rows; ++o, y += y_row) {
      if (EDGES)
        store_up_to<V>(acc[o][0], y, count);
      else
        acc[o][0].store(y);
    }
  }

  // The vectors at the ends of which the outputs are [begin, end).
  NATIVE_CONV_INLINE void edges(HeldColumns<V>& columns, const V (&weights)[9], const T* x,
                                std::int64_t pitch, std::int64_t at, std::int64_t begin,
                                std::int64_t end) const {
    for (std::int64_t first = begin; first < end; first += V::lanes) {
      const int count = end - first < V::lanes ? static_cast<int>(end - first) : V::lanes;
      vector<true>(columns.at(first), weights, x + first, pitch, plane.y + at + first, plane.y_row,
                   at + first, count);
    }
  }

  // All vectors of the rows; x is where column 0 of the first row lies, or would, and plane.y[at] the first
  // output.
  NATIVE_CONV_NOINLINE void run(HeldColumns<V>& columns, const T* x, std::int64_t pitch,
                                std::int64_t at) const {
    V weights[9];
    NATIVE_CONV_UNROLL
    for (int k = 0; k < 9; ++k) weights[k] = V::broadcast(plane.w[k]);
    edges(columns, weights, x, pitch, at, 0, columns.begin());
    const HeldTaps<V> taps = columns.inner();
    T* const y = plane.y + at;
    const std::int64_t y_row = plane.y_row, end = columns.end();
    for (std::int64_t first = columns.begin(); first < end; first += V::lanes)
      vector<false>(taps, weights, x + first, pitch, y + first, y_row, at + first, V::lanes);
    edges(columns, weights, x, pitch, at, end, plane.columns);
  }
};

// Whether the rows that are read exist, evenly spaced, but perhaps for the first and the last one.
template <class T>
inline bool are_spaced(const DepthwiseRows<T>& t, int read) {
  const auto row = [&](int r) { return t.x_rows[r * t.row_step]; };
  const std::int64_t pitch = row(2) - row(1);
  for (int r = 0; r < read; ++r) {
    const bool at_end = r == 0 || r == read - 1;
    if (row(r) < 0 ? !at_end : row(r) != row(1) + (r - 1) * pitch) return false;
  }
  return true;
}

// Planes whose rows are a few vectors, each of which goes down the plane alone: an input row adds to three
// rows of sums, of which the first is complete then.
template <class V>
class HeldPlanes {
 public:
  using T = typename V::T;

  explicit HeldPlanes(const DepthwiseRows<T>& t)
      : pitch_(t.x_rows[2 * t.row_step] - t.x_rows[t.row_step]),
        first_(t.x_rows[0] < 0 ? 1 : 0),
        end_(t.x_rows[(t.rows + 1) * t.row_step] < 0 ? t.rows + 1 : t.rows + 2),
        last_((static_cast<int>(t.columns) - 1) / V::lanes * V::lanes) {
    for (int begin = 0, v = 0; begin < t.columns; begin += V::lanes, ++v) taps_[v].set(t, t.column + begin);
    const std::int64_t end = (t.rows - 1) * t.y_row + t.columns;
    while (t.y_row == t.columns && whole_ * t.y_row + last_ + V::lanes <= end) ++whole_;
  }

  NATIVE_CONV_NOINLINE void run(const DepthwiseRows<T>& plane) const {
    const LineFinish<V> finish(plane);
    V weights[9];
    NATIVE_CONV_UNROLL
    for (int k = 0; k < 9; ++k) weights[k] = V::broadcast(plane.w[k]);
    const T* const x = plane.x + plane.column + plane.x_rows[plane.row_step] - pitch_;
    // The last vector's rows may be written whole: what they write of the next ones is written again.
    for (int begin = last_; begin >= 0; begin -= V::lanes)
      down(plane, finish, weights, taps_[begin / V::lanes], x + begin, begin);
  }

 private:
  // A tap of an input row, to the three rows of outputs that read it.
  struct Meet {
    V (&acc)[3][1];
    const V (&weights)[9];
    NATIVE_CONV_INLINE void operator()(int kw, const V (&taken)[1]) const {
      NATIVE_CONV_UNROLL
      for (int o = 0; o < 3; ++o) acc[o][0] = fma(taken[0], weights[kw * 3 + 2 - o], acc[o][0]);
    }
  };

  // The vector whose first outputs are in column `begin`.
  NATIVE_CONV_INLINE void down(const DepthwiseRows<T>& plane, const LineFinish<V>& finish,
                               const V (&weights)[9], const HeldTaps<V>& reading, const T* x,
                               int begin) const {
    const HeldTaps<V> taps = reading;
    const std::int64_t y_row = plane.y_row;
    const int count = static_cast<int>(plane.columns) - begin, rows = plane.rows + 2,
              whole = begin < last_ ? rows : whole_ + 2;
    T* y = plane.y + begin;
    V acc[3][1] = {{V::zero()}, {V::zero()}, {V::zero()}};
    x += first_ * pitch_;
    for (int r = first_; r < 2; ++r, x += pitch_) {
      taps.template row<true>(x, Meet{acc, weights});
      next(acc);
    }
    for (int r = 2; r < end_; ++r, x += pitch_, y += y_row) {
      taps.template row<true>(x, Meet{acc, weights});
      store(acc[0][0], plane, finish, y, count, r < whole);
      next(acc);
    }
    if (end_ < rows) store(acc[0][0], plane, finish, y, count, end_ < whole);
  }

  NATIVE_CONV_INLINE static void next(V (&acc)[3][1]) {
    acc[0][0] = acc[1][0];
    acc[1][0] = acc[2][0];
    acc[2][0] = V::zero();
  }

  NATIVE_CONV_INLINE static void store(V sum, const DepthwiseRows<T>& plane, const LineFinish<V>& finish,
                                       T* y, int count, bool whole) {
    V line[1][1] = {{sum}};
    finish.complete(line, plane, y - plane.y, 1, count);
    if (whole)
      line[0][0].store(y);
    else
      store_up_to<V>(line[0][0], y, count);
  }

  const std::int64_t pitch_;
  const int first_, end_;  // the input rows that exist
  const int last_;         // the first output of the last vector
  int whole_ = 0;          // rows of that which are written whole
  HeldTaps<V> taps_[narrow_vectors];
};

// Runs a 3×3 kernel at stride 1 over narrow planes so, where that is the quicker way.
template <class V>
inline bool depthwise_held_planes(const DepthwiseRows<typename V::T>& t) {
  if (2 * t.columns <= V::lanes || t.columns > narrow_vectors * V::lanes || t.rows < 2) return false;
  if (t.accumulate || (t.finish && !is_clamp(t.finish)) || !are_spaced(t, t.rows + 2)) return false;
  const HeldPlanes<V> held(t);
  DepthwiseRows<typename V::T> plane = t;
  for (std::int64_t p = 0; p < t.planes; ++p) {
    held.run(plane);
    next_plane(plane);
  }
  return true;
}

// Runs one over wide planes so, likewise.
template <class V>
inline bool depthwise_held(const DepthwiseRows<typename V::T>& t) {
  using T = typename V::T;
  const int read = t.rows + 2;
  if (t.columns <= narrow_vectors * V::lanes || t.rows < held_rows) return false;
  // The last four rows begin with some that are there already, to which nothing may be added again.
  const bool adds = t.accumulate || (t.residual && t.rows % held_rows != 0);
  if ((t.finish && !is_clamp(t.finish)) || adds || !are_spaced(t, read)) return false;
  const std::int64_t pitch = t.x_rows[2 * t.row_step] - t.x_rows[t.row_step];
  const bool lacks_first = t.x_rows[0] < 0, lacks_last = t.x_rows[(read - 1) * t.row_step] < 0;
  HeldColumns<V> columns(t);
  DepthwiseRows<T> plane = t;
  for (std::int64_t p = 0; p < t.planes; ++p) {
    const LineFinish<V> finish(plane);
    const T* const first_row = plane.x + plane.column + plane.x_rows[plane.row_step] - pitch;
    for (int next = 0; next < t.rows; next += held_rows) {
      const int row = next + held_rows <= t.rows ? next : t.rows - held_rows;
      const T* const x = first_row + row * pitch;
      const std::int64_t at = row * t.y_row;
      const bool above = row == 0 && lacks_first, below = row + held_rows == t.rows && lacks_last;
      if (above && below)
        HeldBlock<V, 1, 1>{plane, finish}.run(columns, x, pitch, at);
      else if (above)
        HeldBlock<V, 1, 0>{plane, finish}.run(columns, x, pitch, at);
      else if (below)
        HeldBlock<V, 0, 1>{plane, finish}.run(columns, x, pitch, at);
      else
        HeldBlock<V, 0, 0>{plane, finish}.run(columns, x, pitch, at);
    }
    next_plane(plane);
  }
  return true;
}
