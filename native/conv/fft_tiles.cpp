// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/fft_tiles.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "conv/algorithm.h"
#include "conv/padding.h"

namespace native_conv {
namespace {

// Products of 2, 3 and 5 that are not far apart.
constexpr int sizes[] = {
    2,     3,     4,      5,      6,      8,      9,      10,     12,     15,     16,    18,    20,
    24,    27,    30,     32,     36,     40,     45,     48,     54,     60,     64,    72,    80,
    90,    96,    100,    108,    120,    128,    144,    160,    180,    192,    200,   216,   240,
    256,   288,   320,    360,    400,    432,    480,    512,    576,    640,    720,   768,   864,
    960,   1024,  1152,   1280,   1440,   1600,   1920,   2048,   2304,   2560,   2880,  3200,  3600,
    4096,  4608,  5120,   5760,   6400,   7200,   8192,   9216,   10240,  11520,  12800, 14400, 16384,
    18432, 20480, 23040,  25600,  28800,  32768,  36864,  40960,  46080,  51200,  57600, 65536, 73728,
    81920, 92160, 102400, 115200, 131072, 147456, 163840, 184320, 204800, 230400, 262144};
constexpr int most_points = *(std::end(sizes) - 1);

// The largest tile, in bytes.
constexpr std::int64_t most_tile_bytes = 32 << 20;

// exp(-2πi · numerator / denominator).
template <class T>
void push_factor(std::vector<T>& factors, std::int64_t numerator, std::int64_t denominator) {
  const double angle = -2 * 3.14159265358979323846 * static_cast<double>(numerator % denominator) /
                       static_cast<double>(denominator);
  factors.push_back(static_cast<T>(std::cos(angle)));
  factors.push_back(static_cast<T>(std::sin(angle)));
}

template <class T>
struct Twiddles {
  std::vector<T> factors;
  FftLength<T> length{};

