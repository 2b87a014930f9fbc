// A convolution's weights as a matrix [channels of a group][K], K in the contract's order (ic, kd, kh, kw).
// Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include "base/table.h"
#include "conv/algorithm.h"
#include "conv/unit_stride.h"
#include "gemm/pack.h"

namespace native_conv {

// Taps of one output: in_per_group · kernel volume.
inline std::int64_t conv_depth(const Geometry& g) { return g.in_per_group() * volume(g.kernel); }

// Calls body(tap) with where each tap k of an output channel's filter lies in the raw weight, K in order.
template <class Body>
void for_each_weight_tap(const Geometry& g, const FilterOrder& filters, Body&& body) {
  Checkpoint checkpoint;
  for (std::int64_t i = 0; i < g.in_per_group(); ++i) {
    for_each_tap(g.kernel, [&](const Triple& tap) {
      checkpoint.pass();
      body(i * filters.in + offset_of(tap, filters.tap));
    });
  }
}

// All of them.
inline Table<std::int64_t> weight_taps(const Geometry& g, const FilterOrder& filters) {
  Table<std::int64_t> taps;
  taps.reserve(static_cast<std::size_t>(conv_depth(g)));
  for_each_weight_tap(g, filters, [&](std::int64_t tap) { taps.push_back(tap); });
  return taps;
}

// All groups' panels, group after group.
template <class T>
const T* pack_conv_weights(const Geometry& g, const FilterOrder& filters, const Buffers<T>& buffers,
                           const PackedPanels<T>& panels, Scratch slot = Scratch::weights) {
  const PackKey key = {static_cast<std::int64_t>(PackForm::gemm), static_cast<std::int64_t>(panels.family),
                       panels.most};
  return packed_weights<T>(
      buffers.cache, key, g.groups * panels.length(),
      [&](T* to) {
        PackedTaps taps(panels.depth, [&](std::int64_t begin, std::int64_t end, const std::int64_t* piece) {
          for (std::int64_t group = 0; group < g.groups; ++group) {
            panels.pack(begin, end, to + group * panels.length(), buffers.weight + group * filters.group,
                        filters.out, piece);
          }
        });
        for_each_weight_tap(g, filters, [&](std::int64_t tap) { taps.add(tap); });
        taps.end();
      },
      slot);
}

}  // namespace native_conv
