// The contract's chain, one output at a time: slow, and right for every geometry.
// Included by every ISA file. Layer: kernels. SPDX-License-Identifier: MIT

template <class V>
inline typename V::T chain(const Chain<typename V::T>& c) {
  typename V::T acc = c.start;
  for (std::int64_t i = 0; i < c.count; ++i) acc = scalar_fma(c.x[c.x_at[i]], c.w[c.w_at[i]], acc);
  return acc;
}
