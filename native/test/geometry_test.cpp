// Unpacking of geometries, with hostile values in every slot, and the padding rule against one written
// naively. Memory safety rests on these checks, not on JavaScript. Layer: test. SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/table.h"
#include "conv/padding.h"
#include "conv/plan.h"
#include "geometry_builder.h"
#include "support.h"

namespace native_conv::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

GeometryBuilder ordinary() {
  GeometryBuilder builder;
  builder.set("batch", 2).set("inChannels", 4).set("outChannels", 6).set("groups", 2);
  builder.set3("input", {1, 5, 7})
      .set3("kernel", {1, 3, 2})
      .set3("padBegin", {0, 1, 0})
      .set3("padEnd", {0, 2, 1});
  return builder.fit_output();
}

// Whether unpacking refuses it, as it should: with one of its errors.
bool rejected(const GeometryBuilder& builder) {
  try {
    const Geometry g = builder.build();
    // What is accepted must be usable: no count may be negative or overflow (UBSan watches).
    const Lengths l = lengths(g);
    CHECK(l.source >= 0);
    CHECK(l.weight >= 0);
    CHECK(l.target >= 0);
    return false;
  } catch (const Error& error) {
    CHECK((error.code() == ErrorCode::internal || error.code() == ErrorCode::too_large));
    CHECK(std::string(error.what()).size() > 10);
    return true;
  }
}

// Bytes of scratch; 0 where the forced algorithm cannot run.
std::int64_t scratch_or_refusal(const Geometry& g) {
  try {
    return plan_workspace(g, make_plan(g), 2);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::algorithm);
    return 0;
  }
}