  explicit Twiddles(int points) {
    length.points = points;
    int left = points;
    for (int radix : {4, 5, 3, 2}) {
      for (; left % radix == 0; left /= radix) length.radix[length.stages++] = radix;
    }
    int size = points;
    for (int s = 0; s < length.stages - 1; ++s) {
      const int radix = length.radix[s], part = size / radix;
      for (int j = 0; j < part; ++j) {
        for (int k = 1; k < radix; ++k) push_factor(factors, std::int64_t{j} * k, size);
      }
      size = part;
    }
    length.factors = factors.data();
  }
};

// Vector operations of a transform for each of its points.
double operations(int points) {
  double sum = 0;
  const auto divide = [&](int radix, double cost) {
    for (; points % radix == 0; points /= radix) sum += cost;
  };
  divide(4, 8);
  divide(5, 12);
  divide(3, 10);
  divide(2, 6);
  return sum;
}

int size_of_at_least(std::int64_t points) {
  return *std::lower_bound(std::begin(sizes), std::end(sizes) - 1, static_cast<int>(points));
}

// An empty axis is planned as one of one output, and never run.
FftAxis axis_of(const Geometry& g, int axis, bool copied) {
  return {std::max<std::int64_t>(1, g.output[axis]), g.input[axis], g.pad_begin[axis],
          (g.kernel[axis] - 1) * g.dilation[axis] + 1, copied};
}

// Ways to cut the axis.
std::vector<FftAxis> cuts_of(FftAxis axis) {
  std::vector<FftAxis> cuts;
  const auto cut = [&](std::int64_t tile) {
    axis.tiles = (axis.outputs + tile - 1) / tile;
    axis.tile = (axis.outputs + axis.tiles - 1) / axis.tiles;
    axis.tiles = (axis.outputs + axis.tile - 1) / axis.tile;
  };
  if (!axis.transformed()) {
    constexpr std::int64_t most_untransformed = 64;
    cut(std::min(axis.outputs, most_untransformed));
    axis.points = static_cast<int>(axis.tile);
    return {axis};
  }
  const auto add = [&](std::int64_t tile) {
    cut(tile);
    const std::int64_t least = axis.least_points();
    if (least > most_points) return;
    axis.points = size_of_at_least(least);
    axis.operations = operations(axis.points);
    cuts.push_back(axis);
  };
  // Larger transforms than these only add stages.
  const std::int64_t most = std::max<std::int64_t>(64, 6 * axis.reach);
  for (std::int64_t tiles = 1; tiles <= 4; ++tiles) add((axis.outputs + tiles - 1) / tiles);
  for (int points : sizes) {
    if (points > axis.reach && points <= most) add(points - axis.reach + 1);
  }
  return cuts;
}

// Vector operations of one transform there, and back for each output of a channel, and of a block's filters.
struct Costs {
  double transform, filters;
};

Costs costs_of(const FftAxis& h, const FftAxis& w, double outputs, double kernel_rows) {
  // Of moving a point in or out, and of a product.
  constexpr double moved = 8, product = 8;
  const double rows = static_cast<double>(h.points), columns = static_cast<double>(w.points);
  const double along = w.transformed() ? w.operations : 0, down = h.transformed() ? h.operations : 0;
  const double read = std::min(rows, static_cast<double>(h.tile + h.reach - 1)),
               written = static_cast<double>(h.tile);
  double transform = read * columns * (along + moved) + rows * columns * down +
                     outputs * (rows * columns * (down + product) + written * columns * (along + moved));
  // Where a tile leaves the second-level cache; bytes of AVX-512, an estimate.
  if (rows * columns * 128 > (1 << 20)) transform *= 1.5;
  return {transform, outputs * kernel_rows * columns * along + outputs * rows * columns * (down + moved)};
}

// With as many channels in a block as there are, or fewer; none twice.
std::vector<FftLanes> ways_to_fill(std::int64_t lanes, std::int64_t channels) {
  std::vector<FftLanes> ways;
  for (std::int64_t beside = 1; beside <= lanes; ++beside) {
    const std::int64_t together = std::clamp<std::int64_t>(channels, 1, lanes / beside);
    if (!ways.empty() && together == ways.back().channels) continue;
    ways.push_back({together, lanes / together, (channels + together - 1) / together});
  }
  return ways;
}

}  // namespace

std::int64_t FftAxis::least_points() const {
  if (tiles > 4) return tile + reach - 1;
  std::int64_t least = 1;
  for (std::int64_t t = 0; t < tiles; ++t) {
    least = std::max(least, count(t));
    if (begin(t) == end(t)) continue;
    least = std::max({least, end(t) - low(t), low(t) + count(t) + reach - 1 - begin(t)});
  }
  return least;
}

FftTiles::FftTiles(const Geometry& g, int vector_lanes) {
  const bool copied = g.padding_mode != PaddingMode::zeros && reads_padding(g);
  images = g.batch * g.output[0];
  double least = std::numeric_limits<double>::infinity();
  const std::vector<FftAxis> heights = cuts_of(axis_of(g, 1, copied)),
                             widths = cuts_of(axis_of(g, 2, copied));
  const std::vector<FftLanes> ways = ways_to_fill(vector_lanes, g.in_channels);
  const auto outputs = static_cast<double>(g.out_per_group());
  const std::int64_t vector_bytes =
      vector_lanes * static_cast<std::int64_t>(with_type(g.dtype, [](auto zero) { return sizeof(zero); }));
  for (const FftAxis& h : heights) {
    for (const FftAxis& w : widths) {
      if (std::int64_t{h.points} * w.points * 2 * vector_bytes > most_tile_bytes) continue;
      const Costs costs = costs_of(h, w, outputs, static_cast<double>(g.kernel[1]));
      const std::int64_t image_pairs = (h.tiles * w.tiles + 1) / 2;
      for (const FftLanes& way : ways) {
        const auto blocks = static_cast<double>(way.blocks);
        const double all =
            blocks * static_cast<double>(way.transforms(images * image_pairs)) * costs.transform;
        if (all + blocks * costs.filters >= least) continue;
        least = all + blocks * costs.filters;
        cost = all;
        height = h;
        width = w;
        lanes = way;
      }
    }
  }
  // Odd, so that the points of a column fall into different sets of the cache.
  pitch = width.points | 1;
}

template <class T>
const FftLength<T>& fft_length(int points) {
  // Never destroyed: a thread may still be running when the process exits.
  static std::mutex& mutex = *new std::mutex;
  static auto& tables = *new std::map<int, std::unique_ptr<Twiddles<T>>>;
  const std::lock_guard<std::mutex> lock(mutex);
  std::unique_ptr<Twiddles<T>>& table = tables[points];
  if (!table) table = std::make_unique<Twiddles<T>>(points);
  return table->length;
}

template const FftLength<float>& fft_length(int);
template const FftLength<double>& fft_length(int);

}  // namespace native_conv
