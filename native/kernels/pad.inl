// Rows copied between margins of zeros: the padded copy of a plane. Rows are short, so that a call for each
// would take longer than the copy. Included by every ISA file after finish.inl. Layer: kernels.
// SPDX-License-Identifier: MIT

template <class V>
NATIVE_CONV_INLINE void zero_row(typename V::T* to, std::int64_t count) {
  for (std::int64_t j = 0; j < count; j += V::lanes) {
    store_up_to<V>(V::zero(), to + j, static_cast<int>(count - j < V::lanes ? count - j : V::lanes));
  }
}

template <class V>
inline void pad_rows(const PadRows<typename V::T>& p) {
  const std::int64_t whole = p.count / V::lanes * V::lanes, tail = p.count - whole + p.after;
  const int rest = static_cast<int>(p.count - whole);
  const int last = static_cast<int>(tail < V::lanes ? tail : V::lanes);
  for (std::int64_t r = 0; r < p.rows; ++r) {
    const typename V::T* from = p.from + r * p.from_row;
    typename V::T* to = p.to + r * p.to_row;
    zero_row<V>(to, p.before);
    to += p.before;
    for (std::int64_t j = 0; j < whole; j += V::lanes) V::load(from + j).store(to + j);
    if (tail == 0) continue;
    store_up_to<V>(rest ? V::load_first(from + whole, rest) : V::zero(), to + whole, last);
    zero_row<V>(to + whole + last, tail - last);
  }
}
