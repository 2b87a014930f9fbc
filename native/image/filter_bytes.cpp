// Filters of uint8 images in whole numbers, one, two or four rows of results at a time; of two passes the
// sums along rows are kept in a ring. Layer: image. SPDX-License-Identifier: MIT
#include "image/filter_bytes.h"

#include "image/split_rows.h"

namespace native_conv {
namespace {

template <class T>
class BytesFilter {
 public:
  BytesFilter(const ImageCall& call, const WholeFilter& plan, const PaddedRows& padded, const Strip& strip)
      : g_(call.geometry),
        plan_(plan),
        strip_(strip),
        rows_(call, padded, strip, g_.kernel_height + 1, word_rows) {}

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
      stop_if_cancelled();
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
    if constexpr (sizeof(T) == 1) {
      if (plan_.second_pass == SecondPass::words) return run_word_columns(parts);
    }
    std::vector<const std::int16_t*> x(plan_.second.taps.size());
    run_two_passes(parts, 1, [&](const RowPart& part, std::int64_t row, const auto& kept) {
      for (std::size_t t = 0; t < x.size(); ++t) x[t] = kept(row + plan_.second.taps[t].row);
      filter_column(x, part.count, rows_.target(part, row, 0));
    });
  }

  void run_word_columns(const std::vector<RowPart>& parts) {
    std::vector<const std::int16_t*> x(static_cast<std::size_t>(g_.kernel_height + word_rows - 1));
    run_two_passes(parts, word_rows, [&](const RowPart& part, std::int64_t row, const auto& kept) {
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = kept(row + static_cast<std::int64_t>(i));
      T* y[word_rows];
      for (std::int64_t r = 0; r < word_rows; ++r) y[r] = rows_.target(part, row + r, r);
      kernels_.column_words.run({x.data(), plan_.second.weights.data(), static_cast<int>(g_.kernel_height),
                                 static_cast<std::int16_t>(plan_.finish.bias), plan_.finish.shift, part.count,
                                 y});
    });
  }

  // second(part, row, kept) makes `made` rows of results of the sums along the rows kept(row) and those after
  // it.
  template <class Second>
  void run_two_passes(const std::vector<RowPart>& parts, std::int64_t made, Second&& second) {
    const std::int64_t held = g_.kernel_height + made - 1, room = rows_.most_results();
    std::int16_t* ring = scratch<std::int16_t>(Scratch::image_ring, 2 * held * room);
    const auto kept_of = [&](const RowPart& part, std::int64_t row) {
      return ring + ((part.edges ? held : 0) + row % held) * room;
    };
    std::vector<const std::uint8_t*> x(plan_.first.taps.size());
    std::int64_t next = strip_.first;
    for (std::int64_t row = strip_.first; row < strip_.last; row += made) {
      stop_if_cancelled();
      for (; next < row + held; ++next) {
        for (const RowPart& part : parts) {
          const std::uint8_t* row_of_part = rows_.source(part, next);
          for (std::size_t t = 0; t < x.size(); ++t) x[t] = row_of_part + plan_.first.taps[t].offset;
          kernels_.filter_kept.run({x.data(), plan_.first.weights.data(), static_cast<int>(x.size() / 2),
                                    plan_.kept_bias, part.count, kept_of(part, next)});
        }
      }
      for (const RowPart& part : parts) {
        second(part, row, [&](std::int64_t at) { return kept_of(part, at); });
        for (std::int64_t r = 0; r < made; ++r) rows_.made(part, row + r, r);
      }
    }
  }

  void filter_column(const std::vector<const std::int16_t*>& x, std::int64_t count, T* y) const {
    const WholeFinish& f = plan_.finish;
    const SumFilter<std::int16_t, T> t{
        x.data(), plan_.second.weights.data(), static_cast<int>(x.size() / 2), f.bias, f.shift, f.odd, count,
        y};
    if constexpr (sizeof(T) == 1) {
      kernels_.column_sums_to_bytes.run(t);
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
