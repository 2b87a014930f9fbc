// gemm_panel, gemm_patch and chain of every ISA against scalar loops, bit for bit: every tile size up to the
// kernel's, every epilogue, junk columns, operands that end at unmapped memory. Layer: test.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <memory>

#include "support.h"

namespace native_conv::test {
namespace {

const std::vector<std::int64_t> depths = {1, 2, 5, 19};

// Offsets of `depth` runs of `columns` elements in arbitrary order, the last possible one among them.
std::vector<std::int32_t> shuffled_offsets(Numbers& numbers, std::int64_t depth, int spread) {
  std::vector<std::int32_t> offsets;
  for (std::int64_t k = 0; k < depth; ++k) offsets.push_back(numbers.integer(0, spread));
  offsets[static_cast<std::size_t>(numbers.integer(0, static_cast<int>(depth) - 1))] = spread;
  return offsets;
}

// What both kernels' tests vary beside the tile: chosen by a counter, so that all values meet all tile sizes
// over the run without the full product.
struct Variation {
  explicit Variation(int counter)
      : finish(counter % 8),
        accumulate(counter / 2 % 2 == 1),
        junk(counter / 4 % 2 == 1),
        residual(counter % 3 == 1),
        gap(counter % 5) {}
  int finish;
  bool accumulate, junk, residual;
  int gap;  // elements between the rows of c that must stay as they are
};

template <class T>
struct Output {
  Output(Numbers& numbers, int rows, int columns, int gap)
      : pitch(columns + gap),
        c(static_cast<std::size_t>((rows - 1) * pitch + columns)),
        residual(c.size()),
        expected(c.size()) {
    numbers.fill(c);
    numbers.fill(residual);
    residual.freeze();
    std::copy(c.begin(), c.end(), expected.begin());
  }

  GemmTile<T> tile(int rows, int columns, bool accumulate, const Finish<T>* finish, const T* addend,
                   std::int64_t channel) {
    GemmTile<T> tile{};
    tile.rows = rows;
    tile.columns = columns;
    tile.c = c.data();
    tile.c_row = pitch;
    tile.accumulate = accumulate;
    tile.finish = finish;
    tile.residual = addend;
    tile.channel = channel;
    return tile;
  }

  std::int64_t pitch;
  Guarded<T> c, residual;
  std::vector<T> expected;
};

// A bit for each of `columns` columns, a few of them cleared, never all.
std::uint64_t some_columns(Numbers& numbers, int columns) {
  std::uint64_t kept = 0;
  for (int j = 0; j < columns; ++j) kept |= std::uint64_t{numbers.integer(0, 7) != 0} << j;
  return kept ? kept : 1;
}

template <class T>
void check_panel(const KernelRow& row, void (*kernel)(const GemmTile<T>&)) {
  Numbers numbers(1);
  constexpr int first_channel = 3;
  int counter = 0;
  for (int rows = 1; rows <= row.rows; ++rows) {
    for (int columns = 1; columns <= panel_columns(kernels_for<T>(row.isa), rows); ++columns) {
      const std::int64_t depth = depths[static_cast<std::size_t>(counter) % depths.size()];
      const Variation variation(counter++);
      CAPTURE(rows);
      CAPTURE(columns);
      CAPTURE(depth);
      Finishes<T> finishes(numbers, first_channel + rows);
      const std::vector<std::int32_t> offsets = shuffled_offsets(numbers, depth, 70);
      Guarded<T> a(static_cast<std::size_t>(depth * rows)), b(static_cast<std::size_t>(70 + columns));
      numbers.fill(a);
      numbers.fill(b);
      a.freeze();
      b.freeze();
      Output<T> out(numbers, rows, columns, variation.gap);
      const Finish<T>* finish = finishes.get(variation.finish);
      const T* residual = finish && variation.residual ? out.residual.data() : nullptr;
      const bool accumulate = variation.accumulate && !variation.junk;
      const std::uint64_t kept = variation.junk ? some_columns(numbers, columns) : 0;
      for (int r = 0; r < rows; ++r) {
        auto at = static_cast<std::size_t>(r * out.pitch);
        for (int j = 0; j < columns; ++j) {
          if (kept && !(kept >> j & 1)) continue;
          T acc = accumulate ? out.expected[at] : T(0);
          for (std::int64_t k = 0; k < depth; ++k) acc = std::fma(a[k * rows + r], b[offsets[k] + j], acc);
          out.expected[at] = finished(acc, finish, first_channel + r, residual ? residual + at : nullptr);
          ++at;
        }
      }
      GemmTile<T> tile = out.tile(rows, columns, accumulate, finish, residual, first_channel);
      tile.kept = kept;
      tile.a = a.data();
      tile.b = b.data();
      tile.offsets = offsets.data();
      tile.depth = depth;
      kernel(tile);
      check_same_bits(out.c.data(), out.expected.data(), out.c.size());
    }
  }
}

// The pixels of a patch tile, each readable at offsets up to `spread`.
constexpr int spread = 40;
template <class T>
struct PatchRows {
  std::vector<std::unique_ptr<Guarded<T>>> memory;
  std::vector<const T*> rows;

