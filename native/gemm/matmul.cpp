// B's columns are packed into panels and A is read in place through an offset table (gemm_patch), so that a
// transposed A needs no copy. Layer: gemm. SPDX-License-Identifier: MIT
#include "gemm/matmul.h"

#include <vector>

#include "base/buffer.h"
#include "gemm/pack.h"

namespace native_conv {
namespace {

// Enough products to give every thread its own; fewer are shared out by tiles.
bool side_by_side(std::int64_t products, int threads) { return products >= 2 * threads; }

template <class T>
class MatmulRunner {
 public:
  explicit MatmulRunner(const Matmul<T>& m)
      : m_(m),
        k_(kernels<T>()),
        panels_(Family::patch, m.columns, m.depth, k_),
        rows_(m.rows, k_.gemm_patch.rows),
        offsets_(static_cast<std::size_t>(m.depth)),
        taps_(static_cast<std::size_t>(m.depth)) {
    for (std::size_t k = 0; k < offsets_.size(); ++k) {
      const auto at = static_cast<std::int64_t>(k);
      offsets_[k] = static_cast<std::int32_t>(m.transpose_a ? at * m.rows : at);
      taps_[k] = m.transpose_b ? at : at * m.columns;
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

  void run_product(std::int64_t product, const RunControl& control) const {
    const T* a = m_.a + offset(product, m_.stride_a);
    T* packed = scratch<T>(Scratch::weights, panels_.length());
    panels_.pack(packed, m_.b + offset(product, m_.stride_b), m_.transpose_b ? m_.depth : 1, taps_.data());
    const std::int64_t blocks = panels_.blocks().parts;
    const std::int64_t row_parts =
        std::min<std::int64_t>(rows_.parts, control.threads > 1 ? 4 * control.threads : 1);
    const EvenSplit by_rows(rows_.parts, (rows_.parts + row_parts - 1) / row_parts);
    parallel_for(control, blocks * by_rows.parts, [&](std::int64_t task) {
      const std::int64_t b = task / by_rows.parts, part = task % by_rows.parts;
      for (std::int64_t r = by_rows.begin(part); r < by_rows.begin(part) + by_rows.size(part); ++r) {
        run_tile(product, a, packed, b, r);
      }
    });
  }

  void run_tile(std::int64_t product, const T* a, const T* packed, std::int64_t b, std::int64_t r) const {
    constexpr int most_rows = 64;
    const T* rows[most_rows];
    const std::int64_t first = rows_.begin(r);
    GemmTile<T> t{};
    t.rows = static_cast<int>(rows_.size(r));
    for (int i = 0; i < t.rows; ++i) rows[i] = a + (first + i) * (m_.transpose_a ? 1 : m_.depth);
    t.a_rows = rows;
    t.offsets = offsets_.data();
    t.b = panels_.block(packed, b);
    t.b_row = panels_.most;
    t.depth = m_.depth;
    t.columns = static_cast<int>(panels_.block_size(b));
    const std::int64_t at = (product * m_.rows + first) * m_.columns + panels_.block_begin(b);
    t.c = m_.c + at;
    t.c_row = m_.columns;
    t.finish = &m_.finish;
    t.residual = m_.residual ? m_.residual + at : nullptr;
    t.channel = panels_.block_begin(b);
    k_.gemm_patch.run(t);
  }

  const Matmul<T>& m_;
  const Kernels<T>& k_;
  const PackedPanels<T> panels_;
  const EvenSplit rows_;
  std::vector<std::int32_t> offsets_;
  std::vector<std::int64_t> taps_;
};

}  // namespace

template <class T>
void run_matmul(const Matmul<T>& matmul, const RunControl& control) {
  if (matmul.rows == 0 || matmul.columns == 0) return;
  MatmulRunner<T>(matmul).run(control);
}

template <class T>
std::int64_t matmul_workspace(std::int64_t products, std::int64_t columns, std::int64_t depth, int threads) {
  const PackedPanels<T> panels(Family::patch, columns, depth, kernels<T>());
  return panels.length() * std::int64_t{sizeof(T)} * (side_by_side(products, threads) ? threads : 1);
}

std::int64_t matmul_offset_reach(std::int64_t rows, std::int64_t depth, bool transpose_a) {
  return transpose_a ? rows * depth : depth;
}

template void run_matmul(const Matmul<float>&, const RunControl&);
template void run_matmul(const Matmul<double>&, const RunControl&);
template std::int64_t matmul_workspace<float>(std::int64_t, std::int64_t, std::int64_t, int);
template std::int64_t matmul_workspace<double>(std::int64_t, std::int64_t, std::int64_t, int);

}  // namespace native_conv
