// A libFuzzer target over the geometries and tables of images: any of them are refused by an Error or run
// inside their pictures, which lie beside unmapped pages, write every pixel of the target and nothing between
// its rows, and give the same bits on every instruction set. Layer: test. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "../guarded.h"
#include "base/cpu.h"
#include "base/error.h"
#include "image_tables.h"
#include "report.h"

namespace native_conv::fuzz {
namespace {

using Memory = test::Guarded<std::uint8_t>;

// Larger calls are read but not run.
constexpr double most_elements = 1 << 15, most_work = 1 << 21;

double real(std::int64_t value) { return static_cast<double>(value); }

bool small(const ImageGeometry& g) {
  const double taps = real(g.kernel_height) * real(g.kernel_width);
  const double padded_row = (real(g.source.width) + real(g.kernel_width)) * real(g.channels);
  const double padded = (real(g.source.height) + real(g.kernel_height)) * padded_row;
  const double outputs = real(g.target.height) * real(g.target.width) * real(g.channels);
  const double tables =
      std::max(real(g.kernel_height) * real(g.target.height), real(g.kernel_width) * real(g.target.width));
  const double planes = std::max<double>(real(g.planes), 1);
  return real(source_extent(g)) <= most_elements && real(target_extent(g)) <= most_elements &&
         real(g.target_planes) * real(g.target_channels) <= most_elements && taps <= most_elements &&
         tables <= most_elements && planes * padded <= most_work && planes * outputs * taps <= most_work;
}

// Bytes of any value are integers of any value; floats are drawn.
Memory pixels(PixelType type, std::int64_t count, const ImageManner& manner) {
  Memory memory(static_cast<std::size_t>(count * size_of(type)));
  std::minstd_rand engine(manner.seed);
  std::uniform_int_distribution<int> byte(0, 255);
  if (type != PixelType::float32) {
    for (std::uint8_t& value : memory) value = static_cast<std::uint8_t>(byte(engine));
  } else {
    for (std::int64_t i = 0; i < count; ++i) {
      const int drawn = byte(engine);
      const bool special = (manner.flags & with_special_values) && drawn % 16 == 0;
      const auto value = static_cast<float>(special ? number_of(static_cast<std::uint8_t>(byte(engine)))
                                                    : std::ldexp(drawn - 128, drawn % 12 - 6));
      std::memcpy(memory.data() + 4 * i, &value, 4);
    }
  }
  memory.freeze();
  return memory;
}

Memory stored(const Table& table) {
  const std::size_t size = size_of(table.kind);
  Memory memory(table.values.size() * size);
  for (std::size_t i = 0; i < table.values.size(); ++i) {
    const std::int32_t integer = to_integer(table.values[i]);
    const auto narrow = static_cast<float>(table.values[i]);
    const void* from = &table.values[i];
    if (table.kind == Table::integers) from = &integer;
    if (table.kind == Table::floats) from = &narrow;
    std::memcpy(memory.data() + i * size, from, size);
  }
  memory.freeze();
  return memory;
}

// An axis of many positions, or outputs, or weights.
bool is_vast(const Table& table) {
  if (table.kind != Table::doubles || table.values.size() != axis_fields().size()) return false;
  const double begin = table.values[1], end = table.values[2], outputs = table.values[3],
               count = table.values[9];
  return outputs > most_work || (end - begin) / outputs * count > most_work;
}

class Operands {
 public:
  Operands(const ImageGeometry& g, const ImageInput& input)
      : geometry_(g), source_(pixels(g.source.type, source_extent(g), input.manner)) {
    std::vector<Table> tables = TableMaker(g, input.manner).make();
    for (const TableChange& change : input.changes) apply(change, tables);
    for (const Table& table : tables) {
      if (is_vast(table)) vast_ = true;
      memories_.push_back(stored(table));
      const auto length = static_cast<std::int64_t>(table.values.size());
      const void* data = length > 0 ? memories_.back().data() : nullptr;
      tables_.push_back({table.kind == Table::integers ? static_cast<const std::int32_t*>(data) : nullptr,
                         table.kind == Table::floats ? static_cast<const float*>(data) : nullptr,
                         table.kind == Table::doubles ? static_cast<const double*>(data) : nullptr, length});
    }
  }

