// The plain C++ kernels of depthwise convolutions.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "base/bits.h"
#include "kernels/registry.h"

#include <cmath>
#include <utility>

namespace native_conv {
namespace {

#include "kernels/vector_portable.inl"

#include "kernels/finish.inl"
#include "kernels/pad.inl"
#include "kernels/depthwise.inl"

}  // namespace

void depthwise_rows_f32_4_portable(const DepthwiseRows<float>& t) { depthwise_rows<Float4>(t); }
void depthwise_plane_f32_portable(const DepthwisePlane<float>& t) { depthwise_plane<Float4>(t); }
void depthwise_last_f32_2_portable(const DepthwiseLastTile<float>& t) { depthwise_last_tile<Float4, 2>(t); }
void depthwise_rows_f64_4_portable(const DepthwiseRows<double>& t) { depthwise_rows<Double2>(t); }
void depthwise_plane_f64_portable(const DepthwisePlane<double>& t) { depthwise_plane<Double2>(t); }
void depthwise_last_f64_2_portable(const DepthwiseLastTile<double>& t) { depthwise_last_tile<Double2, 2>(t); }

}  // namespace native_conv
