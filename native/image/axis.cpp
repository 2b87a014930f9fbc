// Layer: image. SPDX-License-Identifier: MIT
#include "image/axis.h"

#include "base/error.h"
#include "base/packed_reader.h"

namespace native_conv {

bool Axis::operator==(const Axis& o) const {
  return size == o.size && begin == o.begin && end == o.end && outputs == o.outputs && filter == o.filter &&
         antialias == o.antialias && coordinates == o.coordinates && cubic == o.cubic && first == o.first &&
         count == o.count && top == o.top;
}

const std::vector<std::string>& axis_fields() {
  static const std::vector<std::string> fields = {"size",   "begin",     "end",         "outputs",
                                                  "filter", "antialias", "coordinates", "cubic",
                                                  "first",  "count",     "top"};
  return fields;
}

Axis unpack_axis(const double* values, std::size_t count) {
  PackedReader read(axis_fields(), values, count);
  Axis axis;
  axis.size = read.integer(1, longest_axis);
  axis.begin = read.number();
  axis.end = read.number();
  axis.outputs = read.integer(1, longest_axis);
  axis.filter = read.choice<ResizeFilter>();
  axis.antialias = read.integer(0, 1) != 0;
  axis.coordinates = read.choice<Coordinates>();
  axis.cubic = read.number();
  axis.first = read.integer(0, axis.outputs - 1);
  axis.count = read.integer(1, axis.outputs - axis.first);
  axis.top = read.integer(0, axis.size - 1);
  const bool inside = axis.begin >= 0 && axis.begin < axis.end && axis.end <= static_cast<double>(axis.size);
  if (!inside || !(axis.cubic >= -1 && axis.cubic <= 0))
    throw Error(ErrorCode::internal, "resample: an axis that leaves its picture");
  return axis;
}

}  // namespace native_conv
