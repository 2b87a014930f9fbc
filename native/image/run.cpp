// Layer: image. SPDX-License-Identifier: MIT
#include "base/float_mode.h"
#include "image/box.h"
#include "image/filter.h"
#include "image/resample.h"
#include "image/tensor.h"

namespace native_conv {

void run_image(const ImageCall& call, const RunControl& control) {
  const DefaultFloatMode mode;
  const ImageGeometry& g = call.geometry;
  switch (g.operation) {
    case ImageOperation::resample:
      return run_resample(read_resampling(call), PictureRows(call), control);
    case ImageOperation::filter:
    case ImageOperation::separable:
      return run_filter(call, control);
    case ImageOperation::box:
      return run_box(call, control);
    case ImageOperation::tensor:
      return run_tensor(call, control);
    case ImageOperation::count:
      break;
  }
}

}  // namespace native_conv
