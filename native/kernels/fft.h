// The contracts of the Fourier kernels. Every lane is a transform of its own: a channel. A complex point is
// two vectors, the real parts and behind them the imaginary parts. Transforms are in place and leave their
// points in another order, which products of spectra do not mind: decimation in frequency on the way there,
// its mirror image on the way back (Cooley & Tukey, Math. Comp. 19, 1965; Gentleman & Sande, AFIPS 1966).
// Layer: kernels. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace native_conv {

constexpr int fft_most_stages = 12;

// A transform of `points` = radix[0] · … · radix[stages - 1] points, each radix 2, 3, 4 or 5. Stage s works
// on blocks of n = points / (radix[0] · … · radix[s - 1]); its factors exp(-2πi·j·k / n) = re + i·im follow
// those of the stage before, for j < n / radix[s] and 1 <= k < radix[s]; the last stage's are all 1 and left
// out.
template <class T>
struct FftLength {
  int points, stages;
  int radix[fft_most_stages];
  const T* factors;  // re, im, re, im, …
};

// fft_lines: for l < lines, the points p_l[e], e < points, at z + l·line + e·step; each is 2·lanes elements.
// forward: p_l[place(f)] = Σ_e p_l[e]·exp(-2πi·e·f / points), where place(f) = f mod radix[0] blocks of
// points / radix[0], and within the block the place of f ÷ radix[0] in a transform of the other stages.
// inverse: p_l[e] = Σ_f p_l[place(f)]·exp(+2πi·e·f / points), undivided.
template <class T>
struct FftLines {
  T* z;
  std::int64_t step, line;
  int lines;
  const FftLength<T>* length;
  bool inverse;
};

// fft_columns: for c < columns, x_c = x + c·column with points `step` apart is transformed forward in place
// where `forward` is set; then y_c[e] = x_c[e] · k[c·k_column + e·k_step] (complex), and y_c is transformed
// back. x and y may be the same; else they do not overlap.
template <class T>
struct FftColumns {
  T* x;
  T* y;
  std::int64_t step, column;
  int columns;
  const T* k;
  std::int64_t k_step, k_column;
  const FftLength<T>* length;
  bool forward;
};

}  // namespace native_conv
