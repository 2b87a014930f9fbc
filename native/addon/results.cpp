// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/results.h"

#include <atomic>
#include <cstdlib>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "addon/backing_store.h"
#include "base/pages.h"

namespace native_conv {
namespace {

struct Free {
  void operator()(void* data) const { std::free(data); }
};

std::atomic<std::size_t> held{0};

std::size_t most_held() { return 8 * (kept_block() - (std::size_t{16} << 20)); }

struct Block {
  explicit Block(std::size_t size) : bytes(size) { held += bytes; }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { held -= bytes; }

  std::size_t bytes;
  std::unique_ptr<void, Free> data;
  Store store;  // of the result that lies in it
};

// V8 lets go of a store on threads of its own, when nothing of any thread can reach the buffer any more; from
// then on nobody can take another reference.
bool is_unused(const Block& block) {
  if (block.store.use_count() != 1) return false;
  std::atomic_thread_fence(std::memory_order_acquire);
  return true;
}

// Lists, since a block of a result that is made must need no more memory to be kept.
using Blocks = std::list<Block>;

class Results {
 public:
  // The block of a result that is no more, of a fitting size; else a new one without memory; none beyond the
  // bound.
  Blocks take(std::size_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Blocks taken;
    auto best = blocks_.end();
    for (auto each = blocks_.begin(); each != blocks_.end(); ++each) {
      if (each->bytes < bytes || each->bytes - bytes > bytes / 4 || !is_unused(*each)) continue;
      if (best == blocks_.end() || each->bytes < best->bytes) best = each;
    }
    if (best != blocks_.end()) {
      taken.splice(taken.end(), blocks_, best);
    } else if (bytes <= most_held() && held <= most_held() - bytes) {
      taken.emplace_back(bytes);
    }
    return taken;
  }

  void keep(Blocks&& taken) {
    const std::lock_guard<std::mutex> lock(mutex_);
    blocks_.splice(blocks_.end(), taken);
  }

  Blocks take_unused() {
    const std::lock_guard<std::mutex> lock(mutex_);
    Blocks unused;
    for (auto each = blocks_.begin(); each != blocks_.end();) {
      const auto block = each++;
      if (is_unused(*block)) unused.splice(unused.end(), blocks_, block);
    }
    return unused;
  }

 private:
  std::mutex mutex_;
  Blocks blocks_;
};

// Never destroyed: threads of V8's may still let go of stores.
Results& results() {
  static auto& all = *new Results;
  return all;
}

}  // namespace

napi_value make_result(napi_env env, std::size_t bytes) {
  Blocks taken = results().take(bytes);
  if (taken.empty()) return nullptr;
  Block& block = taken.front();
  if (!block.data) block.data.reset(std::malloc(block.bytes));
  const napi_value buffer = block.data ? wrap_memory(env, block.data.get(), bytes, block.store) : nullptr;
  if (buffer) results().keep(std::move(taken));
  return buffer;
}

// Outside of the lock, since unmapping takes time.
void free_unused_results() { results().take_unused(); }

}  // namespace native_conv
