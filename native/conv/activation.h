// The activations that no kernel fuses: sigmoid, tanh, silu, elu, gelu, in double and rounded once. A pass
// over the result, which holds what goes into the activation. Layer: conv. SPDX-License-Identifier: MIT
#pragma once

#include "base/thread_pool.h"
#include "conv/geometry.h"

namespace native_conv {

bool is_smooth(ActivationKind kind);

template <class T>
void apply_smooth(ActivationKind kind, double alpha, T* y, std::int64_t count, const RunControl& control);

}  // namespace native_conv
