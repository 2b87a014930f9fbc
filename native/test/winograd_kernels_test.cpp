// The Winograd kernels of every ISA against the matrices that Cook and Toom's polynomials give, worked out
// here in float64; operands end at unmapped memory. Layer: test. SPDX-License-Identifier: MIT
#include <algorithm>

#include "support.h"

namespace native_conv::test {
namespace {

using Matrix = std::vector<std::vector<double>>;

constexpr WinogradForm forms[] = {WinogradForm::f2, WinogradForm::f4, WinogradForm::f2_row,
                                  WinogradForm::f4_row};

// The transforms of one axis: F(m, 3) at the points 0, ±a, ±b (the first m + 1 of them) and ∞.
struct Axis {
  Matrix input, filter, output;  // Bᵀ, G, Aᵀ

  explicit Axis(int outputs) {
    if (outputs == 1) {
      input = filter = output = {{1}};
      return;
    }
    const std::vector<double> points =
        outputs == 2 ? std::vector<double>{0, 1, -1} : std::vector<double>{0, 0.625, -0.625, 1.5, -1.5};
    const std::size_t n = points.size() + 1;
    output.assign(static_cast<std::size_t>(outputs), std::vector<double>(n, 0));
    for (std::size_t i = 0; i < points.size(); ++i) {
      std::vector<double> product = {1};
      double scale = 1;
      for (std::size_t j = 0; j < points.size(); ++j) {
        if (j == i) continue;
        product = times(product, points[j]);
        scale *= points[i] - points[j];
      }
      // F(2, 3)'s first row has the other sign on both sides, as Lavin & Gray write it.
      const double sign = outputs == 2 && i == 0 ? -1 : 1;
      for (double& coefficient : product) coefficient *= sign;
      product.resize(n, 0);
      input.push_back(product);
      filter.push_back({sign / scale, sign * points[i] / scale, sign * points[i] * points[i] / scale});
      double power = 1;
      for (std::vector<double>& row : output) {
        row[i] = power;
        power *= points[i];
      }
    }
    std::vector<double> all = {1};
    for (double point : points) all = times(all, point);
    input.push_back(all);
    filter.push_back({0, 0, 1});
    output.back()[n - 1] = 1;
  }

