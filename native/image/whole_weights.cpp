// Layer: image. SPDX-License-Identifier: MIT
#include "image/whole_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/image.h"

namespace native_conv {
namespace {

std::vector<WholeTap> taps_of(const std::vector<std::int32_t>& weights, std::int64_t width,
                              std::int64_t channels) {
  std::vector<WholeTap> taps;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    if (weights[i] != 0) taps.push_back({at / width, at % width * channels, weights[i]});
  }
  return taps;
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

// Of pairs of rows for `word_rows` rows of results, of which each begins a row below the one before.
std::vector<std::int32_t> column_pairs(const std::vector<std::int32_t>& weights) {
  const auto height = static_cast<std::int64_t>(weights.size());
  const auto at = [&](std::int64_t y) {
    return y < 0 || y >= height ? 0 : weights[static_cast<std::size_t>(y)];
  };
  std::vector<std::int32_t> pairs;
  for (std::int64_t y = 0; y < height + word_rows - 1; y += 2) {
    for (std::int64_t r = 0; r < word_rows; ++r) pairs.push_back(packed(at(y - r), at(y + 1 - r), 16));
  }
  return pairs;
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
  const bool positive = range.least == 0 && range_of(column.values).least == 0;
  if (g.target.type == PixelType::uint8 && positive && finish->odd == 0 && finish->shift > 0 &&
      finish->bias >= 0 && fits<std::uint16_t>(range.greatest * column_sum + finish->bias)) {
    plan.second_pass = SecondPass::words;
    for (std::int32_t weight : column.values) plan.column.push_back(repeated(weight));
    return plan;
  }
  plan.second_pass = SecondPass::sums;
  plan.column = column_pairs(column.values);
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

std::int64_t cost_of(const WholeFilter& plan) {
  const auto pairs = [](const TapPairs& p) { return static_cast<std::int64_t>(p.taps.size() / 2); };
  if (!plan.two_rows.taps.empty()) return pairs(plan.two_rows) * 6 + 4;
  const std::int64_t first = pairs(plan.first) * (plan.first_pass == FirstPass::bytes ? 8 : 18) + 4;
  if (!plan.separable) return first;
  const auto column = static_cast<std::int64_t>(plan.column.size());
  // Of a pair 4 loads and 4 shuffles, and for each of the rows of results 4 products and 4 sums.
  return first + (plan.second_pass == SecondPass::words ? column * 4 + 8 : column / word_rows * 10 + 20);
}

std::optional<WholeFilter> costed(std::optional<WholeFilter> plan) {
  if (plan) plan->cost = cost_of(*plan);
  return plan;
}

}  // namespace

std::optional<WholeFilter> plan_whole_filter(const ImageGeometry& g, const WholeKernels& kernels) {
  auto direct = kernels.direct ? costed(plan_direct(g, *kernels.direct)) : std::nullopt;
  if (!kernels.factors) return direct;
  auto passes = costed(plan_separable(g, kernels.factors->first, kernels.factors->second));
  return passes && (!direct || passes->cost < direct->cost) ? passes : direct;
}

}  // namespace native_conv
