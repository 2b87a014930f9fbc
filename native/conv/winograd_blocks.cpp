// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/winograd_blocks.h"

#include <algorithm>
#include <limits>

#include "conv/algorithm.h"

namespace native_conv {
namespace {

// The widest rows that the tiles of several sets of columns read together.
constexpr std::int64_t most_shared_columns = 512;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// Of a line: whole vectors of every instruction set.
std::int64_t round_up(std::int64_t elements) { return ceil_div(elements, 16) * 16; }

// Columns from the first to the last that are read by `tile_columns` neighbouring tiles of `sets` sets.
std::int64_t reach(const WinogradTile& tile, std::int64_t sets, std::int64_t tile_columns,
                   std::int64_t step) {
  return sets + ((tile_columns - 1) * tile.columns + tile.column_points - 1) * step;
}

// Neighbouring tiles of one tile row of one image and set of columns: the sample, the output depth, the first
// row and column of the set, the tile row, the first tile's column and how many they are.
struct Tiles {
  std::int64_t sample, depth, row, column, tile_row, tile_column, count;
};

// Those from tile `at` on, at most `most`.
Tiles tiles_from(const Geometry& g, const WinogradGrid& grid, std::int64_t at, std::int64_t most) {
  const std::int64_t image = at / grid.image_tiles(), place = at % grid.image_tiles(),
                     sets = grid.sets_width / grid.row_sets;
  const std::int64_t plane = image / sets / grid.sets_height, in_row = place % grid.row_tiles(),
                     tile_column = in_row % grid.tile_columns;
  return {plane / g.output[0],
          plane % g.output[0],
          image / sets % grid.sets_height,
          image % sets + in_row / grid.tile_columns,
          place / grid.row_tiles(),
          tile_column,
          std::min(most, grid.tile_columns - tile_column)};
}

// The rows that a strip's tiles read, from the first to the last of their columns that exist.
struct Strip {
  Tiles first;
  std::int64_t from, to;

  Strip(const Geometry& g, const WinogradGrid& grid, const Tiles& tiles) : first(tiles) {
    if (grid.row_sets > 1) first.column = first.tile_column = 0;  // it is that of the whole tile row
    const std::int64_t begin = column(g, grid, first, 0),
                       count = grid.row_sets > 1 ? grid.tile_columns : tiles.count,
                       end = begin + reach(grid.tile, grid.row_sets, count, grid.column_step);
    const std::int64_t set = grid.columns.sorted() ? grid.columns.column(first.column) : 0,
                       size = grid.columns.sorted() ? grid.columns.width() / grid.width_step
                              : grid.copied         ? grid.extent[2]
                                                    : g.input[2];
    from = std::max(begin, set);
    to = std::min(end, set + size);
    if (to < from) from = to = begin;
  }

  // The first column that tile `index` of a run reads.
  static std::int64_t column(const Geometry& g, const WinogradGrid& grid, const Tiles& tiles,
                             std::int64_t index) {
    const std::int64_t set = grid.columns.sorted() ? grid.columns.column(tiles.column) : tiles.column;
    return set + (tiles.tile_column + index) * grid.tile.columns * grid.column_step -
           (grid.copied ? 0 : g.pad_begin[2]);
  }

