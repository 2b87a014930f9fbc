// Filters of uint8 images in whole numbers, a row of results or two at a time; of two passes the sums along
// rows are kept in a ring. Layer: image. SPDX-License-Identifier: MIT
#include "image/filter_bytes.h"

#include "image/split_rows.h"

namespace native_conv {
namespace {

template <class T>
class BytesFilter {
 public:
  BytesFilter(const ImageCall& call, const WholeFilter& plan, const PaddedRows& padded, const Strip& strip)
      : g_(call.geometry), plan_(plan), strip_(strip), rows_(call, padded, strip, g_.kernel_height + 1, 2) {}

  const SplitRows<T>& rows() const { return rows_; }

  void run(const std::vector<RowPart>& parts) {
    if (plan_.separable) return run_two_passes(parts);
    run_one_pass(parts);
  }

 private:
  void read(const TapPairs& pairs, const RowPart& part, std::int64_t row,
            std::vector<const std::uint8_t*>& x) {
    for (std::size_t t = 0; t < pairs.taps.size(); ++t)
      x[t] = rows_.source(part, row + pairs.taps[t].row) + pairs.taps[t].offset;
  }

  void run_one_pass(const std::vector<RowPart>& parts) {
    std::vector<const std::uint8_t*> x(std::max(plan_.first.taps.size(), plan_.two_rows.taps.size()));
    for (std::int64_t row = strip_.first; row < strip_.last;) {
      const std::int64_t rows = !plan_.two_rows.taps.empty() && row + 1 < strip_.last ? 2 : 1;
      for (const RowPart& part : parts) {
        T *first = rows_.target(part, row, 0), *second = rows_.target(part, row + 1, 1);
        if (rows == 2) {
          read(plan_.two_rows, part, row, x);
          filter_two_rows(x.data(), part.count, first, second);
          rows_.made(part, row + 1, 1);
        } else {
          read(plan_.first, part, row, x);
          filter_row(x.data(), part.count, first);
        }
        rows_.made(part, row, 0);
      }
      row += rows;
    }
  }

  void filter_two_rows(const std::uint8_t* const* x, std::int64_t count, T* first, T* second) const {
    const auto pairs = static_cast<int>(plan_.two_rows.taps.size() / 2);
    const TwoByteFilters<T> t{x,     plan_.two_rows.weights.data(),
                              pairs, static_cast<std::int16_t>(plan_.finish.bias),
                              count, first,
                              second};
    if constexpr (sizeof(T) == 1) {
      kernels_.filter_two_bytes.run(t);
    } else {
      kernels_.filter_two_words.run(t);
    }
  }

  void filter_row(const std::uint8_t* const* x, std::int64_t count, T* y) const {
    const auto pairs = static_cast<int>(plan_.first.taps.size() / 2);
    const WholeFinish& f = plan_.finish;
    constexpr bool to_bytes = sizeof(T) == 1;
    if (plan_.first_pass == FirstPass::bytes) {
      const ByteFilter<T> t{x, plan_.first.weights.data(), pairs, static_cast<std::int16_t>(f.bias), count,
                            y};
      if constexpr (to_bytes) {
        kernels_.filter_bytes.run(t);
      } else {
        kernels_.filter_words.run(t);
      }
      return;
    }
    const SumFilter<std::uint8_t, T> t{x, plan_.first.weights.data(), pairs, f.bias, f.shift, f.odd, count,
                                       y};
    if constexpr (to_bytes) {
      kernels_.filter_sums_to_bytes.run(t);
    } else {
      kernels_.filter_sums_to_words.run(t);
    }
  }

  void run_two_passes(const std::vector<RowPart>& parts) {
    const std::int64_t height = g_.kernel_height, room = rows_.most_results();
    std::int16_t* ring = scratch<std::int16_t>(Scratch::image_ring, 2 * height * room);
    const auto kept = [&](const RowPart& part, std::int64_t row) {
      return ring + ((part.edges ? height : 0) + row % height) * room;
    };
    std::vector<const std::uint8_t*> along(plan_.first.taps.size());
    std::vector<const std::int16_t*> down(plan_.second.taps.size());
    std::int64_t next = strip_.first;
    for (std::int64_t row = strip_.first; row < strip_.last; ++row) {
      for (; next < row + height; ++next) {
        for (const RowPart& part : parts) {
          read(plan_.first, part, next, along);
          kernels_.filter_kept.run({along.data(), plan_.first.weights.data(),
                                    static_cast<int>(along.size() / 2), plan_.kept_bias, part.count,
                                    kept(part, next)});
        }
      }
      for (const RowPart& part : parts) {
        for (std::size_t t = 0; t < down.size(); ++t) down[t] = kept(part, row + plan_.second.taps[t].row);
        filter_column(down, part.count, rows_.target(part, row, 0));
        rows_.made(part, row, 0);
      }
    }
  }

  void filter_column(const std::vector<const std::int16_t*>& x, std::int64_t count, T* y) const {
    const WholeFinish& f = plan_.finish;
    const SumFilter<std::int16_t, T> t{
        x.data(), plan_.second.weights.data(), static_cast<int>(x.size() / 2), f.bias, f.shift, f.odd, count,
        y};
    if constexpr (sizeof(T) == 1) {
      if (plan_.second_pass == SecondPass::sums) return kernels_.column_sums_to_bytes.run(t);
      kernels_.column_words.run({x.data(), plan_.second.weights.data(), static_cast<int>(x.size()),
                                 static_cast<std::int16_t>(f.bias), f.shift, count, y});
    } else {
      kernels_.column_sums_to_words.run(t);
    }
  }

  const ImageGeometry& g_;
  const WholeFilter& plan_;
  const Strip& strip_;
  const ImageKernels& kernels_ = image_kernels();
  SplitRows<T> rows_;
};

}  // namespace

void run_filter_bytes(const ImageCall& call, const WholeFilter& plan, const RunControl& control) {
  run_split<BytesFilter>(call, plan, control);
}

}  // namespace native_conv