TEST_SUITE("geometry") {
  TEST_CASE("an ordinary geometry is read back") {
    const Geometry g = ordinary().build();
    CHECK(g.batch == 2);
    CHECK(g.in_per_group() == 2);
    CHECK(g.out_per_group() == 3);
    CHECK(g.output == Triple{1, 6, 7});
    CHECK(g.pad_end == Triple{0, 2, 1});
    const Lengths l = lengths(g);
    CHECK(l.source == 2 * 4 * 5 * 7);
    CHECK(l.weight == 6 * 2 * 3 * 2);
    CHECK(l.target == 2 * 6 * 6 * 7);
    CHECK(l.channels == 6);
  }

  TEST_CASE("no slot accepts what is not a number of its kind") {
    for (std::size_t slot = 0; slot < geometry_fields().size(); ++slot) {
      const std::string name = geometry_fields()[slot];
      CAPTURE(name);
      GeometryBuilder builder = ordinary();
      CHECK_FALSE(rejected(builder));
      CHECK(rejected(builder.set(name, std::nan(""))));
      if (name == "alpha" || name == "min" || name == "max") continue;
      for (double value : {0.5, -1e9 - 0.5, infinity, -infinity, 1e300, -1e300, 9007199254740993.0 * 4096}) {
        CAPTURE(value);
        CHECK(rejected(builder.set(name, value)));
      }
    }
  }

  TEST_CASE("sizes are positive, enumerations known") {
    for (const char* name : {"inChannels", "outChannels", "groups", "kernelH", "strideW", "dilationD"}) {
      CAPTURE(name);
      for (double value : {0.0, -1.0, -2147483648.0}) CHECK(rejected(ordinary().set(name, value)));
    }
    for (const char* name : {"batch", "inputH", "outputW", "rows", "batch0", "strideA1"}) {
      CAPTURE(name);
      CHECK(rejected(ordinary().set(name, -1)));
    }
    for (const char* name : {"kind", "dtype", "layout", "weightLayout", "paddingMode", "activation",
                             "algorithm", "reproducible", "transposeA"}) {
      CAPTURE(name);
      CHECK(rejected(ordinary().set(name, -1)));
      CHECK(rejected(ordinary().set(name, 100)));
    }
  }

  TEST_CASE("an array of another length is refused") {
    GeometryBuilder builder = ordinary();
    const std::vector<double>& values = builder.values();
    CHECK_THROWS_AS(unpack_geometry(values.data(), values.size() - 1), Error);
    CHECK_THROWS_AS(unpack_geometry(values.data(), 0), Error);
    std::vector<double> longer = values;
    longer.push_back(0);
    CHECK_THROWS_AS(unpack_geometry(longer.data(), longer.size()), Error);
  }

  TEST_CASE("what does not fit together is refused") {
    CHECK(rejected(ordinary().set("groups", 3)));
    CHECK(rejected(ordinary().set("groups", 4)));
    CHECK(rejected(ordinary().choose("activation", ActivationKind::clamp).set("min", 1).set("max", 0)));
    CHECK(rejected(ordinary().set("outputH", 7)));
    CHECK(rejected(ordinary().set("outputW", 8)));
    CHECK(rejected(ordinary().set("padBeginH", -2)));
    CHECK(rejected(ordinary().set("kernelH", 2147483647)));
    CHECK(rejected(ordinary().set("dilationW", 2147483647)));
    CHECK(rejected(ordinary().set("strideH", 2147483647)));
    CHECK_FALSE(rejected(ordinary().set("outputH", 5)));
    GeometryBuilder empty = ordinary().set("inputH", 0).choose("paddingMode", PaddingMode::reflect);
    CHECK(rejected(empty.set("outputH", 1).set("kernelH", 1)));
  }

  TEST_CASE("an axis without windows covers nothing, and may not be cropped below its length") {
    GeometryBuilder windowless = ordinary().set("outputH", 0).set("strideH", 99);
    CHECK(window_extent(windowless.build(), 1) == 0);
    const double height = static_cast<double>(windowless.build().input[1]);
    CHECK_FALSE(rejected(windowless.set("padBeginH", -height).set("padEndH", 0)));
    CHECK(rejected(windowless.set("padEndH", -1)));
  }

  TEST_CASE("an empty result needs no workspace, whatever the kind") {
    for (Kind kind : {Kind::conv, Kind::conv_transpose, Kind::conv_weight_grad, Kind::im2col, Kind::col2im}) {
      CAPTURE(static_cast<int>(kind));
      for (double groups : {1.0, 6.0}) {
        GeometryBuilder empty = ordinary().set("inChannels", 6).set("outChannels", 6).set("groups", groups);
        const Geometry g = empty.set("outputH", 0).set("strideH", 99).choose("kind", kind).build();
        const std::int64_t bytes = plan_workspace(g, make_plan(g), 2);
        CHECK(bytes >= 0);
        if (lengths(g).target == 0) CHECK(bytes == 0);
      }
    }
  }

  TEST_CASE("where there are no windows, kernels may be any that can be addressed") {
    for (Kind kind : {Kind::conv, Kind::conv_transpose, Kind::conv_weight_grad}) {
      for (int id = 0; id < static_cast<int>(AlgorithmId::count); ++id) {
        CAPTURE(static_cast<int>(kind));
        CAPTURE(id);
        GeometryBuilder builder = ordinary().choose("kind", kind).set("algorithm", id);
        builder.set3("kernel", {3, 3, 3}).set3("output", {0, 0, 0});
        const Geometry g = builder.set3("dilation", {99999, 99999, 1}).build();
        CHECK(scratch_or_refusal(g) >= 0);
        CHECK(rejected(builder.set3("dilation", {2147483647, 1, 1})));
        CHECK(rejected(builder.set3("dilation", {999999999, 999999999, 999999999})));
      }
    }
  }

  TEST_CASE("products that overflow are refused, also where another factor is zero") {
    constexpr double most = 2147483647;
    const auto huge = [&](double batch) {
      GeometryBuilder builder;
      builder.set("batch", batch).set3("input", {2147483647, 2147483647, 2147483647});
      return builder.set3("output", {2147483647, 2147483647, 2147483647});
    };
    for (Kind kind : {Kind::conv, Kind::conv_transpose, Kind::conv_weight_grad, Kind::im2col, Kind::col2im}) {
      CAPTURE(static_cast<int>(kind));
      CHECK(rejected(huge(1).choose("kind", kind)));
      rejected(huge(0).choose("kind", kind));
      CHECK(rejected(GeometryBuilder()
                         .choose("kind", kind)
                         .set("batch", most)
                         .set("inChannels", most)
                         .set("outChannels", most)));
    }
    GeometryBuilder padded;
    padded.set3("padBegin", {2147483647, 2147483647, 2147483647})
        .set3("padEnd", {2147483647, 2147483647, 2147483647});
    CHECK(rejected(padded));
    GeometryBuilder product;
    product.choose("kind", Kind::matmul).set("rows", most).set("columns", most).set("depth", most);
    CHECK(rejected(product));
    CHECK(rejected(product.set("batch0", most)));
    rejected(product.set("batch2", 0));
    GeometryBuilder strided;
    strided.choose("kind", Kind::matmul).set("rows", 2).set("columns", 2).set("depth", 2);
    CHECK(rejected(strided.set("batch0", most).set("strideA0", std::ldexp(1.0, 58))));
  }

  TEST_CASE("random packed values are refused or give usable lengths") {
    Numbers numbers(21);
    const std::vector<double> values = {0,     1,          2,  3,  4,   5,    7,           100,
                                        65536, 2147483647, -1, -5, 0.5, 1e18, 4294967296.0};
    int accepted = 0;
    for (int round = 0; round < 200000; ++round) {
      GeometryBuilder builder = ordinary();
      for (int change = numbers.integer(1, 4); change > 0; --change) {
        const auto slot =
            static_cast<std::size_t>(numbers.integer(0, static_cast<int>(geometry_fields().size()) - 1));
        builder.values()[slot] =
            values[static_cast<std::size_t>(numbers.integer(0, static_cast<int>(values.size()) - 1))];
      }
      if (!rejected(builder)) ++accepted;
    }
    CHECK(accepted > 1000);
    CHECK(accepted < 199000);
  }

  TEST_CASE("weight strides address every element once, in each order") {
    for (WeightOrder order : {WeightOrder::oihw, WeightOrder::hwio, WeightOrder::ohwi, WeightOrder::ihwo}) {
      CAPTURE(static_cast<int>(order));
      const Geometry g = ordinary().choose("weightLayout", order).build();
      const WeightStrides w = weight_strides(g);
      std::vector<int> seen(static_cast<std::size_t>(weight_length(g)), 0);
      for (std::int64_t o = 0; o < 6; ++o)
        for (std::int64_t i = 0; i < 2; ++i)
          for (std::int64_t h = 0; h < 3; ++h)
            for (std::int64_t x = 0; x < 2; ++x)
              ++seen.at(static_cast<std::size_t>(o * w.o + i * w.i + h * w.k[1] + x * w.k[2]));
      CHECK(std::count(seen.begin(), seen.end(), 1) == weight_length(g));
    }
  }

  // The rules drawn out: …, position -1, position 0, … of "abcd".
  TEST_CASE("the padding rule") {
    struct Row {
      PaddingMode mode;
      std::int64_t size;
      const char* drawn;  // positions -6 … size + 5; '.' is zero padding
    };
    const std::vector<Row> rows = {
        {PaddingMode::zeros, 4, "......abcd......"},     {PaddingMode::replicate, 4, "aaaaaaabcddddddd"},
        {PaddingMode::circular, 4, "cdabcdabcdabcdab"},  {PaddingMode::reflect, 4, "abcdcbabcdcbabcd"},
        {PaddingMode::symmetric, 4, "cddcbaabcddcbaab"}, {PaddingMode::reflect, 2, "abababababababa"},
        {PaddingMode::reflect, 1, "aaaaaaaaaaaaa"},      {PaddingMode::symmetric, 1, "aaaaaaaaaaaaa"},
        {PaddingMode::circular, 1, "aaaaaaaaaaaaa"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.drawn);
      const std::string drawn = row.drawn;
      for (std::size_t i = 0; i < drawn.size(); ++i) {
        const std::int64_t expected = drawn[i] == '.' ? -1 : drawn[i] - 'a';
        CAPTURE(i);
        CHECK(padded_index(row.mode, row.size, static_cast<std::int64_t>(i) - 6) == expected);
      }
    }
  }

  TEST_CASE("runs repeat the map that they were made of") {
    for (PaddingMode mode : {PaddingMode::zeros, PaddingMode::reflect, PaddingMode::symmetric,
                             PaddingMode::replicate, PaddingMode::circular}) {
      for (std::int64_t size : {1, 2, 5}) {
        for (std::int64_t begin : {-2, 0, 3, 11}) {
          const Table<std::int32_t> map = axis_map(mode, size, begin, 17);
          REQUIRE(map.size() == 17);
          Table<std::int32_t> repeated(17, -7);
          for (const Run& run : runs_of(map)) {
            for (std::int64_t i = 0; i < run.length; ++i) {
              const std::int64_t from = run.from < 0 ? -1 : run.from + i * run.step;
              repeated.at(static_cast<std::size_t>(run.to + i)) = static_cast<std::int32_t>(from);
            }
          }
          CHECK(repeated == map);
        }
      }
    }
  }
}

}  // namespace
}  // namespace native_conv::test