  // Where row `row` of its window in depth `tap` begins, or winograd_no_row.
  std::int64_t row_offset(const Geometry& g, const WinogradGrid& grid, std::int64_t tap,
                          std::int64_t row) const {
    const Triple size = grid.copied ? grid.extent : g.input;
    const std::int64_t d = first.depth * g.stride[0] + tap * g.dilation[0] -
                           (grid.copied ? 0 : g.pad_begin[0]),
                       h = (first.tile_row * grid.tile.rows + row) * grid.height_step + first.row -
                           (grid.copied ? 0 : g.pad_begin[1]);
    if (d < 0 || d >= size[0] || h < 0 || h >= size[1]) return winograd_no_row;
    return first.sample * grid.source.n + d * grid.source.s[0] + h * grid.source.s[1] + from;
  }
};

}  // namespace

WinogradGrid::WinogradGrid(const Geometry& g, WinogradForm chosen)
    : form(chosen), tile(winograd_tile(chosen)) {
  height_step = g.kernel[1] > 1 ? g.dilation[1] : 1;
  width_step = g.dilation[2];
  sets_height = std::min(height_step, g.output[1]);
  sets_width = std::min(width_step, g.output[2]);
  tile_rows = ceil_div(ceil_div(g.output[1], height_step), tile.rows);
  tile_columns = ceil_div(ceil_div(g.output[2], width_step), tile.columns);
  depth = g.in_per_group() * g.kernel[0];
  const bool shared = sets_width * tile_columns <= winograd_tiles &&
                      reach(tile, sets_width, tile_columns, width_step) <= most_shared_columns;
  const bool sorted = width_step > 1 && !shared;
  row_sets = sorted ? 1 : std::max<std::int64_t>(1, sets_width);  // 1 of an axis without outputs too
  column_step = sorted ? 1 : static_cast<int>(width_step);
  copied = sorted || (g.padding_mode != PaddingMode::zeros && reads_padding(g));
  columns = ColumnOrder(window_extent(g, 2), sorted ? width_step : 1);
  extent = {window_extent(g, 0), window_extent(g, 1), columns.width()};
  source = strides_of(g.layout, g.in_channels, copied ? extent : g.input);
  const std::int64_t span =
      reach(tile, row_sets, std::min<std::int64_t>(tile_columns, winograd_tiles), column_step);
  lines.margin =
      static_cast<int>(round_up(std::min(copied ? 0 : std::max<std::int64_t>(0, g.pad_begin[2]), span)));
  lines.pitch = lines.margin + static_cast<int>(round_up(span));
}

int WinogradGrid::most_strips(int tiles) const {
  return static_cast<int>(std::min<std::int64_t>(tiles, ceil_div(tiles - 1, row_tiles()) + 1));
}

std::string reject_tiles(const Geometry& g) {
  const auto size = [](std::int64_t n) { return std::to_string(n); };
  if (g.kernel[2] != 3 || (g.kernel[1] != 3 && g.kernel[1] != 1)) {
    return "the kernel is " + size(g.kernel[1]) + "×" + size(g.kernel[2]) + ", not 3×3 or 1×3";
  }
  if (g.stride[1] != 1 || g.stride[2] != 1) return "the stride is not 1";
  if (g.layout == Layout::channels_last) return "it has no kernels for channels last";
  if (g.reproducible) return "it sums in another order than the numbers contract";
  const WinogradGrid grid(g, winograd_f4_form(g));
  if (grid.copy_length(g) > std::numeric_limits<std::int32_t>::max()) {
    return "the padded copy of a sample has " + size(grid.copy_length(g)) + " elements";
  }
  return "";
}

int winograd_lanes(int tiles, int vector_lanes) {
  const int rest = tiles % vector_lanes;
  return rest <= vector_lanes / 2 ? tiles - rest : tiles - rest + vector_lanes;
}

WinogradBlock::WinogradBlock(const Geometry& g, const WinogradGrid& grid, const Strides& output,
                             std::int64_t first, int count, int vector_lanes)
    : tiles(count), lanes(winograd_lanes(count, vector_lanes)), tail(std::max(0, count - lanes)) {
  std::vector<Strip> strips;
  for (int lane = 0; lane < count;) {
    const Tiles run = tiles_from(g, grid, first + lane, count - lane);
    const bool same_row = grid.row_sets > 1 && lane > 0 && run.column > 0;
    if (!same_row) strips.emplace_back(g, grid, run);
    const std::int64_t line = static_cast<std::int64_t>(strips.size() - 1) * grid.tile.row_points;
    for (std::int64_t i = 0; i < run.count; ++i) {
      places.push_back(static_cast<std::int32_t>(line * grid.lines.pitch + grid.lines.margin +
                                                 Strip::column(g, grid, run, i) - strips.back().from));
    }
    const std::int64_t height = ceil_div(g.output[1] - run.row, grid.height_step),
                       width = ceil_div(g.output[2] - run.column, grid.width_step);
    const std::int64_t row = run.tile_row * grid.tile.rows, column = run.tile_column * grid.tile.columns;
    const std::int64_t lines = std::min<std::int64_t>(grid.tile.rows, height - row),
                       written = std::min<std::int64_t>(run.count * grid.tile.columns, width - column);
    if (lines > 0 && written > 0) {
      const std::int64_t h = row * grid.height_step + run.row, w = column * grid.width_step + run.column;
      patches.push_back(
          {lane, static_cast<int>(lines), static_cast<int>(written),
           run.sample * output.n + run.depth * output.s[0] + h * output.s[1] + w * output.s[2]});
    }
    lane += static_cast<int>(run.count);
  }
  list_outputs(g, grid, output);
  // Idle lanes repeat the last tile.
  const int vectors = (lanes + tail + vector_lanes - 1) / vector_lanes;
  places.resize(static_cast<std::size_t>(vectors * vector_lanes), places.back());
  for (const Strip& strip : strips) widths.push_back(static_cast<int>(strip.to - strip.from));
  for (std::int64_t tap = 0; tap < g.kernel[0]; ++tap) {
    for (const Strip& strip : strips) {
      for (int row = 0; row < grid.tile.row_points; ++row) {
        rows.push_back(strip.row_offset(g, grid, tap, row));
      }
    }
  }
}

void WinogradBlock::list_outputs(const Geometry& g, const WinogradGrid& grid, const Strides& output) {
  const std::int64_t line = 64 / size_of(g.dtype);
  for (const WinogradPatch& patch : patches) {
    const std::int64_t last = (patch.columns - 1) * grid.width_step * output.s[2];
    for (int h = 0; h < patch.lines; ++h) {
      const std::int64_t row = patch.at + h * grid.height_step * output.s[1];
      for (std::int64_t i = 0; i < last; i += line) outputs.push_back(row + i);
      outputs.push_back(row + last);
    }
  }
  if (grid.sets_width == 1) return;
  // Sets of columns lie within each other.
  std::sort(outputs.begin(), outputs.end());
  const auto same = [line](std::int64_t a, std::int64_t b) { return a / line == b / line; };
  outputs.erase(std::unique(outputs.begin(), outputs.end(), same), outputs.end());
}

}  // namespace native_conv
