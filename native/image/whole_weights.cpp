// Layer: image. SPDX-License-Identifier: MIT
#include "image/whole_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace native_conv {
namespace {

constexpr int most_shift = 15;
constexpr std::int64_t most_byte = 255;
// Sums of float32 below it are exact, and so equal to ours.
constexpr std::int64_t exact_below = std::int64_t{1} << 24;

template <class T>
bool fits(std::int64_t x) {
  return x >= std::numeric_limits<T>::min() && x <= std::numeric_limits<T>::max();
}

// weights[i] = values[i] / 2^shift, with the least shift.
struct Whole {
  std::vector<std::int32_t> values;
  int shift;
};

std::optional<Whole> whole_of(const ImageTable& table) {
  Whole whole{{}, 0};
  for (std::int64_t i = 0; i < table.length; ++i) {
    while (whole.shift <= most_shift &&
           std::ldexp(table.floats[i], whole.shift) != std::floor(std::ldexp(table.floats[i], whole.shift)))
      ++whole.shift;
  }
  if (whole.shift > most_shift) return std::nullopt;
  for (std::int64_t i = 0; i < table.length; ++i) {
    const double value = std::ldexp(static_cast<double>(table.floats[i]), whole.shift);
    if (!(std::abs(value) <= std::numeric_limits<std::int16_t>::max())) return std::nullopt;
    whole.values.push_back(static_cast<std::int32_t>(value));
  }
  return whole;
}

// The least and the greatest sum of products with bytes.
struct Range {
  std::int64_t least = 0, greatest = 0;
  std::int64_t magnitude() const { return std::max(-least, greatest); }
};

Range range_of(const std::vector<std::int32_t>& weights) {
  Range range;
  for (std::int32_t w : weights) (w < 0 ? range.least : range.greatest) += most_byte * w;
  return range;
}

std::int64_t sum_of_magnitudes(const std::vector<std::int32_t>& weights) {
  return std::accumulate(weights.begin(), weights.end(), std::int64_t{0},
                         [](std::int64_t sum, std::int32_t w) { return sum + std::abs(w); });
}

std::vector<WholeTap> taps_of(const std::vector<std::int32_t>& weights, std::int64_t width,
                              std::int64_t channels) {
  std::vector<WholeTap> taps;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    if (weights[i] != 0) taps.push_back({at / width, at % width * channels, weights[i]});
  }
  return taps;
}

// Two weights of so many bits.
std::int32_t packed(std::int32_t first, std::int32_t second, int bits) {
  const std::uint32_t mask = (1u << bits) - 1;
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(second) & mask) << bits |
                                   (static_cast<std::uint32_t>(first) & mask));
}

// The low 16 bits in both halves.
std::int32_t repeated(std::int32_t x) { return packed(x, x, 16); }

TapPairs word_pairs(std::vector<WholeTap> taps) {
  TapPairs pairs;
  if (taps.size() % 2 == 1) taps.push_back({taps.back().row, taps.back().offset, 0});
  for (std::size_t t = 0; t < taps.size(); t += 2)
    pairs.weights.push_back(packed(taps[t].weight, taps[t + 1].weight, 16));
  pairs.taps = std::move(taps);
  return pairs;
}

// Two products of a byte and 8 bits have to fit 16 bits: the largest weights are split, and each is paired
// with the smallest that is left.
std::optional<TapPairs> byte_pairs(const std::vector<WholeTap>& taps) {
  std::vector<WholeTap> parts;
  for (WholeTap tap : taps) {
    while (!fits<std::int8_t>(tap.weight)) {
      const std::int32_t part = tap.weight < 0 ? -64 : 64;
      parts.push_back({tap.row, tap.offset, part});
      tap.weight -= part;
      if (parts.size() > 4 * taps.size()) return std::nullopt;
    }
    parts.push_back(tap);
  }
  std::sort(parts.begin(), parts.end(),
            [](const WholeTap& a, const WholeTap& b) { return a.weight < b.weight; });
  TapPairs pairs;
  for (std::size_t low = 0, end = parts.size(); low < end;) {
    WholeTap large = parts[--end], small = large;
    small.weight = 0;
    if (low < end) {
      const Range both = range_of({large.weight, parts[low].weight});
      if (fits<std::int16_t>(both.least) && fits<std::int16_t>(both.greatest)) small = parts[low++];
    }
    pairs.taps.push_back(large);
    pairs.taps.push_back(small);
    pairs.weights.push_back(repeated(packed(large.weight, small.weight, 8)));
  }
  return pairs;
}

