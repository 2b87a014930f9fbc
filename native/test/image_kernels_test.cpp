// The image kernels of every instruction set against loops written out, in guarded memory: exact, and nothing
// written or read that their contracts do not allow. Layer: test. SPDX-License-Identifier: MIT
#include "kernels/image.h"

#include <algorithm>

#include "support.h"

namespace native_conv::test {
namespace {

// Weights of 22 fraction bits, four to a quad, packed as the kernel of a registry row takes them.
struct Weights {
  Weights(Numbers& numbers, int quads, int words_to_quad)
      : whole(static_cast<std::size_t>(4 * quads)), words(static_cast<std::size_t>(words_to_quad * quads)) {
    for (int t = 0; t < 4 * quads; ++t) {
      const int w = numbers.integer(-(1 << 22) / (4 * quads), (6 << 20) / (4 * quads));
      whole[static_cast<std::size_t>(t)] = w;
      const int first = t / 4 * words_to_quad, k = t % 4;
      if (words_to_quad == 3) {
        const int low = ((w + 128) & 255) - 128, rest = (w - low) / 256, middle = ((rest + 128) & 255) - 128;
        put((rest - middle) / 256, 8, 8 * k, first);
        put(middle, 8, 8 * k, first + 1);
        put(low, 8, 8 * k, first + 2);
      } else {
        const int high = (w + 2048) >> 12;
        put(high, 16, k / 2 * 16, first + k % 2);
        put(w - high * 4096, 16, k / 2 * 16, first + 2 + k % 2);
      }
    }
  }
  std::vector<std::int32_t> whole, words;

