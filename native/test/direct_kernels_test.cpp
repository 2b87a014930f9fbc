// scatter and the depthwise kernels of every ISA against scalar loops, bit for bit, with operands
// that end at unmapped memory. Layer: test. SPDX-License-Identifier: MIT
#include <algorithm>
#include <memory>

#include "support.h"

namespace native_conv::test {
namespace {

constexpr int first_channel = 2;

// Runs of up to `most` pixels that cover a tile of `count` but for a few junk pixels between them, last run
// first in the output.
std::vector<PixelRun> some_runs(Numbers& numbers, int count, int most, std::int64_t y_pixel) {
  std::vector<PixelRun> runs;
  for (int first = 0; first < count;) {
    const int length = std::min(numbers.integer(1, most), count - first);
    runs.push_back({first, length, 0});
    first += length + numbers.integer(0, 2);
  }
  std::int64_t at = 5;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    run->at = at;
    at += run->count * y_pixel + 1;
  }
  return runs;
}

template <class T>
void check_scatter(const KernelRow&, void (*kernel)(const ScatterTile<T>&)) {
  Numbers numbers(11);
  int counter = 0;
  for (int channels : {1, 3, 16, 21}) {
    for (int count = 1; count <= 48; ++count, ++counter) {
      const std::int64_t y_pixel = 1 + counter % 3;
      const bool channels_fastest = counter / 2 % 2 == 0, with_residual = counter % 3 == 0;
      CAPTURE(channels);
      CAPTURE(count);
      CAPTURE(y_pixel);
      CAPTURE(channels_fastest);
      Finishes<T> finishes(numbers, first_channel + channels);
      const Finish<T>* finish = finishes.get(1 + counter % (Finishes<T>::count - 1));
      Guarded<T> operand(static_cast<std::size_t>(channels * count));
      numbers.fill(operand);
      operand.freeze();
      const std::vector<PixelRun> runs = some_runs(numbers, count, counter % 5 == 0 ? 48 : 20, y_pixel);
      const std::int64_t plane = runs.front().at + (runs.front().count - 1) * y_pixel + 1;
      Guarded<T> y(static_cast<std::size_t>(channels * plane)), residual(y.size());
      numbers.fill(y);
      numbers.fill(residual);
      residual.freeze();
      std::vector<T> expected(y.begin(), y.end());

      ScatterTile<T> tile{};
      tile.tile = operand.data();
      tile.tile_channel = channels_fastest ? 1 : count;
      tile.tile_pixel = channels_fastest ? channels : 1;
      tile.channels = channels;
      tile.y = y.data();
      tile.y_channel = plane;
      tile.y_pixel = y_pixel;
      tile.runs = runs.data();
      tile.run_count = static_cast<int>(runs.size());
      tile.finish = finish;
      tile.residual = with_residual ? residual.data() : nullptr;
      tile.channel = first_channel;
      for (int i = 0; i < channels; ++i) {
        for (const PixelRun& run : runs) {
          for (int p = 0; p < run.count; ++p) {
            const auto at = static_cast<std::size_t>(i * plane + run.at + p * y_pixel);
            const std::int64_t pixel = run.first + p;
            const T acc = operand[static_cast<std::size_t>(i * tile.tile_channel + pixel * tile.tile_pixel)];
            expected[at] = finished(acc, finish, first_channel + i, with_residual ? &residual[at] : nullptr);
          }
        }
      }
      kernel(tile);
      check_same_bits(y.data(), expected.data(), y.size());
    }
  }
}

template <class T>
void check_pad_rows(const KernelRow&, void (*kernel)(const PadRows<T>&)) {
  Numbers numbers(14);
  for (int count = 1; count <= 80; ++count) {
    const int rows = numbers.integer(1, 4), before = numbers.integer(0, 19), after = numbers.integer(0, 19);
    const int step = numbers.integer(1, 2), reach = (count - 1) * step + 1;
    const int shared = numbers.integer(0, std::min(before, after)), from_row = reach + numbers.integer(0, 3);
    const int to_row = before + count + after - shared;
    CAPTURE(count);
    CAPTURE(rows);
    CAPTURE(before);
    CAPTURE(after);
    CAPTURE(shared);
    CAPTURE(step);
    Guarded<T> from(static_cast<std::size_t>((rows - 1) * from_row + reach)),
        to(static_cast<std::size_t>(rows * to_row + shared));
    numbers.fill(from);
    from.freeze();
    std::fill(to.begin(), to.end(), std::numeric_limits<T>::quiet_NaN());
    std::vector<T> expected(to.size(), T(0));
    for (int r = 0; r < rows; ++r) {
      for (int j = 0; j < count; ++j) {
        expected[static_cast<std::size_t>(r * to_row + before + j)] = from[r * from_row + j * step];
      }
    }
    kernel({from.data(), from_row, to.data(), to_row, rows, before, count, after, step});
    check_same_bits(to.data(), expected.data(), expected.size());
  }
}

template <class T>
void check_gather_rows(const KernelRow&, void (*kernel)(const GatherRows<T>&)) {
  Numbers numbers(15);
  for (int count = 1; count <= 70; ++count) {
    const int depth = numbers.integer(0, 5), to_row = count + numbers.integer(0, 20), spread = 30;
    CAPTURE(count);
    CAPTURE(depth);
    std::vector<std::int32_t> offsets;
    for (int k = 0; k < depth; ++k) offsets.push_back(k == depth / 2 ? spread : numbers.integer(0, spread));
    Guarded<T> from(static_cast<std::size_t>(spread + count)),
        to(static_cast<std::size_t>(std::max(0, depth - 1) * to_row + count));
    numbers.fill(from);
    from.freeze();
    numbers.fill(to);
    std::vector<T> expected(to.begin(), to.end());
    for (int k = 0; k < depth; ++k) {
      for (int j = 0; j < count; ++j) {
        expected[static_cast<std::size_t>(k * to_row + j)] = from[offsets[static_cast<std::size_t>(k)] + j];
      }
    }
    kernel({from.data(), offsets.data(), depth, count, to.data(), to_row});
    check_same_bits(to.data(), expected.data(), expected.size());
  }
}

// What a pass over kernel rows reads: a tensor of rows that ends where the last row does, some rows left out,
// or, of `square` kernels in a single pass, only the first or the last one, as beneath padding.
template <class T>
void check_depthwise_rows(const KernelRow& row, void (*kernel)(const DepthwiseRows<T>&), int step,
                          int kernel_h, bool square) {
  Numbers numbers(static_cast<std::uint32_t>(12 + kernel_h));
  const int lanes = kernels_for<T>(row.isa).lanes;
  for (int counter = 0; counter < 60; ++counter) {
    const int kernel_w = square || counter % 4 == 0 ? kernel_h : numbers.integer(1, 9),
              dilation = numbers.integer(1, 3), planes = 1 + counter % 3;
    const int rows = numbers.integer(1, 19), columns = numbers.integer(1, 9 * lanes + 3);
    const int width = counter % 9 == 0 ? 1 : std::max(1, columns * step + numbers.integer(-12, 12));
    const int step_h = kernel_h == 1 ? 1 : step, read = (rows - 1) * step_h + kernel_h;
    const int row_step = numbers.integer(1, 2), gap = counter % 4;
    const bool with_residual = counter % 3 == 0, accumulate = !square && counter % 5 == 0;
    CAPTURE(kernel_w);
    CAPTURE(rows);
    CAPTURE(columns);
    CAPTURE(width);
    CAPTURE(planes);
    Finishes<T> finishes(numbers, first_channel + planes);
    const Finish<T>* finish = finishes.get(counter % Finishes<T>::count);
    const int x_plane = counter % 2 == 0 ? 0 : read * width + counter % 5, w_plane = kernel_h * kernel_w;
    Guarded<T> x(static_cast<std::size_t>((planes - 1) * x_plane + read * width)),
        w(static_cast<std::size_t>(planes * w_plane));
    numbers.fill(x);
    numbers.fill(w);
    x.freeze();
    w.freeze();
    std::vector<std::int64_t> table(static_cast<std::size_t>((read - 1) * row_step + 1), 1 << 30);
    for (int i = 0; i < read; ++i) {
      const bool at_end = (i == 0 && counter % 2 == 1) || (i == read - 1 && counter % 4 > 1);
      const bool absent = square ? at_end : numbers.integer(0, 7) == 0;
      table[static_cast<std::size_t>(i * row_step)] = absent ? -1 : i * width;
    }
    std::vector<std::int32_t> offsets;
    for (int kw = 0; kw < kernel_w; ++kw) offsets.push_back(kw * dilation);
    if (square && step == 1 && counter % 5 == 0) std::reverse(offsets.begin(), offsets.end());
    const int y_row = columns + gap, y_plane = rows * y_row + gap;
    Guarded<T> y(static_cast<std::size_t>((planes - 1) * y_plane + (rows - 1) * y_row + columns)),
        residual(y.size());
    numbers.fill(y);
    numbers.fill(residual);
    residual.freeze();

    DepthwiseRows<T> tile{};
    tile.x = x.data();
    tile.x_rows = table.data();
    tile.row_step = row_step;
    tile.width = width;
    tile.column = numbers.integer(-8, 3);
    tile.offsets = offsets.data();
    tile.highest = (kernel_w - 1) * dilation;
    tile.w = w.data();
    tile.kernel_h = kernel_h;
    tile.kernel_w = kernel_w;
    tile.step = step;
    tile.rows = rows;
    tile.columns = columns;
    tile.y = y.data();
    tile.y_row = y_row;
    tile.accumulate = accumulate;
    tile.stream = !square && counter % 2 == 0;
    tile.finish = finish;
    tile.residual = with_residual ? residual.data() : nullptr;
    tile.channel = first_channel;
    tile.planes = planes;
    tile.x_plane = x_plane;
    tile.w_plane = w_plane;
    tile.y_plane = y_plane;
    std::vector<T> expected(y.begin(), y.end());
    for (int i = 0; i < planes * rows * columns; ++i) {
      const int p = i / (rows * columns), o = i / columns % rows, j = i % columns;
      const auto at = static_cast<std::size_t>(p * y_plane + o * y_row + j);
      T acc = accumulate ? expected[at] : T(0);
      for (int kh = 0; kh < kernel_h; ++kh) {
        const std::int64_t begin = table[static_cast<std::size_t>((o * step_h + kh) * row_step)];
        for (int kw = 0; kw < kernel_w && begin >= 0; ++kw) {
          const std::int64_t c = tile.column + j * step + offsets[static_cast<std::size_t>(kw)];
          if (c < 0 || c >= width) continue;
          acc = std::fma(x[static_cast<std::size_t>(p * x_plane + begin + c)],
                         w[static_cast<std::size_t>(p * w_plane + kw * kernel_h + kh)], acc);
        }
      }
      expected[at] = finished(acc, finish, first_channel + p, with_residual ? &residual[at] : nullptr);
    }
    kernel(tile);
    // Without an epilogue a chain may keep the -0 that a skipped tap would have made +0.
    if (!finish) {
      for (std::size_t i = 0; i < y.size(); ++i) y[i] += T(0), expected[i] += T(0);
    }
    check_same_bits(y.data(), expected.data(), y.size());
  }
}

template <class T>
void check_all_depthwise_rows(const KernelRow& row, void (*kernel)(const DepthwiseRows<T>&)) {
  for (int kernel_h : {1, 3, 4, 5, 6, 7}) {
    CAPTURE(kernel_h);
    for (bool square : {false, true}) {
      CAPTURE(square);
      check_depthwise_rows<T>(row, kernel, 1, kernel_h, square);
      if (kernel_h % 2 == 1) check_depthwise_rows<T>(row, kernel, 2, kernel_h, square);
    }
  }
}

// The taps of a plane of `count` elements, and a bit for each element that a tap meets.
struct PlaneTaps {
  PlaneTaps(int elements, int lane_count) : count(elements), lanes(lane_count) {}

