// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/separable.h"

#include <algorithm>
#include <limits>

#include "base/buffer.h"
#include "base/cpu.h"
#include "conv/activation.h"
#include "conv/conv_weights.h"
#include "conv/depthwise_first.h"
#include "conv/depthwise_last.h"
#include "conv/sweep.h"

namespace native_conv {
namespace {

// Output rows of a band that fills three quarters of the second-level cache: with a quarter, as much again of
// the rows under it was read twice as fusing saved (144 to 24 channels of 56 × 56 on an AMD EPYC, Zen 4).
std::int64_t most_band_rows(const Geometry& depthwise) {
  const std::int64_t row = depthwise.out_channels * depthwise.output[2] * size_of(depthwise.dtype);
  return std::max<std::int64_t>(1, cache_sizes().l2 * 3 / 4 / std::max<std::int64_t>(1, row));
}

// Stage: DepthwiseFirst or DepthwiseLast.
template <class T, class Stage>
class FusedSeparable {
 public:
  FusedSeparable(const Geometry& depthwise, const Buffers<T>& depthwise_buffers, const Geometry& pointwise,
                 const Buffers<T>& pointwise_buffers)
      : depthwise_(depthwise),
        second_(pointwise_buffers),
        stage_(depthwise, FilterOrder(depthwise), depthwise_buffers, most_band_rows(depthwise)),
        output_(strides_of(pointwise.layout, pointwise.out_channels, pointwise.output)),
        panels_(choose_family<T>(pointwise.layout, pointwise.out_channels, pointwise.in_channels),
                pointwise.out_channels, pointwise.in_channels, kernels<T>()),
        finish_(finish_of(pointwise, pointwise_buffers)),
        weights_(pack_conv_weights(pointwise, FilterOrder(pointwise), pointwise_buffers, panels_,
                                   Scratch::fused_weights)) {}

  void run(const RunControl& control) const {
    const std::int64_t height = depthwise_.output[1], rows = stage_.reading().band_rows,
                       bands = stage_.reading().bands;
    parallel_for(control, depthwise_.batch * bands, [&](std::int64_t task) {
      const std::int64_t first = task % bands * rows;
      run_band(task / bands, first, std::min(rows, height - first));
    });
  }

 private:
  void run_band(std::int64_t n, std::int64_t first, std::int64_t rows) const {
    const std::int64_t positions = rows * depthwise_.output[2], channels = panels_.depth;
    T* band = scratch<T>(Scratch::intermediate, channels * positions);
    const Triple shape = {1, rows, depthwise_.output[2]};
    stage_.run(n, first, rows, band, nullptr, strides_of(depthwise_.layout, channels, shape));

    const bool channels_last = depthwise_.layout == Layout::channels_last;
    std::int32_t* offsets = scratch<std::int32_t>(Scratch::fused_offsets, channels);
    for (std::int64_t k = 0; k < channels; ++k) {
      offsets[k] = static_cast<std::int32_t>(channels_last ? k : k * positions);
    }
    const std::int64_t at = n * output_.n + first * output_.s[1];
    Sweep<T> sweep;
    sweep.counts = {1, 1, positions};
    sweep.x = band;
    sweep.x_step = {0, 0, channels_last ? channels : 1};
    sweep.offsets = offsets;
    sweep.panels = &panels_;
    sweep.weights = weights_;
    sweep.y = second_.target + at;
    sweep.y_step = {positions * output_.s[2], positions * output_.s[2], output_.s[2]};
    sweep.y_channel = output_.c;
    sweep.residual = second_.residual ? second_.residual + at : nullptr;
    sweep.finish = &finish_;
    sweep.channel = 0;
    run_sweep(sweep, RunControl{1, nullptr});
  }

  const Geometry& depthwise_;
  const Buffers<T>& second_;
  const Stage stage_;
  const Strides output_;
  const PackedPanels<T> panels_;
  const Finish<T> finish_;
  const T* const weights_;
};

}  // namespace

bool can_fuse(const Geometry& first, const Geometry& second) {
  const bool convolutions = first.kind == Kind::conv && second.kind == Kind::conv;
  if (!convolutions || first.layout != second.layout || first.dtype != second.dtype) return false;
  const bool automatic =
      first.algorithm == AlgorithmId::automatic && second.algorithm == AlgorithmId::automatic;
  if (!automatic || is_smooth(first.activation) || first.output[0] != 1 || second.groups != 1) return false;
  if (fused_bytes(first) / size_of(first.dtype) > std::numeric_limits<std::int32_t>::max()) return false;
  return depthwise.reject(first).empty() && pointwise.reject(second).empty();
}

std::int64_t fused_bytes(const Geometry& g) {
  const std::int64_t rows = std::min(g.output[1], most_band_rows(g));
  return rows * g.output[2] * g.out_channels * size_of(g.dtype);
}

template <class T>
void run_fused(const Geometry& depthwise, const Buffers<T>& depthwise_buffers, const Geometry& pointwise,
               const Buffers<T>& pointwise_buffers, const RunControl& control) {
  if (depthwise.layout == Layout::channels_first) {
    FusedSeparable<T, DepthwiseFirst<T>>(depthwise, depthwise_buffers, pointwise, pointwise_buffers)
        .run(control);
  } else {
    FusedSeparable<T, DepthwiseLast<T>>(depthwise, depthwise_buffers, pointwise, pointwise_buffers)
        .run(control);
  }
}

template void run_fused(const Geometry&, const Buffers<float>&, const Geometry&, const Buffers<float>&,
                        const RunControl&);
template void run_fused(const Geometry&, const Buffers<double>&, const Geometry&, const Buffers<double>&,
                        const RunControl&);

}  // namespace native_conv
