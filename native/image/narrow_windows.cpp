// Rows are narrowed four at a time, each vector of outputs from windows of the rows that hold its taps.
// Layer: image. SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>
#include <vector>

#include "image/narrowing.h"

namespace native_conv {
namespace {

// What narrowing in lanes costs, in operations of vectors for four rows: transposing the source's bytes, then
// sums and what finishes them. Measured with 1080p RGB to 640, 384 and 224 pixels by all filters (Xeon,
// AVX-512 with VNNI): there it took 515, 430 and 400 µs bilinear, windows 307, 362 and 455.
double cost_in_lanes(const ResampleAxis& columns, std::int64_t width, std::int64_t channels) {
  const bool together = channels <= most_blend_channels;
  const std::int64_t pixels = !together || channels == 1 ? 16 : channels == 2 ? 8 : 4;
  const double groups = static_cast<double>(width) / pixels * (together ? 1 : channels);
  double quads = 0;
  for (std::int64_t o = 0; o < columns.outputs(); ++o)
    quads += static_cast<double>((columns.end(o) + 3) / 4 - columns.begin(o) / 4);
  const double sums =
      static_cast<double>(channels) * (3 * quads + 6 * static_cast<double>(columns.outputs())) / 4;
  // Channels that are taken apart are copied before and after.
  return (8.5 * groups + sums) * (together ? 1 : 2);
}
constexpr double cost_of_step = 16, cost_of_vector = 24;

// The taps of an output that no step has yet.
struct Taps {
  const std::int32_t* weights;
  std::int64_t next, end;   // of them
  std::int64_t at, stride;  // of the next one in the row, and from one to another
  bool done() {
    for (; next < end && weights[next] == 0; ++next) at += stride;
    return next == end;
  }
};

class WindowNarrowing final : public Narrowing {
 public:
  // Steps of all vectors, or fewer than that where they cost too much: finished() tells.
  WindowNarrowing(const ResampleAxis& columns, std::int64_t row, std::int64_t channels, double most_cost)
      : run_(image_kernels().narrow.run) {
    const std::int64_t outputs = columns.outputs() * channels;
    first_.push_back(0);
    for (std::int64_t from = 0; from < outputs; from += narrow_outputs) {
      std::array<Taps, narrow_outputs> taps{};
      const std::int64_t count = std::min<std::int64_t>(narrow_outputs, outputs - from);
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t o = (from + i) / channels, c = (from + i) % channels;
        taps[static_cast<std::size_t>(i)] = {columns.integers(o), 0, columns.count(o),
                                             columns.begin(o) * channels + c, channels};
      }
      while (add_step(taps, row)) {
      }
      first_.push_back(static_cast<std::int32_t>(steps_.size()));
      const double cost = cost_of_step * static_cast<double>(steps_.size()) +
                          cost_of_vector * static_cast<double>(first_.size());
      if (cost > most_cost) return;
    }
    finished_ = true;
  }

  bool finished() const { return finished_; }
  std::int64_t quads() const override { return 1; }
  std::size_t bytes() const override {
    return steps_.size() * (sizeof(NarrowStep) + sizeof(std::int32_t)) + first_.size() * sizeof(std::int32_t);
  }
  void run(const Rows& x, std::uint8_t* y, std::int64_t) const override {
    run_({x.data(), first_.data(), windows_.data(), steps_.data(),
          static_cast<std::int64_t>(first_.size()) - 1, y});
  }

 private:
  // The next four taps of each output as far as they lie in a window that begins with the first of all; false
  // where none are left.
  bool add_step(std::array<Taps, narrow_outputs>& taps, std::int64_t row) {
    std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
    for (Taps& output : taps) {
      if (!output.done()) lowest = std::min(lowest, output.at);
    }
    if (lowest == std::numeric_limits<std::int64_t>::max()) return false;
    const std::int64_t window = std::min(lowest, row - narrow_window);
    NarrowStep step{};
    for (int l = 0; l < narrow_outputs; ++l) {
      Taps& output = taps[static_cast<std::size_t>(l)];
      for (int k = 0; k < 4 && !output.done() && output.at < window + narrow_window; ++k) {
        step.bytes[4 * l + k] = static_cast<std::uint8_t>(output.at - window);
        put_digits(output.weights[output.next], k, &step.digits[0][l], narrow_outputs);
        ++output.next;
        output.at += output.stride;
      }
    }
    steps_.push_back(step);
    windows_.push_back(static_cast<std::int32_t>(window));
    return true;
  }

  narrow_u8* run_;
  bool finished_ = false;
  std::vector<NarrowStep> steps_;
  std::vector<std::int32_t> windows_, first_;
};

}  // namespace

std::unique_ptr<const Narrowing> narrow_in_windows(const ResampleAxis& columns, std::int64_t width,
                                                   std::int64_t channels) {
  const std::int64_t row = width * channels;
  if (!image_kernels().narrow.run || row < narrow_window || row > std::numeric_limits<std::int32_t>::max())
    return nullptr;
  auto narrowing =
      std::make_unique<WindowNarrowing>(columns, row, channels, cost_in_lanes(columns, width, channels));
  if (!narrowing->finished()) return nullptr;
  return narrowing;
}

}  // namespace native_conv