// Pairs of a tap and the one below it, from even rows on, for an output row and the next; empty where two
// products do not fit 16 bits, or where the kernels would do more for two rows than for one twice.
TapPairs two_row_pairs(const ImageGeometry& g, const std::vector<std::int32_t>& weights,
                       std::size_t single_pairs) {
  const auto at = [&](std::int64_t y, std::int64_t x) {
    return y < 0 || y >= g.kernel_height ? 0 : weights[static_cast<std::size_t>(y * g.kernel_width + x)];
  };
  TapPairs pairs;
  for (std::int64_t y = 0; y <= g.kernel_height; y += 2) {
    for (std::int64_t x = 0; x < g.kernel_width; ++x) {
      const std::int32_t above = at(y - 1, x), here = at(y, x), below = at(y + 1, x);
      if (above == 0 && here == 0 && below == 0) continue;
      for (const auto& [upper, lower] : {std::pair{here, below}, std::pair{above, here}}) {
        const Range both = range_of({upper, lower});
        if (!fits<std::int8_t>(upper) || !fits<std::int8_t>(lower) || !fits<std::int16_t>(both.least) ||
            !fits<std::int16_t>(both.greatest))
          return {};
        pairs.weights.push_back(repeated(packed(upper, lower, 8)));
      }
      const std::int64_t partner = y < g.kernel_height ? y + 1 : y;
      pairs.taps.push_back({y, x * g.channels, here});
      pairs.taps.push_back({partner, x * g.channels, below});
    }
  }
  // 2 loads, 2 shuffles, 4 products and 4 sums a pair, against 2, 2, 2 and 2.
  return 12 * (pairs.taps.size() / 2) < 16 * single_pairs ? pairs : TapPairs{};
}

std::optional<WholeFinish> finish_of(const ImageGeometry& g, int shift, std::int64_t magnitude) {
  const double delta = std::ldexp(g.delta, shift);
  if (delta != std::floor(delta) || !(magnitude + std::abs(delta) < exact_below)) return std::nullopt;
  const std::int32_t bias = static_cast<std::int32_t>(delta), half = 1 << shift >> 1;
  if (shift == 0) return WholeFinish{bias, 0, 0};
  if (g.rounding == Rounding::up) return WholeFinish{bias + half, shift, 0};
  return WholeFinish{bias + half - 1, shift, 1};
}

std::optional<WholeFilter> plan_direct(const ImageGeometry& g, const Whole& kernel) {
  const Range range = range_of(kernel.values);
  const auto finish = finish_of(g, kernel.shift, most_byte * sum_of_magnitudes(kernel.values));
  if (!finish) return std::nullopt;
  const std::vector<WholeTap> taps = taps_of(kernel.values, g.kernel_width, g.channels);
  WholeFilter plan{};
  plan.finish = *finish;
  const bool words = kernel.shift == 0 && fits<std::int16_t>(range.greatest + finish->bias) &&
                     fits<std::int16_t>(range.least + finish->bias) && fits<std::int16_t>(finish->bias);
  if (words) {
    if (auto pairs = byte_pairs(taps)) {
      plan.first_pass = FirstPass::bytes;
      plan.first = *std::move(pairs);
      plan.two_rows = two_row_pairs(g, kernel.values, plan.first.taps.size() / 2);
      return plan;
    }
  }
  plan.first_pass = FirstPass::sums;
  plan.first = word_pairs(taps);
  return plan;
}

