// Bands of output rows: their source rows as float32 with the border around them, one or two passes of a GEMM
// kernel over those, and the sums as pixels. Layer: image. SPDX-License-Identifier: MIT
#include "image/filter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/buffer.h"
#include "base/clear.h"
#include "base/packed_reader.h"
#include "image/filter_bytes.h"
#include "image/filter_quads.h"
#include "image/padded_rows.h"
#include "image/pixel_types.h"
#include "image/strips.h"
#include "kernels/kernels.h"

namespace native_conv {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::internal, "filter: " + what); }

// What `rows` neighbouring rows of sums take from each place that one of them reads: its offset from the
// first of them on, and a weight for each row, 0 where it does not read there.
struct Taps {
  std::int64_t rows;
  std::vector<float> weights;  // [offsets][rows]
  std::vector<std::int32_t> offsets;
};

Taps taps_of(const ImageTable& table, std::int64_t height, std::int64_t width, std::int64_t row,
             std::int64_t step, std::int64_t rows) {
  if (!table.floats || table.length / width != height || table.length % width != 0)
    fail("weights of a wrong kind or length");
  const auto weight = [&](std::int64_t y, std::int64_t x) {
    return y >= 0 && y < height ? table.floats[y * width + x] : 0.0f;
  };
  Taps taps{rows, {}, {}};
  for (std::int64_t y = 0; y < height + rows - 1; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      bool read = false;
      for (std::int64_t r = 0; r < rows; ++r) read |= weight(y - r, x) != 0;
      if (!read) continue;
      const std::int64_t offset = y * row + x * step;
      if (offset > std::numeric_limits<std::int32_t>::max()) {
        throw Error(ErrorCode::too_large, "the kernel reaches further than 32-bit offsets");
      }
      for (std::int64_t r = 0; r < rows; ++r) taps.weights.push_back(weight(y - r, x));
      taps.offsets.push_back(static_cast<std::int32_t>(offset));
    }
  }
  return taps;
}

// y[r][j] = chain over the taps of x[r][j + offset], then delta: a product of the weights, as many rows at
// once as the taps are for, with panels that the offsets read from x.
void run_pass(const Taps& taps, const float* x, std::int64_t x_row, std::int64_t rows, std::int64_t columns,
              float* y, std::int64_t y_row, float delta) {
  const Kernels<float>& k = kernels<float>();
  const std::int64_t most = panel_columns(k, static_cast<int>(taps.rows));
  const std::vector<float> bias(static_cast<std::size_t>(taps.rows), delta);
  Finish<float> finish;
  finish.bias = bias.data();
  GemmTile<float> tile{};
  tile.a = taps.weights.data();
  tile.offsets = taps.offsets.data();
  tile.depth = static_cast<std::int64_t>(taps.offsets.size());
  tile.rows = static_cast<int>(taps.rows);
  tile.c_row = y_row;
  tile.finish = &finish;
  Checkpoint checkpoint;
  for (std::int64_t r = 0; r < rows; r += taps.rows) {
    for (std::int64_t j = 0; j < columns; j += most) {
      checkpoint.pass(tile.depth);
      tile.b = x + r * x_row + j;
      tile.c = y + r * y_row + j;
      tile.columns = static_cast<int>(std::min(most, columns - j));
      k.gemm_panel.run(tile);
    }
  }
}

// A sum as a whole number of T, clamped; NaN becomes the least one.
template <class T, Rounding rounding>
T to_pixel(float sum) {
  constexpr float least = std::numeric_limits<T>::min(), most = std::numeric_limits<T>::max();
  const float clamped = sum > least ? (sum < most ? sum : most) : least;
  if constexpr (rounding == Rounding::up) {
    const double above = static_cast<double>(clamped) + 0.5;
    const auto whole = static_cast<std::int32_t>(above);
    return static_cast<T>(whole - (whole > above));
  } else {
    // Beside 1.5 * 2^23 a float has no fraction: adding rounds to nearest even, and that without a call.
    constexpr float whole = 12582912.0f;
    return static_cast<T>(static_cast<std::int32_t>((clamped + whole) - whole));
  }
}

class Filter {
 public:
  explicit Filter(const ImageCall& call)
      : call_(call),
        g_(checked(call)),
        separable_(g_.operation == ImageOperation::separable),
        first_(first_taps()),
        column_(column_taps()),
        rows_(g_),
        band_(std::max<std::int64_t>(8, band_values / padded_row() - g_.kernel_height + 1)) {}

  template <class S, class T>
  void run(const Strip& strip) const {
    for (std::int64_t first = strip.first; first < strip.last; first += band_) {
      run_band<S, T>(strip.plane, first, std::min(band_, strip.last - first));
    }
  }

 private:
  // Half a megabyte of padded rows stays in the second cache.
  static constexpr std::int64_t band_values = 1 << 17;

