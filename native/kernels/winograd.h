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

// Where the points of tiles go: v[p·point + c·lanes + lane].
template <class T>
struct WinogradArea {
  T* v;
  std::int64_t point;
  int lanes;
};

// The source rows of one tile row, `width` elements of each that exist; a row's line of what becomes of them
// is `margin` zeros, those elements, and zeros up to the pitch.
struct WinogradLines {
  int margin, pitch;
};

// winograd_input: v[p][c][lane] = (Bᵀ d B)[p] for every channel and tap in depth, c = channel·taps + tap, and
// every lane of both areas, where d[h][w] = line[h][tiles[lane] + w·step] and the lines of strip s at tap t
// begin with rows[(t·strip_count + s)·row_points + h], counted from the channel's first element.
template <class T>
struct WinogradInput {
  WinogradForm form;
  const T* x;         // the first channel
  std::int64_t next;  // elements to the next one
  std::int64_t channels;
  int taps;
  const std::int64_t* rows;  // winograd_no_row: zeros
  const int* widths;         // [strip_count]: how many elements of a strip's rows exist
  int strip_count;
  WinogradLines lines;
  int step;                   // elements from one of a tile's columns to the next
  const std::int32_t* tiles;  // where a tile's first column lies, (strip·row_points)·pitch included
  T* scratch;                 // winograd_scratch() elements
  WinogradArea<T> areas[2];   // whole vectors, then a tail of at most half of one
};
constexpr std::int64_t winograd_no_row = INT64_MIN;
// Elements of an input's scratch: the lines of two channels, and one of zeros.
constexpr std::int64_t winograd_scratch(const WinogradTile& tile, int strip_count,
                                        const WinogradLines& lines) {
  return std::int64_t{lines.pitch} * (2 * strip_count * tile.row_points + 1);
}

// winograd_product: m[p·m_point + r·m_row + j] = Σ_c u[(p·depth + c)·winograd_channels + r] ·
// v[p·v_point + c·lanes + j] for r < rows (and some more), j < lanes, and for the `tail` tiles from there on
// with the second area; 0 in the rest of the last vector. lanes is a multiple of the vector's, tail at most
// half of it; sums over c in any order.
template <class T>
struct WinogradProduct {
  const T* u;
  std::int64_t u_point;
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
  // y[r·y_channel + outputs[i]], r < rows, i < output_count, are fetched meanwhile: winograd_output comes
  // next.
  const T* y;
  std::int64_t y_channel;
  const std::int64_t* outputs;
  int output_count;
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

// winograd_input_panel, winograd_gradient_panel (of F(4, 3) alone): v[p·point + i·row + c] = (Bᵀ d B)[p], or
// (A d Aᵀ)[p], of every tile i and channel c < a vector's lanes, where d[h][w] = line[h][tiles[i] + w·step]
// and the lines of strip s begin with rows[s·row_points + h], counted from the channel's first element; d has
// as many rows and columns as a tile has points, or outputs. Channels from `channels` on are 0.
template <class T>
struct WinogradPanel {
  WinogradForm form;
  const T* x;                // the first channel
  std::int64_t next;         // elements to the next one
  int channels;              // 1 <= channels <= lanes
  const std::int64_t* rows;  // winograd_no_row: zeros
  const int* widths;         // [strip_count]: how many elements of a strip's rows exist
  const int* tile_counts;    // [strip_count]: how many tiles lie in it, one after the other
  int strip_count;
  WinogradLines lines;        // both multiples of the lanes, the pitch beyond every tile
  int step;                   // elements from one of a tile's columns to the next
  const std::int32_t* tiles;  // where a tile's first column lies in its line
  T* scratch;                 // winograd_panel_scratch() elements, aligned
  T* v;
  std::int64_t point, row;
};
constexpr std::int64_t winograd_panel_scratch(const WinogradTile& tile, const WinogradLines& lines,
                                              int vector_lanes) {
  return std::int64_t{lines.pitch} * tile.row_points * vector_lanes;
}

// winograd_sums: m[p·m_point + r·m_row + j] = (accumulate ? itself : +0), then, i ascending,
// fma(v[p·v_point + i·v_row + r], e[p·e_point + i·e_row + j], ·) for i < tiles, p < points, r < rows, j <
// columns, a multiple of the vector's lanes.
template <class T>
struct WinogradSums {
  const T* v;
  std::int64_t v_point, v_row;
  const T* e;
  std::int64_t e_point, e_row;
  std::int64_t tiles;
  int points, rows, columns;
  T* m;
  std::int64_t m_point, m_row;
  bool accumulate;
};

// winograd_taps (of F(4, 3) alone): y[r·y_row + t·y_tap + j] = (Gᵀ m G)[t] for r < rows, every tap t, j <
// columns, m as winograd_sums leaves it.
template <class T>
struct WinogradTaps {
  WinogradForm form;
  const T* m;
  std::int64_t m_point, m_row;
  int rows, columns;
  T* y;
  std::int64_t y_row, y_tap;
};

}  // namespace native_conv
