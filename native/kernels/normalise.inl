// Bytes of one channel to floats, by a factor and a summand in double: bytes_<isa>.inl has the vectors.
// Contract in kernels/image.h. Included inside each ISA's region. Layer: kernels. SPDX-License-Identifier:
// MIT

template <class V>
void normalise(const Normalise& t) {
  const V vector(t.channels, t.channel);
  const std::int64_t step = std::int64_t{V::lanes} * t.channels, end = t.count * t.channels;
  std::int64_t j = 0;
  int phase = 0;
  const std::uint8_t* x = t.x;
  // What a vector reads beyond its own bytes must still be the row's.
  for (; (j + V::lanes) * t.channels + V::slack(t.channels) <= end; j += V::lanes, x += step) {
    vector.run(x, t.a + phase, t.b + phase, t.y + j);
    phase = phase + V::lanes == normalise_period ? 0 : phase + V::lanes;
  }
  for (; j < t.count; j += V::lanes, x += step) {
    std::uint8_t last[64] = {};
    float y[V::lanes];
    const auto count = static_cast<int>(t.count - j < V::lanes ? t.count - j : V::lanes);
    for (int i = 0; i < count * t.channels; ++i) last[i] = x[i];
    vector.run(last, t.a + phase, t.b + phase, y);
    for (int i = 0; i < count; ++i) t.y[j + i] = y[i];
    phase = phase + V::lanes == normalise_period ? 0 : phase + V::lanes;
  }
}
