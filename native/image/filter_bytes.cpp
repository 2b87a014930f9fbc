// Filters of uint8 images in whole numbers, tile by tile: a ring of source rows with their border, or of the
// sums along them, that stays in the first cache. Layer: image. SPDX-License-Identifier: MIT
#include "image/filter_bytes.h"

#include "base/buffer.h"
#include "base/packed_reader.h"
#include "image/padded_rows.h"
#include "image/strips.h"
#include "kernels/image.h"

namespace native_conv {
namespace {

// Values of an output row to a tile. Whole rows of full HD beat parts of 2048 values, which would stay in the
// first cache: 0.85 and 0.93 ms instead of 0.97 for 3×3, 3.2 instead of 3.3 for a gaussian of σ 2 (Intel
// Sapphire Rapids, `npm run bench -- --suite images --reuse-output`), since memory foresees longer stretches.
constexpr std::int64_t tile_values = 6144;

class BytesFilter {
 public:
  BytesFilter(const ImageCall& call, const WholeFilter& plan)
      : call_(call), g_(call.geometry), plan_(plan), kernels_(image_kernels()), rows_(g_) {
    const std::int64_t reach = (g_.kernel_width - 1) * g_.channels;
    padded_ = round_up(std::min(tile_values, length()) + reach) + filter_block;
    kept_ = round_up(std::min(tile_values, length()));
    check_product("the ring of rows", {g_.kernel_height + 1, padded_, 2});
  }

  template <class T>
  void run(const Strip& strip) const {
    for (std::int64_t first = 0; first < length(); first += tile_values) {
      const std::int64_t count = std::min(tile_values, length() - first);
      if (plan_.separable) {
        run_two_passes<T>(strip, first, count);
      } else {
        run_one_pass<T>(strip, first, count);
      }
    }
  }

 private:
  static std::int64_t round_up(std::int64_t x) {
    return (x + filter_block - 1) / filter_block * filter_block;
  }
  std::int64_t length() const { return g_.source.width * g_.channels; }

  // Padded row `row` of a tile.
  void pad(std::int64_t plane, std::int64_t row, std::int64_t first, std::int64_t count,
           std::uint8_t* y) const {
    const std::int64_t reach = (g_.kernel_width - 1) * g_.channels;
    rows_.copy<std::uint8_t>(call_.source, plane, row, first, first + count + reach, y);
  }

  template <class T>
  T* target_row(const Strip& strip, std::int64_t row, std::int64_t first) const {
    return static_cast<T*>(call_.target) + strip.plane * g_.target.plane + row * g_.target.row + first;
  }

  // Where the taps of output row `row` read in a ring of `held` rows of `length` values.
  template <class X>
  static void point(const TapPairs& pairs, std::int64_t row, const X* ring, std::int64_t held,
                    std::int64_t length, std::vector<const X*>& x) {
    const std::int64_t first = row % held;
    for (std::size_t t = 0; t < pairs.taps.size(); ++t) {
      const WholeTap& tap = pairs.taps[t];
      const std::int64_t slot = first + tap.row;
      x[t] = ring + (slot < held ? slot : slot - held) * length + tap.offset;
    }
  }

  template <class T>
  void run_one_pass(const Strip& strip, std::int64_t first, std::int64_t count) const {
    const std::int64_t held = g_.kernel_height + 1;
    std::uint8_t* ring = scratch<std::uint8_t>(Scratch::image_ring, held * padded_);
    std::vector<const std::uint8_t*> x(plan_.first.taps.size()), two(plan_.two_rows.taps.size());
    std::int64_t next = strip.first;
    for (std::int64_t row = strip.first; row < strip.last;) {
      const std::int64_t rows = !two.empty() && row + 1 < strip.last ? 2 : 1;
      for (; next < row + rows + g_.kernel_height - 1; ++next)
        pad(strip.plane, next, first, count, ring + next % held * padded_);
      T* y = target_row<T>(strip, row, first);
      if (rows == 2) {
        point(plan_.two_rows, row, ring, held, padded_, two);
        filter_two_rows(two.data(), count, y);
      } else {
        point(plan_.first, row, ring, held, padded_, x);
        filter_row(x.data(), count, y);
      }
      row += rows;
    }
  }

