// Transposes bytes in squares of 16, by four rounds of interleaving rows with those half the square away.
// Layer: kernels. SPDX-License-Identifier: MIT

NATIVE_CONV_INLINE void transpose_square(const std::uint8_t* x, std::int64_t x_row, std::uint8_t* y,
                                         std::int64_t y_row) {
  __m128i a[16], b[16];
  NATIVE_CONV_UNROLL
  for (int i = 0; i < 16; ++i) a[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(x + i * x_row));
  NATIVE_CONV_UNROLL
  for (int round = 0; round < 4; ++round) {
    NATIVE_CONV_UNROLL
    for (int i = 0; i < 8; ++i) {
      b[2 * i] = _mm_unpacklo_epi8(a[i], a[i + 8]);
      b[2 * i + 1] = _mm_unpackhi_epi8(a[i], a[i + 8]);
    }
    NATIVE_CONV_UNROLL
    for (int i = 0; i < 16; ++i) a[i] = b[i];
  }
  NATIVE_CONV_UNROLL
  for (int i = 0; i < 16; ++i) _mm_storeu_si128(reinterpret_cast<__m128i*>(y + i * y_row), a[i]);
}

// Squares cover all but fewer than 16 columns or rows by overlapping the ones before.
inline void transpose_bytes(const ByteTranspose& t) {
  if (t.rows < 16 || t.columns < 16) {
    for (std::int64_t i = 0; i < t.rows; ++i) {
      for (std::int64_t j = 0; j < t.columns; ++j) t.y[j * t.y_row + i] = t.x[i * t.x_row + j];
    }
    return;
  }
  for (std::int64_t i = 0;; i = i + 32 <= t.rows ? i + 16 : t.rows - 16) {
    for (std::int64_t j = 0;; j = j + 32 <= t.columns ? j + 16 : t.columns - 16) {
      transpose_square(t.x + i * t.x_row + j, t.x_row, t.y + j * t.y_row + i, t.y_row);
      if (j + 16 == t.columns) break;
    }
    if (i + 16 == t.rows) break;
  }
}
