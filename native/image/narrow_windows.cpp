// Rows are narrowed four at a time, each vector of outputs from windows of the rows that hold its taps.
// Layer: image. SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <map>
#include <utility>
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
    while (next < end && weights[next] == 0) pass();
    return next == end;
  }
  // Whether one is left that lies in a window.
  bool waits(std::int64_t window) { return !done() && at < window + narrow_window; }
  void pass() {
    ++next;
    at += stride;
  }
};

class WindowNarrowing final : public Narrowing {
 public:
  // Steps of all vectors, or fewer than that where they cost too much: finished() tells.
  WindowNarrowing(const ResampleAxis& columns, std::int64_t row, std::int64_t channels, double most_cost)
      : run_(image_kernels().narrow.run) {
    const std::int64_t outputs = columns.outputs() * channels;
    std::map<Steps, std::int32_t> known;
    double cost = 0;
    for (std::int64_t from = 0; from < outputs; from += narrow_outputs) {
      std::array<Taps, narrow_outputs> taps{};
      const std::int64_t count = std::min<std::int64_t>(narrow_outputs, outputs - from);
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t o = (from + i) / channels, c = (from + i) % channels;
        taps[static_cast<std::size_t>(i)] = {columns.integers(o), 0, columns.count(o),
                                             columns.begin(o) * channels + c, channels};
      }
      const std::size_t first_window = windows_.size();
      Steps steps;
      while (add_step(taps, row, first_window, steps)) {
      }
      cost += cost_of_step * static_cast<double>(steps.size()) + cost_of_vector;
      if (cost > most_cost || steps.size() > std::numeric_limits<std::int16_t>::max()) return;
      const bool one_window =
          std::all_of(windows_.begin() + static_cast<std::ptrdiff_t>(first_window), windows_.end(),
                      [&](auto w) { return w == windows_[first_window]; });
      const auto count_of_steps = static_cast<std::int16_t>(steps.size());
      vectors_.push_back({place(std::move(steps), known), count_of_steps, one_window});
    }
    finished_ = true;
  }

  bool finished() const { return finished_; }
  std::int64_t quads() const override { return 1; }
  std::size_t bytes() const override {
    return steps_.size() * sizeof(NarrowStep) + windows_.size() * sizeof(std::int32_t) +
           vectors_.size() * sizeof(NarrowVector);
  }
  void run(const Rows& x, std::uint8_t* y, std::int64_t) const override {
    run_({x.data(), vectors_.data(), windows_.data(), steps_.data(),
          static_cast<std::int64_t>(vectors_.size()), y});
  }

 private:
  struct Less {
    bool operator()(const NarrowStep& a, const NarrowStep& b) const {
      return std::memcmp(&a, &b, sizeof a) < 0;
    }
  };
  struct Steps : std::vector<NarrowStep> {
    bool operator<(const Steps& other) const {
      return std::lexicographical_compare(begin(), end(), other.begin(), other.end(), Less());
    }
  };

  // Where these steps lie. Ratios of whole numbers repeat them, and then few stay in the first cache: those
  // of 1080p RGB to 640 fill more than it, which took a tenth of the time (AMD Zen 5, AVX-512).
  std::int32_t place(Steps&& steps, std::map<Steps, std::int32_t>& known) {
    const auto next = static_cast<std::int32_t>(steps_.size());
    const auto [at, is_new] = known.emplace(std::move(steps), next);
    if (is_new) steps_.insert(steps_.end(), at->first.begin(), at->first.end());
    return at->second;
  }

  // The next four taps of each output as far as they lie in a window that begins with the first of all; false
  // where none are left.
  bool add_step(std::array<Taps, narrow_outputs>& taps, std::int64_t row, std::size_t first_window,
                Steps& steps) {
    std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
    for (Taps& output : taps) {
      if (!output.done()) lowest = std::min(lowest, output.at);
    }
    if (lowest == std::numeric_limits<std::int64_t>::max()) return false;
    const std::int64_t window = window_of(taps, std::min(lowest, row - narrow_window), first_window);
    NarrowStep step{};
    for (int l = 0; l < narrow_outputs; ++l) {
      Taps& output = taps[static_cast<std::size_t>(l)];
      for (int k = 0; k < 4 && output.waits(window); ++k) {
        step.bytes[4 * l + k] = static_cast<std::uint8_t>(output.at - window);
        put_digits(output.weights[output.next], k, &step.digits[0][l], narrow_outputs);
        output.pass();
      }
    }
    steps.push_back(step);
    windows_.push_back(static_cast<std::int32_t>(window));
    return true;
  }

  // The vector's last window again, which then is in a register, if it holds as many of the taps.
  std::int64_t window_of(std::array<Taps, narrow_outputs> taps, std::int64_t window,
                         std::size_t first_window) const {
    if (windows_.size() == first_window) return window;
    std::int64_t furthest = window;
    for (Taps& output : taps) {
      for (int k = 0; k < 4 && output.waits(window); ++k) {
        furthest = output.at;
        output.pass();
      }
      if (furthest >= windows_.back() + narrow_window) return window;
    }
    return windows_.back();
  }

  narrow_u8* run_;
  bool finished_ = false;
  std::vector<NarrowVector> vectors_;
  std::vector<NarrowStep> steps_;
  std::vector<std::int32_t> windows_;
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
