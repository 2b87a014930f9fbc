// Resampling of uint8 images in integers. Rows are narrowed into a ring of words of four rows, whose columns
// are then summed with one column to a lane. Both read four positions at once, in quads that begin at
// multiples of four of the source. Layer: image. SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include "base/buffer.h"
#include "base/packed_reader.h"
#include "image/axis_cache.h"
#include "image/narrowing.h"
#include "image/resample.h"

namespace native_conv {
namespace {

// Every output is one pixel.
bool is_choice(const ResampleAxis& axis) {
  constexpr std::int32_t unit = 1 << blend_bits;
  for (std::int64_t o = 0; o < axis.outputs(); ++o) {
    if (axis.count(o) != 1 || *axis.integers(o) != unit) return false;
  }
  return true;
}

std::shared_ptr<const QuadWeights> weights_of(const ResampleAxis& rows) {
  static auto& cache = *new AxisCache<QuadWeights>;
  return cache.get({rows.from(), true, 0, 0}, [&] {
    return std::make_shared<const QuadWeights>(rows, image_kernels().blend_rows.rows);
  });
}

class ByteResampler {
 public:
  ByteResampler(const Resampling& r, const RowStream& stream)
      : r_(r),
        stream_(stream),
        blend_(image_kernels().blend_rows.run),
        rows_(weights_of(*r.rows)),
        narrowing_(narrowing_of(*r.columns, r.geometry.source.width, r.geometry.channels)),
        batch_(narrowing_->quads()),
        row_(4 * narrowed_words(r.geometry.target.width, r.geometry.channels)),
        held_(std::max(batch_, (rows_->most() + 2 * batch_ - 2) / batch_ * batch_)) {
    check_product("the ring of rows", {held_, row_});
  }

  void run(const Strip& strip) const {
    const QuadWeights& rows = *rows_;
    std::uint8_t* ring = scratch<std::uint8_t>(Scratch::image_ring, held_ * row_);
    std::vector<const std::uint8_t*> x(static_cast<std::size_t>(rows.most()));
    const std::int64_t first = rows.begin(strip.first), end = r_.rows->end(strip.last - 1);
    const std::int64_t length = r_.geometry.target.width * r_.geometry.channels;
    for (std::int64_t o = strip.first, next = first; o < strip.last; ++o) {
      // What no output reads is left out, whole batches of it.
      next = std::max(next, first + (rows.begin(o) - first) / batch_ * batch_);
      stop_if_cancelled();
      for (; next < rows.end(o); next += batch_) {
        stop_if_cancelled();
        narrow(strip.plane, 4 * next, end, ring + (next - first) % held_ * row_);
      }
      const std::int64_t quads = rows.end(o) - rows.begin(o);
      for (std::int64_t q = 0; q < quads; ++q)
        x[static_cast<std::size_t>(q)] = ring + (rows.begin(o) - first + q) % held_ * row_;
      blend_({x.data(), rows.of(o), static_cast<int>(quads), length,
              static_cast<std::uint8_t*>(stream_.target(strip.plane, o))});
      stream_.written(strip.plane, o);
    }
  }

 private:
  // Source rows from `first` on, as far as they lie before `end`: the last one stands for those that are
  // missing.
  void narrow(std::int64_t plane, std::int64_t first, std::int64_t end, std::uint8_t* ring) const {
    const std::int64_t count = std::min(4 * batch_, end - first);
    const SourceRows rows = stream_.source(plane, first, count);
    Narrowing::Rows x;
    for (std::int64_t i = 0; i < image_lanes; ++i)
      x[static_cast<std::size_t>(i)] =
          static_cast<const std::uint8_t*>(rows.first) + std::min(i, count - 1) * rows.row;
    narrowing_->run(x, ring, row_);
  }

  const Resampling& r_;
  const RowStream& stream_;
  blend_rows_u8* blend_;
  std::shared_ptr<const QuadWeights> rows_;
  std::shared_ptr<const Narrowing> narrowing_;
  // Quads of rows that are narrowed at once; bytes of a row of the ring, and its rows.
  std::int64_t batch_, row_, held_;
};

// Chosen pixels are copied.
void choose_rows(const Resampling& r, const RowStream& stream, const Strip& strip) {
  const std::int64_t channels = r.geometry.channels;
  for (std::int64_t o = strip.first; o < strip.last; ++o) {
    stop_if_cancelled();
    const auto* x = static_cast<const std::uint8_t*>(stream.source(strip.plane, r.rows->begin(o), 1).first);
    auto* y = static_cast<std::uint8_t*>(stream.target(strip.plane, o));
    for (std::int64_t i = 0; i < r.columns->outputs(); ++i) {
      const std::uint8_t* from = x + r.columns->begin(i) * channels;
      for (std::int64_t c = 0; c < channels; ++c) *y++ = from[c];
    }
    stream.written(strip.plane, o);
  }
}

}  // namespace

void run_resample_bytes(const Resampling& r, const RowStream& rows, const RunControl& control) {
  if (is_choice(*r.columns) && is_choice(*r.rows)) {
    for_each_strip(r.geometry, control, [&](const Strip& strip) { choose_rows(r, rows, strip); });
    return;
  }
  const ByteResampler resampler(r, rows);
  for_each_strip(r.geometry, control, [&](const Strip& strip) { resampler.run(strip); });
}

}  // namespace native_conv
