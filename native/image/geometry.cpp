// Layer: image. SPDX-License-Identifier: MIT
#include "image/geometry.h"

#include "base/error.h"
#include "base/packed_reader.h"

namespace native_conv {
namespace {

Picture read_picture(PackedReader& read) {
  Picture p;
  p.type = read.choice<PixelType>();
  p.height = read.integer(1, longest_axis);
  p.width = read.integer(1, longest_axis);
  p.row = read.integer(1, longest_tensor);
  p.plane = read.integer(1, longest_tensor);
  return p;
}

void check_picture(const char* what, const ImageGeometry& g, const Picture& p) {
  check_product(what, {p.width, g.channels});
  check_product(what, {p.height, p.row});
  check_product(what, {g.planes, p.plane});
  if (p.row < p.width * g.channels)
    throw Error(ErrorCode::internal, std::string(what) + " has rows that overlap");
  if (g.planes > 1 && p.plane < (p.height - 1) * p.row + p.width * g.channels)
    throw Error(ErrorCode::internal, std::string(what) + " has planes that overlap");
}

}  // namespace

std::int64_t size_of(PixelType type) {
  switch (type) {
    case PixelType::uint8:
      return 1;
    case PixelType::uint16:
    case PixelType::int16:
      return 2;
    case PixelType::float32:
    case PixelType::count:
      break;
  }
  return 4;
}

const std::vector<std::string>& image_fields() {
  static const std::vector<std::string> fields = {
      "operation",   "planes",    "channels",    "sourceType", "sourceHeight",
      "sourceWidth", "sourceRow", "sourcePlane", "targetType", "targetHeight",
      "targetWidth", "targetRow", "targetPlane", "border",     "kernelHeight",
      "kernelWidth", "anchorY",   "anchorX",     "delta",      "rounding"};
  return fields;
}

ImageGeometry unpack_image_geometry(const double* values, std::size_t count) {
  PackedReader read(image_fields(), values, count);
  ImageGeometry g;
  g.operation = read.choice<ImageOperation>();
  g.planes = read.integer(0, longest_tensor);
  g.channels = read.integer(1, longest_axis);
  g.source = read_picture(read);
  g.target = read_picture(read);
  g.border = read.choice<PaddingMode>();
  g.kernel_height = read.integer(1, longest_axis);
  g.kernel_width = read.integer(1, longest_axis);
  g.anchor_y = read.integer(0, g.kernel_height - 1);
  g.anchor_x = read.integer(0, g.kernel_width - 1);
  g.delta = read.number();
  g.rounding = read.choice<Rounding>();
  check_picture("the source", g, g.source);
  check_picture("the target", g, g.target);
  return g;
}

std::int64_t extent_of(const ImageGeometry& g, const Picture& p) {
  if (g.planes == 0) return 0;
  return (g.planes - 1) * p.plane + (p.height - 1) * p.row + p.width * g.channels;
}

}  // namespace native_conv
