// The rows' pass of resampling uint8 images: source rows to rows of words, each the bytes of four rows at one
// place (kernels/image.h). Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>

#include "image/quad_weights.h"
#include "image/row_stream.h"
#include "kernels/image.h"

namespace native_conv {

class Narrowing {
 public:
  using Rows = std::array<const std::uint8_t*, image_lanes>;

  virtual ~Narrowing() = default;
  // Rows of words that run() makes at once, of four source rows each.
  virtual std::int64_t quads() const = 0;
  // Four source rows for each of quads() rows of y, which are `y_row` apart.
  virtual void run(const Rows& x, std::uint8_t* y, std::int64_t y_row) const = 0;
  // What it holds.
  virtual std::size_t bytes() const = 0;
};

// Words to a row: exactly `outputs` mean anything, the rest is room for what is written and read at once.
std::int64_t narrowed_words(std::int64_t outputs, std::int64_t channels);

// The quickest for this axis on this processor; kept.
std::shared_ptr<const Narrowing> narrowing_of(const ResampleAxis& columns, std::int64_t width,
                                              std::int64_t channels);

// One row to a lane, for any number of channels and any instruction set.
std::unique_ptr<const Narrowing> narrow_in_lanes(const ResampleAxis& columns, std::int64_t width,
                                                 std::int64_t channels);
// Each vector of outputs from windows of the rows; null where the instruction set cannot, or where the other
// way takes less time.
std::unique_ptr<const Narrowing> narrow_in_windows(const ResampleAxis& columns, std::int64_t width,
                                                   std::int64_t channels);

}  // namespace native_conv