  // As many taps that look up to 9 elements to both sides; what lies outside of x, and some others, are
  // masked.
  void scatter(Numbers& numbers, int taps) {
    for (int t = 0; t < taps; ++t) {
      const int offset = numbers.integer(-9, 9);
      add(offset, [&](int j) {
        const int from = j + offset;
        return from >= 0 && from < count && numbers.integer(0, 9) > 0;
      });
    }
  }

  // Those of a kernel with zeros around the plane, its rows of any width that divides them.
  void centre(Numbers& numbers, int size, bool reversed) {
    kernel = size;
    do width = numbers.integer(1, count);
    while (count % width != 0);
    for (int t = 0; t < size * size; ++t) {
      const int at = reversed ? size * size - 1 - t : t, down = at / size - size / 2,
                right = at % size - size / 2;
      add(down * width + right, [&](int j) {
        const int row = j / width + down, column = j % width + right;
        return row >= 0 && row < count / width && column >= 0 && column < width;
      });
    }
  }

  int vectors() const { return (count + lanes - 1) / lanes; }
  bool meets(std::size_t t, int j) const {
    return masks[t * static_cast<std::size_t>(vectors()) + static_cast<std::size_t>(j / lanes)] >>
               (j % lanes) &
           1;
  }

  const int count, lanes;
  int kernel = 0, width = 0;
  std::vector<std::int32_t> offsets;
  std::vector<std::uint32_t> masks;

