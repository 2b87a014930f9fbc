// How a product's blocks of channels and tiles of positions are shared out among threads. Layer: conv.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/thread_pool.h"
#include "gemm/pack.h"

namespace native_conv {

struct Share {
  std::int64_t block_begin, block_end, unit_begin, unit_end;
};

// A product of blocks of channels, which read `weights` elements, and of units of positions, which read
// `inputs`.
struct SharedWork {
  std::int64_t blocks, units, weights, inputs;

  // Each share of the positions reads all weights, each share of the channels all of the input.
  bool by_blocks() const { return weights > inputs; }
};

// Calls body(share) for shares that cover blocks × units.
template <class Body>
void for_each_share(const RunControl& control, const SharedWork& work, Body&& body) {
  // Tasks per thread: enough to even out a slow thread, few enough to keep a block's weights in cache. A run
  // that may be cancelled looks at the flag between tasks, so it has some even on one thread.
  constexpr std::int64_t tasks_per_thread = 4, least_cancellable_tasks = 64;
  const std::int64_t tasks = control.threads > 1 ? control.threads * tasks_per_thread : 1;
  const std::int64_t wanted = control.cancel ? std::max(tasks, least_cancellable_tasks) : tasks;
  const auto parts_of = [&](std::int64_t all, std::int64_t others) {
    return std::min(all, (wanted + others - 1) / others);
  };
  std::int64_t block_parts = 1, unit_parts = 1;
  if (work.by_blocks()) {
    block_parts = parts_of(work.blocks, 1);
    unit_parts = parts_of(work.units, block_parts);
  } else {
    unit_parts = parts_of(work.units, 1);
    block_parts = parts_of(work.blocks, unit_parts);
  }
  // Each half, third or quarter of the tasks is as large as another, as far as can be.
  parallel_for(control, unit_parts * block_parts, [&](std::int64_t task) {
    const std::int64_t u = task % unit_parts, b = task / unit_parts;
    body(Share{work.blocks * b / block_parts, work.blocks * (b + 1) / block_parts,
               work.units * u / unit_parts, work.units * (u + 1) / unit_parts});
  });
}

}  // namespace native_conv
