// Tables that fit an image geometry, and what is done to them before they are passed on. Layer: test.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "image/axis.h"
#include "image_input.h"
#include "kernels/image.h"

namespace native_conv::fuzz {

struct Table {
  enum Kind { integers, floats, doubles, kinds };
  Kind kind;
  std::vector<double> values;
};

inline std::size_t size_of(Table::Kind kind) { return kind == Table::doubles ? 8 : 4; }

class TableMaker {
 public:
  TableMaker(const ImageGeometry& g, const ImageManner& manner)
      : g_(g), style_(manner.tables % 4), variant_(manner.tables / 4), engine_(manner.seed + 1u) {}

  std::vector<Table> make() {
    switch (g_.operation) {
      case ImageOperation::resample:
        add_axis(g_.source.height, g_.target.height);
        add_axis(g_.source.width, g_.target.width);
        break;
      case ImageOperation::filter:
        add_kernel(g_.kernel_height, g_.kernel_width);
        break;
      case ImageOperation::separable:
        add_kernel(g_.kernel_height, 1);
        add_kernel(1, g_.kernel_width);
        break;
      case ImageOperation::tensor:
        add_tensor();
        break;
      default:
        break;
    }
    return std::move(tables_);
  }

 private:
  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }
  double real(double most) { return std::uniform_real_distribution<double>(-most, most)(engine_); }

  // An axis, packed: all of the picture, a part of it, the middle outputs of twice as many, or other
  // coordinates.
  void add_axis(std::int64_t size, std::int64_t outputs) {
    const auto from = static_cast<double>(size), to = static_cast<double>(outputs);
    const int filter = variant_ % static_cast<int>(ResizeFilter::count);
    const int coordinates = style_ == 3 ? variant_ % static_cast<int>(Coordinates::count) : 0;
    const bool part = style_ == 1, middle = style_ == 2;
    tables_.push_back({Table::doubles,
                       {from, part ? from / 4 : 0, part ? from * 0.875 : from, middle ? 2 * to : to,
                        static_cast<double>(filter), variant_ & 32 ? 0.0 : 1.0,
                        static_cast<double>(coordinates), -0.5, middle ? std::floor(to / 2) : 0, to, 0}});
  }

  // Small whole numbers, larger ones of one sign or both, products of a column and a row, or fractions.
  void add_kernel(std::int64_t height, std::int64_t width) {
    Table table{Table::floats, {}};
    std::vector<int> column, row;
    for (std::int64_t y = 0; y < height; ++y) column.push_back(integer(-4, 4));
    for (std::int64_t x = 0; x < width; ++x) row.push_back(integer(0, 9));
    const double scale = std::ldexp(1, -(variant_ % 8));
    for (int down : column) {
      for (int along : row) {
        const double any[] = {static_cast<double>(integer(-4, 4)),
                              integer(variant_ & 8 ? 0 : -900, 900) * scale, down * along * scale, real(2)};
        table.values.push_back(static_cast<float>(any[style_]));
      }
    }
    tables_.push_back(std::move(table));
  }

  void add_tensor() {
    const std::int64_t up = std::min<std::int64_t>(variant_ % 3, g_.target.height - 1);
    const std::int64_t left = std::min<std::int64_t>(variant_ % 2, g_.target.width - 1);
    const bool blend = (variant_ & 16) && g_.channels > 1;
    const std::int64_t colours = g_.channels - (blend ? 1 : 0);
    const bool gray = (variant_ & 8) && colours >= 3;
    const std::int64_t kept = gray ? 1 : colours;
    add_axis(g_.source.height, g_.target.height - up);
    add_axis(g_.source.width, g_.target.width - left);
    Table places{Table::integers,
                 {static_cast<double>(left), static_cast<double>(up / 2), gray ? 1.0 : 0, blend ? 1.0 : 0}};
    Table values{Table::doubles, {}};
    for (std::int64_t k = 0; k < g_.target_planes * g_.target_channels; ++k) {
      places.values.push_back(static_cast<double>(k % kept));
      values.values.insert(values.values.end(),
                           {real(2) / 128, real(3), static_cast<double>(integer(0, 255))});
    }
    for (int c = 0; c < 3; ++c) values.values.push_back(integer(0, 255));
    tables_.push_back(std::move(places));
    tables_.push_back(std::move(values));
  }

  const ImageGeometry& g_;
  int style_, variant_;
  std::minstd_rand engine_;
  std::vector<Table> tables_;
};

inline void apply(const TableChange& change, std::vector<Table>& tables) {
  const auto action = static_cast<TableChange::Action>(change.action % TableChange::count);
  if (action == TableChange::add) return tables.push_back({Table::integers, {number_of(change.value)}});
  if (tables.empty()) return;
  const std::size_t which = change.table % tables.size();
  std::vector<double>& values = tables[which].values;
  switch (action) {
    case TableChange::set:
      if (!values.empty()) values[change.place % values.size()] = number_of(change.value);
      break;
    case TableChange::shorten:
      values.resize(values.size() - std::min<std::size_t>(values.size(), change.value));
      break;
    case TableChange::lengthen:
      values.resize(values.size() + change.place, number_of(change.value));
      break;
    case TableChange::retype:
      tables[which].kind = static_cast<Table::Kind>(change.value % Table::kinds);
      break;
    default:
      tables.erase(tables.begin() + static_cast<std::ptrdiff_t>(which));
  }
}

inline std::int32_t to_integer(double value) {
  constexpr double least = std::numeric_limits<std::int32_t>::min(),
                   most = std::numeric_limits<std::int32_t>::max();
  return std::isnan(value) ? 0 : static_cast<std::int32_t>(std::clamp(value, least, most));
}

}  // namespace native_conv::fuzz
