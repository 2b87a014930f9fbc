// A GEMM tile of any depth: a deep one in stretches, whose accumulators wait in c, so that an abort is seen
// between two of them. Layer: gemm. SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/thread_pool.h"
#include "gemm/pack.h"
#include "kernels/kernels.h"

namespace native_conv {

// Of a stretch; with the largest tile a fraction of a millisecond.
constexpr std::int64_t most_stretch = 1 << 15;

// Whether a product is made in more than one stretch; such a tile has no `kept` columns.
constexpr bool is_deep(std::int64_t depth) { return depth > most_stretch; }

// Runs the kernel of `family`, panel or patch. Tiles that take about a microsecond or more look at whether to
// stop; what runs many smaller ones looks itself.
template <class T>
void run_tile(const Kernel<void(const GemmTile<T>&)>& kernel, Family family, const GemmTile<T>& tile) {
  constexpr std::int64_t least_looking = 256;
  if (tile.depth >= least_looking) stop_if_cancelled();
  if (!is_deep(tile.depth)) return kernel.run(tile);
  GemmTile<T> stretch = tile;
  for (std::int64_t left = tile.depth; left > 0; left -= stretch.depth) {
    stop_if_cancelled();
    stretch.depth = std::min(left, most_stretch);
    const bool last = stretch.depth == left;
    stretch.finish = last ? tile.finish : nullptr;
    stretch.residual = last ? tile.residual : nullptr;
    kernel.run(stretch);
    stretch.accumulate = true;
    stretch.offsets += stretch.depth;
    if (family == Family::patch) {
      stretch.b += stretch.depth * stretch.b_row;
    } else {
      stretch.a += stretch.depth * stretch.rows;
    }
  }
}

}  // namespace native_conv
