// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/winograd_blocks.h"

#include <algorithm>

namespace native_conv {
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// Where an image of the grid lies: the sample, the output depth, the first row and column of its set.
struct Image {
  std::int64_t sample, depth, row, column;
};

Image image_at(const Geometry& g, const WinogradGrid& grid, std::int64_t image) {
  const std::int64_t column = image % grid.sets_width, row = image / grid.sets_width % grid.sets_height;
  const std::int64_t plane = image / grid.sets_width / grid.sets_height;
  return {plane / g.output[0], plane % g.output[0], row, column};
}

// Offsets of the rows that the tile rows [first, last] of an image read, from tile column `column` on, for
// every tap in depth.
void append_rows(const Geometry& g, const WinogradGrid& grid, const Image& image, std::int64_t first,
                 std::int64_t count, std::int64_t column, std::vector<std::int64_t>& rows) {
  const Triple size = grid.copied ? grid.extent : g.input;
  const std::int64_t pad[] = {grid.copied ? 0 : g.pad_begin[0], grid.copied ? 0 : g.pad_begin[1],
                              grid.copied ? 0 : g.pad_begin[2]};
  const std::int64_t x = grid.columns.column(image.column) + column * grid.tile.columns - pad[2];
  for (std::int64_t tap = 0; tap < g.kernel[0]; ++tap) {
    const std::int64_t d = image.depth * g.stride[0] + tap * g.dilation[0] - pad[0];
    for (std::int64_t row = 0; row < count; ++row) {
      const std::int64_t h = (first * grid.tile.rows + row) * grid.height_step + image.row - pad[1];
      const bool exists = d >= 0 && d < size[0] && h >= 0 && h < size[1];
      rows.push_back(exists ? image.sample * grid.source.n + d * grid.source.s[0] + h * grid.source.s[1] + x
                            : winograd_no_row);
    }
  }
}

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
  copied = width_step > 1 || (g.padding_mode != PaddingMode::zeros && reads_padding(g));
  columns = ColumnOrder(window_extent(g, 2), width_step);
  extent = {window_extent(g, 0), window_extent(g, 1), columns.width()};
  source = strides_of(g.layout, g.in_channels, copied ? extent : g.input);
}

int winograd_lanes(int tiles, int vector_lanes) {
  const int rest = tiles % vector_lanes;
  return rest <= vector_lanes / 2 ? tiles - rest : tiles - rest + vector_lanes;
}

std::int64_t most_band_scratch(const WinogradGrid& grid, int tiles) {
  const std::int64_t spanned =
      grid.is_wide() ? 1 : std::min(grid.tile_rows, ceil_div(tiles - 1, grid.tile_columns) + 1);
  const std::int64_t rows = (spanned - 1) * grid.tile.rows + grid.tile.row_points;
  const std::int64_t wide =
      grid.is_wide() ? std::min<std::int64_t>(tiles, grid.tile_columns) : grid.tile_columns;
  return winograd_scratch(grid.tile, static_cast<int>(rows), static_cast<int>(wide));
}

WinogradBlock::WinogradBlock(const Geometry& g, const WinogradGrid& grid, const Strides& output,
                             std::int64_t first, int count, int vector_lanes)
    : tiles(count),
      lanes(winograd_lanes(count, vector_lanes)),
      tail(std::max(0, count - lanes)),
      most_rows(0),
      most_tiles(0) {
  const bool wide = grid.is_wide();
  const int points = grid.tile.row_points, step = grid.tile.rows;
  for (int lane = 0; lane < count;) {
    // One band: the tiles of this image, or of this tile row.
    const std::int64_t at = first + lane, index = at / grid.image_tiles(), place = at % grid.image_tiles();
    const std::int64_t rest =
        wide ? grid.tile_columns - place % grid.tile_columns : grid.image_tiles() - place;
    const int end = static_cast<int>(std::min<std::int64_t>(count, lane + rest));
    const std::int64_t first_row = place / grid.tile_columns,
                       last_row = (place + end - lane - 1) / grid.tile_columns;
    const std::int64_t first_column = wide ? place % grid.tile_columns : 0;
    const Image image = image_at(g, grid, index);
    WinogradBand band{};
    band.row_count = static_cast<int>((last_row - first_row) * step + points);
    band.tiles = wide ? end - lane : static_cast<int>(grid.tile_columns);
    const std::int64_t left = first_column * grid.tile.columns - (grid.copied ? 0 : g.pad_begin[2]);
    band.from = -left;
    band.to = (grid.copied ? grid.columns.width() / grid.width_step : g.input[2]) - left;
    band.rows = rows.size();
    append_rows(g, grid, image, first_row, band.row_count, first_column, rows);
    band.segments = segments.size();
    const std::int64_t height = ceil_div(g.output[1] - image.row, grid.height_step),
                       width = ceil_div(g.output[2] - image.column, grid.width_step);
    while (lane < end) {
      const std::int64_t tile = (first + lane) % grid.image_tiles(), row = tile / grid.tile_columns,
                         column = tile % grid.tile_columns;
      // Up to the row's end, the band's, and the first area's.
      std::int64_t size = std::min<std::int64_t>(end - lane, grid.tile_columns - column);
      if (lane < lanes) size = std::min<std::int64_t>(size, lanes - lane);
      const bool in_tail = lane >= lanes;
      // The last segment fills the idle lanes too.
      const int idle = lane + size == count && !in_tail ? lanes - count : 0;
      segments.push_back({static_cast<int>((row - first_row) * step), static_cast<int>(column - first_column),
                          static_cast<int>(size) + idle, in_tail ? 1 : 0, in_tail ? lane - lanes : lane});
      const std::int64_t lines = std::min<std::int64_t>(step, height - row * step);
      const std::int64_t written =
          std::min<std::int64_t>(size * grid.tile.columns, width - column * grid.tile.columns);
      if (lines > 0 && written > 0) {
        const std::int64_t h = row * step * grid.height_step + image.row,
                           w = column * grid.tile.columns * grid.width_step + image.column;
        patches.push_back(
            {lane, static_cast<int>(lines), static_cast<int>(written),
             image.sample * output.n + image.depth * output.s[0] + h * output.s[1] + w * output.s[2]});
      }
      lane += static_cast<int>(size);
    }
    band.segment_end = segments.size();
    most_rows = std::max(most_rows, band.row_count);
    most_tiles = std::max(most_tiles, band.tiles);
    bands.push_back(band);
  }
}

}  // namespace native_conv
