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
        rows_(call, padded, strip, g_.kernel_height + word_rows - 1, word_rows) {}

  const SplitRows<T>& rows() const { return rows_; }

  void run(const std::vector<RowPart>& parts) {
    if (plan_.separable) return run_two_passes(parts);
    run_one_pass(parts);
  }

 private:
  // Where the taps read, with the first in rows[0].
  static void place(const TapPairs& pairs, const std::uint8_t* const* rows,
                    std::vector<const std::uint8_t*>& x) {
    for (std::size_t t = 0; t < pairs.taps.size(); ++t) x[t] = rows[pairs.taps[t].row] + pairs.taps[t].offset;
  }

  void run_one_pass(const std::vector<RowPart>& parts) {
    std::vector<const std::uint8_t*> x(std::max(plan_.first.taps.size(), plan_.two_rows.taps.size()));
    std::vector<const std::uint8_t*> sources(static_cast<std::size_t>(g_.kernel_height + 1));
    Checkpoint checkpoint;
    for (std::int64_t row = strip_.first; row < strip_.last;) {
      const std::int64_t rows = !plan_.two_rows.taps.empty() && row + 1 < strip_.last ? 2 : 1;
      for (const RowPart& part : parts) {
        checkpoint.pass(part.count + g_.kernel_height);
        rows_.read(part, row, sources);
        T *first = rows_.target(part, row, 0), *second = rows_.target(part, row + 1, 1);
        if (rows == 2) {
          place(plan_.two_rows, sources.data(), x);
          filter_two_rows(x.data(), part.count, first, second);
          rows_.made(part, row + 1, 1);
        } else {
          place(plan_.first, sources.data(), x);
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
    const SumFilter<T> t{x, plan_.first.weights.data(), pairs, f.bias, f.shift, f.odd, count, y};
    if constexpr (to_bytes) {
      kernels_.filter_sums_to_bytes.run(t);
    } else {
      kernels_.filter_sums_to_words.run(t);
    }
  }

  // Sums along rows are kept in a ring, those at the edges behind the others, and columns make `word_rows`
  // rows of results of them.
  void run_two_passes(const std::vector<RowPart>& parts) {
    const std::int64_t held = g_.kernel_height + word_rows - 1, room = rows_.most_results();
    std::int16_t* ring = scratch<std::int16_t>(Scratch::image_ring, 2 * held * room);
    std::vector<const std::uint8_t*> x(plan_.first.taps.size()), sources(static_cast<std::size_t>(held));
    std::vector<const std::int16_t*> kept(static_cast<std::size_t>(held + held % 2));
    auto fresh = static_cast<std::size_t>(held);
    for (std::int64_t row = strip_.first; row < strip_.last; row += word_rows) {
      stop_if_cancelled();
      const std::int64_t next = row + held - static_cast<std::int64_t>(fresh);
      sources.resize(fresh);
      for (const RowPart& part : parts) {
        rows_.read(part, next, sources);
        std::int16_t* of_part = ring + (part.edges ? held : 0) * room;
        for (std::size_t i = 0; i < fresh; ++i) {
          place(plan_.first, &sources[i], x);
          kernels_.filter_kept.run({x.data(), plan_.first.weights.data(), static_cast<int>(x.size() / 2),
                                    plan_.kept_bias, part.count,
                                    of_part + (next + static_cast<std::int64_t>(i)) % held * room});
        }
        // The last row has no weights if it comes twice.
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(kept.size()); ++i)
          kept[static_cast<std::size_t>(i)] = of_part + (row + std::min(i, held - 1)) % held * room;
        T* y[word_rows];
        for (std::int64_t r = 0; r < word_rows; ++r) y[r] = rows_.target(part, row + r, r);
        filter_columns(kept.data(), part.count, y);
        for (std::int64_t r = 0; r < word_rows; ++r) rows_.made(part, row + r, r);
      }
      fresh = word_rows;
    }
  }

  void filter_columns(const std::int16_t* const* x, std::int64_t count, T* const* y) const {
    const WholeFinish& f = plan_.finish;
    if constexpr (sizeof(T) == 1) {
      if (plan_.second_pass == SecondPass::words) {
        return kernels_.column_words.run({x, plan_.column.data(), static_cast<int>(g_.kernel_height),
                                          static_cast<std::int16_t>(f.bias), f.shift, count, y});
      }
    }
    const auto pairs = static_cast<int>(plan_.column.size() / word_rows);
    const SumColumn<T> t{x, plan_.column.data(), pairs, f.bias, f.shift, f.odd, count, y};
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
