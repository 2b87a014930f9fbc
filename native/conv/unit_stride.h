// A transposed convolution at stride 1 is a convolution with the channels exchanged and the taps reversed.
// Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <string>
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

// How the filters of that convolution lie in the weight that the call was given, and what their taps read.
// Taps are counted as the weight has them, which is the order that both are summed in; those of a transposed
// convolution read the window from its other end.
struct FilterOrder {
  bool reversed;
  std::int64_t group, out, in;  // elements from one group, and from one of a group's channels, to the next
  Triple tap;

  FilterOrder(const Geometry& call, bool is_reversed) : reversed(is_reversed) {
    const WeightStrides w = weight_strides(call);
    group = call.out_per_group() * w.o;
    out = reversed ? w.i : w.o;
    in = reversed ? w.o : w.i;
    tap = w.k;
  }
  explicit FilterOrder(const Geometry& call) : FilterOrder(call, call.kind == Kind::conv_transpose) {}

  // The first tap of output channel `channel` of all groups, of `per_group` each.
  std::int64_t filter(std::int64_t channel, std::int64_t per_group) const {
    return channel / per_group * group + channel % per_group * out;
  }
  // Where a tap lies in the window, along an axis and along all of them, undilated.
  std::int64_t position(const Geometry& g, int axis, std::int64_t index) const {
    return reversed ? g.kernel[axis] - 1 - index : index;
  }
  Triple position(const Geometry& g, const Triple& index) const {
    return {position(g, 0, index[0]), position(g, 1, index[1]), position(g, 2, index[2])};
  }
};

// Empty, or why no convolution computes the call.
inline std::string reject_strided(const Geometry& call) {
  return call.kind == Kind::conv || call.stride == Triple{1, 1, 1} ? "" : "the stride is not 1";
}

// The filters with their taps in the order of the window: tap k from input channel i to output channel o of
// group g is at first[g·group + o·out + i·in + k·tap].
template <class T>
struct ForwardFilters {
  const T* first;
  std::int64_t group, out, in;
  Triple tap;

  ForwardFilters(const Geometry& call, const T* weight) : first(weight) {
    const FilterOrder order(call);
    group = order.group;
    out = order.out;
    in = order.in;
    tap = order.tap;
    if (!order.reversed) return;
    for (int axis = 0; axis < 3; ++axis) {
      first += (call.kernel[axis] - 1) * tap[axis];
      tap[axis] = -tap[axis];
    }
  }
};

}  // namespace native_conv