 private:
  template <class Meets>
  void add(int offset, Meets&& meets) {
    offsets.push_back(offset);
    const std::size_t first = masks.size();
    masks.resize(first + static_cast<std::size_t>(vectors()), 0);
    for (int j = 0; j < count; ++j) {
      if (meets(j)) masks[first + static_cast<std::size_t>(j / lanes)] |= std::uint32_t{1} << (j % lanes);
    }
  }
};

template <class T>
void check_depthwise_plane(const KernelRow& row, void (*kernel)(const DepthwisePlane<T>&)) {
  Numbers numbers(14);
  const int lanes = kernels_for<T>(row.isa).lanes;
  int counter = 0;
  for (int turn = 0; turn < 45 * lanes; ++turn) {
    const int count = 1 + turn / 5;
    PlaneTaps plane(count, lanes);
    const int kind = counter++ % 5;
    if (kind == 0) {
      plane.scatter(numbers, 1 + count % 10);
    } else {
      plane.centre(numbers, kind % 2 ? 3 : 5, kind > 2);
    }
    const auto taps = static_cast<int>(plane.offsets.size());
    CAPTURE(plane.kernel);
    CAPTURE(plane.width);
    const std::int64_t planes = 1 + count % 4, x_plane = count % 5 == 0 ? 0 : count + 2, y_plane = count + 1;
    const bool with_residual = count % 3 == 0;
    CAPTURE(count);
    CAPTURE(planes);
    Finishes<T> finishes(numbers, first_channel + planes);
    const Finish<T>* finish = finishes.get(1 + count % (Finishes<T>::count - 1));
    Guarded<T> x(static_cast<std::size_t>((planes - 1) * x_plane + count)),
        w(static_cast<std::size_t>(planes * taps));
    numbers.fill(x);
    numbers.fill(w);
    x.freeze();
    w.freeze();
    Guarded<T> y(static_cast<std::size_t>((planes - 1) * y_plane + count)), residual(y.size());
    numbers.fill(y);
    numbers.fill(residual);
    residual.freeze();
    DepthwisePlane<T> tile{};
    tile.x = x.data();
    tile.offsets = plane.offsets.data();
    tile.w = w.data();
    tile.masks = plane.masks.data();
    tile.taps = taps;
    tile.count = count;
    tile.kernel = plane.kernel;
    tile.width = plane.width;
    tile.y = y.data();
    tile.finish = finish;
    tile.residual = with_residual ? residual.data() : nullptr;
    tile.channel = first_channel;
    tile.planes = planes;
    tile.x_plane = x_plane;
    tile.y_plane = y_plane;
    // What lies between two planes stays.
    std::vector<T> expected(y.begin(), y.end());
    for (std::int64_t p = 0; p < planes; ++p) {
      for (int j = 0; j < count; ++j) {
        T acc = 0;
        for (int t = 0; t < taps; ++t) {
          const std::int64_t from = p * x_plane + j + plane.offsets[static_cast<std::size_t>(t)];
          acc =
              std::fma(plane.meets(static_cast<std::size_t>(t), j) ? x[static_cast<std::size_t>(from)] : T(0),
                       w[static_cast<std::size_t>(p * taps + t)], acc);
        }
        const auto at = static_cast<std::size_t>(p * y_plane + j);
        expected[at] = finished(acc, finish, first_channel + p, with_residual ? &residual[at] : nullptr);
      }
    }
    kernel(tile);
    check_same_bits(y.data(), expected.data(), y.size());
  }
}

// One guarded buffer per pixel: nothing may be read or written between or beyond them.
template <class T>
struct Pixels {
  Pixels(Numbers& numbers, int count, std::int64_t length) {
    for (int p = 0; p < count; ++p) {
      buffers.push_back(std::make_unique<Guarded<T>>(static_cast<std::size_t>(length)));
      numbers.fill(*buffers.back());
      pointers.push_back(buffers.back()->data());
    }
  }
  std::vector<std::unique_ptr<Guarded<T>>> buffers;
  std::vector<T*> pointers;
};

template <class T>
void check_depthwise_last(const KernelRow& row, void (*kernel)(const DepthwiseLastTile<T>&)) {
  Numbers numbers(13);
  int counter = 0;
  for (int rows = 1; rows <= row.rows; ++rows) {
    for (std::int64_t channels = 1; channels <= 37; ++channels, ++counter) {
      const int taps = 1 + counter % 10, spread = 29;
      const std::int64_t w_tap = channels + counter % 3;
      const bool with_residual = counter % 3 == 0;
      CAPTURE(rows);
      CAPTURE(channels);
      CAPTURE(taps);
      Finishes<T> finishes(numbers, first_channel + channels);
      const Finish<T>* finish = finishes.get(1 + counter % (Finishes<T>::count - 1));
      std::vector<std::int32_t> offsets(static_cast<std::size_t>(taps), spread);
      for (int t = 0; t < taps - 1; ++t) offsets[static_cast<std::size_t>(t)] = numbers.integer(0, spread);
      const Pixels<T> x(numbers, rows, spread + channels), y(numbers, rows, channels),
          residual(numbers, rows, channels);
      const std::vector<const T*> x_pixels(x.pointers.begin(), x.pointers.end());
      const std::vector<const T*> residual_pixels(residual.pointers.begin(), residual.pointers.end());
      Guarded<T> w(static_cast<std::size_t>((taps - 1) * w_tap + channels));
      numbers.fill(w);
      w.freeze();

      DepthwiseLastTile<T> tile{};
      tile.x_pixels = x_pixels.data();
      tile.offsets = offsets.data();
      tile.w = w.data();
      tile.w_tap = w_tap;
      tile.taps = taps;
      tile.rows = rows;
      tile.channels = channels;
      tile.y_pixels = y.pointers.data();
      tile.finish = finish;
      tile.residual_pixels = with_residual ? residual_pixels.data() : nullptr;
      tile.channel = first_channel;
      kernel(tile);
      for (int p = 0; p < rows; ++p) {
        CAPTURE(p);
        const auto at = static_cast<std::size_t>(p);
        std::vector<T> expected;
        for (std::int64_t j = 0; j < channels; ++j) {
          T acc = 0;
          for (int t = 0; t < taps; ++t) {
            acc = std::fma(x_pixels[at][offsets[static_cast<std::size_t>(t)] + j], w[t * w_tap + j], acc);
          }
          const T* addend = with_residual ? residual_pixels[at] + j : nullptr;
          expected.push_back(finished(acc, finish, first_channel + j, addend));
        }
        check_same_bits(y.pointers[at], expected.data(), expected.size());
      }
    }
  }
}

TEST_SUITE("kernels") {
  TEST_CASE("scatter_f32") { for_each_kernel<scatter_f32>("scatter_f32", check_scatter<float>); }
  TEST_CASE("scatter_f64") { for_each_kernel<scatter_f64>("scatter_f64", check_scatter<double>); }
  TEST_CASE("pad_rows_f32") { for_each_kernel<pad_rows_f32>("pad_rows_f32", check_pad_rows<float>); }
  TEST_CASE("pad_rows_f64") { for_each_kernel<pad_rows_f64>("pad_rows_f64", check_pad_rows<double>); }
  TEST_CASE("gather_rows_f32") {
    for_each_kernel<gather_rows_f32>("gather_rows_f32", check_gather_rows<float>);
  }
  TEST_CASE("gather_rows_f64") {
    for_each_kernel<gather_rows_f64>("gather_rows_f64", check_gather_rows<double>);
  }
  TEST_CASE("depthwise_rows_f32") {
    for_each_kernel<depthwise_rows_f32>("depthwise_rows_f32", check_all_depthwise_rows<float>);
  }
  TEST_CASE("depthwise_rows_f64") {
    for_each_kernel<depthwise_rows_f64>("depthwise_rows_f64", check_all_depthwise_rows<double>);
  }
  TEST_CASE("depthwise_plane_f32") {
    for_each_kernel<depthwise_plane_f32>("depthwise_plane_f32", check_depthwise_plane<float>);
  }
  TEST_CASE("depthwise_plane_f64") {
    for_each_kernel<depthwise_plane_f64>("depthwise_plane_f64", check_depthwise_plane<double>);
  }
  TEST_CASE("depthwise_last_f32") {
    for_each_kernel<depthwise_last_f32>("depthwise_last_f32", check_depthwise_last<float>);
  }
  TEST_CASE("depthwise_last_f64") {
    for_each_kernel<depthwise_last_f64>("depthwise_last_f64", check_depthwise_last<double>);
  }

  TEST_CASE("every kernel of the registry has a test, a name that tells its ISA, and tiles that fit") {
    const std::set<std::string> tested = {"gemm_panel_f32",
                                          "gemm_panel_f64",
                                          "gemm_patch_f32",
                                          "gemm_patch_f64",
                                          "scatter_f32",
                                          "scatter_f64",
                                          "depthwise_rows_f32",
                                          "depthwise_plane_f32",
                                          "depthwise_rows_f64",
                                          "depthwise_plane_f64",
                                          "depthwise_last_f32",
                                          "depthwise_last_f64",
                                          "chain_f32",
                                          "chain_f64",
                                          "winograd_weights_f32",
                                          "winograd_weights_f64",
                                          "winograd_input_f32",
                                          "winograd_input_f64",
                                          "winograd_product_f32",
                                          "winograd_product_f64",
                                          "winograd_output_f32",
                                          "winograd_output_f64",
                                          "winograd_input_panel_f32",
                                          "winograd_input_panel_f64",
                                          "winograd_gradient_panel_f32",
                                          "winograd_gradient_panel_f64",
                                          "winograd_sums_f32",
                                          "winograd_sums_f64",
                                          "winograd_taps_f32",
                                          "winograd_taps_f64",
                                          "blend_rows_u8",
                                          "blend_lanes_u8",
                                          "quads_u8",
                                          "pad_rows_f32",
                                          "pad_rows_f64",
                                          "strip_f32",
                                          "strip_f64",
                                          "interleave_f32",
                                          "interleave_f64",
                                          "transpose_f32",
                                          "transpose_f64",
                                          "channel_sums_f32",
                                          "channel_sums_f64",
                                          "fft_lines_f32",
                                          "fft_lines_f64",
                                          "fft_columns_f32",
                                          "fft_columns_f64",
                                          "filter_bytes_u8",
                                          "filter_words_u8",
                                          "filter_kept_u8",
                                          "filter_two_bytes_u8",
                                          "filter_two_words_u8",
                                          "filter_sums_u8",
                                          "filter_sums_i16",
                                          "column_words_u8",
                                          "column_sums_u8",
                                          "column_sums_i16",
                                          "box_columns_u8",
                                          "box_row_words_u8",
                                          "box_row_sums_u8",
                                          "narrow_u8",
                                          "normalise_f32",
                                          "normalise_f16",
                                          "filter_quads_u8",
                                          "filter_quads_i16",
                                          "keep_quads_u8",
                                          "column_quads_u8",
                                          "column_quads_i16",
                                          "normalise_u8",
                                          "gray_u8",
                                          "gather_rows_f32",
                                          "gather_rows_f64"};
    std::set<std::string> names;
    for (const KernelRow& row : kernel_rows()) {
      INFO(row.name);
      CHECK(tested.count(row.op) == 1);
      CHECK(names.insert(row.name).second);
      const std::string name = row.name, isa = std::string("_") + isa_name(row.isa);
      CHECK(name.compare(0, std::string(row.op).size(), row.op) == 0);
      CHECK(name.size() > isa.size());
      CHECK(name.compare(name.size() - isa.size(), isa.size(), isa) == 0);
    }
  }

  TEST_CASE_TEMPLATE("dispatch takes no kernel above the cap, and the best one under it", T, float, double) {
    for (Isa cap : available_isas()) {
      const Kernels<T>& chosen = kernels_for<T>(cap);
      for (const char* name :
           {chosen.gemm_panel.name, chosen.gemm_patch.name, chosen.scatter.name, chosen.strip.name,
            chosen.interleave.name, chosen.transpose.name, chosen.channel_sums.name,
            chosen.depthwise_rows.name, chosen.depthwise_plane.name, chosen.depthwise_last.name,
            chosen.chain.name, chosen.pad_rows.name, chosen.gather_rows.name}) {
        INFO(name << " under " << isa_name(cap));
        CHECK(std::string(name).find(isa_name(cap)) != std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace native_conv::test
