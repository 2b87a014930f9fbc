// The contracts of the Winograd kernels. A convolution with a 3×3 (or 1×3) kernel at stride 1 is
// Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A on tiles of m×m outputs (Lavin & Gray, arXiv 1509.09308): the products in the
// middle are a matrix product over the channels for each of the (m + 2)² points. Lanes are tiles everywhere
// but in the weights, where they are output channels. Layer: kernels. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace native_conv {

template <class T>
struct Finish;

// F(2, 3) and F(4, 3): nested over rows and columns, or along the columns alone.
enum class WinogradForm : int { f2, f4, f2_row, f4_row };

// Outputs m and points m + 2 of one tile along both axes; 1 and 1 where nothing is transformed.
struct WinogradTile {
  int rows, columns, row_points, column_points;
  int points() const { return row_points * column_points; }
};
constexpr WinogradTile winograd_tile(WinogradForm form) {
  const int m = form == WinogradForm::f2 || form == WinogradForm::f2_row ? 2 : 4;
  if (form == WinogradForm::f2_row || form == WinogradForm::f4_row) return {1, m, 1, m + 2};
  return {m, m, m + 2, m + 2};
}

constexpr int winograd_channels = 16;  // output channels that the products compute at once
constexpr int winograd_tiles = 64;     // the most tiles of a block

// winograd_weights: u[p·u_point + r] = (G g_r Gᵀ)[p] for r < winograd_channels; taps[t][r] is tap t of g_r.
template <class T>
struct WinogradWeights {
  WinogradForm form;
  const T* taps;  // [taps][winograd_channels]
  T* u;
  std::int64_t u_point;
};

// Neighbouring tiles of one tile row, and the lanes that they take in an area.
struct WinogradSegment {
  int row, tile, count;  // the first of its rows among `rows`, the first tile's column
  int area, lane;
};

// Where the points of tiles go: v[p·point + lane]; `lanes` is how many there are room for.
template <class T>
struct WinogradArea {
  T* v;
  std::int64_t point;
  int lanes;
};

// winograd_input, one channel: for each segment v[p][lane + i] = (Bᵀ d_i B)[p], i < count, where d_i is made
// of the rows from `row` on and the columns from (tile + i)·m on. Row r's column c is x[rows[r] + c] for from
// <= c < to, else 0. Lanes of an area beyond a segment may be overwritten: segments ascend within an area.
template <class T>
struct WinogradInput {
  WinogradForm form;
  const T* x;
  const std::int64_t* rows;  // [row_count]; winograd_no_row: zeros
  int row_count, tiles;      // tiles: columns of tiles that the segments lie in, at most winograd_tiles
  std::int64_t from, to;
  std::int64_t next;  // elements to the channel that comes next, which is prefetched
  const WinogradSegment* segments;
  int segment_count;
  T* scratch;  // winograd_scratch() elements: lanes that no segment has are read, but their results are not
  WinogradArea<T> areas[2];
};
constexpr std::int64_t winograd_no_row = INT64_MIN;
// With room for the neighbour of the last tile, for idle lanes after it, and for whole vectors of up to 16
// lanes.
constexpr int winograd_pitch(int tiles) { return (tiles + 16) / 16 * 16 + 32; }
// Elements of an input's scratch: the rows with their columns sorted, then what becomes of a segment's.
constexpr std::int64_t winograd_scratch(const WinogradTile& tile, int row_count, int tiles) {
  return std::int64_t{tile.columns} *
         (row_count * winograd_pitch(tiles) + tile.row_points * winograd_pitch(winograd_tiles));
}

// winograd_product: m[p·m_point + r·m_row + j] = Σ_c u[(p·depth + c)·winograd_channels + r] ·
// v[p·v_point + c·lanes + j] for r < rows (and some more), j < lanes, and for the `tail` tiles from there on
// with the second area; 0 in the rest of the last vector. lanes is a multiple of the vector's, tail at most
// half of it; sums over c in any order.
template <class T>
struct WinogradProduct {
  const T* u;
  const T* v;
  std::int64_t v_point;
  int lanes;
  const T* tail_v;
  std::int64_t tail_point;
  int tail;
  int points, rows;
  std::int64_t depth;
  T* m;
  std::int64_t m_point, m_row;  // m_row >= lanes + tail, rounded up to whole vectors
};

// The outputs of neighbouring tiles of one tile row: `lines` rows of `columns` outputs, from y[at] on.
struct WinogradPatch {
  int lane, lines, columns;
  std::int64_t at;
};

// winograd_output: y[r·y_channel + at + h·y_row + j·y_column] = finish((Aᵀ m_r A)[h][j]) for r < rows and
// every patch, m as winograd_product leaves it.
template <class T>
struct WinogradOutput {
  WinogradForm form;
  const T* m;
  std::int64_t m_point, m_row;
  int rows, tiles;
  const WinogradPatch* patches;
  int patch_count;
  T* y;
  std::int64_t y_channel, y_row, y_column;
  const T* residual;  // null, or addressed as y
  const Finish<T>* finish;
  std::int64_t channel;  // of r = 0
};

}  // namespace native_conv
