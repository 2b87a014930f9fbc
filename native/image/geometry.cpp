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

void check_picture(const char* what, const Depth& depth, const Picture& p) {
  check_product(what, {p.width, depth.channels});
  check_product(what, {p.height, p.row});
  check_product(what, {depth.planes, p.plane});
  if (p.row < p.width * depth.channels)
    throw Error(ErrorCode::internal, std::string(what) + " has rows that overlap");
  if (depth.planes > 1 && p.plane < (p.height - 1) * p.row + p.width * depth.channels)
    throw Error(ErrorCode::internal, std::string(what) + " has planes that overlap");
}

}  // namespace

std::int64_t size_of(PixelType type) {
  switch (type) {
    case PixelType::uint8:
      return 1;
    case PixelType::uint16:
    case PixelType::int16:
    case PixelType::float16:
      return 2;
    case PixelType::float32:
    case PixelType::count:
      break;
  }
  return 4;
}

const std::vector<std::string>& image_fields() {
  static const std::vector<std::string> fields = {
      "operation",   "planes",      "channels",     "sourceType",    "sourceHeight", "sourceWidth",
      "sourceRow",   "sourcePlane", "targetType",   "targetHeight",  "targetWidth",  "targetRow",
      "targetPlane", "border",      "kernelHeight", "kernelWidth",   "anchorY",      "anchorX",
      "delta",       "rounding",    "targetPlanes", "targetChannels"};
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
  g.target_planes = read.integer(0, longest_tensor);
  g.target_channels = read.integer(1, longest_axis);
  check_picture("the source", {g.planes, g.channels}, g.source);
  check_picture("the target", {g.target_planes, g.target_channels}, g.target);
  const bool tensor = g.operation == ImageOperation::tensor;
  if (g.source.type == PixelType::float16 || (!tensor && g.target.type == PixelType::float16))
    throw Error(ErrorCode::internal, "geometry: float16 is for tensors only");
  if (!tensor && (g.target_planes != g.planes || g.target_channels != g.channels))
    throw Error(ErrorCode::internal, "geometry: the planes or channels of source and target differ");
  return g;
}

std::int64_t extent_of(const Depth& depth, const Picture& p) {
  if (depth.planes == 0) return 0;
  return (depth.planes - 1) * p.plane + (p.height - 1) * p.row + p.width * depth.channels;
}

std::int64_t source_extent(const ImageGeometry& g) { return extent_of({g.planes, g.channels}, g.source); }
std::int64_t target_extent(const ImageGeometry& g) {
  return extent_of({g.target_planes, g.target_channels}, g.target);
}

}  // namespace native_conv
