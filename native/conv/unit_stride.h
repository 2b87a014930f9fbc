// A transposed convolution at stride 1 is a convolution with the channels exchanged and the taps reversed.
// Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "conv/geometry.h"

namespace native_conv {

// The convolution that computes the call: itself, or what a transposed convolution at stride 1 is.
inline Geometry forward_of(const Geometry& call) {
  if (call.kind == Kind::conv) return call;
  Geometry g = call;
  g.kind = Kind::conv;
  std::swap(g.in_channels, g.out_channels);
  std::swap(g.input, g.output);
  for (int axis = 0; axis < 3; ++axis) {
    const std::int64_t reach = (g.kernel[axis] - 1) * g.dilation[axis];
    g.pad_begin[axis] = reach - call.pad_begin[axis];
    g.pad_end[axis] = g.output[axis] - g.input[axis] + reach - g.pad_begin[axis];
  }
  return g;
}

// Where that convolution's filters lie in the weight that the call was given: tap k from input channel i to
// output channel o of group g is at first[g·group + o·out + i·in + k·tap].
template <class T>
struct ForwardFilters {
  const T* first;
  std::int64_t group, out, in;
  Triple tap;

  ForwardFilters(const Geometry& call, const T* weight) : first(weight) {
    const WeightStrides w = weight_strides(call);
    const bool reversed = call.kind == Kind::conv_transpose;
    group = call.out_per_group() * w.o;
    out = reversed ? w.i : w.o;
    in = reversed ? w.o : w.i;
    for (int axis = 0; axis < 3; ++axis) {
      tap[axis] = reversed ? -w.k[axis] : w.k[axis];
      if (reversed) first += (call.kernel[axis] - 1) * w.k[axis];
    }
  }
};

}  // namespace native_conv
