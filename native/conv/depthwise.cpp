// depthwise: one input channel a group, no sum over channels. Shares out planes (channels first) or bands of
// rows (channels last) among the threads. Layer: conv. SPDX-License-Identifier: MIT
#include <limits>

#include "conv/depthwise_first.h"
#include "conv/depthwise_last.h"

namespace native_conv {
namespace {

// A single channel lies the same in both layouts.
bool is_first(const Geometry& g) {
  return g.layout == Layout::channels_first || (g.in_channels == 1 && g.out_channels == 1);
}

template <class T>
void run_first(const Geometry& g, const Buffers<T>& b, const RunControl& control) {
  // Multiply-adds that outweigh handing a task out, an estimate.
  constexpr std::int64_t least_work = 64 * 1024;
  const DepthwiseFirst<T> depthwise(g, b);
  const Strides to = strides_of(g.layout, g.out_channels, g.output);
  const std::int64_t planes = g.batch * g.in_channels, bands = depthwise.reading().bands,
                     band_rows = depthwise.reading().band_rows;
  const std::int64_t work =
      g.out_per_group() * volume(g.output) * volume(g.kernel) / std::max<std::int64_t>(1, bands);
  const std::int64_t tasks = planes * bands, grouped = 1 + least_work / std::max<std::int64_t>(1, work);
  parallel_for(control, (tasks + grouped - 1) / grouped, [&](std::int64_t group) {
    for (std::int64_t task = group * grouped; task < std::min(tasks, (group + 1) * grouped); ++task) {
      const std::int64_t n = task / bands / g.in_channels, c = task / bands % g.in_channels,
                         row = task % bands * band_rows;
      const std::int64_t at = n * to.n + c * g.out_per_group() * to.c + row * to.s[1];
      depthwise.run(n, c, row, std::min(band_rows, g.output[1] - row), b.target + at,
                    b.residual ? b.residual + at : nullptr, to);
    }
  });
}

template <class T>
void run_last(const Geometry& g, const Buffers<T>& b, const RunControl& control) {
  const DepthwiseLast<T> depthwise(g, b);
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
  if (!is_first(g)) return ImageReading(g).copy_length(g);
  return with_type(g.dtype, [&](auto zero) { return plane_reading<decltype(zero)>(g).copy_length(g); });
}

std::string reject(const Geometry& g) {
  if (g.in_per_group() != 1) {
    return "each group has " + std::to_string(g.in_per_group()) + " input channels, not 1";
  }
  const std::int64_t copied = copy_length(g);
  const std::int64_t reach = copied ? copied : volume(g.input) * (is_first(g) ? 1 : g.in_channels);
  if (reach > std::numeric_limits<std::int32_t>::max()) {
    return "a band of " + std::to_string(reach) + " elements is more than 32-bit offsets reach";
  }
  if (volume(g.kernel) > std::numeric_limits<std::int32_t>::max()) return "the kernel has too many taps";
  return "";
}

std::int64_t workspace(const Geometry& g, int threads) {
  const std::int64_t taps = volume(g.kernel);
  const std::int64_t offsets = is_first(g) ? 0 : threads * taps * std::int64_t{sizeof(std::int32_t)};
  return (threads * copy_length(g) + g.out_channels * taps) * size_of(g.dtype) + offsets;
}

template <class T>
void run(const Geometry& g, const Buffers<T>& buffers, const RunControl& control) {
  is_first(g) ? run_first(g, buffers, control) : run_last(g, buffers, control);
}

const char* kernel(const Geometry& g) {
  return with_type(g.dtype, [&](auto zero) {
    using T = decltype(zero);
    const Kernels<T>& all = kernels<T>();
    if (!is_first(g)) return all.depthwise_last.name;
    return plane_reading<T>(g).flat ? all.depthwise_plane.name : all.depthwise_rows.name;
  });
}

}  // namespace

const Algorithm depthwise = {AlgorithmId::depthwise, reject, workspace, kernel, run<float>, run<double>};

}  // namespace native_conv
