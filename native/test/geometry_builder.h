// Builds packed geometries by the names of their slots, as TypeScript packs them. Layer: test.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "conv/geometry.h"

namespace native_conv::test {

class GeometryBuilder {
 public:
  // A 1×1×1 convolution of one pixel; everything else is set by name.
  GeometryBuilder() : values_(geometry_fields().size(), 0) {
    for (const char* name : {"batch", "inChannels", "outChannels", "groups", "batch0", "batch1", "batch2"})
      set(name, 1);
    for (const char* name : {"input", "kernel", "output", "stride", "dilation"}) set3(name, {1, 1, 1});
  }

  GeometryBuilder& set(const std::string& name, double value) {
    const auto& names = geometry_fields();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) throw std::logic_error("no geometry field " + name);
    values_[static_cast<std::size_t>(found - names.begin())] = value;
    return *this;
  }

  GeometryBuilder& set3(const std::string& name, const Triple& values) {
    const char* axes[] = {"D", "H", "W"};
    for (int axis = 0; axis < 3; ++axis)
      set(name + axes[axis], static_cast<double>(values[static_cast<std::size_t>(axis)]));
    return *this;
  }

  template <class Enum>
  GeometryBuilder& choose(const std::string& name, Enum value) {
    return set(name, static_cast<double>(static_cast<int>(value)));
  }

  // The output's size as the forward convolution has it.
  GeometryBuilder& fit_output() {
    for (const char* axis : {"D", "H", "W"}) {
      const double padded = get("input", axis) + get("padBegin", axis) + get("padEnd", axis);
      const double window = (get("kernel", axis) - 1) * get("dilation", axis) + 1;
      const auto steps =
          static_cast<std::int64_t>(padded - window) / static_cast<std::int64_t>(get("stride", axis));
      set(std::string("output") + axis, padded < window ? 0 : static_cast<double>(steps + 1));
    }
    return *this;
  }

  Geometry build() const { return unpack_geometry(values_.data(), values_.size()); }
  std::vector<double>& values() { return values_; }

 private:
  double get(const std::string& name, const char* axis) const {
    const auto& names = geometry_fields();
    return values_[static_cast<std::size_t>(std::find(names.begin(), names.end(), name + axis) -
                                            names.begin())];
  }

  std::vector<double> values_;
};

}  // namespace native_conv::test
