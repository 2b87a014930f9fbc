// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/columns.h"

#include <algorithm>

#include "base/buffer.h"
#include "base/clear.h"
#include "conv/patches.h"

namespace native_conv {
namespace {

// Output positions o of an axis with 0 <= o·stride + offset < size: [begin, end).
struct Range {
  std::int64_t begin, end;
};

Range inside(std::int64_t outputs, std::int64_t stride, std::int64_t offset, std::int64_t size) {
  const std::int64_t begin = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const std::int64_t end = size - offset <= 0 ? 0 : (size - offset + stride - 1) / stride;
  return {std::min(begin, outputs), std::max(std::min(begin, outputs), std::min(end, outputs))};
}

// Adds one tap's column of a channel onto its plane. One that is long enough `looks` at the flag meanwhile.
template <bool looks, class T>
void add_column(const Geometry& g, const Triple& tap, const T* column, T* plane) {
  Triple offset;
  Range range[3];
  for (int axis = 0; axis < 3; ++axis) {
    offset[axis] = tap[axis] * g.dilation[axis] - g.pad_begin[axis];
    range[axis] = inside(g.output[axis], g.stride[axis], offset[axis], g.input[axis]);
  }
  const std::int64_t first = range[2].begin, last = range[2].end;
  Checkpoint checkpoint;
  for (std::int64_t d = range[0].begin; d < range[0].end; ++d) {
    for (std::int64_t h = range[1].begin; h < range[1].end; ++h) {
      const T* from = column + (d * g.output[1] + h) * g.output[2];
      T* to = plane +
              ((d * g.stride[0] + offset[0]) * g.input[1] + h * g.stride[1] + offset[1]) * g.input[2] +
              offset[2];
      const auto add = [&, from, to](std::int64_t begin, std::int64_t end) {
        for (std::int64_t w = first + begin; w < first + end; ++w) to[w * g.stride[2]] += from[w];
      };
      if constexpr (looks) {
        checkpoint.pass(last - first);
        for_each_piece(last - first, add);
      } else {
        add(0, last - first);
      }
    }
  }
}

// Writes a finished plane of one channel into the image.
template <class T>
void store_plane(const Fold<T>& f, std::int64_t channel, const T* plane) {
  constexpr std::int64_t most = 64;
  const Strides to = strides_of(f.g.layout, f.g.in_channels, f.g.input);
  ScatterTile<T> t{};
  t.tile_channel = t.tile_pixel = 1;
  t.channels = 1;
  const std::int64_t base = f.n * to.n + channel * to.c;
  t.y = f.image + base;
  t.residual = f.residual ? f.residual + base : nullptr;
  t.y_pixel = to.s[2];
  PixelRun run{};
  t.runs = &run;
  t.run_count = 1;
  t.finish = f.finish;
  t.channel = channel;
  Checkpoint checkpoint;
  for (std::int64_t p = 0; p < volume(f.g.input); p += most) {
    checkpoint.pass(most);
    t.tile = plane + p;
    run.count = static_cast<int>(std::min(most, volume(f.g.input) - p));
    run.at = p * to.s[2];
    kernels<T>().scatter.run(t);
  }
}

}  // namespace

template <class T>
void run_im2col(const Geometry& g, const T* image, T* columns, const RunControl& control) {
  const PatchReader reader(g);
  const Strides in = reader.strides();
  const std::int64_t taps = volume(g.kernel), positions = volume(g.output);
  const std::int64_t parts = (positions + steps_between_looks - 1) / steps_between_looks;
  parallel_for(control, g.batch * g.in_channels * taps * parts, [&](std::int64_t task) {
    const std::int64_t row = task / parts, first = task % parts * steps_between_looks;
    const Triple tap = unravel(row % taps, g.kernel);
    const std::int64_t c = row / taps % g.in_channels, n = row / taps / g.in_channels;
    reader.gather(image + n * in.n + c * in.c, first, std::min(steps_between_looks, positions - first), tap,
                  columns + row * positions + first, 1);
  });
}

template <class T>
void run_fold(const Fold<T>& fold, const RunControl& control) {
  const Geometry& g = fold.g;
  const std::int64_t taps = volume(g.kernel), positions = volume(g.output);
  parallel_for(control, fold.channels, [&](std::int64_t c) {
    T* plane = scratch<T>(Scratch::tile, volume(g.input));
    clear(plane, volume(g.input));
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      stop_if_cancelled();
      const T* column = fold.columns + (c * taps + tap) * positions;
      if (positions > steps_between_looks)
        add_column<true>(g, unravel(tap, g.kernel), column, plane);
      else
        add_column<false>(g, unravel(tap, g.kernel), column, plane);
    }
    store_plane(fold, fold.channel + c, plane);
  });
}

template void run_im2col(const Geometry&, const float*, float*, const RunControl&);
template void run_im2col(const Geometry&, const double*, double*, const RunControl&);
template void run_fold(const Fold<float>&, const RunControl&);
template void run_fold(const Fold<double>&, const RunControl&);

}  // namespace native_conv
