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

// Calls body(share) for shares that cover blocks × units.
template <class Body>
void for_each_share(const RunControl& control, std::int64_t blocks, std::int64_t units, Body&& body) {
  // Tasks per thread: enough to even out a slow thread, few enough to keep a block's weights in cache. A run
  // that may be cancelled looks at the flag between tasks, so it has some even on one thread.
  constexpr std::int64_t tasks_per_thread = 4, least_cancellable_tasks = 64;
  const std::int64_t tasks = control.threads > 1 ? control.threads * tasks_per_thread : 1;
  const std::int64_t wanted = control.cancel ? std::max(tasks, least_cancellable_tasks) : tasks;
  const std::int64_t unit_parts = std::min(units, wanted);
  const std::int64_t block_parts = std::min(blocks, (wanted + unit_parts - 1) / unit_parts);
  const EvenSplit by_unit(units, (units + unit_parts - 1) / unit_parts);
  const EvenSplit by_block(blocks, (blocks + block_parts - 1) / block_parts);
  parallel_for(control, by_unit.parts * by_block.parts, [&](std::int64_t task) {
    const std::int64_t u = task % by_unit.parts, b = task / by_unit.parts;
    body(Share{by_block.begin(b), by_block.begin(b) + by_block.size(b), by_unit.begin(u),
               by_unit.begin(u) + by_unit.size(u)});
  });
}

}  // namespace native_conv