std::optional<WholeFilter> plan_separable(const ImageGeometry& g, const Whole& column, const Whole& row) {
  const Range range = range_of(row.values);
  const std::int64_t column_sum = sum_of_magnitudes(column.values);
  const auto finish =
      finish_of(g, column.shift + row.shift, most_byte * sum_of_magnitudes(row.values) * column_sum);
  auto pairs = byte_pairs(taps_of(row.values, g.kernel_width, g.channels));
  if (!finish || !pairs) return std::nullopt;
  WholeFilter plan{};
  plan.separable = true;
  plan.first_pass = FirstPass::bytes;
  plan.first = *std::move(pairs);
  plan.finish = *finish;
  const std::vector<WholeTap> taps = taps_of(column.values, 1, 0);
  const bool positive = range.least == 0 &&
                        std::all_of(taps.begin(), taps.end(), [](const WholeTap& t) { return t.weight > 0; });
  if (g.target.type == PixelType::uint8 && positive && finish->odd == 0 && finish->shift > 0 &&
      finish->bias >= 0 && fits<std::uint16_t>(range.greatest * column_sum + finish->bias)) {
    plan.second_pass = SecondPass::words;
    plan.second.taps = taps;
    for (const WholeTap& tap : taps) plan.second.weights.push_back(repeated(tap.weight));
    return plan;
  }
  plan.second_pass = SecondPass::sums;
  plan.second = word_pairs(taps);
  if (fits<std::int16_t>(range.least) && fits<std::int16_t>(range.greatest)) return plan;
  // Sums without a sign are moved down to have one, and the column moves them up again.
  if (range.least < 0 || !fits<std::uint16_t>(range.greatest)) return std::nullopt;
  plan.kept_bias = std::numeric_limits<std::int16_t>::min();
  const std::int64_t weights = std::accumulate(column.values.begin(), column.values.end(), std::int64_t{0});
  const std::int64_t bias = finish->bias - plan.kept_bias * weights;
  // Neither the pairs nor their sums may leave 32 bits on the way.
  if (column_sum >= std::int64_t{1} << 14) return std::nullopt;
  plan.finish.bias = static_cast<std::int32_t>(bias);
  return plan;
}

// A kernel as the product of a column and a row of whole numbers, if it is one.
std::optional<std::pair<Whole, Whole>> split(const Whole& kernel, std::int64_t height, std::int64_t width) {
  const auto pivot = std::find_if(kernel.values.begin(), kernel.values.end(), [](auto w) { return w != 0; });
  if (pivot == kernel.values.end()) return std::nullopt;
  const auto at = [&](std::int64_t y, std::int64_t x) {
    return kernel.values[static_cast<std::size_t>(y * width + x)];
  };
  const std::int64_t first = pivot - kernel.values.begin(), y0 = first / width, x0 = first % width;
  std::int32_t divisor = 0;
  for (std::int64_t x = 0; x < width; ++x) divisor = std::gcd(divisor, at(y0, x));
  Whole column{{}, kernel.shift}, row{{}, 0};
  for (std::int64_t x = 0; x < width; ++x) row.values.push_back(at(y0, x) / divisor);
  const std::int32_t unit = row.values[static_cast<std::size_t>(x0)];
  for (std::int64_t y = 0; y < height; ++y) {
    if (at(y, x0) % unit != 0) return std::nullopt;
    column.values.push_back(at(y, x0) / unit);
    for (std::int64_t x = 0; x < width; ++x) {
      if (column.values.back() * row.values[static_cast<std::size_t>(x)] != at(y, x)) return std::nullopt;
    }
  }
  return std::pair{column, row};
}

// Instructions of a vector of bytes, counted in the kernels.
std::int64_t cost_of(const WholeFilter& plan) {
  const auto pairs = [](const TapPairs& p) { return static_cast<std::int64_t>(p.taps.size() / 2); };
  const std::int64_t first = pairs(plan.first) * (plan.first_pass == FirstPass::bytes ? 8 : 18) + 4;
  if (!plan.separable) return first;
  return first + (plan.second_pass == SecondPass::words
                      ? static_cast<std::int64_t>(plan.second.taps.size()) * 6 + 8
                      : pairs(plan.second) * 16 + 20);
}

}  // namespace

std::optional<WholeFilter> plan_whole_filter(const ImageCall& call) {
  const ImageGeometry& g = call.geometry;
  const bool bytes = g.source.type == PixelType::uint8 &&
                     (g.target.type == PixelType::uint8 || g.target.type == PixelType::int16);
  if (!bytes) return std::nullopt;
  const auto first = whole_of(call.tables[0]);
  if (!first) return std::nullopt;
  if (g.operation == ImageOperation::separable) {
    const auto row = whole_of(call.tables[1]);
    return row ? plan_separable(g, *first, *row) : std::nullopt;
  }
  auto direct = plan_direct(g, *first);
  const auto factors = split(*first, g.kernel_height, g.kernel_width);
  if (!factors) return direct;
  auto passes = plan_separable(g, factors->first, factors->second);
  return passes && (!direct || cost_of(*passes) < cost_of(*direct)) ? passes : direct;
}

}  // namespace native_conv