  Guarded<T>& add(Numbers& numbers, int size) {
    memory.push_back(std::make_unique<Guarded<T>>(static_cast<std::size_t>(size)));
    numbers.fill(*memory.back());
    memory.back()->freeze();
    return *memory.back();
  }
};

// Rows that have nothing to do with each other.
template <class T>
PatchRows<T> scattered_rows(Numbers& numbers, int count) {
  PatchRows<T> patch;
  for (int r = 0; r < count; ++r) patch.rows.push_back(patch.add(numbers, spread + 1).data());
  return patch;
}

// `first` rows `step` apart, then the others in a run of their own.
template <class T>
PatchRows<T> rows_in_runs(Numbers& numbers, int count, int first, int step) {
  PatchRows<T> patch;
  for (const int size : {first, count - first}) {
    if (size == 0) continue;
    const T* x = patch.add(numbers, (size - 1) * step + spread + 1).data();
    for (int r = 0; r < size; ++r) patch.rows.push_back(x + r * step);
  }
  return patch;
}

template <class T>
void check_patch_tile(const KernelRow& row, void (*kernel)(const GemmTile<T>&), Numbers& numbers,
                      const PatchRows<T>& patch, int columns, int counter) {
  constexpr int first_channel = 5;
  const auto& a_rows = patch.rows;
  const int rows = static_cast<int>(a_rows.size());
  const std::int64_t depth = depths[static_cast<std::size_t>(counter) % depths.size()];
  const Variation variation(counter);
  CAPTURE(rows);
  CAPTURE(columns);
  CAPTURE(depth);
  Finishes<T> finishes(numbers, first_channel + columns);
  const std::vector<std::int32_t> offsets = shuffled_offsets(numbers, depth, spread);
  Guarded<T> b(static_cast<std::size_t>(depth * row.columns));
  std::fill(b.begin(), b.end(), T(0));
  for (std::int64_t k = 0; k < depth; ++k) {
    numbers.fill(b.data() + k * row.columns, static_cast<std::size_t>(columns));
  }
  b.freeze();
  Output<T> out(numbers, rows, columns, variation.gap);
  const Finish<T>* finish = finishes.get(variation.finish);
  const T* residual = finish && variation.residual ? out.residual.data() : nullptr;
  for (int r = 0; r < rows; ++r) {
    for (int j = 0; j < columns; ++j) {
      const auto at = static_cast<std::size_t>(r * out.pitch + j);
      T acc = variation.accumulate ? out.expected[at] : T(0);
      for (std::int64_t k = 0; k < depth; ++k) {
        acc = std::fma(a_rows[static_cast<std::size_t>(r)][offsets[k]], b[k * row.columns + j], acc);
      }
      out.expected[at] = finished(acc, finish, first_channel + j, residual ? residual + at : nullptr);
    }
  }
  GemmTile<T> tile = out.tile(rows, columns, variation.accumulate, finish, residual, first_channel);
  tile.a_rows = a_rows.data();
  tile.b = b.data();
  tile.b_row = row.columns;
  tile.offsets = offsets.data();
  tile.depth = depth;
  kernel(tile);
  check_same_bits(out.c.data(), out.expected.data(), out.c.size());
}

template <class T>
void check_patch(const KernelRow& row, void (*kernel)(const GemmTile<T>&)) {
  Numbers numbers(2);
  int counter = 0;
  for (int rows = 1; rows <= row.rows; ++rows) {
    for (int columns = 1; columns <= row.columns; ++columns) {
      check_patch_tile<T>(row, kernel, numbers, scattered_rows<T>(numbers, rows), columns, counter++);
    }
  }
  for (const int step : {1, 2, 3}) {
    for (int first = 1; first <= row.rows; ++first) {
      CAPTURE(step);
      CAPTURE(first);
      // Twice the variations' period over all, so that each run meets epilogues of different kinds.
      for (int repeat = 0; repeat < 3; ++repeat) {
        const PatchRows<T> runs = rows_in_runs<T>(numbers, row.rows, first, step);
        check_patch_tile<T>(row, kernel, numbers, runs, row.columns, counter++);
      }
    }
  }
}

template <class T>
void check_chain(const KernelRow&, T (*kernel)(const Chain<T>&)) {
  Numbers numbers(3);
  for (std::int64_t count : {0, 1, 2, 7, 33}) {
    CAPTURE(count);
    Guarded<T> x(50), w(50);
    Guarded<std::int64_t> x_at(static_cast<std::size_t>(count)), w_at(static_cast<std::size_t>(count));
    numbers.fill(x);
    numbers.fill(w);
    for (std::int64_t& at : x_at) at = numbers.integer(0, 49);
    for (std::int64_t& at : w_at) at = numbers.integer(0, 49);
    const T start = count % 2 == 0 ? T(0) : x[7];
    T expected = start;
    for (std::int64_t i = 0; i < count; ++i) expected = std::fma(x[x_at[i]], w[w_at[i]], expected);
    Chain<T> chain{};
    chain.start = start;
    chain.x = x.data();
    chain.x_at = x_at.data();
    chain.w = w.data();
    chain.w_at = w_at.data();
    chain.count = count;
    const T actual = kernel(chain);
    check_same_bits(&actual, &expected, 1);
  }
}

// Infinity and NaN are data: they pass through the products and every epilogue.
template <class T>
void check_specials(const KernelRow&, void (*kernel)(const GemmTile<T>&)) {
  const T infinity = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> specials = {infinity, -infinity, nan, T(0), T(1), std::numeric_limits<T>::max()};
  const std::int32_t offset = 0;
  Numbers numbers(4);
  Finishes<T> finishes(numbers, 1);
  for (T a : {T(2), T(-2), T(0)}) {
    for (T special : specials) {
      for (int which = 0; which < Finishes<T>::count; ++which) {
        CAPTURE(which);
        CAPTURE(special);
        const Finish<T>* finish = finishes.get(which);
        Output<T> out(numbers, 1, 1, 0);
        GemmTile<T> tile = out.tile(1, 1, false, finish, nullptr, 0);
        tile.a = &a;
        tile.b = &special;
        tile.offsets = &offset;
        tile.depth = 1;
        kernel(tile);
        const T expected = finished(std::fma(a, special, T(0)), finish, 0, static_cast<T*>(nullptr));
        check_same_bits(out.c.data(), &expected, 1);
      }
    }
  }
}

TEST_SUITE("kernels") {
  TEST_CASE("gemm_panel_f32") { for_each_kernel<gemm_panel_f32>("gemm_panel_f32", check_panel<float>); }
  TEST_CASE("gemm_panel_f64") { for_each_kernel<gemm_panel_f64>("gemm_panel_f64", check_panel<double>); }
  TEST_CASE("gemm_patch_f32") { for_each_kernel<gemm_patch_f32>("gemm_patch_f32", check_patch<float>); }
  TEST_CASE("gemm_patch_f64") { for_each_kernel<gemm_patch_f64>("gemm_patch_f64", check_patch<double>); }
  TEST_CASE("chain_f32") { for_each_kernel<chain_f32>("chain_f32", check_chain<float>); }
  TEST_CASE("chain_f64") { for_each_kernel<chain_f64>("chain_f64", check_chain<double>); }
  TEST_CASE("infinity and NaN, float32") {
    for_each_kernel<gemm_panel_f32>("gemm_panel_f32", check_specials<float>);
  }
  TEST_CASE("infinity and NaN, float64") {
    for_each_kernel<gemm_panel_f64>("gemm_panel_f64", check_specials<double>);
  }
}

}  // namespace
}  // namespace native_conv::test
