// The formulas of lib/image/resample.ts, with its order of operations: both make the same weights to the bit.
// Layer: image. SPDX-License-Identifier: MIT
#include "image/resample_axis.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/thread_pool.h"
#include "image/axis_cache.h"
#include "image/sine.h"
#include "kernels/image.h"

namespace native_conv {
namespace {

constexpr std::int64_t most_weights = std::int64_t{1} << 26;
// The sum of an output's weights may not exceed this: 255 times it fits 32 bits, and each of them three
// digits of 8 bits with a sign.
constexpr std::int64_t most_weight = 127 << 16;
// Weights of thousands of outputs take about a millisecond.
constexpr std::int64_t outputs_between_stops = 4096;
constexpr double pi = 3.141592653589793;

[[noreturn]] void fail(const char* what) {
  throw Error(ErrorCode::internal, std::string("resample: ") + what);
}

double hamming(double signed_x) {
  const double x = std::abs(signed_x);
  if (x == 0) return 1;
  if (x >= 1) return 0;
  const double angle = x * pi;
  return sine(angle) / angle * (static_cast<double>(0.54f) + static_cast<double>(0.46f) * cosine(angle));
}

double bicubic(double signed_x, double a) {
  const double x = std::abs(signed_x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

double sinc(double x) {
  if (x == 0) return 1;
  const double angle = x * pi;
  return sine(angle) / angle;
}

double support_of(ResizeFilter filter) {
  switch (filter) {
    case ResizeFilter::box:
      return 0.5;
    case ResizeFilter::bicubic:
      return 2;
    case ResizeFilter::lanczos:
      return 3;
    default:
      return 1;
  }
}

double weight_of(const Axis& axis, double x) {
  switch (axis.filter) {
    case ResizeFilter::box:
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    case ResizeFilter::hamming:
      return hamming(x);
    case ResizeFilter::bicubic:
      return bicubic(x, axis.cubic);
    case ResizeFilter::lanczos:
      return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    default:
      return std::max(0.0, 1 - std::abs(x));
  }
}

// How an output reads an axis. Outputs are asked for in order.
class Rule {
 public:
  explicit Rule(const Axis& axis)
      : axis_(axis),
        scale_((axis.end - axis.begin) / static_cast<double>(axis.outputs)),
        step_(axis.outputs == 1
                  ? 0
                  : std::max(0.0, axis.end - axis.begin - 1) / static_cast<double>(axis.outputs - 1)),
        stretch_(std::max(1.0, scale_)),
        support_(support_of(axis.filter) * stretch_),
        sum_(axis.begin + scale_ * 0.5) {
    const bool half = axis.coordinates == Coordinates::half_pixel;
    const bool shift = axis.end - axis.begin == static_cast<double>(axis.outputs) &&
                       axis.begin == std::floor(axis.begin) && half;
    kind_ = shift                                  ? Kind::shift
            : axis.filter == ResizeFilter::nearest ? (axis.antialias && half ? Kind::summed : Kind::nearest)
            : axis.antialias                       ? Kind::antialiased
                                                   : Kind::interpolated;
  }

  // The output to begin with, for those from `first` on: a sum of steps begins at 0.
  std::int64_t start(std::int64_t first) const { return kind_ == Kind::summed ? 0 : first; }
  // Positions [first, second).
  std::pair<std::int64_t, std::int64_t> reach(std::int64_t i) {
    switch (kind_) {
      case Kind::shift:
        return one(axis_.begin + static_cast<double>(i));
      case Kind::summed: {
        const double at = sum_;
        sum_ += scale_;
        return one(std::floor(at));
      }
      case Kind::nearest:
        return one(std::floor(centre(i) - (axis_.coordinates == Coordinates::asymmetric ? 0.5 : 0)));
      case Kind::interpolated:
        return {inside(first(i)), inside(first(i) + 2 * taps_beside() - 1) + 1};
      default: {
        const auto start = static_cast<std::int64_t>(std::max(0.0, std::trunc(centre(i) - support_ + 0.5)));
        const auto end = static_cast<std::int64_t>(
            std::min(static_cast<double>(axis_.size), std::trunc(centre(i) + support_ + 0.5)));
        return {start, std::max(start, end)};
      }
    }
  }

  // The weights of positions [start, start + count), which are 0 so far.
  void weigh(std::int64_t i, std::int64_t start, std::int64_t count, double* weights) const {
    if (kind_ == Kind::antialiased) {
      const double middle = centre(i), narrow = 1 / stretch_;
      for (std::int64_t x = 0; x < count; ++x)
        weights[x] = weight_of(axis_, (static_cast<double>(x + start) - middle + 0.5) * narrow);
    } else if (kind_ == Kind::interpolated) {
      const std::int64_t begin = first(i);
      for (std::int64_t x = begin; x < begin + 2 * taps_beside(); ++x)
        weights[inside(x) - start] += weight_of(axis_, static_cast<double>(x) - (centre(i) - 0.5));
    } else {
      weights[0] = 1;
    }
  }

 private:
  enum class Kind { shift, summed, nearest, antialiased, interpolated };

  // Where the centre of output i lies, in positions whose centres lie at n + 1/2.
  double centre(std::int64_t output) const {
    const auto i = static_cast<double>(output);
    if (axis_.coordinates == Coordinates::half_pixel) return axis_.begin + (i + 0.5) * scale_;
    if (axis_.coordinates == Coordinates::asymmetric) return axis_.begin + i * scale_ + 0.5;
    return axis_.begin + i * step_ + 0.5;
  }
  std::int64_t inside(std::int64_t x) const { return std::min(axis_.size - 1, std::max<std::int64_t>(0, x)); }
  std::pair<std::int64_t, std::int64_t> one(double at) const {
    const std::int64_t x = inside(static_cast<std::int64_t>(at));
    return {x, x + 1};
  }
  std::int64_t taps_beside() const { return static_cast<std::int64_t>(std::ceil(support_of(axis_.filter))); }
  std::int64_t first(std::int64_t i) const {
    return static_cast<std::int64_t>(std::floor(centre(i) - 0.5)) - taps_beside() + 1;
  }

  const Axis& axis_;
  Kind kind_;
  double scale_, step_, stretch_, support_, sum_;
};

void normalise(double* weights, std::int64_t count) {
  double sum = 0;
  for (std::int64_t k = 0; k < count; ++k) sum += weights[k];
  if (sum == 0) return;
  for (std::int64_t k = 0; k < count; ++k) weights[k] /= sum;
}

}  // namespace

ResampleAxis::ResampleAxis(const Axis& from, bool integers) : from_(from) {
  if (from.count > most_weights) throw Error(ErrorCode::too_large, "an axis of too many pixels");
  Rule rule(from_);
  bounds_.reserve(static_cast<std::size_t>(2 * from.count));
  std::int64_t last_begin = 0, last_end = 0;
  for (std::int64_t i = rule.start(from.first); i < from.first + from.count; ++i) {
    const auto [begin, end] = rule.reach(i);
    if (i % outputs_between_stops == 0) stop_if_cancelled();
    if (i < from.first) continue;
    if (begin < last_begin || end < last_end || end > from.size || begin < from.top)
      fail("positions leave the source or step back");
    last_begin = begin;
    last_end = end;
    taps_ = std::max(taps_, end - begin);
    bounds_.push_back(static_cast<std::int32_t>(begin - from.top));
    bounds_.push_back(static_cast<std::int32_t>(end - begin));
  }
  if (from.count > most_weights / taps_) throw Error(ErrorCode::too_large, "an axis of too many weights");
  reals_.resize(static_cast<std::size_t>(from.count * taps_));
  for (std::int64_t o = 0; o < from.count; ++o) {
    if (o % outputs_between_stops == 0) stop_if_cancelled();
    double* const weights = reals_.data() + o * taps_;
    rule.weigh(from.first + o, begin(o) + from.top, count(o), weights);
    normalise(weights, count(o));
  }
  if (integers) round_weights();
}

// Half away from zero.
void ResampleAxis::round_weights() {
  constexpr double one = 1 << blend_bits;
  integers_.resize(reals_.size());
  for (std::int64_t o = 0; o < outputs(); ++o) {
    if (o % outputs_between_stops == 0) stop_if_cancelled();
    std::int64_t sum = 0;
    for (std::int64_t at = o * taps_; at < (o + 1) * taps_; ++at) {
      const double weight = reals_[static_cast<std::size_t>(at)];
      if (!(std::abs(weight) < 2)) fail("a weight out of range");
      const auto whole = static_cast<std::int32_t>(weight * one + (weight < 0 ? -0.5 : 0.5));
      integers_[static_cast<std::size_t>(at)] = whole;
      sum += std::abs(static_cast<std::int64_t>(whole));
    }
    if (sum > most_weight) fail("weights overflow");
  }
  reals_ = {};
}

std::shared_ptr<const ResampleAxis> resample_axis(const Axis& from, bool integers) {
  static auto& cache = *new AxisCache<ResampleAxis>;
  return cache.get({from, integers, 0, 0},
                   [&] { return std::make_shared<const ResampleAxis>(from, integers); });
}

bool is_shift(const ResampleAxis& axis) {
  constexpr std::int32_t unit = 1 << blend_bits;
  for (std::int64_t o = 0; o < axis.outputs(); ++o) {
    if (axis.count(o) != 1 || axis.begin(o) != axis.begin(0) + o) return false;
    if (axis.whole() ? *axis.integers(o) != unit : *axis.reals(o) != 1) return false;
  }
  return true;
}

}  // namespace native_conv
