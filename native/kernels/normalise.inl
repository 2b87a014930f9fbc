// Bytes of pixels to the values of a tensor: bytes_<isa>.inl has the vectors. Contracts in kernels/image.h.
// Included inside each ISA's region. Layer: kernels. SPDX-License-Identifier: MIT

template <class T>
void look_up(const Normalise<T>& t) {
  for (int k = 0; k < t.outputs; ++k) {
    const std::uint8_t* x = t.x + t.sources[k];
    const T* table = t.tables[k];
    T* y = t.y + k * t.y_channel;
    for (std::int64_t j = 0; j < t.count; ++j) y[j * t.y_pixel] = table[x[j * t.channels]];
  }
}

template <class V>
struct Normaliser {
  explicit Normaliser(const NormaliseVector& t)
      : pick(t.pick), a(V::all(t.a)), c(V::all(t.c)), a_rest(V::all(t.a_rest)), c_rest(V::all(t.c_rest)) {}
  typename V::Floats run(typename V::Words x) const { return V::split(pick.run(x), a, c, a_rest, c_rest); }

 private:
  V pick;
  typename V::Floats a, c, a_rest, c_rest;
};

// The last vector overlaps the one before it, as does the second where the others are then aligned: a store
// that crosses two lines of the cache takes twice as long.
template <class V, int outputs, class T>
void normalise_outputs(const Normalise<T>& t) {
  constexpr std::int64_t lanes = V::lanes;
  const bool planar = t.y_pixel == 1;
  const Normaliser<V> first(t.vectors[0]), second(t.vectors[outputs > 1]), third(t.vectors[outputs - 1]);
  const std::int64_t step = planar ? t.y_channel : lanes, last = t.count - lanes;
  const auto off = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(t.y) / sizeof(T) % lanes);
  std::int64_t next = 1;
  while (next < lanes && (off + next * t.y_pixel) % lanes != 0) ++next;
  for (std::int64_t j = 0;; next += lanes) {
    const typename V::Words x = V::load(t.x + j * t.channels, V::lanes * t.channels);
    T* y = t.y + j * t.y_pixel;
    V::store(first.run(x), y);
    if (outputs > 1) V::store(second.run(x), y + step);
    if (outputs > 2) V::store(third.run(x), y + 2 * step);
    if (j == last) return;
    j = next < last ? next : last;
  }
}

template <class V, class T>
void normalise(const Normalise<T>& t) {
  if (!t.vectors || t.count < V::lanes) return look_up(t);
  switch (t.outputs) {
    case 1:
      return normalise_outputs<V, 1>(t);
    case 2:
      return normalise_outputs<V, 2>(t);
    default:
      return normalise_outputs<V, 3>(t);
  }
}

inline std::uint8_t gray_of(const std::uint8_t* x) {
  return static_cast<std::uint8_t>((x[0] * gray_red + x[1] * gray_green + x[2] * gray_blue + gray_half) >>
                                   gray_bits);
}
inline void gray_each(const GrayRow& t) {
  for (std::int64_t j = 0; j < t.count; ++j) t.y[j] = gray_of(t.x + j * t.channels);
}

// Green's weight does not fit 16 bits with a sign: half of it beside red, half beside blue.
template <class V>
void gray_row(const GrayRow& t) {
  static_assert(gray_green % 2 == 0, "two equal halves");
  const V reds(t.picks[0]), blues(t.picks[1]);
  const auto half_green = static_cast<std::int32_t>(gray_green / 2 << 16);
  const auto red_weights = V::all(half_green | static_cast<std::int32_t>(gray_red));
  const auto blue_weights = V::all(half_green | static_cast<std::int32_t>(gray_blue));
  const auto half = V::all(static_cast<std::int32_t>(gray_half));
  std::int64_t j = 0;
  for (; j + V::lanes <= t.count; j += V::lanes) {
    const auto x = V::load(t.x + j * t.channels, V::lanes * t.channels);
    const auto sum = V::add(V::multiply(reds.run(x), red_weights), V::multiply(blues.run(x), blue_weights));
    V::store(V::shift_right(V::add(sum, half), gray_bits), t.y + j);
  }
  gray_each({t.x + j * t.channels, t.channels, t.picks, t.count - j, t.y + j});
}
