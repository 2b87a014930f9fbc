// Where rows of a resampling come from and go to: picture to picture, or through a conversion on either side
// that needs no intermediate image. Called by several threads at once. Layer: image.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/geometry.h"

namespace native_conv {

// `row` elements from one to the next.
struct SourceRows {
  const void* first;
  std::int64_t row;
};

class RowStream {
 public:
  virtual ~RowStream() = default;
  // Source rows [first, first + count) of a plane; they stay until this thread asks for more.
  virtual SourceRows source(std::int64_t plane, std::int64_t first, std::int64_t count) const = 0;
  // Memory for output row `y`, which is written from the first element to the last.
  virtual void* target(std::int64_t plane, std::int64_t y) const = 0;
  // Output row `y` has been written; the next target() of this thread follows.
  virtual void written(std::int64_t plane, std::int64_t y) const = 0;
};

// The rows of the call's own pictures.
class PictureRows final : public RowStream {
 public:
  explicit PictureRows(const ImageCall& call) : call_(call), g_(call.geometry) {}
  SourceRows source(std::int64_t plane, std::int64_t first, std::int64_t) const override {
    return {at(static_cast<const char*>(call_.source), g_.source, plane, first), g_.source.row};
  }
  void* target(std::int64_t plane, std::int64_t y) const override {
    return at(static_cast<char*>(call_.target), g_.target, plane, y);
  }
  void written(std::int64_t, std::int64_t) const override {}

 private:
  template <class Byte>
  static Byte* at(Byte* data, const Picture& p, std::int64_t plane, std::int64_t y) {
    return data + (plane * p.plane + y * p.row) * size_of(p.type);
  }
  const ImageCall& call_;
  const ImageGeometry& g_;
};

}  // namespace native_conv
