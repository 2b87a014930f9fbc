// Layer: image. SPDX-License-Identifier: MIT
#include "image/filter_quads.h"

#include <algorithm>
#include <numeric>

#include "base/packed_reader.h"
#include "image/split_rows.h"
#include "kernels/image.h"

namespace native_conv {
namespace {

bool fit_bytes(const std::vector<std::int32_t>& weights) {
  return std::all_of(weights.begin(), weights.end(), [](std::int32_t w) { return fits<std::int8_t>(w); });
}

int groups_of(std::int64_t width) { return static_cast<int>((width + quad_taps - 1) / quad_taps); }

std::vector<std::int32_t> quads_of(const std::vector<std::int32_t>& weights, std::int64_t width) {
  std::vector<std::int32_t> quads;
  const auto length = static_cast<std::int64_t>(weights.size());
  for (std::int64_t row = 0; row < length; row += width) {
    for (std::int64_t x = 0; x < width; x += quad_taps) {
      std::uint32_t quad = 0;
      for (std::int64_t k = 0; k < std::min<std::int64_t>(quad_taps, width - x); ++k)
        quad |= (static_cast<std::uint32_t>(weights[static_cast<std::size_t>(row + x + k)]) & 0xff)
                << (8 * k);
      quads.push_back(static_cast<std::int32_t>(quad));
    }
  }
  return quads;
}

// Instructions of a vector of 64 bytes.
std::int64_t row_cost(std::int64_t groups) { return 12 * groups + 12; }

std::optional<QuadFilterPlan> plan_direct(const ImageGeometry& g, const Whole& kernel) {
  const auto finish = finish_of(g, kernel.shift, most_byte * sum_of_magnitudes(kernel.values));
  if (!finish || !fit_bytes(kernel.values) || g.kernel_height < 3) return std::nullopt;
  QuadFilterPlan plan{};
  plan.groups = groups_of(g.kernel_width);
  plan.weights = quads_of(kernel.values, g.kernel_width);
  plan.finish = *finish;
  plan.cost = plan.groups * (5 * g.kernel_height + 2 * (g.kernel_height + quad_rows - 1)) + 8;
  return plan;
}

std::optional<QuadFilterPlan> plan_separable(const ImageGeometry& g, const Whole& column, const Whole& row) {
  const Range range = range_of(row.values);
  const std::int64_t column_sum = sum_of_magnitudes(column.values);
  const auto finish =
      finish_of(g, column.shift + row.shift, most_byte * sum_of_magnitudes(row.values) * column_sum);
  // Neither the pairs nor their sums may leave 32 bits on the way.
  if (!finish || !fit_bytes(row.values) || column_sum >= std::int64_t{1} << 14) return std::nullopt;
  QuadFilterPlan plan{};
  plan.separable = true;
  plan.groups = groups_of(g.kernel_width);
  plan.weights = quads_of(row.values, g.kernel_width);
  plan.finish = *finish;
  plan.signs = range.least < 0 || !fits<std::int16_t>(range.greatest);
  if (!fits<std::int16_t>(range.least) || !fits<std::int16_t>(range.greatest)) {
    // Sums without a sign are moved down to have one, and the column moves them up again.
    if (range.least < 0 || !fits<std::uint16_t>(range.greatest)) return std::nullopt;
    plan.kept_bias = std::numeric_limits<std::int16_t>::min();
    plan.finish.bias -=
        plan.kept_bias * std::accumulate(column.values.begin(), column.values.end(), std::int32_t{0});
  }
  plan.pairs = static_cast<int>(g.kernel_height / 2 + 1);
  const auto at = [&](std::int64_t y) {
    return y < 0 || y >= g.kernel_height ? 0 : column.values[static_cast<std::size_t>(y)];
  };
  for (std::int64_t y = 0; y < 2 * plan.pairs; y += 2) {
    plan.column.push_back(packed(at(y), at(y + 1), 16));
    plan.column.push_back(packed(at(y - 1), at(y), 16));
  }
  plan.cost = row_cost(plan.groups) + 6 * plan.pairs + 10;
  return plan;
}

template <class T>
class QuadFilterRun {
 public:
  QuadFilterRun(const ImageCall& call, const QuadFilterPlan& plan, const PaddedRows& padded,
                const Strip& strip)
      : g_(call.geometry),
        plan_(plan),
        strip_(strip),
        // Pairs of rows may need one more than the kernel and the rows of results have.
        rows_(call, padded, strip, g_.kernel_height + quad_rows, quad_rows) {}

