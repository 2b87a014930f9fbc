// A convolution's weights as its adjoint reads them: for each channel of the large side, the taps (oc, kd,
// kh, kw) that an output phase meets. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "conv/algorithm.h"
#include "gemm/pack.h"

namespace native_conv {

// The taps, per axis, that meet the positions q of the padded large side with q mod stride = remainder.
struct Phase {
  std::vector<std::int64_t> taps[3];
  std::int64_t volume() const {
    return static_cast<std::int64_t>(taps[0].size() * taps[1].size() * taps[2].size());
  }
};

inline Phase phase_of(const Geometry& g, const Triple& remainder) {
  Phase phase;
  Checkpoint checkpoint;
  for (int axis = 0; axis < 3; ++axis) {
    for (std::int64_t tap = 0; tap < g.kernel[axis]; ++tap) {
      checkpoint.pass();
      if (tap * g.dilation[axis] % g.stride[axis] == remainder[axis]) phase.taps[axis].push_back(tap);
    }
  }
  return phase;
}

// Calls body(oc, {kd, kh, kw}) for every tap of a phase in the contract's order.
template <class Body>
void for_each_phase_tap(const Geometry& g, const Phase& phase, Body&& body) {
  Checkpoint checkpoint;
  for (std::int64_t o = 0; o < g.out_per_group(); ++o) {
    for (std::int64_t d : phase.taps[0]) {
      for (std::int64_t h : phase.taps[1]) {
        for (std::int64_t w : phase.taps[2]) {
          checkpoint.pass();
          body(o, Triple{d, h, w});
        }
      }
    }
  }
}

}  // namespace native_conv
