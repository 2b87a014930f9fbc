// Separable resampling: rows first, then columns, through a ring of narrowed rows. Definition:
// lib/reference/image/resample.ts. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "image/geometry.h"
#include "image/row_stream.h"
#include "image/strips.h"

namespace native_conv {

// One axis of the checked tables: output i reads positions bounds[2i] ... + bounds[2i + 1] - 1.
struct ResampleAxis {
  const std::int32_t* bounds;
  const std::int32_t* integers;  // [outputs · taps], uint8 images; else null
  const double* reals;           // the others
  std::int64_t taps, outputs;

  std::int64_t begin(std::int64_t output) const { return bounds[2 * output]; }
  std::int64_t count(std::int64_t output) const { return bounds[2 * output + 1]; }
  std::int64_t end(std::int64_t output) const { return begin(output) + count(output); }
};

// Every output is the position at begin(0) plus its number, unchanged.
bool is_shift(const ResampleAxis& axis);

struct Resampling {
  ImageGeometry geometry;
  ResampleAxis rows, columns;
};

// Checks the tables of a call: positions inside the source that never step back, weights that cannot
// overflow.
Resampling read_resampling(const ImageCall& call);

void run_resample(const Resampling& r, const RowStream& rows, const RunControl& control);
// Of uint8 images.
void run_resample_bytes(const Resampling& r, const RowStream& rows, const RunControl& control);

}  // namespace native_conv