  static const ImageGeometry& checked(const ImageCall& call) {
    const ImageGeometry& g = call.geometry;
    if (g.source.height != g.target.height || g.source.width != g.target.width) fail("the sizes differ");
    const std::size_t tables = g.operation == ImageOperation::separable ? 2 : 1;
    if (call.tables.size() != tables) fail("a wrong number of tables");
    const std::int64_t columns = g.source.width + g.kernel_width;
    check_product("the padded row", {columns, g.channels});
    check_product("the padded image", {g.source.height + g.kernel_height, (columns - 1) * g.channels});
    return g;
  }

  // Of the only pass, or of that along rows.
  Taps first_taps() const {
    if (separable_) return taps_of(call_.tables[1], 1, g_.kernel_width, 0, g_.channels, 1);
    return taps_of(call_.tables[0], g_.kernel_height, g_.kernel_width, padded_row(), g_.channels,
                   rows_at_once(is_finite()));
  }
  Taps column_taps() const {
    if (!separable_) return {1, {}, {}};
    double sum = 0;
    for (const float weight : first_.weights) sum += std::abs(static_cast<double>(weight));
    const bool finite = is_finite() && most_value * sum < std::numeric_limits<float>::max();
    return taps_of(call_.tables[0], g_.kernel_height, 1, length(), 0, rows_at_once(finite));
  }

  // Two rows of sums share what is loaded, and have enough chains between them to keep the processor busy. A
  // weight of 0 adds nothing to a sum that began as +0, unless it meets an infinity or NaN.
  static std::int64_t rows_at_once(bool finite) { return finite ? 2 : 1; }
  static constexpr double most_value = std::numeric_limits<std::uint16_t>::max();
  bool is_finite() const { return g_.source.type != PixelType::float32; }

  std::int64_t length() const { return g_.source.width * g_.channels; }
  std::int64_t padded_row() const { return (g_.source.width + g_.kernel_width - 1) * g_.channels; }

  template <class S, class T>
  void run_band(std::int64_t plane, std::int64_t first, std::int64_t rows) const {
    const Taps& last = separable_ ? column_ : first_;
    const std::int64_t made = (rows + last.rows - 1) / last.rows * last.rows,
                       read_rows = rows + g_.kernel_height - 1, padded_rows = made + g_.kernel_height - 1;
    float* padded = scratch<float>(Scratch::image_ring, padded_rows * padded_row());
    Checkpoint checkpoint;
    for (std::int64_t i = 0; i < read_rows; ++i) {
      checkpoint.pass(padded_row());
      rows_.copy<S>(call_.source, plane, first + i, 0, padded_row(), padded + i * padded_row());
    }
    // Only sums that nobody wants read beyond.
    clear(padded + read_rows * padded_row(), (padded_rows - read_rows) * padded_row());
    float* sums = scratch<float>(Scratch::image_sums, made * length());
    const auto delta = static_cast<float>(g_.delta);
    if (separable_) {
      float* between = scratch<float>(Scratch::image_block, padded_rows * length());
      run_pass(first_, padded, padded_row(), padded_rows, length(), between, length(), 0);
      run_pass(column_, between, length(), made, length(), sums, length(), delta);
    } else {
      run_pass(first_, padded, padded_row(), made, length(), sums, length(), delta);
    }
    T* target = static_cast<T*>(call_.target) + plane * g_.target.plane + first * g_.target.row;
    for (std::int64_t r = 0; r < rows; ++r) store(sums + r * length(), target + r * g_.target.row);
  }

  void store(const float* sums, float* y) const { std::copy_n(sums, length(), y); }
  template <class T>
  void store(const float* sums, T* y) const {
    if (g_.rounding == Rounding::up)
      return convert_row<float, T, to_pixel<T, Rounding::up>>(sums, length(), y);
    convert_row<float, T, to_pixel<T, Rounding::even>>(sums, length(), y);
  }

  const ImageCall& call_;
  const ImageGeometry& g_;
  bool separable_;
  Taps first_, column_;
  PaddedRows rows_;
  std::int64_t band_;
};

}  // namespace

void run_filter(const ImageCall& call, const RunControl& control) {
  const ImageGeometry& g = call.geometry;
  const Filter filter(call);
  if (const auto kernels = whole_kernels(call)) {
    const auto pairs = plan_whole_filter(g, *kernels);
    const auto quads = plan_quad_filter(g, *kernels);
    if (quads && (!pairs || quads->cost < pairs->cost)) return run_filter_quads(call, *quads, control);
    if (pairs) return run_filter_bytes(call, *pairs, control);
  }
  with_pixel_type(g.source.type, [&](auto from) {
    with_pixel_type(g.target.type, [&](auto to) {
      for_each_strip(g, control,
                     [&](const Strip& strip) { filter.run<decltype(from), decltype(to)>(strip); });
    });
  });
}

}  // namespace native_conv
