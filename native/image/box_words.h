// Box filters whose sums of columns fit words, by the kernels of kernels/image.h. Layer: image.
// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "image/geometry.h"
#include "kernels/image.h"

namespace native_conv {

// How sums become means: up to 256 pixels in words, else by floats.
struct WordBoxPlan {
  bool words;
  WordMean word_mean;
  NearMean near_mean;
};

// Nothing where the rectangle is too tall, a single pixel, or one of many channels, or without such kernels.
std::optional<WordBoxPlan> plan_word_box(const ImageGeometry& g);

// The geometry is one that box.cpp has checked.
void run_word_box(const ImageCall& call, const WordBoxPlan& plan, const RunControl& control);

}  // namespace native_conv
