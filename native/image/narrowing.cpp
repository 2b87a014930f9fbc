// Layer: image. SPDX-License-Identifier: MIT
#include "image/narrowing.h"

#include "image/axis_cache.h"

namespace native_conv {
namespace {

// Nothing but turned: byte i of each word from row i.
class Shift final : public Narrowing {
 public:
  Shift(std::int64_t first, std::int64_t length) : first_(first), length_(length) {}
  std::int64_t quads() const override { return 1; }
  std::size_t bytes() const override { return sizeof *this; }
  void run(const Rows& x, std::uint8_t* y, std::int64_t) const override {
    for (std::int64_t j = 0; j < length_; ++j, y += 4) {
      for (std::size_t i = 0; i < 4; ++i) y[i] = x[i][first_ + j];
    }
  }

 private:
  std::int64_t first_, length_;
};

std::shared_ptr<const Narrowing> make(const ResampleAxis& columns, std::int64_t width,
                                      std::int64_t channels) {
  if (auto windows = narrow_in_windows(columns, width, channels)) return windows;
  if (is_shift(columns))
    return std::make_shared<Shift>(columns.begin(0) * channels, columns.outputs() * channels);
  return narrow_in_lanes(columns, width, channels);
}

std::int64_t round_up(std::int64_t x, std::int64_t step) { return (x + step - 1) / step * step; }

}  // namespace

// blend_lanes writes the last outputs four at a time.
std::int64_t narrowed_words(std::int64_t outputs, std::int64_t channels) {
  return round_up((outputs + 3) * channels, blend_block);
}

std::shared_ptr<const Narrowing> narrowing_of(const ResampleAxis& columns, std::int64_t width,
                                              std::int64_t channels) {
  static auto& cache = *new AxisCache<Narrowing>;
  return cache.get({columns.from(), true, width, channels}, [&] { return make(columns, width, channels); });
}

}  // namespace native_conv
