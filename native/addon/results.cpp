// Layer: addon. SPDX-License-Identifier: MIT
#include "addon/results.h"

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "addon/backing_store.h"
#include "base/pages.h"

namespace native_conv {

using Account = std::shared_ptr<ResultAccount>;

namespace {

std::atomic<std::size_t> held{0};

struct Block {
  Block(std::size_t size, const Account& maker) : bytes(size), account(maker) { held += bytes; }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { free(); }
  void free() {
    if (data) unmap_block(data, bytes);
    data = nullptr;
    held -= bytes;
    bytes = 0;
  }

  std::size_t bytes;
  void* data = nullptr;
  Store store;      // of the result that lies in it
  Account account;  // where it is counted
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

}  // namespace

class ResultAccount {
 public:
  // On any thread.
  bool is_open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return open_;
  }
  void add_freed(Blocks& blocks) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (open_) freed_.splice(freed_.end(), blocks);
  }

  // On the environment's own.
  void expect(const Block& block) {
    if (counted_.count(&block) == 0) uncounted_.emplace(&block, block.bytes);
  }
  // V8 is told of all of them by one buffer, since it may mark for each.
  void count(napi_env env) {
    if (uncounted_.empty()) return;
    std::size_t bytes = 0;
    for (const auto& [block, size] : uncounted_) bytes += size;
    const napi_value buffer = count_memory(env, bytes);
    napi_ref reference = nullptr;
    if (!buffer || napi_create_reference(env, buffer, 1, &reference) != napi_ok) return;
    for (const auto& [block, size] : uncounted_) counted_.emplace(block, Counted{reference, size});
    uncounted_.clear();
  }
  void report_freed(napi_env env) {
    for (const Block& block : take_freed()) {
      uncounted_.erase(&block);
      const auto place = counted_.find(&block);
      if (place == counted_.end()) continue;
      const napi_ref buffer = place->second.buffer;
      counted_.erase(place);
      uncount(env, buffer);
    }
  }
  void close(napi_env env) {
    while (!counted_.empty()) uncount(env, counted_.begin()->second.buffer);
    uncounted_.clear();
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = false;
    freed_.clear();
  }

 private:
  struct Counted {
    napi_ref buffer;  // that nobody sees
    std::size_t bytes;
  };

  Blocks take_freed() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::move(freed_);
  }
  // Those that are left of the blocks that a buffer counts wait for the next one.
  void uncount(napi_env env, napi_ref reference) {
    for (auto each = counted_.begin(); each != counted_.end();) {
      const auto place = each++;
      if (place->second.buffer != reference) continue;
      uncounted_.emplace(place->first, place->second.bytes);
      counted_.erase(place);
    }
    const Napi::HandleScope scope(env);
    napi_value buffer = nullptr;
    if (napi_get_reference_value(env, reference, &buffer) == napi_ok && buffer)
      napi_detach_arraybuffer(env, buffer);
    napi_delete_reference(env, reference);
  }

  std::mutex mutex_;
  bool open_ = true;
  Blocks freed_;  // without memory
  // A block may be freed at any time, on another thread: it is known by its address here, and not looked
  // into.
  std::unordered_map<const Block*, std::size_t> uncounted_;
  std::unordered_map<const Block*, Counted> counted_;
};

namespace {

// Frees the blocks; what is left of each is its account's to let go of.
void discard(Blocks& blocks) {
  while (!blocks.empty()) {
    Blocks one;
    one.splice(one.end(), blocks, blocks.begin());
    const Account account = one.front().account;
    one.front().free();
    account->add_freed(one);
  }
}

struct Taken {
  ~Taken() { discard(blocks); }
  Blocks blocks;
};

class Results {
 public:
  // The block of a result that is no more, of a fitting size; else a new one without memory; none beyond the
  // bound.
  Blocks take(std::size_t bytes, const Account& account) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Blocks taken;
    auto best = blocks_.end();
    for (auto each = blocks_.begin(); each != blocks_.end(); ++each) {
      if (each->bytes < bytes || each->bytes - bytes > bytes / 4 || !is_unused(*each)) continue;
      if (best == blocks_.end() || each->bytes < best->bytes) best = each;
    }
    if (best != blocks_.end()) {
      taken.splice(taken.end(), blocks_, best);
    } else if (bytes <= kept_results() && held <= kept_results() - bytes) {
      taken.emplace_back(bytes, account);
    }
    return taken;
  }

  void keep(Blocks& taken) {
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

// Null where the block has no memory.
napi_value wrap_block(napi_env env, const Account& account, std::size_t bytes, Block& block) {
  if (!block.data) block.data = map_block(block.bytes);
  if (!block.data) return nullptr;
  if (!block.account->is_open()) block.account = account;
  if (block.account == account) account->expect(block);
  return wrap_memory(env, block.data, bytes, block.store);
}

}  // namespace

Account* open_account(napi_env env) {
  struct Owned {
    napi_env env;
    Account account;
  };
  auto owned = std::make_unique<Owned>(Owned{env, std::make_shared<ResultAccount>()});
  const auto close = [](void* data) {
    const std::unique_ptr<Owned> closing(static_cast<Owned*>(data));
    closing->account->close(closing->env);
  };
  if (napi_add_env_cleanup_hook(env, close, owned.get()) != napi_ok) throw Napi::Error::New(env);
  return &owned.release()->account;
}

napi_value make_result(napi_env env, const Account& account, std::size_t bytes) {
  napi_value buffer = nullptr;
  {
    Taken taken{results().take(bytes, account)};
    if (!taken.blocks.empty()) buffer = wrap_block(env, account, bytes, taken.blocks.front());
    if (buffer) results().keep(taken.blocks);
  }
  account->report_freed(env);
  return buffer;
}

// Outside of the lock, since unmapping takes time.
void free_unused_results() { Taken{results().take_unused()}; }

void count_results(napi_env env, ResultAccount& account) { account.count(env); }
void report_freed(napi_env env, ResultAccount& account) { account.report_freed(env); }

}  // namespace native_conv
