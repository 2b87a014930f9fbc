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

std::shared_ptr<const ResampleAxis> read_axis(const ImageTable& table, bool integers, std::int64_t size,
                                              std::int64_t outputs) {
  if (!table.doubles) fail("an axis of a wrong kind");
  const Axis axis = unpack_axis(table.doubles, static_cast<std::size_t>(table.length));
  if (axis.count != outputs) fail("an axis of another number of outputs");
  auto made = resample_axis(axis, integers);
  // The ends never step back.
  if (made->end(outputs - 1) > size) fail("an axis that leaves its picture");
  return made;
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
  for (std::int64_t o = 0; o < columns.outputs(); ++o) {
    const T* from = x + columns.begin(o) * channels;
    const double* w = columns.reals(o);
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
      const double w = rows.reals(o)[t];
      const float* x = ring + (rows.begin(o) + t) % held * length + at;
      for (std::int64_t j = 0; j < count; ++j) sum[j] += static_cast<double>(x[j]) * w;
    }
    for (std::int64_t j = 0; j < count; ++j) y[at + j] = static_cast<T>(rounded(sum[j], T{}));
  }
}

template <class T>
void run_strip(const Resampling& r, const RowStream& rows, const Strip& strip) {
  const ImageGeometry& g = r.geometry;
  const std::int64_t length = g.target.width * g.channels, held = r.rows->taps();
  check_product("the ring of rows", {held, length});
  float* ring = scratch<float>(Scratch::image_ring, held * length);
  std::int64_t next = r.rows->begin(strip.first);
  for (std::int64_t o = strip.first; o < strip.last; ++o) {
    next = std::max(next, r.rows->begin(o));
    stop_if_cancelled();
    for (; next < r.rows->end(o); ++next) {
      stop_if_cancelled();
      const auto* x = static_cast<const T*>(rows.source(strip.plane, next, 1).first);
      narrow_row(*r.columns, g.channels, x, ring + next % held * length);
    }
    blend_row(*r.rows, o, ring, held, length, static_cast<T*>(rows.target(strip.plane, o)));
    rows.written(strip.plane, o);
  }
}

template <class T>
void run_type(const Resampling& r, const RowStream& rows, const RunControl& control) {
  for_each_strip(r.geometry, control, [&](const Strip& strip) { run_strip<T>(r, rows, strip); });
}

}  // namespace

Resampling read_resampling(const ImageCall& call) {
  const ImageGeometry& g = call.geometry;
  if (call.tables.size() != 2) fail("expected two axes");
  if (g.source.type != g.target.type) fail("the types differ");
  const bool integers = g.source.type == PixelType::uint8;
  Resampling r{g, read_axis(call.tables[0], integers, g.source.height, g.target.height),
               read_axis(call.tables[1], integers, g.source.width, g.target.width)};
  r.geometry.kernel_height = r.rows->taps();
  r.geometry.kernel_width = r.columns->taps();
  return r;
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
