// Memory that runs out: every allocation of a run fails once, on its own and with all that follow; the run
// then throws std::bad_alloc and nothing else, and the next one gives the right bits. Layer: test.
// SPDX-License-Identifier: MIT
#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <thread>

#include "conv_cases.h"

namespace native_conv::test {
namespace {

enum class Shortage { none, once, lasting };
std::atomic<std::int64_t> left{0};  // allocations until it begins
std::atomic<Shortage> shortage{Shortage::none};

bool fails() {
  const Shortage kind = shortage.load(std::memory_order_relaxed);
  if (kind == Shortage::none) return false;
  const std::int64_t before = left.fetch_sub(1, std::memory_order_relaxed);
  return kind == Shortage::once ? before == 0 : before <= 0;
}

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (fails()) throw std::bad_alloc();
  void* data = nullptr;
  if (posix_memalign(&data, std::max(alignment, sizeof(void*)), std::max<std::size_t>(bytes, 1)) != 0)
    throw std::bad_alloc();
  return data;
}

}  // namespace
}  // namespace native_conv::test

// g++ takes them for mismatched where it inlines one of a pair.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t bytes) {
  return native_conv::test::allocate(bytes, alignof(std::max_align_t));
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return native_conv::test::allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return operator new(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* data) noexcept { std::free(data); }
void operator delete[](void* data) noexcept { std::free(data); }
void operator delete(void* data, std::size_t) noexcept { std::free(data); }
void operator delete[](void* data, std::size_t) noexcept { std::free(data); }
void operator delete(void* data, std::align_val_t) noexcept { std::free(data); }
void operator delete(void* data, std::size_t, std::align_val_t) noexcept { std::free(data); }

namespace native_conv::test {
namespace {

enum class Outcome { done, no_memory, other };

// Runs `body` on a thread that has no scratch yet, where the shortage begins after `count` allocations.
// Returns its outcome, and whether any allocation failed.
template <class Body>
std::pair<Outcome, bool> run_short(Shortage kind, std::int64_t count, Body&& body) {
  Outcome outcome = Outcome::other;
  std::thread([&] {
    left = count;
    shortage = kind;
    try {
      body();
      outcome = Outcome::done;
    } catch (const std::bad_alloc&) {
      outcome = Outcome::no_memory;
    } catch (...) {
    }
    shortage = Shortage::none;
  }).join();
  return {outcome, left < 0};
}

// Every allocation of a run fails in turn. Returns how many there are.
template <class Body>
std::int64_t fail_each(Body&& body) {
  for (std::int64_t count = 0;; ++count) {
    CAPTURE(count);
    for (Shortage kind : {Shortage::once, Shortage::lasting}) {
      const auto [outcome, failed] = run_short(kind, count, body);
      if (!failed) {
        CHECK(outcome == Outcome::done);
        return count;
      }
      CHECK(outcome == Outcome::no_memory);
    }
  }
}

std::vector<Geometry> geometries(const Shape& shape) {
  std::vector<Geometry> all;
  for (Kind kind : {Kind::conv, Kind::conv_transpose, Kind::conv_weight_grad, Kind::im2col, Kind::col2im}) {
    for (int id = 0; id < static_cast<int>(AlgorithmId::count); ++id) {
      GeometryBuilder builder = shape.builder().choose("kind", kind).set("algorithm", id);
      try {
        make_plan(builder.build());
      } catch (const Error&) {
        continue;
      }
      all.push_back(builder.build());
    }
  }
  return all;
}

TEST_SUITE("memory") {
  TEST_CASE("an allocation that fails is std::bad_alloc, and the next run gives the right bits") {
    std::int64_t allocations = 0;
    for (const std::size_t index : {0u, 3u, 11u}) {
      const Shape& shape = shapes()[index];
      CAPTURE(std::string(shape.name));
      for (const Geometry& g : geometries(shape)) {
        CAPTURE(static_cast<int>(g.kind));
        CAPTURE(std::string(algorithm_name(g.algorithm)));
        Numbers numbers(1);
        const Operands<float> operands(numbers, g, true, false);
        const auto expected =
            operands.run(nullptr, [&](const Buffers<float>& b) { run_stage(g, b, on_threads(2)); });
        // What stays from a run that failed: the caches, and here the packed weights.
        const bool packs = g.kind != Kind::im2col && g.kind != Kind::col2im;
        const auto cache = packs ? operands.cache() : nullptr;
        for (WeightCache* weights : {static_cast<WeightCache*>(nullptr), cache.get()}) {
          operands.run(weights, [&](const Buffers<float>& b) {
            allocations += fail_each([&] { run_stage(g, b, on_threads(2)); });
          });
          const auto after =
              operands.run(weights, [&](const Buffers<float>& b) { run_stage(g, b, on_threads(2)); });
          check_same_bits(after.data(), expected.data(), expected.size());
        }
      }
    }
    MESSAGE(allocations << " allocations failed, each in two ways");
    CHECK(allocations > 100);
  }

  TEST_CASE("a thread of the pool that finds no memory tells the caller") {
    const std::thread::id caller = std::this_thread::get_id();
    for (int round = 0; round < 20; ++round) {
      std::atomic<bool> helped{false};
      const auto task = [&](std::int64_t) {
        if (std::this_thread::get_id() != caller) {
          helped = true;
          throw std::bad_alloc();
        }
        while (!helped) std::this_thread::yield();
      };
      CHECK_THROWS_AS(parallel_for(on_threads(2), 2, task), std::bad_alloc);
    }
    std::atomic<int> sum{0};
    parallel_for(on_threads(2), 100, [&](std::int64_t i) { sum += static_cast<int>(i); });
    CHECK(sum == 4950);
  }
}

}  // namespace
}  // namespace native_conv::test
