// The one geometry of every image operator, and the call made of it. Mirrors lib/image/call.ts. Layer: image.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/padded_index.h"
#include "base/thread_pool.h"

namespace native_conv {

// In the order of the lists in lib/image/.
enum class ImageOperation : int { resample, filter, separable, box, tensor, count };
enum class Rounding : int { even, up, count };
// float16 is for tensors only.
enum class PixelType : int { uint8, uint16, int16, float32, float16, count };

std::int64_t size_of(PixelType type);

// Planes of rows of interleaved channels; strides in elements.
struct Picture {
  PixelType type;
  std::int64_t height, width, row, plane;
};

struct ImageGeometry {
  ImageOperation operation;
  std::int64_t planes, channels;
  Picture source, target;
  PaddingMode border;
  std::int64_t kernel_height, kernel_width, anchor_y, anchor_x;
  double delta;
  Rounding rounding;
  // Where they are not the source's: of a tensor.
  std::int64_t target_planes, target_channels;
};

// Planes and channels of one of a call's two pictures.
struct Depth {
  std::int64_t planes, channels;
};

// A table of weights or positions; one of the pointers is set where length > 0.
struct ImageTable {
  const std::int32_t* integers;
  const float* floats;
  const double* doubles;
  std::int64_t length;
};

struct ImageCall {
  ImageGeometry geometry;
  const void* source;
  void* target;
  std::vector<ImageTable> tables;
};

// Names of the packed array's slots, for the test that compares both sides.
const std::vector<std::string>& image_fields();

// Reads and checks a packed geometry: rows that overlap, planes that overlap, sizes of zero and extents that
// cannot be addressed throw Error.
ImageGeometry unpack_image_geometry(const double* values, std::size_t count);

// Elements from a picture's first to one past its last, without the gaps at the end.
std::int64_t extent_of(const Depth& depth, const Picture& picture);
std::int64_t source_extent(const ImageGeometry& g);
std::int64_t target_extent(const ImageGeometry& g);

// Checks the tables and runs the call. Throws Error(internal) for tables that do not fit the geometry.
void run_image(const ImageCall& call, const RunControl& control);

}  // namespace native_conv
