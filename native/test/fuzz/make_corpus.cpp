// Writes the fuzzer's seed corpus, one file for each shape of the unit tests, kind and dtype, into a folder.
// Layer: test. SPDX-License-Identifier: MIT
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "../shapes.h"
#include "fuzz_input.h"

namespace native_conv::fuzz {
namespace {

constexpr Kind kinds[] = {Kind::conv, Kind::conv_transpose, Kind::conv_weight_grad, Kind::im2col,
                          Kind::col2im};

void write(const std::filesystem::path& folder, const std::string& name, const Input& input) {
  const std::vector<std::uint8_t> bytes = encode(input);
  std::ofstream file(folder / name, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw std::runtime_error("cannot write " + (folder / name).string());
}

void write_corpus(const std::filesystem::path& folder) {
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
              {builder.values(), {byte(4), byte(3), byte(32), byte(251)}});
        ++index;
      }
    }
  }
  test::GeometryBuilder product;
  product.choose("kind", Kind::matmul).set("rows", 7).set("columns", 35).set("depth", 9);
  product.set("batch0", 2).set("strideA0", 63);
  write(folder, "matmul", {product.values(), {0, 1, 3, 1}});
}

}  // namespace
}  // namespace native_conv::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "Usage: make_corpus FOLDER\n");
    return 2;
  }
  native_conv::fuzz::write_corpus(argv[1]);
  return 0;
}
