// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/results.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include "addon/backing_store.h"
#include "base/pages.h"

namespace native_conv {
namespace {

struct Free {
  void operator()(void* data) const { std::free(data); }
};
using Data = std::unique_ptr<void, Free>;

struct Block {
  Data data;
  std::size_t bytes = 0;
  Store store;  // of the result that lies in it
};

// V8 lets go of a store on threads of its own, when nothing of any thread can reach the buffer any more; from
// then on nobody can take another reference.
bool is_unused(const Block& block) {
  if (block.store.use_count() != 1) return false;
  std::atomic_thread_fence(std::memory_order_acquire);
  return true;
}

class Blocks {
 public:
  // Of a result that is no more: a block of a fitting size. Else an empty one, and room for it.
  bool take(std::size_t bytes, Block& block) {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto best = blocks_.end();
    for (auto each = blocks_.begin(); each != blocks_.end(); ++each) {
      if (each->bytes < bytes || each->bytes - bytes > bytes / 4 || !is_unused(*each)) continue;
      if (best == blocks_.end() || each->bytes < best->bytes) best = each;
    }
    if (best != blocks_.end()) {
      block = std::move(*best);
      blocks_.erase(best);
      return true;
    }
    if (bytes > most() - held_) return false;
    held_ += bytes;
    block.bytes = bytes;
    return true;
  }

  void put(Block&& block) {
    const std::lock_guard<std::mutex> lock(mutex_);
    blocks_.push_back(std::move(block));
  }

  void forget(std::size_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    held_ -= bytes;
  }

  // Freed outside of the lock, since unmapping takes time.
  std::vector<Block> take_unused() {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<Block> unused;
    const auto used =
        std::partition(blocks_.begin(), blocks_.end(), [](const Block& b) { return !is_unused(b); });
    std::move(used, blocks_.end(), std::back_inserter(unused));
    blocks_.erase(used, blocks_.end());
    for (const Block& block : unused) held_ -= block.bytes;
    return unused;
  }

 private:
  // Two or three calls' large operands and results: 128 MiB where the process may use 4 GiB or less, 896 from
  // 16 GiB on.
  static std::size_t most() { return 8 * (kept_block() - (std::size_t{16} << 20)); }

  std::mutex mutex_;
  std::vector<Block> blocks_;
  std::size_t held_ = 0;
};

// Never destroyed: threads of V8's may still let go of stores.
Blocks& blocks() {
  static auto& all = *new Blocks;
  return all;
}

}  // namespace

napi_value make_result(napi_env env, std::size_t bytes) {
  Block block;
  if (!blocks().take(bytes, block)) return nullptr;
  if (!block.data) block.data.reset(std::malloc(block.bytes));
  const napi_value buffer = block.data ? wrap_memory(env, block.data.get(), bytes, block.store) : nullptr;
  if (buffer) {
    blocks().put(std::move(block));
  } else {
    blocks().forget(block.bytes);
  }
  return buffer;
}

void free_unused_results() { blocks().take_unused(); }

}  // namespace native_conv
