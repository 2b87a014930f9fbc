// The phases of a transposed convolution's rows, swept together: every tile is computed once for each
// remainder of the column modulo the stride, and what lies side by side in the output is stored side by side.
// Channels first. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "conv/geometry.h"
#include "gemm/pack.h"
#include "kernels/kernels.h"

namespace native_conv {

// What the outputs of one remainder read.
template <class T>
struct ColumnPhase {
  const T* x;                   // what the first position reads at offset 0
  const std::int32_t* offsets;  // [panels->depth]
  const PackedPanels<T>* panels;
  const T* weights;  // packed by *panels
};

template <class T>
struct InterleavedSweep {
  // All with the same channels and the same family.
  std::vector<ColumnPhase<T>> phases;
  // Positions, each of one output of every phase. strip reads whole vectors of the last axis.
  Triple counts;
  Triple x_step;       // elements from one position to the next; strip: x_step[2] is 1
  std::int64_t width;  // outputs of a row: counts[2] · phases, or fewer where the last are not wanted
  T* y;
  std::int64_t y_depth, y_height, y_channel;  // elements from one row of outputs to the next
  const T* residual;                          // null, or addressed as y
  const Finish<T>* finish;
  std::int64_t channel;  // of the first output channel, in bias and slope
};

// Writes all outputs, on up to control.threads threads.
template <class T>
void run_interleaved(const InterleavedSweep<T>& sweep, const RunControl& control);

// Writes those of the blocks [begin, end) of channels, on this thread.
template <class T>
void run_interleaved_blocks(const InterleavedSweep<T>& sweep, std::int64_t begin, std::int64_t end);

// The family for interleaved rows of `width` positions with `depth` taps each, in an input of `length`
// elements.
template <class T>
Family choose_interleaved_family(std::int64_t channels, std::int64_t depth, std::int64_t width,
                                 std::int64_t length);

// Bytes of scratch that a thread needs, at most, for `phases` interleaved rows at `positions`, which together
// have panels->depth taps.
template <class T>
std::int64_t interleaved_scratch_bytes(const PackedPanels<T>& panels, std::int64_t phases,
                                       std::int64_t positions);

}  // namespace native_conv
