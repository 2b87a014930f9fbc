// The integer filter kernels of every instruction set against loops written out, in guarded memory. Layer:
// test. SPDX-License-Identifier: MIT
#include <algorithm>

#include "kernels/image.h"
#include "support.h"

namespace native_conv::test {
namespace {

constexpr int counts[] = {1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 300};

// Rows of values that end at an unmapped page, `slack` of them behind the `count` that matter.
template <class X>
struct Rows {
  Rows(Numbers& numbers, int rows, int count, int least, int most) {
    for (int t = 0; t < rows; ++t) {
      held.emplace_back(static_cast<std::size_t>(count + filter_block));
      for (X& value : held.back()) value = static_cast<X>(numbers.integer(least, most));
      held.back().freeze();
    }
    for (const Guarded<X>& row : held) x.push_back(row.data());
  }
  std::vector<Guarded<X>> held;
  std::vector<const X*> x;
};

std::vector<int> weights_of(Numbers& numbers, int taps, int most) {
  std::vector<int> weights(static_cast<std::size_t>(taps));
  for (int& w : weights) w = numbers.integer(-most, most);
  return weights;
}

template <class Word>
std::vector<Word> packed(const std::vector<int>& weights) {
  constexpr int bits = 4 * sizeof(Word);
  std::vector<Word> pairs;
  for (std::size_t t = 0; t < weights.size(); t += 2) {
    const unsigned mask = (1u << bits) - 1;
    pairs.push_back(static_cast<Word>((static_cast<unsigned>(weights[t + 1]) & mask) << bits |
                                      (static_cast<unsigned>(weights[t]) & mask)));
  }
  return pairs;
}

// What 16-bit kernels take: two weights of 8 bits, or one of 16, and the same once more.
std::int32_t repeated(std::int16_t half) {
  const auto low = static_cast<std::uint32_t>(static_cast<std::uint16_t>(half));
  return static_cast<std::int32_t>(low << 16 | low);
}
std::vector<std::int32_t> byte_pairs(const std::vector<int>& weights) {
  std::vector<std::int32_t> pairs;
  for (std::int16_t pair : packed<std::int16_t>(weights)) pairs.push_back(repeated(pair));
  return pairs;
}

template <class X>
std::int64_t sum_at(const std::vector<int>& weights, const Rows<X>& rows, int j, std::int64_t bias) {
  std::int64_t sum = bias;
  for (std::size_t t = 0; t < weights.size(); ++t) sum += std::int64_t{weights[t]} * rows.x[t][j];
  return sum;
}

template <class Y>
int clamped(std::int64_t x) {
  return static_cast<int>(
      std::clamp<std::int64_t>(x, std::numeric_limits<Y>::min(), std::numeric_limits<Y>::max()));
}

template <class Y>
void check_byte_filter(const char* op) {
  Numbers numbers(11);
  for_each_kernel<void(const ByteFilter<Y>&)>(op, [&](const KernelRow&, auto* run) {
    for (int taps : {0, 2, 4, 6, 8, 10, 26}) {
      for (int count : counts) {
        CAPTURE(taps);
        CAPTURE(count);
        const Rows<std::uint8_t> rows(numbers, taps, count, 0, 255);
        const std::vector<int> weights = weights_of(numbers, taps, taps < 3 ? 63 : 100 / taps);
        const auto pairs = byte_pairs(weights);
        const auto bias = static_cast<std::int16_t>(numbers.integer(-300, 300));
        Guarded<Y> y(static_cast<std::size_t>(count));
        run({rows.x.data(), pairs.data(), taps / 2, bias, count, y.data()});
        for (int j = 0; j < count; ++j)
          REQUIRE(int{y[static_cast<std::size_t>(j)]} == clamped<Y>(sum_at(weights, rows, j, bias)));
      }
    }
  });
}

template <class Y>
void check_two_filters(const char* op) {
  Numbers numbers(15);
  for_each_kernel<void(const TwoByteFilters<Y>&)>(op, [&](const KernelRow&, auto* run) {
    for (int count : counts) {
      CAPTURE(count);
      constexpr int taps = 8;
      const Rows<std::uint8_t> rows(numbers, taps, count, 0, 255);
      const std::vector<int> first = weights_of(numbers, taps, 12), second = weights_of(numbers, taps, 12);
      const auto above = byte_pairs(first), below = byte_pairs(second);
      std::vector<std::int32_t> pairs;
      for (std::size_t p = 0; p < taps / 2; ++p) pairs.insert(pairs.end(), {above[p], below[p]});
      Guarded<Y> y(static_cast<std::size_t>(count)), next(static_cast<std::size_t>(count));
      run({rows.x.data(), pairs.data(), taps / 2, 40, count, y.data(), next.data()});
      for (int j = 0; j < count; ++j) {
        REQUIRE(int{y[static_cast<std::size_t>(j)]} == clamped<Y>(sum_at(first, rows, j, 40)));
        REQUIRE(int{next[static_cast<std::size_t>(j)]} == clamped<Y>(sum_at(second, rows, j, 40)));
      }
    }
  });
}

template <class Y>
void check_sums(const char* op) {
  Numbers numbers(12);
  for_each_kernel<void(const SumFilter<Y>&)>(op, [&](const KernelRow&, auto* run) {
    for (int shift : {0, 1, 6}) {
      for (int count : counts) {
        CAPTURE(shift);
        CAPTURE(count);
        const Rows<std::uint8_t> rows(numbers, 6, count, 0, 255);
        const std::vector<int> weights = weights_of(numbers, 6, 300);
        const auto pairs = packed<std::int32_t>(weights);
        const int half = 1 << shift >> 1;
        Guarded<Y> y(static_cast<std::size_t>(count));
        run({rows.x.data(), pairs.data(), 3, shift ? half - 1 : 0, shift, shift ? 1 : 0, count, y.data()});
        for (int j = 0; j < count; ++j) {
          // To nearest even, as the processor's own rounding has it.
          const double exact = std::ldexp(static_cast<double>(sum_at(weights, rows, j, 0)), -shift);
          REQUIRE(int{y[static_cast<std::size_t>(j)]} == clamped<Y>(std::llrint(exact)));
        }
      }
    }
  });
}

// What filter_kept of an instruction set stores, for the column kernels of the same one.
template <class Run>
void with_kept_rows(Numbers& numbers, const char* op, std::size_t taps, Run&& run) {
  for (Isa isa : tested_isas()) {
    const auto keep = reinterpret_cast<filter_kept_u8*>(chosen_row("filter_kept_u8", isa).function);
    const auto column = chosen_row(op, isa).function;
    CAPTURE(isa_name(isa));
    for (int count : counts) {
      CAPTURE(count);
      const std::size_t room =
          static_cast<std::size_t>((count + filter_block - 1) / filter_block * filter_block);
      std::vector<Guarded<std::int16_t>> kept;
      std::vector<std::vector<int>> plain(taps);
      std::vector<const std::int16_t*> x;
      for (std::size_t t = 0; t < taps; ++t) {
        // The first row is one of no taps at all.
        const std::vector<int> weights = t == 0 ? std::vector<int>{} : std::vector<int>{3, 2};
        const auto length = static_cast<int>(weights.size());
        const Rows<std::uint8_t> rows(numbers, length, count, 0, 255);
        const auto pairs = byte_pairs(weights);
        kept.emplace_back(room);
        keep({rows.x.data(), pairs.data(), length / 2, -700, count, kept.back().data()});
        for (int j = 0; j < count; ++j) plain[t].push_back(static_cast<int>(sum_at(weights, rows, j, -700)));
        x.push_back(kept.back().data());
      }
      run(column, x, plain, count);
    }
  }
}

std::int64_t down(const std::vector<int>& weights, const std::vector<std::vector<int>>& rows, int j) {
  std::int64_t sum = 0;
  for (std::size_t t = 0; t < weights.size(); ++t)
    sum += std::int64_t{weights[t]} * rows[t][static_cast<std::size_t>(j)];
  return sum;
}

template <class Y>
struct RowsOfResults {
  RowsOfResults(int rows, int count) {
    for (int r = 0; r < rows; ++r) held.emplace_back(static_cast<std::size_t>(count));
    for (Guarded<Y>& row : held) y.push_back(row.data());
  }
  int at(int row, int j) const { return held[static_cast<std::size_t>(row)][static_cast<std::size_t>(j)]; }
  std::vector<Guarded<Y>> held;
  std::vector<Y*> y;
};

// Of weights[r] a row of results each.
template <class Y>
void check_column_sums(const char* op) {
  Numbers numbers(13);
  for (std::size_t pairs : {1u, 2u, 5u}) {
    CAPTURE(pairs);
    std::vector<int> weights[word_rows];
    std::vector<std::int32_t> words(pairs * word_rows);
    for (std::size_t r = 0; r < std::size_t{word_rows}; ++r) {
      weights[r] = weights_of(numbers, static_cast<int>(2 * pairs), 900);
      const auto of_row = packed<std::int32_t>(weights[r]);
      for (std::size_t p = 0; p < pairs; ++p) words[p * word_rows + r] = of_row[p];
    }
    with_kept_rows(numbers, op, 2 * pairs, [&](auto function, const auto& x, const auto& rows, int count) {
      RowsOfResults<Y> results(word_rows, count);
      reinterpret_cast<void (*)(const SumColumn<Y>&)>(function)(
          {x.data(), words.data(), static_cast<int>(pairs), 127, 8, 1, count, results.y.data()});
      for (int r = 0; r < word_rows; ++r) {
        for (int j = 0; j < count; ++j) {
          // To nearest even.
          const double exact = std::ldexp(static_cast<double>(down(weights[r], rows, j)), -8);
          REQUIRE(results.at(r, j) == clamped<Y>(std::llrint(exact)));
        }
      }
    });
  }
}

// Of numbers of taps that have instances of their own, with weights that are the same from both ends and not,
// and of others.
void check_word_columns() {
  Numbers numbers(14);
  for (const std::vector<int>& weights : {std::vector<int>{7},
                                          {1, 2, 1},
                                          {1, 2, 3},
                                          {3, 0, 6, 1},
                                          {1, 4, 6, 4, 1},
                                          {1, 4, 6, 0, 1},
                                          {1, 2, 3, 4, 3, 2}}) {
    CAPTURE(weights.size());
    const std::size_t rows_read = weights.size() + word_rows - 1;
    std::vector<std::int32_t> words;
    int bias = 8;
    for (int w : weights) {
      words.push_back(repeated(static_cast<std::int16_t>(w)));
      bias += 700 * w;
    }
    with_kept_rows(
        numbers, "column_words_u8", rows_read,
        [&](auto function, const auto& x, const auto& rows, int count) {
          RowsOfResults<std::uint8_t> results(word_rows, count);
          reinterpret_cast<column_words_u8*>(function)(
              {x.data(), words.data(), static_cast<int>(weights.size()), static_cast<std::int16_t>(bias), 7,
               count, results.y.data()});
          for (int r = 0; r < word_rows; ++r) {
            for (int j = 0; j < count; ++j)
              REQUIRE(results.at(r, j) ==
                      clamped<std::uint8_t>((down(weights, {rows.begin() + r, rows.end()}, j) + bias) >> 7));
          }
        });
  }
}

// Four weights to a word, of rows of `taps`.
std::vector<std::int32_t> quads_of(const std::vector<int>& weights) {
  std::vector<std::int32_t> quads;
  for (std::size_t t = 0; t < weights.size(); t += quad_taps) {
    std::uint32_t quad = 0;
    for (std::size_t k = 0; k < quad_taps; ++k)
      quad |= (static_cast<std::uint32_t>(weights[t + k]) & 0xff) << (8 * k);
    quads.push_back(static_cast<std::int32_t>(quad));
  }
  return quads;
}

std::int64_t sum_along(const std::vector<int>& weights, const std::uint8_t* x, int channels) {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < weights.size(); ++k)
    sum += std::int64_t{weights[k]} * x[static_cast<int>(k) * channels];
  return sum;
}

template <class Y>
void check_filter_quads(const char* op) {
  Numbers numbers(16);
  const auto check = [&](auto* run, int channels, int groups, int height, int shift, int count) {
    INFO(channels << " channels, " << groups << " groups, " << height << " rows, shift " << shift);
    CAPTURE(count);
    const int taps = quad_taps * groups;
    const Rows<std::uint8_t> rows(numbers, height + quad_rows - 1,
                                  count + quad_taps * (groups - 1) * channels, 0, 255);
    const std::vector<int> weights = weights_of(numbers, height * taps, 127);
    const auto quads = quads_of(weights);
    const int half = 1 << shift >> 1;
    RowsOfResults<Y> results(quad_rows, count);
    run({rows.x.data(), quads.data(), height, groups, channels, 40 + (shift ? half - 1 : 0), shift,
         shift ? 1 : 0, count, results.y.data()});
    for (int r = 0; r < quad_rows; ++r) {
      for (int j = 0; j < count; ++j) {
        std::int64_t sum = 40;
        for (int i = 0; i < height; ++i)
          sum += sum_along({weights.begin() + i * taps, weights.begin() + (i + 1) * taps},
                           rows.x[static_cast<std::size_t>(r + i)] + j, channels);
        // To nearest even, as the processor's own rounding has it.
        REQUIRE(results.at(r, j) == clamped<Y>(std::llrint(std::ldexp(static_cast<double>(sum), -shift))));
      }
    }
  };
  for_each_extended_kernel<void(const QuadFilter<Y>&)>(op, Extension::vnni, [&](const KernelRow&, auto* run) {
    for (int count : counts) check(run, 3, 1, 3, 0, count);
    for (int channels : {1, 2, 4}) check(run, channels, 2, 5, 7, 130);
    check(run, 4, 3, 4, 0, 65);
  });
}

// Sums along rows of three kinds, and sums down them.
template <class Y>
void check_column_quads(const char* op) {
  struct Kind {
    std::vector<int> weights;
    bool signs;
    int bias;
  };
  const Kind kinds[] = {
      {{1, 4, 6, 4, 1, 0, 0, 0}, false, 0},
      {{-60, 4, 60, -30, 0, 30, -1, 2}, true, 0},
      {{100, 127, 2, 1, 20, 5, 0, 1}, true, -32768},
      {{1, 2, 1, 0}, false, 0},
      {{1, 3, 5, 8, 13, 21, 13, 8, 5, 3, 1, 0}, false, 0},
      {{2, 4, 8, 12, 16, 20, 24, 20, 16, 12, 8, 4, 2, 0, 0, 0}, true, -32768},
      {{1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12, 13, -14, 15, -16, 17, 0, 0, 0}, true, 0}};
  const std::vector<int> down = {90, -31, 7, 25, 3};
  constexpr int pairs = 3, rows_read = 2 * (pairs + 1);
  std::vector<std::int32_t> column;
  for (int y = 0; y < 2 * pairs; y += 2) {
    const auto at = [&](int k) { return k < 0 || k >= 5 ? 0 : down[static_cast<std::size_t>(k)]; };
    for (int first : {y, y - 1}) column.push_back(packed<std::int32_t>({at(first), at(first + 1)})[0]);
  }
  Numbers numbers(17);
  for_each_extended_kernel<keep_quads_u8>(
      "keep_quads_u8", Extension::vnni, [&](const KernelRow&, auto* keep) {
        for_each_extended_kernel<void(const ColumnQuads<Y>&)>(
            op, Extension::vnni, [&](const KernelRow&, auto* run) {
              int kinds_run = 0;
              for (const Kind& kind : kinds) {
                for (int count : counts) {
                  const int channels = 1 + kinds_run++ % 4;
                  const auto quads = quads_of(kind.weights);
                  const auto groups = static_cast<int>(quads.size());
                  CAPTURE(groups);
                  CAPTURE(channels);
                  CAPTURE(kind.bias);
                  CAPTURE(count);
                  const Rows<std::uint8_t> rows(numbers, rows_read,
                                                count + quad_taps * (groups - 1) * channels, 0, 255);
                  const auto room =
                      static_cast<std::size_t>((count + filter_block - 1) / filter_block * filter_block);
                  std::vector<Guarded<std::int32_t>> kept;
                  std::vector<const std::int32_t*> x;
                  for (std::size_t p = 0; p <= pairs; ++p) {
                    kept.emplace_back(room);
                    keep({{rows.x[2 * p], rows.x[2 * p + 1]},
                          quads.data(),
                          groups,
                          channels,
                          kind.signs,
                          kind.bias,
                          count,
                          kept.back().data()});
                    x.push_back(kept.back().data());
                  }
                  RowsOfResults<Y> results(quad_rows, count);
                  run({x.data(), column.data(), pairs, 128, 8, 0, count, results.y.data()});
                  for (int r = 0; r < quad_rows; ++r) {
                    for (int j = 0; j < count; ++j) {
                      std::int64_t sum = 128;
                      for (std::size_t k = 0; k < down.size(); ++k)
                        sum += down[k] * (sum_along(kind.weights, rows.x[static_cast<std::size_t>(r) + k] + j,
                                                    channels) +
                                          kind.bias);
                      REQUIRE(results.at(r, j) == clamped<Y>(sum >> 8));
                    }
                  }
                }
              }
            });
      });
}

TEST_SUITE("kernels") {
  TEST_CASE("filters of bytes in 16 bits are exact") {
    check_byte_filter<std::uint8_t>("filter_bytes_u8");
    check_byte_filter<std::int16_t>("filter_words_u8");
    check_two_filters<std::uint8_t>("filter_two_bytes_u8");
    check_two_filters<std::int16_t>("filter_two_words_u8");
  }

  TEST_CASE("filters of bytes in 32 bits are exact, and round halves to even") {
    check_sums<std::uint8_t>("filter_sums_u8");
    check_sums<std::int16_t>("filter_sums_i16");
  }

  TEST_CASE("columns of kept words are exact") {
    check_column_sums<std::uint8_t>("column_sums_u8");
    check_column_sums<std::int16_t>("column_sums_i16");
    check_word_columns();
  }

  TEST_CASE("filters of bytes by sums of four products are exact") {
    check_filter_quads<std::uint8_t>("filter_quads_u8");
    check_filter_quads<std::int16_t>("filter_quads_i16");
    check_column_quads<std::uint8_t>("column_quads_u8");
    check_column_quads<std::int16_t>("column_quads_i16");
  }

  TEST_CASE("every instruction set has the kernels that keep words and those that read them") {
    for (const char* op : {"filter_kept_u8", "column_words_u8", "column_sums_u8", "column_sums_i16"}) {
      for_each_kernel<void()>(op, [](const KernelRow&, auto*) {});
    }
  }
}

}  // namespace
}  // namespace native_conv::test
