// Bytes of pixels to the values of a tensor: bytes_<isa>.inl has the vectors. Contracts in kernels/image.h.
// Included inside each ISA's region. Layer: kernels. SPDX-License-Identifier: MIT

// Where 16 bytes of each of `parts` parts of a vector begin, in words, and the places of the wanted ones.
template <int parts>
inline void place_bytes(const std::uint8_t* bytes, std::int32_t* words, std::uint8_t* places) {
  for (int part = 0; part < parts; ++part, bytes += 16, places += 16, words += 4) {
    int lowest = 4 * parts - 4;
    for (int i = 0; i < 16; ++i) {
      if (bytes[i] / 4 < lowest) lowest = bytes[i] / 4;
    }
    for (int i = 0; i < 4; ++i) words[i] = lowest + i;
    for (int i = 0; i < 16; ++i)
      places[i] = bytes[i] == 255 ? 255 : static_cast<std::uint8_t>(bytes[i] - 4 * lowest);
  }
}

template <class T>
void look_up(const Normalise<T>& t) {
  for (int k = 0; k < t.outputs; ++k) {
    const std::uint8_t* x = t.x + t.sources[k];
    const T* table = t.tables[k];
    T* y = t.y + k * t.y_channel;
    for (std::int64_t j = 0; j < t.count; ++j) y[j * t.y_pixel] = table[x[j * t.channels]];
  }
}

// One of `outputs` vectors that as many pixels as it has lanes become: a channel's, or a part of all.
template <class V>
struct NormalisedVector {
  template <class T>
  NormalisedVector(const Normalise<T>& t, int vector)
      : y(t.y_pixel == 1 ? vector * t.y_channel : std::int64_t{vector} * V::lanes), bytes(picked(t, vector)) {
    float factors[4][V::lanes];
    for (int i = 0; i < V::lanes; ++i) {
      const SplitFactors& split = t.split[output(t, vector, i)];
      factors[0][i] = split.a;
      factors[1][i] = split.c;
      factors[2][i] = split.a_rest;
      factors[3][i] = split.c_rest;
    }
    a = V::all(factors[0]);
    c = V::all(factors[1]);
    a_rest = V::all(factors[2]);
    c_rest = V::all(factors[3]);
  }
  typename V::Floats run(typename V::Words x) const { return V::split(bytes.pick(x), a, c, a_rest, c_rest); }

  std::int64_t y;

 private:
  template <class T>
  static int output(const Normalise<T>& t, int vector, int lane) {
    return t.y_pixel == 1 ? vector : (vector * V::lanes + lane) % t.outputs;
  }
  template <class T>
  static V picked(const Normalise<T>& t, int vector) {
    std::uint8_t bytes[4 * V::lanes];
    for (int i = 0; i < 4 * V::lanes; ++i) bytes[i] = 255;
    for (int i = 0; i < V::lanes; ++i) {
      const int pixel = t.y_pixel == 1 ? i : (vector * V::lanes + i) / t.outputs;
      bytes[4 * i] = static_cast<std::uint8_t>(pixel * t.channels + t.sources[output(t, vector, i)]);
    }
    return V(bytes);
  }

  V bytes;
  typename V::Floats a, c, a_rest, c_rest;
};

template <class V, int outputs, class T>
void normalise_outputs(const Normalise<T>& t) {
  using Vector = NormalisedVector<V>;
  constexpr std::int64_t lanes = V::lanes;
  const Vector first(t, 0), second(t, outputs > 1 ? 1 : 0), third(t, outputs > 2 ? 2 : 0);
  const int bytes = V::lanes * t.channels;
  std::int64_t j = 0;
  for (; j + lanes <= t.count; j += lanes) {
    const typename V::Words x = V::load(t.x + j * t.channels, bytes);
    T* y = t.y + j * t.y_pixel;
    V::store(first.run(x), y + first.y);
    if (outputs > 1) V::store(second.run(x), y + second.y);
    if (outputs > 2) V::store(third.run(x), y + third.y);
  }
  if (j == t.count) return;
  Normalise<T> rest = t;
  rest.x += j * t.channels;
  rest.count -= j;
  rest.y += j * t.y_pixel;
  look_up(rest);
}

template <class V, class T>
void normalise(const Normalise<T>& t) {
  if (!t.split) return look_up(t);
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
  std::uint8_t red[4 * V::lanes], blue[4 * V::lanes];
  for (int i = 0; i < V::lanes; ++i) {
    const int pixel = i * t.channels;
    for (int k = 0; k < 4; ++k) red[4 * i + k] = blue[4 * i + k] = 255;
    red[4 * i] = static_cast<std::uint8_t>(pixel);
    blue[4 * i] = static_cast<std::uint8_t>(pixel + 2);
    red[4 * i + 2] = blue[4 * i + 2] = static_cast<std::uint8_t>(pixel + 1);
  }
  const V reds(red), blues(blue);
  const auto half_green = static_cast<std::int32_t>(gray_green / 2 << 16);
  const auto red_weights = V::all(half_green | static_cast<std::int32_t>(gray_red));
  const auto blue_weights = V::all(half_green | static_cast<std::int32_t>(gray_blue));
  const auto half = V::all(static_cast<std::int32_t>(gray_half));
  std::int64_t j = 0;
  for (; j + V::lanes <= t.count; j += V::lanes) {
    const auto x = V::load(t.x + j * t.channels, V::lanes * t.channels);
    const auto sum = V::add(V::multiply(reds.pick(x), red_weights), V::multiply(blues.pick(x), blue_weights));
    V::store(V::shift_right(V::add(sum, half), gray_bits), t.y + j);
  }
  gray_each({t.x + j * t.channels, t.channels, t.count - j, t.y + j});
}
