// Running sums: each column's over the rows of the rectangle gains a row and loses one, and each row's over
// its columns likewise, so that the time does not depend on the rectangle's size. What box_words.h has no
// kernels for: tall rectangles, many channels. Layer: image. SPDX-License-Identifier: MIT
#include "image/box.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/buffer.h"
#include "base/error.h"
#include "base/packed_reader.h"
#include "image/box_words.h"
#include "image/padded_rows.h"
#include "image/strips.h"

namespace native_conv {
namespace {

// Blocks of a fixed length, which compilers turn into vectors.
constexpr std::int64_t block = 16;

class Box {
 public:
  explicit Box(const ImageCall& call)
      : call_(call), g_(call.geometry), rows_(g_), area_(g_.kernel_height * g_.kernel_width) {
    const bool bytes = g_.source.type == PixelType::uint8 && g_.target.type == PixelType::uint8;
    if (!bytes || g_.source.height != g_.target.height || g_.source.width != g_.target.width)
      throw Error(ErrorCode::internal, "box: pictures of other types or sizes");
    // 255 times the area fits 32 bits.
    constexpr std::int64_t most_area = std::int64_t{1} << 23;
    if (g_.kernel_height > most_area || g_.kernel_width > most_area || area_ > most_area)
      throw Error(ErrorCode::too_large, "the sums of a box do not fit 32 bits");
    check_product("the padded row", {g_.source.width + g_.kernel_width, g_.channels});
    const double exact = static_cast<double>(1 << 23) / static_cast<double>(area_);
    scale_ = static_cast<std::uint32_t>(exact + 0.5);
    added_ = static_cast<std::uint32_t>(area_ / 2) + (scale_ > exact ? 0 : 1);
    reciprocal_ = static_cast<float>(1.0 / static_cast<double>(area_));
  }

  void run(const Strip& strip) const {
    const std::int64_t padded = round_up(rows_.length()), length = g_.source.width * g_.channels;
    std::uint8_t* gained = scratch<std::uint8_t>(Scratch::image_ring, 2 * padded);
    std::uint8_t* lost = gained + padded;
    std::int32_t* columns = scratch<std::int32_t>(Scratch::image_sums, padded);
    std::int32_t* sums = scratch<std::int32_t>(Scratch::image_block, round_up(length));
    std::fill_n(gained, 2 * padded, std::uint8_t{0});
    std::fill_n(columns, padded, 0);
    std::fill_n(sums, round_up(length), 0);
    for (std::int64_t k = 0; k < g_.kernel_height - 1; ++k) {
      stop_if_cancelled();
      pad(strip.plane, strip.first + k, gained);
      shift(gained, lost, padded, columns);
    }
    for (std::int64_t row = strip.first; row < strip.last; ++row) {
      stop_if_cancelled();
      pad(strip.plane, row + g_.kernel_height - 1, gained);
      shift(gained, lost, padded, columns);
      run_along(columns, length, sums);
      store(sums, length,
            static_cast<std::uint8_t*>(call_.target) + strip.plane * g_.target.plane + row * g_.target.row);
      pad(strip.plane, row, lost);
    }
  }

 private:
  static std::int64_t round_up(std::int64_t x) { return (x + block - 1) / block * block; }

  void pad(std::int64_t plane, std::int64_t row, std::uint8_t* y) const {
    rows_.copy<std::uint8_t>(call_.source, plane, row, 0, rows_.length(), y);
  }

  static void shift(const std::uint8_t* gained, const std::uint8_t* lost, std::int64_t count,
                    std::int32_t* columns) {
    for (std::int64_t i = 0; i < count; i += block) {
      std::array<std::int32_t, block> next;
      for (std::int64_t j = 0; j < block; ++j)
        next[static_cast<std::size_t>(j)] = columns[i + j] + (gained[i + j] - lost[i + j]);
      std::copy_n(next.begin(), block, columns + i);
    }
  }

  void run_along(const std::int32_t* columns, std::int64_t length, std::int32_t* sums) const {
    switch (g_.channels) {
      case 3:
        return run_channels(columns, length, sums, std::make_index_sequence<3>{});
      case 4:
        return run_channels(columns, length, sums, std::make_index_sequence<4>{});
      default:
        for (std::int64_t c = 0; c < g_.channels; ++c)
          run_channels(columns + c, length - c, sums + c, std::make_index_sequence<1>{});
    }
  }

  // Chains of sums side by side, interleaved as the pixels are. They stay in registers, which is why nothing
  // here loops over them: a sum that is read back from where it was just stored takes several times as long.
  template <std::size_t... c>
  void run_channels(const std::int32_t* columns, std::int64_t length, std::int32_t* sums,
                    std::index_sequence<c...>) const {
    const std::int64_t channels = g_.channels, reach = (g_.kernel_width - 1) * channels;
    std::array<std::int32_t, sizeof...(c)> sum{};
    for (std::int64_t k = 0; k < reach; k += channels) ((sum[c] += columns[k + std::int64_t{c}]), ...);
    const auto step = [&](std::int64_t at, std::int32_t& running) {
      running += columns[at + reach];
      sums[at] = running;
      running -= columns[at];
    };
    for (std::int64_t i = 0; i < length; i += channels) (step(i + std::int64_t{c}, sum[c]), ...);
  }

  void store(const std::int32_t* sums, std::int64_t length, std::uint8_t* y) const {
    if (area_ == 1) return divide(sums, length, Unit{}, y);
    if (area_ <= 256) return divide(sums, length, Product{scale_, added_}, y);
    divide(sums, length, Reciprocal{reciprocal_}, y);
  }

  struct Unit {
    std::int32_t of(std::int32_t sum) const { return sum; }
  };
  struct Product {
    std::uint32_t scale, added;
    // Two pixels of 255 give 256.
    std::int32_t of(std::int32_t sum) const {
      return std::min(static_cast<std::int32_t>(((static_cast<std::uint32_t>(sum) + added) * scale) >> 23),
                      255);
    }
  };
  // Beside 1.5 * 2^23 a float has no fraction: adding rounds to nearest even.
  struct Reciprocal {
    float factor;
    std::int32_t of(std::int32_t sum) const {
      constexpr float whole = 12582912.0f;
      return static_cast<std::int32_t>((static_cast<float>(sum) * factor + whole) - whole);
    }
  };

  template <class Mean>
  static void divide(const std::int32_t* sums, std::int64_t length, Mean mean, std::uint8_t* y) {
    for (std::int64_t i = 0; i < length; i += block) {
      std::array<std::uint8_t, block> means;
      for (std::int64_t j = 0; j < block; ++j)
        means[static_cast<std::size_t>(j)] = static_cast<std::uint8_t>(mean.of(sums[i + j]));
      std::copy_n(means.begin(), std::min(block, length - i), y + i);
    }
  }

  const ImageCall& call_;
  const ImageGeometry& g_;
  PaddedRows rows_;
  std::int64_t area_;
  std::uint32_t scale_, added_;
  float reciprocal_;
};

}  // namespace

void run_box(const ImageCall& call, const RunControl& control) {
  const Box box(call);
  if (const auto words = plan_word_box(call.geometry)) return run_word_box(call, *words, control);
  for_each_strip(call.geometry, control, [&](const Strip& strip) { box.run(strip); });
}

}  // namespace native_conv
