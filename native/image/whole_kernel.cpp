// Layer: image. SPDX-License-Identifier: MIT
#include "image/whole_kernel.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace native_conv {
namespace {

constexpr int most_shift = 15;
// Sums of float32 below it are exact, and so equal to ours.
constexpr std::int64_t exact_below = std::int64_t{1} << 24;

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

}  // namespace

std::optional<WholeKernels> whole_kernels(const ImageCall& call) {
  const ImageGeometry& g = call.geometry;
  const bool bytes = g.source.type == PixelType::uint8 &&
                     (g.target.type == PixelType::uint8 || g.target.type == PixelType::int16);
  auto first = bytes ? whole_of(call.tables[0]) : std::nullopt;
  if (!first) return std::nullopt;
  if (g.operation == ImageOperation::filter) {
    auto factors = split(*first, g.kernel_height, g.kernel_width);
    return WholeKernels{std::move(first), std::move(factors)};
  }
  auto row = whole_of(call.tables[1]);
  if (!row) return std::nullopt;
  return WholeKernels{std::nullopt, std::pair{*std::move(first), *std::move(row)}};
}

Range range_of(const std::vector<std::int32_t>& weights) {
  Range range;
  for (std::int32_t w : weights) (w < 0 ? range.least : range.greatest) += most_byte * w;
  return range;
}

std::int64_t sum_of_magnitudes(const std::vector<std::int32_t>& weights) {
  return std::accumulate(weights.begin(), weights.end(), std::int64_t{0},
                         [](std::int64_t sum, std::int32_t w) { return sum + std::abs(w); });
}

std::optional<WholeFinish> finish_of(const ImageGeometry& g, int shift, std::int64_t magnitude) {
  const double delta = std::ldexp(g.delta, shift);
  if (delta != std::floor(delta) || !(magnitude + std::abs(delta) < exact_below)) return std::nullopt;
  const std::int32_t bias = static_cast<std::int32_t>(delta), half = 1 << shift >> 1;
  if (shift == 0) return WholeFinish{bias, 0, 0};
  if (g.rounding == Rounding::up) return WholeFinish{bias + half, shift, 0};
  return WholeFinish{bias + half - 1, shift, 1};
}

}  // namespace native_conv
