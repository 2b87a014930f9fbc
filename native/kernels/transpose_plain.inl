// Transposes bytes one by one. Layer: kernels. SPDX-License-Identifier: MIT

inline void transpose_bytes(const ByteTranspose& t) {
  for (std::int64_t i = 0; i < t.rows; ++i) {
    const std::uint8_t* x = t.x + i * t.x_row;
    for (std::int64_t j = 0; j < t.columns; ++j) t.y[j * t.y_row + i] = x[j];
  }
}
