// depthwise: one input channel a group, no sum over channels. Shares out planes (channels first) or bands of
// rows (channels last) among the threads; few channels of channels last are taken apart into planes and put
// together again. Transposed convolutions at stride 1, too. Layer: conv. SPDX-License-Identifier: MIT
#include <limits>

#include "conv/depthwise_first.h"
#include "conv/depthwise_last.h"

namespace native_conv {
namespace {

// A single channel lies the same in both layouts.
bool is_first(const Geometry& g) {
  return g.layout == Layout::channels_first || (g.in_channels == 1 && g.out_channels == 1);
}

// Whether the channels of a pixel leave most of a vector empty, so that taking the planes apart costs less.
bool is_planar(const Geometry& g) {
  if (is_first(g) || volume(g.input) * g.in_channels > std::numeric_limits<std::int32_t>::max()) return false;
  return with_type(g.dtype, [&](auto zero) { return 2 * g.out_channels <= kernels<decltype(zero)>().lanes; });
}

template <class T>
void run_first(const Geometry& g, const FilterOrder& filters, const Buffers<T>& b,
               const RunControl& control) {
  // Multiply-adds that outweigh handing a task out, an estimate.
  constexpr std::int64_t least_work = 64 * 1024;
  const DepthwiseFirst<T> depthwise(g, filters, b);
  const Strides to = strides_of(g.layout, g.out_channels, g.output);
  const PlaneReading& reading = depthwise.reading();
  // Of rows, or of the columns of a single row.
  const std::int64_t planes = g.batch * g.in_channels, bands = reading.bands * reading.column_bands;
  const std::int64_t work =
      g.out_per_group() * volume(g.output) * volume(g.kernel) / std::max<std::int64_t>(1, bands);
  const std::int64_t tasks = planes * bands, grouped = 1 + least_work / std::max<std::int64_t>(1, work);
  parallel_for(control, (tasks + grouped - 1) / grouped, [&](std::int64_t group) {
    const std::int64_t end = std::min(tasks, (group + 1) * grouped);
    for (std::int64_t task = group * grouped; task < end;) {
      const std::int64_t n = task / bands / g.in_channels, c = task / bands % g.in_channels,
                         columns = task % reading.column_bands,
                         row = task % bands / reading.column_bands * reading.band_rows;
      const std::int64_t at = n * to.n + c * g.out_per_group() * to.c + row * to.s[1];
      T* y = b.target + at;
      const T* residual = b.residual ? b.residual + at : nullptr;
      const std::int64_t channels = bands == 1 ? std::min(end - task, g.in_channels - c) : 1;
      const std::int64_t rows = std::min(reading.band_rows, g.output[1] - row);
      depthwise.run_columns(columns, n, c, channels, row, rows, y, residual, to);
      task += channels;
    }
  });
}

// Elements of a band of the result as planes, twice: the residual's lie beside them.
std::int64_t planes_length(const Geometry& g, std::int64_t rows) {
  return 2 * g.out_channels * g.output[0] * rows * g.output[2];
}

template <class T>
void run_planar(const Geometry& g, const FilterOrder& filters, const Buffers<T>& b,
                const RunControl& control) {
  Buffers<T> to_planes = b;
  to_planes.target = nullptr;
  const DepthwiseFirst<T> depthwise(g, filters, to_planes);
  const Strides to = strides_of(g.layout, g.out_channels, g.output);
  const std::int64_t bands = depthwise.reading().bands, band_rows = depthwise.reading().band_rows;
  parallel_for(control, g.batch * bands, [&](std::int64_t task) {
    const std::int64_t n = task / bands, row = task % bands * band_rows, at = n * to.n + row * to.s[1];
    const std::int64_t rows = std::min(band_rows, g.output[1] - row);
    const Triple shape = {g.output[0], rows, g.output[2]};
    const Strides from = strides_of(Layout::channels_first, g.out_channels, shape);
    T* planes = scratch<T>(Scratch::panel, planes_length(g, rows));
    T* residual = b.residual ? planes + from.n : nullptr;
    const auto for_each_row = [&](auto&& body) {
      for (std::int64_t o = 0; o < g.out_channels; ++o) {
        for (std::int64_t d = 0; d < g.output[0]; ++d) {
          for (std::int64_t h = 0; h < rows; ++h)
            body(o * from.c + d * from.s[0] + h * from.s[1], at + o * to.c + d * to.s[0] + h * to.s[1]);
        }
      }
    };
    if (residual) {
      for_each_row([&](std::int64_t plane, std::int64_t pixel) {
        for_each_piece(g.output[2], [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t w = begin; w < end; ++w) residual[plane + w] = b.residual[pixel + w * to.s[2]];
        });
      });
    }
    depthwise.run(n, row, rows, planes, residual, from);
    for_each_row([&](std::int64_t plane, std::int64_t pixel) {
      for_each_piece(g.output[2], [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t w = begin; w < end; ++w) b.target[pixel + w * to.s[2]] = planes[plane + w];
      });
    });
  });
}

