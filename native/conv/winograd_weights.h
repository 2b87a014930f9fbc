// Weights in the Winograd domain, as the products read them in order: [group][block of output
// channels][point][channel][winograd_channels]. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include "base/prefetch.h"
#include "conv/algorithm.h"
#include "conv/unit_stride.h"
#include "conv/winograd_blocks.h"

namespace native_conv {

inline std::int64_t winograd_channel_blocks(const Geometry& g) {
  return (g.out_per_group() + winograd_channels - 1) / winograd_channels;
}

// Elements of a block of output channels from one point to the next: a cache line more than the data, so that
// what is written for all points of a channel lies in different sets of the cache.
inline std::int64_t winograd_weight_point(const WinogradGrid& grid) {
  return (grid.depth + 1) * winograd_channels;
}

// Elements of one block of output channels.
inline std::int64_t winograd_weight_block(const WinogradGrid& grid) {
  return grid.tile.points() * winograd_weight_point(grid);
}

// The taps of one input channel and depth, the first of which is at `plane`, of `count` output channels.
template <class T>
void gather_taps(const ForwardFilters<T>& filters, const T* plane, int count, const Triple& kernel,
                 T (&taps)[9][winograd_channels]) {
  const std::int64_t area = kernel[1] * kernel[2], step = filters.tap[2];
  if (filters.tap[1] == kernel[2] * step && (step == 1 || step == -1)) {
    // In the order of memory, from either end.
    const T* first = step == 1 ? plane : plane - (area - 1);
    kernels<T>().transpose.run(
        {first, filters.out, count, area, taps[step == 1 ? 0 : area - 1], step * winograd_channels});
    return;
  }
  for (int r = 0; r < count; ++r) {
    for_each_tap({1, kernel[1], kernel[2]}, [&](const Triple& tap) {
      taps[tap[1] * kernel[2] + tap[2]][r] = plane[r * filters.out + offset_of(tap, filters.tap)];
    });
  }
}

// Asks for the taps that are met some input channels after those at `plane`, which no processor foresees: of
// a gradient each channel's are one run, pages away from the last; forward they are a stream for each output
// channel. Always inline, as prefetch_rows.
template <class T>
NATIVE_CONV_INLINE void expect_taps(const ForwardFilters<T>& filters, const T* plane, int count,
                                    std::int64_t area) {
  if (filters.out == area) {
    const T* run = plane + 2 * filters.in;
    prefetch_rows(filters.tap[2] < 0 ? run - (area - 1) : run, 1, 0, count * area);
  } else if (filters.in == area) {
    prefetch_rows(plane + 16 * filters.in, count, filters.out, 1);
  }
}

// One block of output channels of `g`, the convolution that runs; `index` counts those of all groups.
template <class T>
void transform_weight_block(const Geometry& g, const WinogradGrid& grid, const ForwardFilters<T>& filters,
                            std::int64_t index, T* u) {
  const std::int64_t blocks = winograd_channel_blocks(g), first = index % blocks * winograd_channels;
  const auto count = static_cast<int>(std::min<std::int64_t>(winograd_channels, g.out_per_group() - first));
  const T* from = filters.first + index / blocks * filters.group + first * filters.out;
  T taps[9][winograd_channels] = {};
  for (std::int64_t i = 0; i < g.in_per_group(); ++i) {
    for (std::int64_t d = 0; d < g.kernel[0]; ++d, u += winograd_channels) {
      const T* plane = from + i * filters.in + d * filters.tap[0];
      expect_taps(filters, plane, count, g.kernel[1] * g.kernel[2]);
      gather_taps(filters, plane, count, g.kernel, taps);
      kernels<T>().winograd_weights.run({grid.form, taps[0], u, winograd_weight_point(grid)});
    }
  }
}

// All blocks.
template <class T>
const T* winograd_packed_weights(const Geometry& g, const WinogradGrid& grid,
                                 const ForwardFilters<T>& filters, WeightCache* cache,
                                 const RunControl& control) {
  const PackKey key = {static_cast<std::int64_t>(PackForm::winograd), static_cast<std::int64_t>(grid.form)};
  const std::int64_t blocks = g.groups * winograd_channel_blocks(g), block = winograd_weight_block(grid);
  return packed_weights<T>(cache, key, blocks * block, [&](T* to) {
    parallel_for(control, blocks, [&](std::int64_t index) {
      transform_weight_block(g, grid, filters, index, to + index * block);
    });
  });
}

}  // namespace native_conv
