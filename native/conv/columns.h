// im2col and col2im (fold): columns [N, C·∏kernel, ∏output] of an image [N, C, *input] and back.
// Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include "conv/algorithm.h"

namespace native_conv {

template <class T>
void run_im2col(const Geometry& g, const T* image, T* columns, const RunControl& control);

// Each image element is the sum, from +0, of the columns that read it, (kd, kh, kw) ascending; then `finish`.
// Padding other than zeros has no fold, and is rejected by unpacking. `columns` holds the channels
// [channel, channel + channels) of image n only.
template <class T>
struct Fold {
  const Geometry& g;
  const T* columns;
  std::int64_t n, channel, channels;
  T* image;
  const T* residual;
  const Finish<T>* finish;
};
template <class T>
void run_fold(const Fold<T>& fold, const RunControl& control);

}  // namespace native_conv
