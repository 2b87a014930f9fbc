// The weight gradient with the input's channels in vectors: as many groups as have room in one. For groups
// of few channels, whose output channels would leave most of a vector empty. Layer: conv.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "conv/algorithm.h"

namespace native_conv {

// Why it cannot take this geometry; empty = it can.
std::string reject_channel_weight_grad(const Geometry& g);
// Whether it can, and does the same with clearly fewer vectors than there are with output channels in them.
bool prefers_channel_weight_grad(const Geometry& g);

// As those of an algorithm.
std::int64_t channel_weight_grad_workspace(const Geometry& g, int threads);
const char* channel_weight_grad_kernel(const Geometry& g);
template <class T>
void run_channel_weight_grad(const Geometry& g, const Buffers<T>& buffers, const RunControl& control);

}  // namespace native_conv