 private:
  void put(int value, int bits, int at, int word) {
    const std::uint32_t field = static_cast<std::uint32_t>(value) & ((1u << bits) - 1);
    words[static_cast<std::size_t>(word)] |= static_cast<std::int32_t>(field << at);
  }
};

std::uint8_t blended(std::int64_t sum) {
  const std::int64_t value = (sum + (1 << 21)) >> 22;
  return static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

void fill(Numbers& numbers, Guarded<std::uint8_t>& bytes) {
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(numbers.integer(0, 255));
}

TEST_SUITE("kernels") {
  TEST_CASE("blend_rows sums weighted rows exactly") {
    Numbers numbers(1);
    for_each_kernel<blend_rows_u8>("blend_rows_u8", [&](const KernelRow& row, blend_rows_u8* run) {
      for (int quads : {0, 1, 2, 5}) {
        for (int count : {1, 7, 63, 64, 65, 193}) {
          CAPTURE(quads);
          CAPTURE(count);
          const Weights weights(numbers, quads, row.rows);
          std::vector<Guarded<std::uint8_t>> rows;
          std::vector<const std::uint8_t*> x;
          for (int q = 0; q < quads; ++q) {
            const auto block = static_cast<int>(blend_block);
            rows.emplace_back(static_cast<std::size_t>(4 * ((count + block - 1) / block * block)));
            fill(numbers, rows.back());
            rows.back().freeze();
            x.push_back(rows.back().data());
          }
          Guarded<std::uint8_t> y(static_cast<std::size_t>(count));
          run({x.data(), weights.words.data(), quads, count, y.data()});
          for (int j = 0; j < count; ++j) {
            std::int64_t sum = 0;
            for (int t = 0; t < 4 * quads; ++t)
              sum += std::int64_t{weights.whole[static_cast<std::size_t>(t)]} *
                     x[static_cast<std::size_t>(t / 4)][4 * j + t % 4];
            REQUIRE(int{y[static_cast<std::size_t>(j)]} == int{blended(sum)});
          }
        }
      }
    });
  }

  TEST_CASE("blend_lanes sums weighted columns exactly") {
    Numbers numbers(2);
    for_each_kernel<blend_lanes_u8>("blend_lanes_u8", [&](const KernelRow& row, blend_lanes_u8* run) {
      for (int channels = 1; channels <= 4; ++channels) {
        for (int quads : {1, 3}) {
          for (int outputs : {1, 4, 6}) {
            CAPTURE(channels);
            CAPTURE(quads);
            CAPTURE(outputs);
            constexpr int first = 10;
            const int pixel = 4 * image_lanes * channels;
            Guarded<std::uint8_t> x(static_cast<std::size_t>((outputs + quads - 1) * pixel));
            fill(numbers, x);
            x.freeze();
            std::vector<std::int32_t> spans, words, whole;
            for (int o = 0; o < outputs; ++o) {
              const Weights weights(numbers, quads, row.rows);
              spans.insert(spans.end(), {first + o, quads});
              words.insert(words.end(), weights.words.begin(), weights.words.end());
              whole.insert(whole.end(), weights.whole.begin(), weights.whole.end());
            }
            const int y_row = 4 * ((outputs + 3) / 4 * 4) * channels;
            Guarded<std::uint8_t> y(static_cast<std::size_t>(image_lanes / 4 * y_row));
            run({x.data(), first, channels, spans.data(), words.data(), quads, outputs, y.data(), y_row});
            for (int i = 0; i < outputs * channels * image_lanes; ++i) {
              const int lane = i % image_lanes, column = i / image_lanes, o = column / channels;
              std::int64_t sum = 0;
              for (int t = 0; t < 4 * quads; ++t) {
                const int at = (o + t / 4) * pixel + (column % channels * image_lanes + lane) * 4 + t % 4;
                sum += std::int64_t{whole[static_cast<std::size_t>(4 * o * quads + t)]} *
                       x[static_cast<std::size_t>(at)];
              }
              const int at = lane / 4 * y_row + 4 * column + lane % 4;
              REQUIRE(int{y[static_cast<std::size_t>(at)]} == int{blended(sum)});
            }
          }
        }
      }
    });
  }

  TEST_CASE("quads puts rows into lanes, and zeros where they end") {
    Numbers numbers(3);
    for_each_kernel<quads_u8>("quads_u8", [&](const KernelRow&, quads_u8* run) {
      for (int channels = 1; channels <= 4; ++channels) {
        for (int count : {1, 11, 16, 17, 48, 100}) {
          CAPTURE(channels);
          CAPTURE(count);
          const int quads = (count + 4 * channels - 1) / (4 * channels);
          std::vector<Guarded<std::uint8_t>> rows;
          std::vector<const std::uint8_t*> x;
          for (int r = 0; r < image_lanes; ++r) {
            rows.emplace_back(static_cast<std::size_t>(count));
            fill(numbers, rows.back());
            rows.back().freeze();
            x.push_back(rows.back().data());
          }
          Guarded<std::uint8_t> y(static_cast<std::size_t>((quads * channels + 4) * image_lanes * 4));
          run({x.data(), count, channels, quads, y.data()});
          for (int i = 0; i < quads * channels * image_lanes * 4; ++i) {
            const int word = i / 4, r = word % image_lanes, c = word / image_lanes % channels;
            const int at = (word / image_lanes / channels * 4 + i % 4) * channels + c;
            const int expected = at < count ? x[static_cast<std::size_t>(r)][at] : 0;
            REQUIRE(int{y[static_cast<std::size_t>(i)]} == expected);
          }
        }
      }
    });
  }

  TEST_CASE("normalise rounds the product, the sum and the result in turn") {
    Numbers numbers(5);
    for_each_kernel<normalise_u8>("normalise_u8", [&](const KernelRow&, normalise_u8* run) {
      for (int channels = 1; channels <= 4; ++channels) {
        for (int count : {1, 7, 15, 16, 17, 48, 49, 100, 193}) {
          CAPTURE(channels);
          CAPTURE(count);
          const int channel = numbers.integer(0, channels - 1);
          Guarded<std::uint8_t> x(static_cast<std::size_t>(count * channels));
          fill(numbers, x);
          x.freeze();
          Guarded<double> a(normalise_period), b(normalise_period);
          for (double& value : a) value = numbers.integer(1, 1000) / 777.0;
          for (double& value : b) value = numbers.integer(-1000, 1000) / 333.0;
          Guarded<float> y(static_cast<std::size_t>(count));
          run({x.data(), channels, channel, a.data(), b.data(), count, y.data()});
          for (int j = 0; j < count; ++j) {
            const double product = x.data()[j * channels + channel] * a.data()[j % normalise_period];
            CHECK(y.data()[j] == static_cast<float>(product + b.data()[j % normalise_period]));
          }
        }
      }
    });
  }
}

}  // namespace
}  // namespace native_conv::test
