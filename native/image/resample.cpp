// The checks of all resampling, and the arithmetic of images other than uint8: float64, rounded to float32
// after either pass. Layer: image. SPDX-License-Identifier: MIT
#include "image/resample.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "base/buffer.h"
#include "base/error.h"
#include "base/packed_reader.h"
#include "kernels/image.h"

namespace native_conv {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::internal, "resample: " + what); }

// The sum of an output's weights may not exceed this: 255 times it fits 32 bits, and each of them three
// digits of 8 bits with a sign.
constexpr std::int64_t most_weight = 127 << 16;

void check_weights(const ResampleAxis& axis) {
  for (std::int64_t i = 0; i < axis.outputs; ++i) {
    std::int64_t sum = 0;
    for (std::int64_t t = 0; t < axis.count(i); ++t)
      sum += std::abs(static_cast<std::int64_t>(axis.integers[i * axis.taps + t]));
    if (sum > most_weight) fail("weights overflow");
  }
}

ResampleAxis read_axis(const ImageTable& bounds, const ImageTable& weights, bool integers, std::int64_t taps,
                       std::int64_t size, std::int64_t outputs) {
  if (!bounds.integers || bounds.length != 2 * outputs) fail("bounds of a wrong kind or length");
  if (taps > size || weights.length / taps != outputs || weights.length % taps != 0)
    fail("weights of a wrong length");
  if (!(integers ? weights.integers != nullptr : weights.doubles != nullptr)) fail("weights of a wrong kind");
  const ResampleAxis axis{bounds.integers, weights.integers, weights.doubles, taps, outputs};
  for (std::int64_t i = 0; i < outputs; ++i) {
    const bool inside =
        axis.begin(i) >= 0 && axis.count(i) >= 0 && axis.count(i) <= taps && axis.end(i) <= size;
    const bool onward = i == 0 || (axis.begin(i) >= axis.begin(i - 1) && axis.end(i) >= axis.end(i - 1));
    if (!inside || !onward) fail("bounds leave the source or step back");
  }
  if (integers) check_weights(axis);
  return axis;
}

double rounded(double sum, float) { return sum; }
// NaN becomes the least one, as of filters.
template <class T>
double rounded(double sum, T) {
  const double near = static_cast<float>(sum);
  const double whole = std::copysign(std::floor(std::abs(near) + 0.5), near);
  const double least = std::numeric_limits<T>::min(), most = std::numeric_limits<T>::max();
  return whole > least ? (whole < most ? whole : most) : least;
}

// One source row to float32, `channels` at each of the outputs.
template <class T>
void narrow_row(const ResampleAxis& columns, std::int64_t channels, const T* x, float* y) {
  for (std::int64_t o = 0; o < columns.outputs; ++o) {
    const T* from = x + columns.begin(o) * channels;
    const double* w = columns.reals + o * columns.taps;
    const std::int64_t count = columns.count(o);
    for (std::int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (std::int64_t t = 0; t < count; ++t) sum += static_cast<double>(from[t * channels + c]) * w[t];
      *y++ = static_cast<float>(sum);
    }
  }
}

// One output row of the ring's rows, whose row number n lies at n modulo `held`.
template <class T>
void blend_row(const ResampleAxis& rows, std::int64_t o, const float* ring, std::int64_t held,
               std::int64_t length, T* y) {
  constexpr std::int64_t width = 64;
  for (std::int64_t at = 0; at < length; at += width) {
    double sum[width] = {};
    const std::int64_t count = std::min(width, length - at);
    for (std::int64_t t = 0; t < rows.count(o); ++t) {
      const double w = rows.reals[o * rows.taps + t];
      const float* x = ring + (rows.begin(o) + t) % held * length + at;
      for (std::int64_t j = 0; j < count; ++j) sum[j] += static_cast<double>(x[j]) * w;
    }
    for (std::int64_t j = 0; j < count; ++j) y[at + j] = static_cast<T>(rounded(sum[j], T{}));
  }
}

template <class T>
void run_strip(const Resampling& r, const RowStream& rows, const Strip& strip) {
  const ImageGeometry& g = r.geometry;
  const std::int64_t length = g.target.width * g.channels, held = r.rows.taps;
  check_product("the ring of rows", {held, length});
  float* ring = scratch<float>(Scratch::image_ring, held * length);
  std::int64_t next = r.rows.begin(strip.first);
  for (std::int64_t o = strip.first; o < strip.last; ++o) {
    next = std::max(next, r.rows.begin(o));
    for (; next < r.rows.end(o); ++next) {
      const auto* x = static_cast<const T*>(rows.source(strip.plane, next, 1).first);
      narrow_row(r.columns, g.channels, x, ring + next % held * length);
    }
    blend_row(r.rows, o, ring, held, length, static_cast<T*>(rows.target(strip.plane, o)));
    rows.written(strip.plane, o);
  }
}

template <class T>
void run_type(const Resampling& r, const RowStream& rows, const RunControl& control) {
  for_each_strip(r.geometry, control, [&](const Strip& strip) { run_strip<T>(r, rows, strip); });
}

}  // namespace

bool is_shift(const ResampleAxis& axis) {
  constexpr std::int32_t unit = 1 << blend_bits;
  for (std::int64_t o = 0; o < axis.outputs; ++o) {
    if (axis.count(o) != 1 || axis.begin(o) != axis.begin(0) + o) return false;
    const std::int64_t at = o * axis.taps;
    if (axis.integers ? axis.integers[at] != unit : axis.reals[at] != 1) return false;
  }
  return true;
}

Resampling read_resampling(const ImageCall& call) {
  const ImageGeometry& g = call.geometry;
  if (call.tables.size() != 4) fail("expected four tables");
  if (g.source.type != g.target.type) fail("the types differ");
  const bool integers = g.source.type == PixelType::uint8;
  return {
      g,
      read_axis(call.tables[0], call.tables[1], integers, g.kernel_height, g.source.height, g.target.height),
      read_axis(call.tables[2], call.tables[3], integers, g.kernel_width, g.source.width, g.target.width)};
}

void run_resample(const Resampling& r, const RowStream& rows, const RunControl& control) {
  switch (r.geometry.source.type) {
    case PixelType::uint8:
      return run_resample_bytes(r, rows, control);
    case PixelType::uint16:
      return run_type<std::uint16_t>(r, rows, control);
    case PixelType::int16:
      return run_type<std::int16_t>(r, rows, control);
    default:
      return run_type<float>(r, rows, control);
  }
}

}  // namespace native_conv
