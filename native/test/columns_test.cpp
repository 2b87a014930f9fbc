// im2col, col2im and matmul against loops written from their definitions, bit for bit. Layer: test.
// SPDX-License-Identifier: MIT
#include <cmath>

#include "conv/padding.h"
#include "conv_cases.h"

namespace native_conv::test {
namespace {

// Calls body(column element, image element or -1) for every element of the columns, in their order.
template <class Body>
void for_each_column_element(const Geometry& g, Body&& body) {
  const Strides image = strides_of(g.layout, g.in_channels, g.input);
  std::int64_t at = 0;
  Triple k, p;
  for (std::int64_t n = 0; n < g.batch; ++n)
    for (std::int64_t c = 0; c < g.in_channels; ++c)
      for (k[0] = 0; k[0] < g.kernel[0]; ++k[0])
        for (k[1] = 0; k[1] < g.kernel[1]; ++k[1])
          for (k[2] = 0; k[2] < g.kernel[2]; ++k[2])
            for (p[0] = 0; p[0] < g.output[0]; ++p[0])
              for (p[1] = 0; p[1] < g.output[1]; ++p[1])
                for (p[2] = 0; p[2] < g.output[2]; ++p[2]) {
                  std::int64_t from = n * image.n + c * image.c;
                  bool inside = true;
                  for (std::size_t axis = 0; axis < 3; ++axis) {
                    const std::int64_t position =
                        p[axis] * g.stride[axis] + k[axis] * g.dilation[axis] - g.pad_begin[axis];
                    const std::int64_t source = padded_index(g.padding_mode, g.input[axis], position);
                    inside = inside && source >= 0;
                    from += source * image.s[axis];
                  }
                  body(at++, inside ? from : -1);
                }
}

// With maps, and rows, of more positions than are looked over between two looks at the flag.
std::vector<Shape> shapes_and_large_maps() {
  constexpr Triple one = {1, 1, 1};
  std::vector<Shape> all = shapes();
  all.push_back({"large map", 1, 2, 2, 1, {1, 271, 263}, {1, 2, 3}, one, one, {0, 1, 1}, {0, 0, 1}});
  all.push_back({"long row", 1, 1, 1, 1, {1, 2, 140001}, {1, 1, 3}, {1, 1, 2}, one, {0, 0, 1}, {0, 0, 1}});
  return all;
}

template <class T>
std::vector<T> run_on(const Operands<T>& operands, const Geometry& g, int threads) {
  RunControl control;
  control.threads = threads;
  return operands.run(nullptr, [&](const Buffers<T>& b) { run_stage(g, b, control); });
}

template <class T>
void check_matmul(bool transpose_a, bool transpose_b) {
  Numbers numbers(43);
  struct Size {
    std::int64_t rows, columns, depth, batch;
  };
  for (const Size& size : {Size{1, 1, 1, 1}, Size{7, 5, 3, 1}, Size{33, 50, 17, 1}, Size{15, 97, 64, 2},
                           Size{1, 40, 9, 3}, Size{29, 1, 9, 1}, Size{4, 6, 0, 1}, Size{200, 33, 70, 1},
                           Size{3, 5, 4097, 1}, Size{5, 35, 8195, 2}}) {
    for (bool broadcast : {false, true}) {
      CAPTURE(size.rows);
      CAPTURE(size.columns);
      CAPTURE(size.depth);
      CAPTURE(broadcast);
      const auto [rows, columns, depth, batch] = size;
      GeometryBuilder builder;
      builder.choose("kind", Kind::matmul).choose("dtype", sizeof(T) == 4 ? DType::float32 : DType::float64);
      const auto real = [](std::int64_t value) { return static_cast<double>(value); };
      builder.set("rows", real(rows)).set("columns", real(columns)).set("depth", real(depth));
      builder.set("transposeA", transpose_a).set("transposeB", transpose_b).set("batch2", real(batch));
      builder.set("strideA2", real(rows * depth)).set("strideB2", broadcast ? 0 : real(depth * columns));
      const Geometry g = builder.build();
      const Operands<T> operands(numbers, g, false, false);
      std::vector<T> expected;
      for (std::int64_t n = 0; n < batch; ++n) {
        const T* a = operands.source().data() + n * rows * depth;
        const T* b = operands.weight().data() + (broadcast ? 0 : n * depth * columns);
        for (std::int64_t r = 0; r < rows; ++r) {
          for (std::int64_t c = 0; c < columns; ++c) {
            T acc = 0;
            for (std::int64_t k = 0; k < depth; ++k) {
              acc = std::fma(transpose_a ? a[k * rows + r] : a[r * depth + k],
                             transpose_b ? b[c * depth + k] : b[k * columns + c], acc);
            }
            expected.push_back(acc);
          }
        }
      }
      const Isa before = current_isa();
      for (Isa isa : tested_isas()) {
        CAPTURE(isa_name(isa));
        set_isa_cap(isa_name(isa));
        for (int threads : {1, 3}) {
          const std::vector<T> actual = run_on(operands, g, threads);
          check_same_bits(actual.data(), expected.data(), expected.size());
        }
      }
      set_isa_cap(isa_name(before));
    }
  }
}

TEST_SUITE("conv") {
  TEST_CASE("im2col copies what each tap sees") {
    Numbers numbers(41);
    int counter = 0;
    for (const Shape& shape : shapes_and_large_maps()) {
      CAPTURE(shape.name);
      GeometryBuilder builder = shape.builder();
      builder.choose("kind", Kind::im2col).set("layout", counter % 2).set("paddingMode", counter / 2 % 5);
      ++counter;
      const Geometry g = builder.build();
      const Operands<float> operands(numbers, g, false, false);
      std::vector<float> expected(static_cast<std::size_t>(columns_length(g)));
      for_each_column_element(g, [&](std::int64_t at, std::int64_t from) {
        expected[static_cast<std::size_t>(at)] =
            from < 0 ? 0.0f : operands.source()[static_cast<std::size_t>(from)];
      });
      const std::vector<float> actual = run_on(operands, g, 2);
      check_same_bits(actual.data(), expected.data(), expected.size());
    }
  }

  TEST_CASE("col2im adds every column to where it came from, taps ascending") {
    Numbers numbers(42);
    int counter = 0;
    for (const Shape& shape : shapes_and_large_maps()) {
      CAPTURE(shape.name);
      const Geometry g = shape.builder().choose("kind", Kind::col2im).set("layout", counter++ % 2).build();
      const Operands<double> operands(numbers, g, false, false);
      std::vector<double> expected(static_cast<std::size_t>(input_length(g)), 0.0);
      for_each_column_element(g, [&](std::int64_t at, std::int64_t to) {
        if (to >= 0)
          expected[static_cast<std::size_t>(to)] += operands.source()[static_cast<std::size_t>(at)];
      });
      const std::vector<double> actual = run_on(operands, g, 2);
      check_same_bits(actual.data(), expected.data(), expected.size());
    }
  }

  TEST_CASE_TEMPLATE("matmul", T, float, double) {
    for (bool transpose_a : {false, true}) {
      for (bool transpose_b : {false, true}) {
        CAPTURE(transpose_a);
        CAPTURE(transpose_b);
        check_matmul<T>(transpose_a, transpose_b);
      }
    }
  }
}

}  // namespace
}  // namespace native_conv::test