  template <class T>
  void filter_two_rows(const std::uint8_t* const* x, std::int64_t count, T* y) const {
    const auto pairs = static_cast<int>(plan_.two_rows.taps.size() / 2);
    const TwoByteFilters<T> t{x,
                              plan_.two_rows.weights.data(),
                              pairs,
                              static_cast<std::int16_t>(plan_.finish.bias),
                              count,
                              y,
                              y + g_.target.row};
    if constexpr (sizeof(T) == 1) {
      kernels_.filter_two_bytes.run(t);
    } else {
      kernels_.filter_two_words.run(t);
    }
  }

  template <class T>
  void filter_row(const std::uint8_t* const* x, std::int64_t count, T* y) const {
    const auto pairs = static_cast<int>(plan_.first.taps.size() / 2);
    const WholeFinish& f = plan_.finish;
    constexpr bool to_bytes = sizeof(T) == 1;
    if (plan_.first_pass == FirstPass::bytes) {
      const ByteFilter<T> t{x, plan_.first.weights.data(), pairs, static_cast<std::int16_t>(f.bias), count,
                            y};
      if constexpr (to_bytes) {
        kernels_.filter_bytes.run(t);
      } else {
        kernels_.filter_words.run(t);
      }
      return;
    }
    const SumFilter<std::uint8_t, T> t{x, plan_.first.weights.data(), pairs, f.bias, f.shift, f.odd, count,
                                       y};
    if constexpr (to_bytes) {
      kernels_.filter_sums_to_bytes.run(t);
    } else {
      kernels_.filter_sums_to_words.run(t);
    }
  }

  template <class T>
  void run_two_passes(const Strip& strip, std::int64_t first, std::int64_t count) const {
    std::uint8_t* padded = scratch<std::uint8_t>(Scratch::image_block, padded_);
    std::int16_t* ring = scratch<std::int16_t>(Scratch::image_ring, g_.kernel_height * kept_);
    std::vector<const std::uint8_t*> along(plan_.first.taps.size());
    for (std::size_t t = 0; t < along.size(); ++t) along[t] = padded + plan_.first.taps[t].offset;
    std::vector<const std::int16_t*> down(plan_.second.taps.size());
    std::int64_t next = strip.first;
    for (std::int64_t row = strip.first; row < strip.last; ++row) {
      for (; next < row + g_.kernel_height; ++next) {
        pad(strip.plane, next, first, count, padded);
        kernels_.filter_kept.run({along.data(), plan_.first.weights.data(),
                                  static_cast<int>(along.size() / 2), plan_.kept_bias, count,
                                  ring + next % g_.kernel_height * kept_});
      }
      point(plan_.second, row, ring, g_.kernel_height, kept_, down);
      filter_column(down, count, target_row<T>(strip, row, first));
    }
  }

  template <class T>
  void filter_column(const std::vector<const std::int16_t*>& x, std::int64_t count, T* y) const {
    const WholeFinish& f = plan_.finish;
    const SumFilter<std::int16_t, T> t{
        x.data(), plan_.second.weights.data(), static_cast<int>(x.size() / 2), f.bias, f.shift, f.odd, count,
        y};
    if constexpr (sizeof(T) == 1) {
      if (plan_.second_pass == SecondPass::sums) return kernels_.column_sums_to_bytes.run(t);
      kernels_.column_words.run({x.data(), plan_.second.weights.data(), static_cast<int>(x.size()),
                                 static_cast<std::int16_t>(f.bias), f.shift, count, y});
    } else {
      kernels_.column_sums_to_words.run(t);
    }
  }

  const ImageCall& call_;
  const ImageGeometry& g_;
  const WholeFilter& plan_;
  const ImageKernels& kernels_;
  PaddedRows rows_;
  std::int64_t padded_, kept_;
};

}  // namespace

void run_filter_bytes(const ImageCall& call, const WholeFilter& plan, const RunControl& control) {
  const BytesFilter filter(call, plan);
  for_each_strip(call.geometry, control, [&](const Strip& strip) {
    if (call.geometry.target.type == PixelType::uint8) {
      filter.run<std::uint8_t>(strip);
    } else {
      filter.run<std::int16_t>(strip);
    }
  });
}

}  // namespace native_conv
