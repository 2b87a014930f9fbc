// C = act(A·B + bias): a batch of row-major matrix products; either operand may be stored transposed.
// Layer: gemm. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

#include "base/thread_pool.h"
#include "kernels/kernels.h"

namespace native_conv {

template <class T>
struct Matmul {
  std::int64_t rows, columns, depth;
  bool transpose_a, transpose_b;  // a is [depth][rows], b is [columns][depth]
  std::array<std::int64_t, 3> batch, stride_a, stride_b;
  const T* a;
  const T* b;
  T* c;               // [batch][rows][columns]
  const T* residual;  // null, or as c
  Finish<T> finish;   // channels are columns
};

// k ascending in every element. Needs matmul_offset_reach() to fit 32 bits.
template <class T>
void run_matmul(const Matmul<T>& matmul, const RunControl& control);

// Bytes of scratch: panels of a stretch of B, of every thread where the batch's products run side by side.
template <class T>
std::int64_t matmul_workspace(std::int64_t products, std::int64_t columns, std::int64_t depth, int threads);

// How far the offsets of a stretch of A reach.
std::int64_t matmul_offset_reach(std::int64_t rows, std::int64_t depth, bool transpose_a);

}  // namespace native_conv
