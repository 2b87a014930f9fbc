// col2im: a transposed convolution as one matrix product into columns, which are then added onto the output.
// The sums are rounded in another order than the contract's, so it is never chosen where the contract holds.
// Layer: conv. SPDX-License-Identifier: MIT
#include <limits>
#include <memory>

#include "base/buffer.h"
#include "base/table.h"
#include "conv/columns.h"
#include "conv/conv_weights.h"
#include "conv/sweep.h"

namespace native_conv {
namespace {

std::int64_t column_rows(const Geometry& g) { return g.in_per_group() * volume(g.kernel); }

template <class T>
Family family_of(const Geometry& g) {
  return choose_family<T>(g.layout, column_rows(g), g.out_per_group());
}

// [in_per_group · kernel][out_per_group] of every group: row (ic, kd, kh, kw).
template <class T>
const T* pack(const Geometry& g, const Buffers<T>& b, const PackedPanels<T>& panels) {
  const PackKey key = {static_cast<std::int64_t>(PackForm::col2im), static_cast<std::int64_t>(panels.family),
                       panels.most};
  return packed_weights<T>(b.cache, key, g.groups * panels.length(), [&](T* to) {
    const WeightStrides w = weight_strides(g);
    const Table<std::int64_t> rows = weight_taps(g, FilterOrder(g, false));
    const auto row_count = static_cast<std::int64_t>(rows.size());
    // The packer steps evenly from row to row, which a permuted weight does not: lay the rows out first.
    // Not cleared: where it is large that takes long, and nobody could cancel it.
    const std::unique_ptr<T[]> matrix(new T[static_cast<std::size_t>(row_count * g.out_per_group())]);
    Table<std::int64_t> taps(static_cast<std::size_t>(g.out_per_group()));
    for (std::int64_t group = 0; group < g.groups; ++group) {
      const T* from = b.weight + group * g.out_per_group() * w.o;
      for (std::int64_t o = 0; o < g.out_per_group(); ++o) {
        stop_if_cancelled();
        taps[static_cast<std::size_t>(o)] = o * row_count;
        for (std::int64_t r = 0; r < row_count; ++r) {
          matrix[static_cast<std::size_t>(o * row_count + r)] =
              from[o * w.o + rows[static_cast<std::size_t>(r)]];
        }
      }
      panels.pack(0, panels.depth, to + group * panels.length(), matrix.get(), 1, taps.data());
    }
  });
}

template <class T>
void run(const Geometry& g, const Buffers<T>& b, const RunControl& control) {
  const Strides small = strides_of(g.layout, g.out_channels, g.output);
  const std::int64_t rows = column_rows(g), positions = volume(g.output);
  const PackedPanels<T> panels(family_of<T>(g), rows, g.out_per_group(), kernels<T>());
  const T* weights = pack(g, b, panels);
  const Finish<T> finish = finish_of(g, b), nothing;
  Table<std::int32_t> offsets(static_cast<std::size_t>(g.out_per_group()));
  for (std::size_t o = 0; o < offsets.size(); ++o)
    offsets[o] = static_cast<std::int32_t>(static_cast<std::int64_t>(o) * small.c);
  T* columns = scratch<T>(Scratch::columns, rows * positions);
  for (std::int64_t product = 0; product < g.batch * g.groups; ++product) {
    const std::int64_t n = product / g.groups, group = product % g.groups;
    Sweep<T> sweep;
    sweep.counts = {1, 1, positions};
    sweep.x = b.source + n * small.n + group * g.out_per_group() * small.c;
    sweep.x_step = {0, 0, small.s[2]};
    sweep.offsets = offsets.data();
    sweep.panels = &panels;
    sweep.weights = weights + group * panels.length();
    sweep.y = columns;
    sweep.y_step = {positions, positions, 1};
    sweep.y_channel = positions;
    sweep.residual = nullptr;
    sweep.finish = &nothing;
    sweep.channel = 0;
    run_sweep(sweep, control);
    run_fold<T>({g, columns, n, group * g.in_per_group(), g.in_per_group(), b.target, b.residual, &finish},
                control);
  }
}

std::string reject(const Geometry& g) {
  if (g.reproducible) return "it sums in another order than the reproducible one";
  const std::int64_t reach = g.out_channels * volume(g.output);
  if (reach <= std::numeric_limits<std::int32_t>::max()) return "";
  return "an image of the input has " + std::to_string(reach) + " elements, more than 32-bit offsets reach";
}

std::int64_t workspace(const Geometry& g, int threads) {
  const std::int64_t packed = with_type(g.dtype, [&](auto zero) {
    using T = decltype(zero);
    return PackedPanels<T>(family_of<T>(g), column_rows(g), g.out_per_group(), kernels<T>()).length();
  });
  return (column_rows(g) * volume(g.output) + g.groups * packed + threads * volume(g.input)) *
             size_of(g.dtype) +
         threads * sweep_scratch_bytes(g.dtype);
}

const char* kernel(const Geometry& g) {
  return with_type(g.dtype,
                   [&](auto zero) { return kernel_name<decltype(zero)>(family_of<decltype(zero)>(g)); });
}

}  // namespace

const Algorithm transpose_col2im = {AlgorithmId::col2im, reject, workspace, kernel, run<float>, run<double>};

}  // namespace native_conv
