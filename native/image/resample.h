// Separable resampling: rows first, then columns, through a ring of narrowed rows. Definition:
// lib/reference/image/resample.ts. Layer: image. SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "image/geometry.h"
#include "image/resample_axis.h"
#include "image/row_stream.h"
#include "image/strips.h"

namespace native_conv {

struct Resampling {
  ImageGeometry geometry;
  std::shared_ptr<const ResampleAxis> rows, columns;
};

// Makes the weights of a call's two axes, and checks that they fit its pictures.
Resampling read_resampling(const ImageCall& call);

void run_resample(const Resampling& r, const RowStream& rows, const RunControl& control);
// Of uint8 images.
void run_resample_bytes(const Resampling& r, const RowStream& rows, const RunControl& control);

}  // namespace native_conv
