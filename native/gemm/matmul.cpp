// B's columns are packed into panels and A is read in place through an offset table (gemm_patch), so that a
// transposed A needs no copy. A deep product is made in stretches of its depth, whose accumulators wait in C.
// Layer: gemm. SPDX-License-Identifier: MIT
#include "gemm/matmul.h"

#include <algorithm>

#include "base/buffer.h"
#include "base/table.h"
#include "gemm/pack.h"

namespace native_conv {
namespace {

// Of a deeper product scratch stays small, and an abort is seen between two stretches.
constexpr std::int64_t most_depth = 4096;

EvenSplit stretches(std::int64_t depth) { return EvenSplit(depth, most_depth); }

// Enough products to give every thread its own; fewer are shared out by tiles.
bool side_by_side(std::int64_t products, int threads) { return products >= 2 * threads; }

template <class T>
class MatmulRunner {
 public:
  explicit MatmulRunner(const Matmul<T>& m)
      : m_(m),
        k_(kernels<T>()),
        stretches_(stretches(m.depth)),
        rows_(m.rows, k_.gemm_patch.rows),
        offsets_(static_cast<std::size_t>(stretches_.size(0))),
        taps_(offsets_.size()) {
    for (std::size_t k = 0; k < offsets_.size(); ++k) {
      const auto at = static_cast<std::int64_t>(k);
      offsets_[k] = static_cast<std::int32_t>(at * depth_step_a());
      taps_[k] = at * depth_step_b();
    }
  }

  void run(const RunControl& control) const {
    const std::int64_t products = m_.batch[0] * m_.batch[1] * m_.batch[2];
    if (side_by_side(products, control.threads)) {
      parallel_for(control, products, [&](std::int64_t p) { run_product(p, control.alone()); });
      return;
    }
    for (std::int64_t p = 0; p < products; ++p) run_product(p, control);
  }

 private:
  std::int64_t offset(std::int64_t product, const std::array<std::int64_t, 3>& stride) const {
    return product / (m_.batch[1] * m_.batch[2]) * stride[0] +
           product / m_.batch[2] % m_.batch[1] * stride[1] + product % m_.batch[2] * stride[2];
  }

  std::int64_t depth_step_a() const { return m_.transpose_a ? m_.rows : 1; }
  std::int64_t depth_step_b() const { return m_.transpose_b ? 1 : m_.columns; }

  void run_product(std::int64_t product, const RunControl& control) const {
    // Without depth there is still C to be finished.
    const std::int64_t count = std::max<std::int64_t>(1, stretches_.parts);
    for (std::int64_t s = 0; s < count; ++s) run_stretch(product, s, s + 1 == count, control);
  }

  // Packing is shared out in tasks that are worth it.
  static std::int64_t taps_of_a_task(const PackedPanels<T>& panels, int threads) {
    constexpr std::int64_t least_values = 1 << 14;
    const std::int64_t tasks =
        threads > 1 ? std::clamp<std::int64_t>(panels.length() / least_values, 1, 4 * threads) : 1;
    return std::max<std::int64_t>(1, (panels.depth + tasks - 1) / tasks);
  }

  void run_stretch(std::int64_t product, std::int64_t stretch, bool last, const RunControl& control) const {
    const T* from = m_.b + offset(product, m_.stride_b) + stretches_.begin(stretch) * depth_step_b();
    const PackedPanels<T> panels(Family::patch, m_.columns, stretches_.size(stretch), k_);
    T* packed = scratch<T>(Scratch::weights, panels.length());
    const EvenSplit by_taps(panels.depth, taps_of_a_task(panels, control.threads));
    parallel_for(control, by_taps.parts, [&](std::int64_t task) {
      const std::int64_t first = by_taps.begin(task);
      panels.pack(first, first + by_taps.size(task), packed, from, m_.transpose_b ? m_.depth : 1,
                  taps_.data() + first);
    });
    const std::int64_t blocks = panels.blocks().parts;
    const std::int64_t row_parts =
        std::min<std::int64_t>(rows_.parts, control.threads > 1 ? 4 * control.threads : 1);
    const EvenSplit by_rows(rows_.parts, (rows_.parts + row_parts - 1) / row_parts);
    parallel_for(control, blocks * by_rows.parts, [&](std::int64_t task) {
      const std::int64_t b = task / by_rows.parts, part = task % by_rows.parts;
      for (std::int64_t r = by_rows.begin(part); r < by_rows.begin(part) + by_rows.size(part); ++r) {
        run_tile(product, stretch, last, panels, packed, b, r);
      }
    });
  }

  void run_tile(std::int64_t product, std::int64_t stretch, bool last, const PackedPanels<T>& panels,
                const T* packed, std::int64_t b, std::int64_t r) const {
    constexpr int most_rows = 64;
    const T* rows[most_rows];
    const T* a = m_.a + offset(product, m_.stride_a) + stretches_.begin(stretch) * depth_step_a();
    const std::int64_t first = rows_.begin(r);
    GemmTile<T> t{};
    t.rows = static_cast<int>(rows_.size(r));
    for (int i = 0; i < t.rows; ++i) rows[i] = a + (first + i) * (m_.transpose_a ? 1 : m_.depth);
    t.a_rows = rows;
    t.offsets = offsets_.data();
    t.b = panels.block(packed, b);
    t.b_row = panels.most;
    t.depth = panels.depth;
    t.columns = static_cast<int>(panels.block_size(b));
    const std::int64_t at = (product * m_.rows + first) * m_.columns + panels.block_begin(b);
    t.c = m_.c + at;
    t.c_row = m_.columns;
    t.accumulate = stretch > 0;
    if (last) {
      t.finish = &m_.finish;
      t.residual = m_.residual ? m_.residual + at : nullptr;
    }
    t.channel = panels.block_begin(b);
    k_.gemm_patch.run(t);
  }

  const Matmul<T>& m_;
  const Kernels<T>& k_;
  const EvenSplit stretches_, rows_;
  Table<std::int32_t> offsets_;
  Table<std::int64_t> taps_;
};

}  // namespace

template <class T>
void run_matmul(const Matmul<T>& matmul, const RunControl& control) {
  if (matmul.rows == 0 || matmul.columns == 0) return;
  MatmulRunner<T>(matmul).run(control);
}

template <class T>
std::int64_t matmul_workspace(std::int64_t products, std::int64_t columns, std::int64_t depth, int threads) {
  const PackedPanels<T> panels(Family::patch, columns, stretches(depth).size(0), kernels<T>());
  return panels.length() * std::int64_t{sizeof(T)} * (side_by_side(products, threads) ? threads : 1);
}

std::int64_t matmul_offset_reach(std::int64_t rows, std::int64_t depth, bool transpose_a) {
  const std::int64_t longest = stretches(depth).size(0);
  return transpose_a ? rows * longest : longest;
}

template void run_matmul(const Matmul<float>&, const RunControl&);
template void run_matmul(const Matmul<double>&, const RunControl&);
template std::int64_t matmul_workspace<float>(std::int64_t, std::int64_t, std::int64_t, int);
template std::int64_t matmul_workspace<double>(std::int64_t, std::int64_t, std::int64_t, int);

}  // namespace native_conv
