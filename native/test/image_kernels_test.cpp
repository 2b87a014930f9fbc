// The image kernels of every instruction set against loops written out, in guarded memory: exact, and nothing
// written or read that their contracts do not allow. Layer: test. SPDX-License-Identifier: MIT
#include "kernels/image.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "image/normalise.h"
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

// Tables of sums that are exact in float32: they follow from the factors on every processor.
template <class T>
struct Tables {
  explicit Tables(Numbers& numbers, int outputs) : values(static_cast<std::size_t>(outputs)) {
    for (std::array<T, 256>& table : values) {
      const SplitFactors f{numbers.integer(1, 9) / 8.0f, numbers.integer(-40, 40) * 4.0f,
                           numbers.integer(-3, 3) / 256.0f, numbers.integer(-9, 9) / 256.0f};
      split.push_back(f);
      starts.push_back(table.data());
      for (int x = 0; x < 256; ++x)
        store(double{f.a} * x + f.c + double{f.a_rest} * x + f.c_rest, table[static_cast<std::size_t>(x)]);
    }
  }
  std::vector<std::array<T, 256>> values;
  std::vector<const T*> starts;
  std::vector<SplitFactors> split;
};

template <class Run, class T>
void check_normalise(const char* op, Numbers& numbers) {
  for_each_kernel<Run>(op, [&](const KernelRow& row, Run* run) {
    for (int channels = 1; channels <= 4; ++channels) {
      for (int outputs = 1; outputs <= 3; ++outputs) {
        for (int count : {1, 7, 15, 16, 17, 48, 100}) {
          for (const bool planar : {true, false}) {
            for (const bool computed : {true, false}) {
              CAPTURE(channels);
              CAPTURE(outputs);
              CAPTURE(count);
              CAPTURE(planar);
              CAPTURE(computed);
              const Tables<T> tables(numbers, outputs);
              std::vector<int> sources;
              for (int k = 0; k < outputs; ++k) sources.push_back(numbers.integer(0, channels - 1));
              Guarded<std::uint8_t> x(static_cast<std::size_t>(count * channels));
              fill(numbers, x);
              x.freeze();
              Guarded<T> y(static_cast<std::size_t>(count * outputs));
              const std::int64_t y_channel = planar ? count : 1, y_pixel = planar ? 1 : outputs;
              const auto vectors = vectors_of(tables.split, sources, channels, planar, row.rows);
              run({x.data(), channels, outputs, sources.data(), tables.starts.data(),
                   computed && row.rows > 0 ? vectors.data() : nullptr, count, y.data(), y_channel, y_pixel});
              for (int k = 0; k < outputs; ++k) {
                const auto place = static_cast<std::size_t>(k);
                for (int j = 0; j < count; ++j)
                  REQUIRE(y[static_cast<std::size_t>(k * y_channel + j * y_pixel)] ==
                          tables.values[place][x.data()[j * channels + sources[place]]]);
              }
            }
          }
        }
      }
    }
  });
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

  TEST_CASE("narrow sums what its steps pick, exactly and within the rows") {
    Numbers numbers(7);
    for_each_kernel_there_is<narrow_u8>("narrow_u8", [&](const KernelRow&, narrow_u8* run) {
      constexpr int row = 100;
      std::vector<Guarded<std::uint8_t>> rows;
      std::vector<const std::uint8_t*> x;
      for (int r = 0; r < 4; ++r) {
        rows.emplace_back(std::size_t{row});
        fill(numbers, rows.back());
        rows.back().freeze();
        x.push_back(rows.back().data());
      }
      // As many steps as the kernel knows, none and more, with a window for each and with one for all; shared
      // ones.
      std::vector<NarrowVector> vectors;
      std::int32_t places = 0;
      for (bool one_window : {false, true}) {
        for (std::int16_t count : {1, 2, 3, 4, 5, 0, 6, 2}) {
          const std::int32_t first = vectors.size() % 8 == 7 ? 1 : vectors.size() % 8;
          vectors.push_back({first, count, one_window});
          places += count;
        }
      }
      std::vector<NarrowStep> steps(13);
      std::vector<std::int32_t> windows;
      std::vector<Weights> weights;
      for (NarrowStep& step : steps) {
        for (std::uint8_t& byte : step.bytes) byte = static_cast<std::uint8_t>(numbers.integer(0, 63));
        for (int l = 0; l < narrow_outputs; ++l) {
          // Of six quads' weights, as many as the most steps.
          weights.emplace_back(numbers, 6, 3);
          for (int i = 0; i < 3; ++i) step.digits[i][l] = weights.back().words[static_cast<std::size_t>(i)];
        }
      }
      for (const NarrowVector& v : vectors) {
        for (int s = 0; s < v.count; ++s)
          windows.push_back(s > 0 && v.one_window
                                ? windows.back()
                                : numbers.integer(0, row - static_cast<int>(narrow_window)));
      }
      REQUIRE(static_cast<std::int32_t>(windows.size()) == places);
      const auto count = static_cast<std::int64_t>(vectors.size());
      Guarded<std::uint8_t> y(static_cast<std::size_t>(4 * narrow_outputs * count));
      run({x.data(), vectors.data(), windows.data(), steps.data(), count, y.data()});
      const std::int32_t* window = windows.data();
      for (std::int64_t i = 0; i < 4 * narrow_outputs * count; ++i) {
        const NarrowVector& v = vectors[static_cast<std::size_t>(i / (4 * narrow_outputs))];
        if (i > 0 && i % (4 * narrow_outputs) == 0) window += (&v)[-1].count;
        const std::int64_t l = i / 4 % narrow_outputs;
        std::int64_t sum = 0;
        for (int s = 0; s < v.count; ++s) {
          const auto place = static_cast<std::size_t>(v.first + s);
          const Weights& w = weights[place * narrow_outputs + static_cast<std::size_t>(l)];
          for (int k = 0; k < 4; ++k)
            sum += std::int64_t{w.whole[static_cast<std::size_t>(k)]} *
                   x[static_cast<std::size_t>(i % 4)][window[s] + steps[place].bytes[4 * l + k]];
        }
        REQUIRE(int{y[static_cast<std::size_t>(i)]} == int{blended(sum)});
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

  TEST_CASE("normalise looks bytes up, or computes what is in the table") {
    Numbers numbers(5);
    check_normalise<normalise_f32, float>("normalise_f32", numbers);
    check_normalise<normalise_f16, std::uint16_t>("normalise_f16", numbers);
    check_normalise<normalise_u8, std::uint8_t>("normalise_u8", numbers);
  }

  TEST_CASE("gray weighs colours as Pillow does") {
    Numbers numbers(6);
    for_each_kernel<gray_u8>("gray_u8", [&](const KernelRow& row, gray_u8* run) {
      for (int channels : {3, 4}) {
        for (int count : {1, 7, 15, 16, 17, 100}) {
          CAPTURE(channels);
          CAPTURE(count);
          Guarded<std::uint8_t> x(static_cast<std::size_t>(count * channels)),
              y(static_cast<std::size_t>(count));
          fill(numbers, x);
          std::fill_n(x.begin(), channels, std::uint8_t{255});
          x.freeze();
          const auto picks = gray_picks(channels, row.rows);
          run({x.data(), channels, picks.data(), count, y.data()});
          for (int j = 0; j < count; ++j) {
            const std::uint8_t* pixel = x.data() + j * channels;
            REQUIRE(int{y[static_cast<std::size_t>(j)]} ==
                    (pixel[0] * 19595 + pixel[1] * 38470 + pixel[2] * 7471 + 32768) / 65536);
          }
        }
      }
    });
  }

  TEST_CASE("tables of published models are computed, those beside overflow are read") {
    const std::vector<Channel> imagenet = {{0, 1 / 255. / 0.229, -0.485 / 0.229, 0},
                                           {1, 1 / 255. / 0.224, -0.456 / 0.224, 0},
                                           {2, 1 / 255. / 0.225, -0.406 / 0.225, 0}};
    const Placing planar{100, 1};
    const bool vectors = image_kernels().normalise_to_floats.rows > 0;
    const auto computes = [&](auto type, const std::vector<Channel>& channels) {
      return ByteNormaliser<decltype(type)>(channels, 3, planar).computes();
    };
    CHECK(computes(float{}, imagenet) == vectors);
    CHECK(computes(std::uint16_t{}, imagenet) == (image_kernels().normalise_to_halves.rows > 0));
    CHECK(computes(std::uint8_t{}, {{0, 1, 0, 0}}) == vectors);
    CHECK(computes(float{}, {{0, 1 / 255., 0, 0}}) == vectors);
    CHECK_FALSE(computes(float{}, {{0, 1e37, 1e38, 0}}));
    CHECK_FALSE(computes(float{}, {{0, std::nan(""), 0, 0}}));
    CHECK_FALSE(computes(std::uint16_t{}, {{0, 1000, 0, 0}}));
    CHECK_FALSE(computes(std::uint8_t{}, {{0, 1e9, 0, 0}}));
  }
}

}  // namespace
}  // namespace native_conv::test
