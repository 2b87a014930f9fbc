// strip, interleave, transpose and channel_sums of every ISA against scalar loops, bit for bit, with operands
// that end at unmapped memory. Layer: test. SPDX-License-Identifier: MIT
#include <algorithm>
#include <memory>

#include "support.h"

namespace native_conv::test {
namespace {

constexpr int first_channel = 2;

// Lanes of a row's instruction set.
template <class T>
int lanes_of(const KernelRow& row) {
  return kernels_for<T>(row.isa).lanes;
}

template <class T>
void check_strip(const KernelRow& row, void (*kernel)(const StripTile<T>&)) {
  Numbers numbers(21);
  const int lanes = lanes_of<T>(row), spread = 29;
  int counter = 0;
  for (int rows = 1; rows <= row.rows; ++rows) {
    const int most = strip_vectors<T>({kernel, row.rows, row.columns, row.name}, rows);
    REQUIRE(most >= 1);
    for (int vectors = 1; vectors <= most; ++vectors, ++counter) {
      const std::int64_t depth = counter % 12;
      CAPTURE(rows);
      CAPTURE(vectors);
      CAPTURE(depth);
      std::vector<std::int32_t> offsets(static_cast<std::size_t>(depth), spread);
      for (std::int64_t k = 1; k < depth; ++k)
        offsets[static_cast<std::size_t>(k)] = numbers.integer(0, spread);
      Guarded<T> a(static_cast<std::size_t>(depth * rows));
      numbers.fill(a);
      a.freeze();
      std::vector<std::unique_ptr<Guarded<T>>> pixels;
      std::vector<const T*> x;
      for (int v = 0; v < vectors; ++v) {
        pixels.push_back(std::make_unique<Guarded<T>>(static_cast<std::size_t>(spread + lanes)));
        numbers.fill(*pixels.back());
        pixels.back()->freeze();
        x.push_back(pixels.back()->data());
      }
      const int pitch = vectors * lanes + counter % 3;
      Guarded<T> c(static_cast<std::size_t>((rows - 1) * pitch + vectors * lanes));
      numbers.fill(c);
      std::vector<T> expected(c.begin(), c.end());
      for (int r = 0; r < rows; ++r) {
        for (int j = 0; j < vectors * lanes; ++j) {
          T acc = 0;
          for (std::int64_t k = 0; k < depth; ++k)
            acc = std::fma(x[static_cast<std::size_t>(j / lanes)][offsets[k] + j % lanes], a[k * rows + r],
                           acc);
          expected[static_cast<std::size_t>(r * pitch + j)] = acc;
        }
      }
      kernel({a.data(), offsets.data(), x.data(), depth, rows, vectors, c.data(), pitch});
      check_same_bits(c.data(), expected.data(), c.size());
    }
  }
}

template <class T>
void check_interleave(const KernelRow& row, void (*kernel)(const InterleaveTile<T>&)) {
  Numbers numbers(22);
  const int lanes = lanes_of<T>(row);
  int counter = 0;
  for (int phases = 1; phases <= 9; ++phases) {
    for (int positions = 1; positions <= 2 * lanes; positions += 1 + counter % 3) {
      for (int channels : {1, 3}) {
        const int dropped = counter % phases, whole = (positions + lanes - 1) / lanes * lanes;
        const bool with_residual = counter % 3 == 0;
        CAPTURE(phases);
        CAPTURE(positions);
        CAPTURE(channels);
        Finishes<T> finishes(numbers, first_channel + channels);
        InterleaveTile<T> tile{};
        tile.finish = finishes.get(1 + counter++ % (Finishes<T>::count - 1));
        tile.channel = first_channel;
        tile.channels = channels;
        tile.phases = phases;
        tile.count = positions * phases - dropped;
        tile.tile_phase = counter % 2 ? whole : channels * whole;
        tile.tile_channel = counter % 2 ? phases * whole : whole;
        Guarded<T> operand(static_cast<std::size_t>(channels * phases * whole));
        numbers.fill(operand);
        operand.freeze();
        tile.tile = operand.data();
        tile.y_channel = tile.count + counter % 4;
        Guarded<T> y(static_cast<std::size_t>((channels - 1) * tile.y_channel + tile.count)),
            residual(y.size());
        numbers.fill(y);
        numbers.fill(residual);
        residual.freeze();
        std::vector<T> expected(y.begin(), y.end());
        for (int i = 0; i < channels; ++i) {
          for (std::int64_t j = 0; j < tile.count; ++j) {
            const auto at = static_cast<std::size_t>(i * tile.y_channel + j);
            const T acc = operand[static_cast<std::size_t>(i * tile.tile_channel +
                                                           j % phases * tile.tile_phase + j / phases)];
            expected[at] =
                finished(acc, tile.finish, first_channel + i, with_residual ? &residual[at] : nullptr);
          }
        }
        tile.y = y.data();
        tile.residual = with_residual ? residual.data() : nullptr;
        kernel(tile);
        check_same_bits(y.data(), expected.data(), y.size());
      }
    }
  }
}

template <class T>
void check_transpose(const KernelRow&, void (*kernel)(const TransposeTile<T>&)) {
  Numbers numbers(23);
  for (int rows = 1; rows <= 33; rows += numbers.integer(1, 3)) {
    for (int columns = 1; columns <= 40; columns += numbers.integer(1, 5)) {
      CAPTURE(rows);
      CAPTURE(columns);
      const int from_row = columns + numbers.integer(0, 3), to_row = rows + numbers.integer(0, 3);
      Guarded<T> from(static_cast<std::size_t>((rows - 1) * from_row + columns)),
          to(static_cast<std::size_t>((columns - 1) * to_row + rows));
      numbers.fill(from);
      numbers.fill(to);
      from.freeze();
      std::vector<T> expected(to.begin(), to.end());
      for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < columns; ++c) {
          expected[static_cast<std::size_t>(c * to_row + r)] =
              from[static_cast<std::size_t>(r * from_row + c)];
        }
      }
      kernel({from.data(), from_row, rows, columns, to.data(), to_row});
      check_same_bits(to.data(), expected.data(), to.size());
    }
  }
}