template <class T>
void run_last(const Geometry& g, const FilterOrder& filters, const Buffers<T>& b, const RunControl& control) {
  const DepthwiseLast<T> depthwise(g, filters, b);
  const Strides to = strides_of(g.layout, g.out_channels, g.output);
  const std::int64_t bands = depthwise.reading().bands, band_rows = depthwise.reading().band_rows;
  parallel_for(control, g.batch * bands, [&](std::int64_t task) {
    const std::int64_t n = task / bands, row = task % bands * band_rows, at = n * to.n + row * to.s[1];
    depthwise.run(n, row, std::min(band_rows, g.output[1] - row), b.target + at,
                  b.residual ? b.residual + at : nullptr, to);
  });
}

// Elements of a thread's padded copy.
std::int64_t copy_length(const Geometry& g) {
  if (!is_first(g) && !is_planar(g)) return ImageReading(g).copy_length(g);
  return with_type(g.dtype, [&](auto zero) { return plane_reading<decltype(zero)>(g).copy_length(g); });
}

std::string reject(const Geometry& call) {
  if (const std::string reason = reject_strided(call); !reason.empty()) return reason;
  const Geometry g = forward_of(call);
  if (g.in_per_group() != 1) {
    return "each group has " + std::to_string(g.in_per_group()) + " input channels, not 1";
  }
  // Before anything that goes over its rows. Beyond, what is packed of a kernel outweighs it.
  constexpr std::int64_t most_taps = 1 << 20;
  if (volume(g.kernel) > most_taps) {
    return "the kernel has " + std::to_string(volume(g.kernel)) + " taps, more than " +
           std::to_string(most_taps);
  }
  const std::int64_t copied = copy_length(g);
  const std::int64_t reach = copied ? copied : volume(g.input) * (is_first(g) ? 1 : g.in_channels);
  if (reach > std::numeric_limits<std::int32_t>::max()) {
    return "a band of " + std::to_string(reach) + " elements is more than 32-bit offsets reach";
  }
  return "";
}

// Elements of a thread's band of planes.
std::int64_t held_planes(const Geometry& g) {
  if (!is_planar(g)) return 0;
  return with_type(g.dtype,
                   [&](auto zero) { return planes_length(g, plane_reading<decltype(zero)>(g).band_rows); });
}

std::int64_t workspace(const Geometry& call, int threads) {
  const Geometry g = forward_of(call);
  const std::int64_t taps = volume(g.kernel);
  const std::int64_t offsets =
      is_first(g) || is_planar(g) ? 0 : threads * taps * std::int64_t{sizeof(std::int32_t)};
  return (threads * (copy_length(g) + held_planes(g)) + g.out_channels * taps) * size_of(g.dtype) + offsets;
}

template <class T>
void run(const Geometry& call, const Buffers<T>& buffers, const RunControl& control) {
  const Geometry g = forward_of(call);
  const FilterOrder filters(call);
  if (is_first(g)) return run_first(g, filters, buffers, control);
  is_planar(g) ? run_planar(g, filters, buffers, control) : run_last(g, filters, buffers, control);
}

const char* kernel(const Geometry& call) {
  const Geometry g = forward_of(call);
  return with_type(g.dtype, [&](auto zero) {
    using T = decltype(zero);
    const Kernels<T>& all = kernels<T>();
    if (!is_first(g) && !is_planar(g)) return all.depthwise_last.name;
    return plane_reading<T>(g).flat ? all.depthwise_plane.name : all.depthwise_rows.name;
  });
}

}  // namespace

const Algorithm depthwise = {AlgorithmId::depthwise, reject, workspace, kernel, run<float>, run<double>};

}  // namespace native_conv