  const SplitRows<T>& rows() const { return rows_; }

  void run(const std::vector<RowPart>& parts) {
    if (plan_.separable) return run_two_passes(parts);
    run_one_pass(parts);
  }

 private:
  void run_one_pass(const std::vector<RowPart>& parts) {
    std::vector<const std::uint8_t*> x(static_cast<std::size_t>(g_.kernel_height + quad_rows - 1));
    for (std::int64_t row = strip_.first; row < strip_.last; row += quad_rows) {
      stop_if_cancelled();
      for (const RowPart& part : parts) {
        rows_.read(part, row, x);
        write(part, row, [&](T* const* y) {
          const WholeFinish& f = plan_.finish;
          run_filter({x.data(), plan_.weights.data(), static_cast<int>(g_.kernel_height), plan_.groups,
                      static_cast<int>(g_.channels), f.bias, f.shift, f.odd, part.count, y});
        });
      }
    }
  }

  void run_two_passes(const std::vector<RowPart>& parts) {
    const std::int64_t held = plan_.pairs + 1, room = rows_.most_results();
    std::int32_t* ring = scratch<std::int32_t>(Scratch::image_ring, 2 * held * room);
    std::vector<const std::int32_t*> x(static_cast<std::size_t>(held));
    std::vector<const std::uint8_t*> sources(2);
    std::int64_t next = 0;
    for (std::int64_t row = strip_.first; row < strip_.last; row += quad_rows) {
      stop_if_cancelled();
      const std::int64_t first = (row - strip_.first) / 2;
      const auto kept = [&](const RowPart& part, std::int64_t pair) {
        return ring + ((part.edges ? held : 0) + pair % held) * room;
      };
      for (; next < first + held; ++next) {
        for (const RowPart& part : parts) {
          const std::int64_t at = strip_.first + 2 * next;
          rows_.read(part, at, sources);
          kernels_.keep_quads.run({{sources[0], sources[1]},
                                   plan_.weights.data(),
                                   plan_.groups,
                                   static_cast<int>(g_.channels),
                                   plan_.signs,
                                   plan_.kept_bias,
                                   part.count,
                                   kept(part, next)});
        }
      }
      for (const RowPart& part : parts) {
        for (std::int64_t p = 0; p < held; ++p) x[static_cast<std::size_t>(p)] = kept(part, first + p);
        write(part, row, [&](T* const* y) {
          const WholeFinish& f = plan_.finish;
          run_column({x.data(), plan_.column.data(), plan_.pairs, f.bias, f.shift, f.odd, part.count, y});
        });
      }
    }
  }

  template <class Kernel>
  void write(const RowPart& part, std::int64_t row, Kernel&& kernel) {
    T* y[quad_rows];
    for (std::int64_t r = 0; r < quad_rows; ++r) y[r] = rows_.target(part, row + r, r);
    kernel(y);
    for (std::int64_t r = 0; r < quad_rows; ++r) rows_.made(part, row + r, r);
  }

  void run_filter(const QuadFilter<std::uint8_t>& t) const { kernels_.filter_quads_to_bytes.run(t); }
  void run_filter(const QuadFilter<std::int16_t>& t) const { kernels_.filter_quads_to_words.run(t); }
  void run_column(const ColumnQuads<std::uint8_t>& t) const { kernels_.column_quads_to_bytes.run(t); }
  void run_column(const ColumnQuads<std::int16_t>& t) const { kernels_.column_quads_to_words.run(t); }

  const ImageGeometry& g_;
  const QuadFilterPlan& plan_;
  const Strip& strip_;
  const ImageKernels& kernels_ = image_kernels();
  SplitRows<T> rows_;
};

}  // namespace

std::optional<QuadFilterPlan> plan_quad_filter(const ImageGeometry& g, const WholeKernels& kernels) {
  if (image_kernels().filter_quads_to_bytes.run == nullptr || g.channels > 4) return std::nullopt;
  auto direct = kernels.direct ? plan_direct(g, *kernels.direct) : std::nullopt;
  if (!kernels.factors) return direct;
  auto passes = plan_separable(g, kernels.factors->first, kernels.factors->second);
  return passes && (!direct || passes->cost < direct->cost) ? passes : direct;
}

void run_filter_quads(const ImageCall& call, const QuadFilterPlan& plan, const RunControl& control) {
  run_split<QuadFilterRun>(call, plan, control);
}

}  // namespace native_conv
