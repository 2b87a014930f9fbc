// What the machine can do when nothing stands in the way: the 100 per cent of the benchmark. Compiled by
// peak.ts.
//   peak <avx512|avx2|neon> <threads> <milliseconds>: GFLOP/s of fused multiply-adds over all threads, by
//   independent
//     chains in registers, enough of them to hide the latency.
//   peak copy <threads> <milliseconds> <bytes>: GB/s, read and written, of copying one half of so many bytes
//   over the
//     other, each thread its share.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// Chains of acc = acc * scale + step, which converge and so neither overflow nor become subnormal. Single
// variables and not an array: g++ 12 would put an array on the stack. KEEP hides a value from the compiler,
// which would otherwise see twelve equal chains and compute one.
#define STEP(v)         \
  v = v * scale + step; \
  KEEP(v);
#define FMA_CHAINS(NAME, TARGET, BYTES)                                                               \
  TARGET float NAME(long rounds) {                                                                    \
    typedef float Vector __attribute__((vector_size(BYTES)));                                         \
    const Vector scale = Vector{} + 0.5f, step = Vector{} + 1.0f;                                     \
    Vector a = step, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;     \
    for (long round = 0; round < rounds; ++round) {                                                   \
      STEP(a) STEP(b) STEP(c) STEP(d) STEP(e) STEP(f) STEP(g) STEP(h) STEP(i) STEP(j) STEP(k) STEP(l) \
    }                                                                                                 \
    const Vector sum = a + b + c + d + e + f + g + h + i + j + k + l;                                 \
    return sum[0];                                                                                    \
  }

constexpr long chains = 12;

#if defined(__x86_64__)
#define KEEP(v) asm volatile("" : "+v"(v))
FMA_CHAINS(run_avx512, __attribute__((target("avx512f,fma"))), 64)
FMA_CHAINS(run_avx2, __attribute__((target("avx2,fma"))), 32)
#elif defined(__aarch64__)
#define KEEP(v) asm volatile("" : "+w"(v))
FMA_CHAINS(run_neon, , 16)
#endif

struct Probe {
  float (*run)(long);
  long lanes;
};

bool find_probe(const char* isa, Probe& probe) {
#if defined(__x86_64__)
  if (std::strcmp(isa, "avx512") == 0 && __builtin_cpu_supports("avx512f"))
    return probe = {run_avx512, 16}, true;
  if (std::strcmp(isa, "avx2") == 0 && __builtin_cpu_supports("avx2")) return probe = {run_avx2, 8}, true;
#elif defined(__aarch64__)
  if (std::strcmp(isa, "neon") == 0) return probe = {run_neon, 4}, true;
#endif
  return false;
}

// What `run` does in a second, `amount` a call, in the best slice of the time given: a disturbed slice says
// nothing about the processor.
template <typename Run>
double best_rate(Run run, double amount, double milliseconds) {
  const auto end = Clock::now() + std::chrono::duration<double, std::milli>(milliseconds);
  double best = 0;
  do {
    const auto start = Clock::now();
    run();
    best = std::max(best, amount / std::chrono::duration<double>(Clock::now() - start).count());
  } while (Clock::now() < end);
  return best;
}

double fma_rate(Probe probe, double milliseconds) {
  const long rounds = 200000;
  volatile float sink = 0;
  return best_rate([&] { sink = probe.run(rounds); }, 2.0 * rounds * chains * probe.lanes, milliseconds);
}

double copy_rate(std::size_t bytes, double milliseconds) {
  const std::size_t half = std::max<std::size_t>(bytes / 2, 64);
  const std::size_t passes =
      std::max<std::size_t>(1, (std::size_t{1} << 20) / half);  // long enough for the clock
  std::vector<char> from(half, 1), to(half, 2);
  const auto copy = [&] {
    for (std::size_t pass = 0; pass < passes; ++pass) {
      std::memcpy(to.data(), from.data(), half);
      asm volatile("" : : "r"(to.data()), "r"(from.data()) : "memory");
    }
  };
  return best_rate(copy, 2.0 * half * passes, milliseconds);
}

// The sum of the rates of so many threads at once.
template <typename Rate>
double sum_over_threads(int threads, Rate rate) {
  std::vector<double> rates(threads);
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back([&, t] { rates[t] = rate(); });
  rates[0] = rate();
  for (auto& other : others) other.join();
  double total = 0;
  for (const double value : rates) total += value;
  return total;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 1;
  const int threads = std::max(1, std::atoi(argv[2]));
  const double milliseconds = std::atof(argv[3]);
  double rate = 0;
  if (std::strcmp(argv[1], "copy") == 0) {
    if (argc != 5) return 1;
    const std::size_t share = std::strtoull(argv[4], nullptr, 10) / threads;
    rate = sum_over_threads(threads, [&] { return copy_rate(share, milliseconds); });
  } else {
    Probe probe{};
    if (argc != 4 || !find_probe(argv[1], probe)) return 1;
    rate = sum_over_threads(threads, [&] { return fma_rate(probe, milliseconds); });
  }
  std::printf("%.2f\n", rate * 1e-9);
}