  // polynomial · (x - point), coefficients ascending.
  static std::vector<double> times(const std::vector<double>& polynomial, double point) {
    std::vector<double> product(polynomial.size() + 1, 0);
    for (std::size_t i = 0; i < polynomial.size(); ++i) {
      product[i + 1] += polynomial[i];
      product[i] -= polynomial[i] * point;
    }
    return product;
  }
};

// (rows · d · columnsᵀ)[i][j], and what it would be without signs.
struct Sum {
  double value, magnitude;
};
template <class Read>
Sum transformed(const Matrix& rows, const Matrix& columns, std::size_t i, std::size_t j, Read&& read) {
  Sum sum{0, 0};
  for (std::size_t h = 0; h < rows[i].size(); ++h) {
    for (std::size_t w = 0; w < columns[j].size(); ++w) {
      const double term = rows[i][h] * columns[j][w] * read(static_cast<int>(h), static_cast<int>(w));
      sum.value += term;
      sum.magnitude += std::abs(term);
    }
  }
  return sum;
}

template <class T>
void check_near(T actual, const Sum& expected, double roundings) {
  const double most = roundings * std::numeric_limits<T>::epsilon() * expected.magnitude;
  if (std::abs(static_cast<double>(actual) - expected.value) <= most) return;
  FAIL_CHECK("is " << actual << ", expected " << expected.value << " within " << most);
}

template <class T>
Guarded<T> even_numbers(Numbers& numbers, std::int64_t count) {
  Guarded<T> values(static_cast<std::size_t>(count));
  numbers.fill(values, NumberRange::even);
  return values;
}

template <class T>
void check_weights(const KernelRow&, void (*kernel)(const WinogradWeights<T>&)) {
  Numbers numbers(51);
  for (WinogradForm form : forms) {
    const WinogradTile tile = winograd_tile(form);
    CAPTURE(static_cast<int>(form));
    const Axis h(tile.rows), w(tile.columns);
    const int row_taps = tile.rows == 1 ? 1 : 3;
    Guarded<T> taps = even_numbers<T>(numbers, row_taps * 3 * winograd_channels);
    taps.freeze();
    const std::int64_t point = winograd_channels + 5;
    Guarded<T> u(static_cast<std::size_t>((tile.points() - 1) * point + winograd_channels));
    kernel({form, taps.data(), u.data(), point});
    for (int p = 0; p < tile.points(); ++p) {
      for (int r = 0; r < winograd_channels; ++r) {
        const Sum expected = transformed(h.filter, w.filter, static_cast<std::size_t>(p / tile.column_points),
                                         static_cast<std::size_t>(p % tile.column_points), [&](int y, int x) {
                                           return taps.data()[(y * 3 + x) * winograd_channels + r];
                                         });
        check_near(u.data()[p * point + r], expected, 6);
      }
    }
  }
}

template <class T>
void check_input(const KernelRow& row, void (*kernel)(const WinogradInput<T>&)) {
  Numbers numbers(52);
  const int vector = kernels_for<T>(row.isa).lanes;
  int counter = 0;
  for (WinogradForm form : forms) {
    const WinogradTile tile = winograd_tile(form);
    const Axis h(tile.rows), w(tile.columns);
    for (int columns = 1; columns <= 40; columns += columns < 20 ? 1 : 7, ++counter) {
      CAPTURE(static_cast<int>(form));
      CAPTURE(columns);
      // Two strips, of which the second has fewer columns; every third row does not exist.
      const int step = 1 + counter % 3, taps = 1 + counter % 2, channels = 1 + counter % 4, strips = 2;
      const std::vector<int> widths = {columns, columns - columns / 3};
      WinogradInput<T> t{};
      t.form = form;
      t.channels = channels;
      t.taps = taps;
      t.widths = widths.data();
      t.strip_count = strips;
      t.step = step;
      const int reach = (tile.column_points - 1) * step + 1;
      t.lines.margin = counter % 2 * 16;
      t.lines.pitch = t.lines.margin + (columns + reach + 15) / 16 * 16;
      std::vector<std::int64_t> rows;
      std::int64_t length = 0;
      for (int r = 0; r < taps * strips * tile.row_points; ++r) {
        const bool exists = (r + counter) % 3 != 0;
        rows.push_back(exists ? length : winograd_no_row);
        if (exists) length += widths[static_cast<std::size_t>(r / tile.row_points % strips)];
      }
      t.rows = rows.data();
      t.next = length;
      Guarded<T> x = even_numbers<T>(numbers, channels * length);
      x.freeze();
      t.x = x.data();
      const int lanes = counter % 3 * vector,
                tail = lanes == 0 ? 1 + counter % (vector / 2) : counter % (vector / 2 + 1),
                vectors = (lanes + tail + vector - 1) / vector;
      std::vector<std::int32_t> tiles;
      for (int lane = 0; lane < vectors * vector; ++lane) {
        const int line = lane % strips * tile.row_points;
        tiles.push_back(line * t.lines.pitch + (lane * 5 + counter) % (t.lines.pitch - reach + 1));
      }
      t.tiles = tiles.data();
      Guarded<T> scratch(static_cast<std::size_t>(winograd_scratch(tile, strips, t.lines)));
      t.scratch = scratch.data();
      const std::int64_t depth = channels * taps, point = depth * lanes + 3, tail_point = depth * tail + 1;
      Guarded<T> v(static_cast<std::size_t>((tile.points() - 1) * point + depth * lanes)),
          tails(static_cast<std::size_t>((tile.points() - 1) * tail_point + depth * tail));
      t.areas[0] = {v.data(), point, lanes};
      t.areas[1] = {tails.data(), tail_point, tail};
      kernel(t);
      const auto element = [&](int c, int lane, int y, int column) {
        const int at = tiles[static_cast<std::size_t>(lane)] + column * step,
                  strip = at / t.lines.pitch / tile.row_points, place = at % t.lines.pitch - t.lines.margin;
        const std::int64_t from =
            rows[static_cast<std::size_t>((c % taps * strips + strip) * tile.row_points + y)];
        const bool exists =
            from != winograd_no_row && place >= 0 && place < widths[static_cast<std::size_t>(strip)];
        return exists ? x.data()[c / taps * length + from + place] : T(0);
      };
      for (int c = 0; c < depth; ++c) {
        for (int lane = 0; lane < lanes + tail; ++lane) {
          for (int p = 0; p < tile.points(); ++p) {
            const Sum expected =
                transformed(h.input, w.input, static_cast<std::size_t>(p / tile.column_points),
                            static_cast<std::size_t>(p % tile.column_points),
                            [&](int y, int column) { return element(c, lane, y, column); });
            check_near(lane < lanes ? v.data()[p * point + c * lanes + lane]
                                    : tails.data()[p * tail_point + c * tail + lane - lanes],
                       expected, 6);
          }
        }
      }
    }
  }
}

template <class T>
void check_product(const KernelRow& row, void (*kernel)(const WinogradProduct<T>&)) {
  Numbers numbers(53);
  const int vector = kernels_for<T>(row.isa).lanes;
  for (int vectors = 0; vectors * vector <= 48; ++vectors) {
    for (int tail = 0; tail <= vector / 2; ++tail) {
      const int lanes = vectors * vector, rows = 1 + (vectors * 5 + tail * 3) % winograd_channels,
                depth = 1 + (vectors * 7 + tail) % 19, points = 3;
      if (lanes + tail == 0) continue;
      CAPTURE(lanes);
      CAPTURE(tail);
      CAPTURE(depth);
      const std::int64_t u_point = (depth + tail % 2) * winograd_channels;
      Guarded<T> u = even_numbers<T>(numbers, points * u_point),
                 v = even_numbers<T>(numbers, points * depth * lanes),
                 tails = even_numbers<T>(numbers, points * depth * tail);
      for (Guarded<T>* operand : {&u, &v, &tails}) operand->freeze();
      const std::int64_t m_row = (lanes + tail + vector - 1) / vector * vector,
                         m_point = winograd_channels * m_row;
      Guarded<T> m(static_cast<std::size_t>(points * m_point));
      WinogradProduct<T> t{};
      t.u = u.data();
      t.u_point = u_point;
      t.v = v.data();
      t.v_point = depth * lanes;
      t.lanes = lanes;
      t.tail_v = tails.data();
      t.tail_point = depth * tail;
      t.tail = tail;
      t.points = points;
      t.rows = rows;
      t.depth = depth;
      t.m = m.data();
      t.m_point = m_point;
      t.m_row = m_row;
      // What is fetched need not be there.
      const std::int64_t outputs[] = {0, 1 << 20};
      t.y = m.data();
      t.y_channel = 1 << 24;
      t.outputs = outputs;
      t.output_count = tail % 3;
      kernel(t);
      for (int p = 0; p < points; ++p) {
        for (int r = 0; r < rows; ++r) {
          for (int j = 0; j < lanes + tail; ++j) {
            Sum expected{0, 0};
            for (int c = 0; c < depth; ++c) {
              const T x = j < lanes ? v.data()[(p * depth + c) * lanes + j]
                                    : tails.data()[(p * depth + c) * tail + j - lanes];
              const double term = static_cast<double>(x) * u.data()[p * u_point + c * winograd_channels + r];
              expected.value += term;
              expected.magnitude += std::abs(term);
            }
            check_near(m.data()[p * m_point + r * m_row + j], expected, depth);
          }
        }
      }
    }
  }
}

template <class T>
void check_output(const KernelRow&, void (*kernel)(const WinogradOutput<T>&)) {
  Numbers numbers(54);
  int counter = 0;
  for (WinogradForm form : forms) {
    const WinogradTile tile = winograd_tile(form);
    const Axis h(tile.rows), w(tile.columns);
    for (int tiles = 1; tiles <= 56; tiles += tiles < 20 ? 1 : 9, ++counter) {
      CAPTURE(static_cast<int>(form));
      CAPTURE(tiles);
      const int rows = 1 + counter % 3, channel = 2;
      const std::int64_t m_row = (tiles + 15) / 16 * 16, m_point = winograd_channels * m_row;
      Guarded<T> m = even_numbers<T>(numbers, tile.points() * m_point);
      m.freeze();
      // All tiles but the last of two rows, the second of which loses a line and a column.
      const int second = tiles / 2, first = tiles - second;
      const std::int64_t y_column = 1 + counter % 2 * 2, y_row = (first * tile.columns + 1) * y_column;
      const std::int64_t second_at = tile.rows * y_row, y_channel = 2 * tile.rows * y_row;
      std::vector<WinogradPatch> patches = {{0, tile.rows, first * tile.columns, 0}};
      if (second > 0) {
        patches.push_back({first, std::max(1, tile.rows - 1), second * tile.columns - 1, second_at});
      }
      Guarded<T> y(static_cast<std::size_t>(rows * y_channel)),
          residual = even_numbers<T>(numbers, rows * y_channel);
      numbers.fill(y);
      const std::vector<T> before(y.begin(), y.end());
      std::vector<bool> written(y.size(), false);
      // An activation that only shifts and scales keeps errors small: none, clamp and leaky.
      Finishes<T> finishes(numbers, channel + rows);
      Finish<T> finish = *finishes.get(1 + counter % 5);
      Guarded<T> bias = even_numbers<T>(numbers, channel + rows);
      finish.bias = bias.data();
      const bool with_residual = counter % 3 != 0;
      WinogradOutput<T> t{};
      t.form = form;
      t.m = m.data();
      t.m_point = m_point;
      t.m_row = m_row;
      t.rows = rows;
      t.tiles = tiles;
      t.patches = patches.data();
      t.patch_count = static_cast<int>(patches.size());
      t.y = y.data();
      t.y_channel = y_channel;
      t.y_row = y_row;
      t.y_column = y_column;
      t.residual = with_residual ? residual.data() : nullptr;
      t.finish = &finish;
      t.channel = channel;
      kernel(t);
      for (int r = 0; r < rows; ++r) {
        for (const WinogradPatch& patch : patches) {
          for (int line = 0; line < patch.lines; ++line) {
            for (int column = 0; column < patch.columns; ++column) {
              const int lane = patch.lane + column / tile.columns;
              Sum sum =
                  transformed(h.output, w.output, static_cast<std::size_t>(line),
                              static_cast<std::size_t>(column % tile.columns), [&](int i, int j) {
                                return m.data()[(i * tile.column_points + j) * m_point + r * m_row + lane];
                              });
              const std::int64_t at = r * y_channel + patch.at + line * y_row + column * y_column;
              const double added = with_residual ? static_cast<double>(residual.data()[at]) : 0;
              const double value = sum.value + static_cast<double>(bias.data()[channel + r]) + added;
              sum.value = finish.fused == Fused::leaky && value < 0
                              ? value * static_cast<double>(finish.alpha)
                              : value;
              if (finish.fused == Fused::clamp) {
                sum.value = std::min(std::max(value, static_cast<double>(finish.low)),
                                     static_cast<double>(finish.high));
              }
              sum.magnitude += 2;
              check_near(y.data()[at], sum, 8);
              written[static_cast<std::size_t>(at)] = true;
            }
          }
        }
      }
      for (std::size_t i = 0; i < y.size(); ++i) {
        if (!written[i]) CHECK(same_bits(y[i], before[i]));
      }
    }
  }
}

// The forms that weight gradients have.
constexpr WinogradForm gradient_forms[] = {WinogradForm::f4, WinogradForm::f4_row};

// A matrix with its rows as columns.
Matrix turned(const Matrix& matrix) {
  Matrix result(matrix[0].size(), std::vector<double>(matrix.size()));
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    for (std::size_t j = 0; j < matrix[i].size(); ++j) result[j][i] = matrix[i][j];
  }
  return result;
}

// Of the input, or of the output's gradient.
template <class T>
void check_panel(const KernelRow& row, void (*kernel)(const WinogradPanel<T>&), bool of_input) {
  Numbers numbers(55);
  const int vector = kernels_for<T>(row.isa).lanes;
  int counter = 0;
  for (WinogradForm form : gradient_forms) {
    const WinogradTile tile = winograd_tile(form);
    const Axis h(tile.rows), w(tile.columns);
    const Matrix by_rows = of_input ? h.input : turned(h.output),
                 by_columns = of_input ? w.input : turned(w.output);
    const auto height = static_cast<int>(by_rows[0].size()), width = static_cast<int>(by_columns[0].size());
    for (int columns = 1; columns <= 40; columns += columns < 20 ? 1 : 7, ++counter) {
      CAPTURE(static_cast<int>(form));
      CAPTURE(columns);
      // Three strips, of which one has no elements and one more columns; every third row does not exist.
      const int step = 1 + counter % 3, channels = 1 + counter % vector;
      const std::vector<int> widths = {columns - columns / 3, 0, columns}, counts = {3, 1 + counter % 2, 4};
      const int strips = static_cast<int>(widths.size()), tiles = counts[0] + counts[1] + counts[2];
      WinogradPanel<T> t{};
      t.form = form;
      t.channels = channels;
      t.widths = widths.data();
      t.tile_counts = counts.data();
      t.strip_count = strips;
      t.step = step;
      const int reach = (width - 1) * step + 1;
      t.lines.margin = counter % 2 * 16;
      t.lines.pitch = t.lines.margin + (columns + reach + 15) / 16 * 16;
      std::vector<std::int64_t> rows;
      std::int64_t length = 0;
      for (int r = 0; r < strips * tile.row_points; ++r) {
        const int of_strip = widths[static_cast<std::size_t>(r / tile.row_points)];
        const bool exists = (r + counter) % 3 != 0 && of_strip > 0;
        rows.push_back(exists ? length : winograd_no_row);
        if (exists) length += of_strip;
      }
      t.rows = rows.data();
      t.next = length;
      Guarded<T> x = even_numbers<T>(numbers, channels * length);
      x.freeze();
      t.x = x.data();
      std::vector<std::int32_t> places;
      for (int i = 0; i < tiles; ++i) places.push_back((i * 5 + counter) % (t.lines.pitch - reach + 1));
      t.tiles = places.data();
      Guarded<T> scratch(static_cast<std::size_t>(winograd_panel_scratch(tile, t.lines, vector)));
      t.scratch = scratch.data();
      t.row = vector + counter % 2 * vector;
      t.point = tiles * t.row + 3;
      Guarded<T> v(static_cast<std::size_t>((tile.points() - 1) * t.point + (tiles - 1) * t.row + vector));
      t.v = v.data();
      kernel(t);
      for (int c = 0; c < vector; ++c) {
        for (int i = 0, strip = 0, left = counts[0]; i < tiles; ++i, --left) {
          while (left == 0) left = counts[static_cast<std::size_t>(++strip)];
          const auto element = [&](int y, int column) {
            const int place = places[static_cast<std::size_t>(i)] + column * step - t.lines.margin;
            const std::int64_t from = rows[static_cast<std::size_t>(strip * tile.row_points + y)];
            const bool exists = c < channels && y < height && from != winograd_no_row && place >= 0 &&
                                place < widths[static_cast<std::size_t>(strip)];
            return exists ? x.data()[c * length + from + place] : T(0);
          };
          for (int p = 0; p < tile.points(); ++p) {
            check_near(v.data()[p * t.point + i * t.row + c],
                       transformed(by_rows, by_columns, static_cast<std::size_t>(p / tile.column_points),
                                   static_cast<std::size_t>(p % tile.column_points), element),
                       8);
          }
        }
      }
    }
  }
}

template <class T>
void check_input_panel(const KernelRow& row, void (*kernel)(const WinogradPanel<T>&)) {
  check_panel(row, kernel, true);
}
template <class T>
void check_gradient_panel(const KernelRow& row, void (*kernel)(const WinogradPanel<T>&)) {
  check_panel(row, kernel, false);
}

template <class T>
void check_sums(const KernelRow& row, void (*kernel)(const WinogradSums<T>&)) {
  Numbers numbers(56);
  const int vector = kernels_for<T>(row.isa).lanes;
  for (int rows = 1; rows <= 2 * row.rows + 1; ++rows) {
    for (int vectors = 1; vectors <= 5; ++vectors) {
      const int columns = vectors * vector, tiles = 1 + (rows * 7 + vectors) % 19, points = 3;
      const bool accumulate = (rows + vectors) % 2 == 0;
      CAPTURE(rows);
      CAPTURE(columns);
      CAPTURE(tiles);
      WinogradSums<T> t{};
      t.v_row = rows + vectors % 3;
      t.v_point = tiles * t.v_row;
      t.e_row = columns + vectors % 2 * vector;
      t.e_point = tiles * t.e_row;
      t.tiles = tiles;
      t.points = points;
      t.rows = rows;
      t.columns = columns;
      t.m_row = columns + vectors % 2 * vector;
      t.m_point = rows * t.m_row + 5;
      t.accumulate = accumulate;
      Guarded<T> v = even_numbers<T>(numbers, points * t.v_point - t.v_row + rows),
                 e = even_numbers<T>(numbers, points * t.e_point - t.e_row + columns),
                 m = even_numbers<T>(numbers, (points - 1) * t.m_point + (rows - 1) * t.m_row + columns);
      v.freeze();
      e.freeze();
      const std::vector<T> before(m.begin(), m.end());
      t.v = v.data();
      t.e = e.data();
      t.m = m.data();
      kernel(t);
      std::vector<bool> written(m.size(), false);
      for (int p = 0; p < points; ++p) {
        for (int r = 0; r < rows; ++r) {
          for (int j = 0; j < columns; ++j) {
            const auto at = static_cast<std::size_t>(p * t.m_point + r * t.m_row + j);
            T sum = 0;
            for (int i = 0; i < tiles; ++i) {
              sum = std::fma(v.data()[p * t.v_point + i * t.v_row + r],
                             e.data()[p * t.e_point + i * t.e_row + j], sum);
            }
            if (accumulate) sum = sum + before[at];
            CHECK(same_bits(m.data()[at], sum));
            written[at] = true;
          }
        }
      }
      for (std::size_t i = 0; i < m.size(); ++i) {
        if (!written[i]) CHECK(same_bits(m.data()[i], before[i]));
      }
    }
  }
}

template <class T>
void check_taps(const KernelRow& row, void (*kernel)(const WinogradTaps<T>&)) {
  Numbers numbers(57);
  const int vector = kernels_for<T>(row.isa).lanes;
  for (WinogradForm form : gradient_forms) {
    const WinogradTile tile = winograd_tile(form);
    const Matrix by_rows = turned(Axis(tile.rows).filter), by_columns = turned(Axis(tile.columns).filter);
    const auto height = static_cast<int>(by_rows.size()), width = static_cast<int>(by_columns.size());
    for (int columns = 1; columns <= 2 * vector + 3; ++columns) {
      CAPTURE(static_cast<int>(form));
      CAPTURE(columns);
      WinogradTaps<T> t{};
      t.form = form;
      t.rows = 1 + columns % 3;
      t.columns = columns;
      t.m_row = (columns + vector - 1) / vector * vector;
      t.m_point = t.rows * t.m_row + 1;
      t.y_tap = columns + 2;
      t.y_row = height * width * t.y_tap;
      Guarded<T> m = even_numbers<T>(numbers, (tile.points() - 1) * t.m_point + t.rows * t.m_row),
                 y = even_numbers<T>(numbers,
                                     (t.rows - 1) * t.y_row + (height * width - 1) * t.y_tap + columns);
      m.freeze();
      const std::vector<T> before(y.begin(), y.end());
      t.m = m.data();
      t.y = y.data();
      kernel(t);
      std::vector<bool> written(y.size(), false);
      for (int r = 0; r < t.rows; ++r) {
        for (int tap = 0; tap < height * width; ++tap) {
          for (int j = 0; j < columns; ++j) {
            const auto at = static_cast<std::size_t>(r * t.y_row + tap * t.y_tap + j);
            check_near(
                y.data()[at],
                transformed(by_rows, by_columns, static_cast<std::size_t>(tap / width),
                            static_cast<std::size_t>(tap % width),
                            [&](int i, int k) {
                              return m.data()[(i * tile.column_points + k) * t.m_point + r * t.m_row + j];
                            }),
                8);
            written[at] = true;
          }
        }
      }
      for (std::size_t i = 0; i < y.size(); ++i) {
        if (!written[i]) CHECK(same_bits(y.data()[i], before[i]));
      }
    }
  }
}

TEST_SUITE("winograd") {
  TEST_CASE("winograd_weights") {
    for_each_kernel<winograd_weights_f32>("winograd_weights_f32", check_weights<float>);
    for_each_kernel<winograd_weights_f64>("winograd_weights_f64", check_weights<double>);
  }
  TEST_CASE("winograd_input") {
    for_each_kernel<winograd_input_f32>("winograd_input_f32", check_input<float>);
    for_each_kernel<winograd_input_f64>("winograd_input_f64", check_input<double>);
  }
  TEST_CASE("winograd_product") {
    for_each_kernel<winograd_product_f32>("winograd_product_f32", check_product<float>);
    for_each_kernel<winograd_product_f64>("winograd_product_f64", check_product<double>);
  }
  TEST_CASE("winograd_output") {
    for_each_kernel<winograd_output_f32>("winograd_output_f32", check_output<float>);
    for_each_kernel<winograd_output_f64>("winograd_output_f64", check_output<double>);
  }
  TEST_CASE("winograd_input_panel") {
    for_each_kernel<winograd_input_panel_f32>("winograd_input_panel_f32", check_input_panel<float>);
    for_each_kernel<winograd_input_panel_f64>("winograd_input_panel_f64", check_input_panel<double>);
  }
  TEST_CASE("winograd_gradient_panel") {
    for_each_kernel<winograd_gradient_panel_f32>("winograd_gradient_panel_f32", check_gradient_panel<float>);
    for_each_kernel<winograd_gradient_panel_f64>("winograd_gradient_panel_f64", check_gradient_panel<double>);
  }
  TEST_CASE("winograd_sums") {
    for_each_kernel<winograd_sums_f32>("winograd_sums_f32", check_sums<float>);
    for_each_kernel<winograd_sums_f64>("winograd_sums_f64", check_sums<double>);
  }
  TEST_CASE("winograd_taps") {
    for_each_kernel<winograd_taps_f32>("winograd_taps_f32", check_taps<float>);
    for_each_kernel<winograd_taps_f64>("winograd_taps_f64", check_taps<double>);
  }
}

}  // namespace
}  // namespace native_conv::test
