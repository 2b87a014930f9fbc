// Writes the seeds of both fuzzers into folders of their own: calls/, one for each shape of the unit tests,
// kind and dtype, and images/, one for each operation, pair of types, size and choice of tables. Layer: test.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "../shapes.h"
#include "call_input.h"
#include "image_input.h"

namespace native_conv::fuzz {
namespace {

constexpr Kind kinds[] = {Kind::conv, Kind::conv_transpose, Kind::conv_weight_grad, Kind::im2col,
                          Kind::col2im};

void write(const std::filesystem::path& folder, const std::string& name,
           const std::vector<std::uint8_t>& bytes) {
  std::ofstream file(folder / name, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw std::runtime_error("cannot write " + (folder / name).string());
}

void write_calls(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  int index = 0;
  for (const test::Shape& shape : test::shapes()) {
    for (Kind kind : kinds) {
      for (DType dtype : {DType::float32, DType::float64}) {
        test::GeometryBuilder builder = shape.builder();
        builder.choose("kind", kind).choose("dtype", dtype);
        builder.choose("layout", index % 3 == 0 ? Layout::channels_last : Layout::channels_first);
        const auto byte = [&](int modulus) { return static_cast<std::uint8_t>(index % modulus); };
        write(folder, "shape-" + std::to_string(index),
              encode(Input{builder.values(), {byte(4), byte(3), byte(32), byte(251)}}));
        ++index;
      }
    }
  }
  test::GeometryBuilder product;
  product.choose("kind", Kind::matmul).set("rows", 7).set("columns", 35).set("depth", 9);
  product.set("batch0", 2).set("strideA0", 63);
  write(folder, "matmul", encode(Input{product.values(), {0, 1, 3, 1}}));
}

struct Size {
  double planes, channels, height, width, row;
};

// Of the slots of image_fields().
std::vector<double> image(ImageOperation operation, PixelType from, PixelType to, const Size& size) {
  const bool resized = operation == ImageOperation::resample || operation == ImageOperation::tensor;
  const bool tensor = operation == ImageOperation::tensor, box = operation == ImageOperation::box;
  const double to_height = resized ? std::floor(size.height / 2) + 1 : size.height;
  const double to_width = resized && size.width < 200 ? std::floor(size.width * 2 / 3) + 1 : size.width;
  const double rows = std::min(size.height, 3.0), columns = std::min(size.width, 5.0), plane = 4096;
  return {static_cast<double>(operation),
          tensor ? 1.0 : size.planes,
          size.channels,
          static_cast<double>(from),
          size.height,
          size.width,
          size.row,
          plane,
          static_cast<double>(to),
          to_height,
          to_width,
          size.row,
          plane,
          static_cast<double>(PaddingMode::reflect),
          rows,
          columns,
          resized ? 0.0 : 1.0,
          resized ? 0.0 : columns - 1,
          resized || box ? 0.0 : 2.0,
          0,
          tensor ? std::min(size.channels, 3.0) : size.planes,
          tensor ? 1.0 : size.channels};
}

bool has_types(ImageOperation operation, PixelType from, PixelType to) {
  switch (operation) {
    case ImageOperation::filter:
    case ImageOperation::separable:
      return to != PixelType::float16;
    case ImageOperation::box:
      return from == PixelType::uint8 && to == from;
    case ImageOperation::tensor:
      return to != PixelType::uint16 && to != PixelType::int16;
    default:
      return from == to;
  }
}

void write_images(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const Size sizes[] = {{1, 3, 20, 61, 200},  {2, 1, 9, 33, 36}, {1, 4, 12, 40, 160},
                        {1, 1, 12, 257, 257}, {3, 2, 5, 24, 48}, {1, 3, 7, 257, 1000}};
  constexpr int operations = static_cast<int>(ImageOperation::count);
  constexpr int types = static_cast<int>(PixelType::count);
  int index = 0;
  for (int i = 0; i < operations * types * types; ++i) {
    const auto operation = static_cast<ImageOperation>(i / types / types);
    const auto from = static_cast<PixelType>(i / types % types), to = static_cast<PixelType>(i % types);
    if (from == PixelType::float16 || !has_types(operation, from, to)) continue;
    for (const Size& size : sizes) {
      const auto byte = [&](int modulus) { return static_cast<std::uint8_t>(index % modulus); };
      const ImageManner manner{byte(4), byte(3), byte(4), byte(128), byte(251)};
      write(folder, "image-" + std::to_string(index),
            encode(ImageInput{image(operation, from, to, size), manner, {}}));
      ++index;
    }
  }
}

}  // namespace
}  // namespace native_conv::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "Usage: make_corpus FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  native_conv::fuzz::write_calls(folder / "calls");
  native_conv::fuzz::write_images(folder / "images");
  return 0;
}
