// Layer: image. SPDX-License-Identifier: MIT
#include "image/box_words.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/buffer.h"
#include "image/padded_rows.h"
#include "image/strips.h"

namespace native_conv {
namespace {

constexpr std::int64_t most_byte = 255, most_word_area = 256;

// floor((s + added) / area) for the sums s of up to 255 each, with `added` half of the area, and one more
// where it is a power of two. The reciprocal has 16 bits and is off by half a unit at most; where it is too
// small the sum is one more, as in box.cpp. n / area is then missed by less than 1 / area: n is below
// 256 · area, and area below twice the power of two that the reciprocal is scaled by.
WordMean word_mean_of(std::int64_t area) {
  int bits = 0;
  while ((area >> (bits + 1)) > 0) ++bits;
  const bool power = area == std::int64_t{1} << bits;
  // That of a power of two would need a bit more.
  const int shift = power ? bits - 1 : bits;
  const double exact = std::ldexp(1.0, 16 + shift) / static_cast<double>(area);
  const double scale = std::floor(exact + 0.5);
  return {static_cast<std::uint16_t>(area / 2 + (scale > exact ? 0 : 1)), static_cast<std::uint16_t>(scale),
          shift};
}

class WordBox {
 public:
  WordBox(const ImageCall& call, const WordBoxPlan& plan)
      : call_(call), g_(call.geometry), plan_(plan), rows_(g_) {}

  void run(const Strip& strip) const {
    const std::int64_t length = g_.source.width * g_.channels;
    // Kernels read past the padded row, and a pixel of zeros before it.
    const std::int64_t room = margin + rows_.length() + filter_block;
    std::uint16_t* sums = scratch<std::uint16_t>(Scratch::image_sums, room) + margin;
    std::fill_n(sums - margin, room, std::uint16_t{0});
    std::uint8_t* zeros = scratch<std::uint8_t>(Scratch::image_plane, length);
    std::fill_n(zeros, length, std::uint8_t{0});
    const auto row_of = [&](std::int64_t row) {
      const std::int64_t from = rows_.source_row(row);
      return from < 0 ? zeros
                      : static_cast<const std::uint8_t*>(call_.source) + strip.plane * g_.source.plane +
                            from * g_.source.row;
    };
    const auto gain = [&](std::int64_t row, const std::uint8_t* lost) {
      kernels_.box_columns.run({row_of(row), lost, length, sums + rows_.first()});
    };
    for (std::int64_t k = 0; k < g_.kernel_height - 1; ++k) gain(strip.first + k, zeros);
    for (std::int64_t row = strip.first; row < strip.last; ++row) {
      stop_if_cancelled();
      gain(row + g_.kernel_height - 1, row > strip.first ? row_of(row - 1) : zeros);
      rows_.fill_border(sums);
      store(sums, length,
            static_cast<std::uint8_t*>(call_.target) + strip.plane * g_.target.plane + row * g_.target.row);
    }
  }

 private:
  // A cache line.
  static constexpr std::int64_t margin = 32;

  void store(const std::uint16_t* sums, std::int64_t length, std::uint8_t* y) const {
    const auto channels = static_cast<int>(g_.channels);
    const std::int64_t reach = (g_.kernel_width - 1) * g_.channels;
    if (plan_.words) return kernels_.box_row_words.run({sums, channels, reach, plan_.word_mean, length, y});
    kernels_.box_row_sums.run({sums, channels, reach, plan_.near_mean, length, y});
  }

  const ImageCall& call_;
  const ImageGeometry& g_;
  const WordBoxPlan& plan_;
  const ImageKernels& kernels_ = image_kernels();
  PaddedRows rows_;
};

}  // namespace

std::optional<WordBoxPlan> plan_word_box(const ImageGeometry& g) {
  const std::int64_t area = g.kernel_height * g.kernel_width;
  if (!image_kernels().box_columns.run || g.channels > 4 || area == 1 ||
      g.kernel_height * most_byte > std::numeric_limits<std::uint16_t>::max())
    return std::nullopt;
  if (area <= most_word_area) return WordBoxPlan{true, word_mean_of(area), {}};
  return WordBoxPlan{false, {}, {static_cast<float>(1.0 / static_cast<double>(area))}};
}

void run_word_box(const ImageCall& call, const WordBoxPlan& plan, const RunControl& control) {
  const WordBox box(call, plan);
  for_each_strip(call.geometry, control, [&](const Strip& strip) { box.run(strip); });
}

}  // namespace native_conv