// Sums of `outputs` output channels at most as many taps as the kernel takes then; in_order: lane by lane.
template <class T>
void check_channel_sums_of(const KernelRow& row, void (*kernel)(const ChannelSums<T>&), int outputs,
                           bool in_order) {
  Numbers numbers(24);
  const int lanes = lanes_of<T>(row), spread = 25;
  const int most = channel_sums_taps<T>({kernel, row.rows, row.columns, row.name}, outputs);
  REQUIRE(most >= 1);
  CAPTURE(outputs);
  CAPTURE(in_order);
  for (int taps = 1; taps <= most; ++taps) {
    for (std::int64_t depth : {0, 1, 2, 17}) {
      CAPTURE(taps);
      CAPTURE(depth);
      std::vector<std::int32_t> offsets(static_cast<std::size_t>(depth), spread), order;
      for (std::int64_t k = 1; k < depth; ++k)
        offsets[static_cast<std::size_t>(k)] = numbers.integer(0, spread);
      for (int i = 0; i < outputs * lanes; ++i)
        order.push_back(in_order ? i % lanes : numbers.integer(0, lanes - 1));
      std::vector<std::unique_ptr<Guarded<T>>> inputs;
      std::vector<const T*> x;
      for (int t = 0; t < taps; ++t) {
        inputs.push_back(std::make_unique<Guarded<T>>(static_cast<std::size_t>(spread + lanes)));
        numbers.fill(*inputs.back());
        inputs.back()->freeze();
        x.push_back(inputs.back()->data());
      }
      const int step = taps * lanes + numbers.integer(0, 3);
      Guarded<T> g(static_cast<std::size_t>(depth * lanes)),
          sums(static_cast<std::size_t>((outputs - 1) * step + taps * lanes));
      numbers.fill(g);
      numbers.fill(sums);
      g.freeze();
      std::vector<T> expected(sums.begin(), sums.end());
      for (int o = 0; o < outputs; ++o) {
        for (int t = 0; t < taps; ++t) {
          for (int j = 0; j < lanes; ++j) {
            T& acc = expected[static_cast<std::size_t>(o * step + t * lanes + j)];
            const std::int32_t from = order[static_cast<std::size_t>(o * lanes + j)];
            for (std::int64_t k = 0; k < depth; ++k)
              acc = std::fma(x[static_cast<std::size_t>(t)][offsets[k] + j], g[k * lanes + from], acc);
          }
        }
      }
      ChannelSums<T> call{};
      call.x = x.data();
      call.offsets = offsets.data();
      call.g = g.data();
      call.order = in_order ? nullptr : order.data();
      call.depth = depth;
      call.taps = taps;
      call.outputs = outputs;
      call.sums = sums.data();
      call.output_step = step;
      kernel(call);
      check_same_bits(sums.data(), expected.data(), sums.size());
    }
  }
}

template <class T>
void check_channel_sums(const KernelRow& row, void (*kernel)(const ChannelSums<T>&)) {
  check_channel_sums_of<T>(row, kernel, 1, true);
  for (int outputs = 1; outputs <= channel_sums_most_outputs; ++outputs) {
    check_channel_sums_of<T>(row, kernel, outputs, false);
  }
}

TEST_SUITE("kernels") {
  TEST_CASE("strip_f32") { for_each_kernel<strip_f32>("strip_f32", check_strip<float>); }
  TEST_CASE("strip_f64") { for_each_kernel<strip_f64>("strip_f64", check_strip<double>); }
  TEST_CASE("interleave_f32") { for_each_kernel<interleave_f32>("interleave_f32", check_interleave<float>); }
  TEST_CASE("interleave_f64") { for_each_kernel<interleave_f64>("interleave_f64", check_interleave<double>); }
  TEST_CASE("transpose_f32") { for_each_kernel<transpose_f32>("transpose_f32", check_transpose<float>); }
  TEST_CASE("transpose_f64") { for_each_kernel<transpose_f64>("transpose_f64", check_transpose<double>); }
  TEST_CASE("channel_sums_f32") {
    for_each_kernel<channel_sums_f32>("channel_sums_f32", check_channel_sums<float>);
  }
  TEST_CASE("channel_sums_f64") {
    for_each_kernel<channel_sums_f64>("channel_sums_f64", check_channel_sums<double>);
  }
}

}  // namespace
}  // namespace native_conv::test