  // Whether there is an axis that is read but not run.
  bool vast() const { return vast_; }

  // The target, whose bytes are `before` where the call does not write; nothing where it is refused.
  std::optional<Memory> run(Isa isa, const RunControl& control, std::uint8_t before) const {
    set_isa_cap(isa_name(isa));
    Memory target(static_cast<std::size_t>(target_extent(geometry_) * size_of(geometry_.target.type)));
    std::fill(target.begin(), target.end(), before);
    try {
      run_image({geometry_, source_.data(), target.data(), tables_}, control);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled && !is_cancelled(control))
        report("cancelled without being asked to");
      return std::nullopt;
    }
    return target;
  }

 private:
  const ImageGeometry& geometry_;
  Memory source_;
  bool vast_ = false;
  std::vector<Memory> memories_;
  std::vector<ImageTable> tables_;
};

// Which elements of the target belong to a pixel.
std::vector<bool> pixels_of(const ImageGeometry& g) {
  std::vector<bool> is_pixel(static_cast<std::size_t>(target_extent(g)));
  for (std::int64_t plane = 0; plane < g.target_planes; ++plane) {
    for (std::int64_t y = 0; y < g.target.height; ++y) {
      const auto row = is_pixel.begin() + plane * g.target.plane + y * g.target.row;
      std::fill_n(row, g.target.width * g.target_channels, true);
    }
  }
  return is_pixel;
}

bool is_nan(PixelType type, const std::uint8_t* element) {
  float value;
  std::uint16_t half;
  if (type == PixelType::float32) return std::isnan((std::memcpy(&value, element, 4), value));
  return type == PixelType::float16 && ((std::memcpy(&half, element, 2), half) & 0x7fff) > 0x7c00;
}

void compare(const ImageGeometry& g, const Memory& expected, std::uint8_t before_expected,
             const Memory& actual, std::uint8_t before_actual) {
  const auto size = static_cast<std::size_t>(size_of(g.target.type));
  const std::vector<bool> is_pixel = pixels_of(g);
  for (std::size_t i = 0; i < is_pixel.size(); ++i) {
    const std::uint8_t *a = expected.data() + i * size, *b = actual.data() + i * size;
    if (!is_pixel[i]) {
      for (std::size_t k = 0; k < size; ++k) {
        if (a[k] != before_expected || b[k] != before_actual) report("written between the rows");
      }
    } else if (std::memcmp(a, b, size) != 0 && !(is_nan(g.target.type, a) && is_nan(g.target.type, b))) {
      report("element " + std::to_string(i) + " differs, or is not written");
    }
  }
}

void fuzz_one(const ImageInput& input) {
  ImageGeometry g;
  try {
    g = unpack_image_geometry(input.geometry.data(), input.geometry.size());
  } catch (const Error&) {
    return;
  }
  if (!small(g)) return;
  constexpr std::uint8_t before_expected = 0x5a, before_actual = 0xa5;
  const ImageManner& manner = input.manner;
  const std::vector<Isa>& isas = available_isas();
  const Operands operands(g, input);
  if (operands.vast()) return;
  const std::optional<Memory> expected = operands.run(isas.back(), {1, nullptr}, before_expected);
  const std::int32_t stop = manner.flags & image_cancelled ? 1 : 0;
  const RunControl control{1 + manner.threads % 3, &stop};
  const std::optional<Memory> actual = operands.run(isas[manner.isa % isas.size()], control, before_actual);
  if (!stop && expected.has_value() != actual.has_value()) report("only one instruction set refuses it");
  if (expected && actual) compare(g, *expected, before_expected, *actual, before_actual);
}

}  // namespace
}  // namespace native_conv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  native_conv::fuzz::fuzz_one(native_conv::fuzz::decode_image(data, size));
  return 0;
}
