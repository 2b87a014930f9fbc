// The contracts of the micro-kernels: the only code that depends on the instruction set. Every accumulator is
// one chain of fused multiply-adds in the order of k, started from +0 or from c. Vectors run across outputs,
// so the tile's shape, its tails and the vector width never change a bit. A good place to start reading:
// gemm.inl (the two GEMM kernels), then conv/sweep.h (who calls them). Layer: kernels.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/cpu.h"
#include "kernels/fft.h"
#include "kernels/winograd.h"

namespace native_conv {

// Activations that are fused into the last store; the smooth ones follow in a pass of their own
// (conv/activation.h).
enum class Fused : int { none, clamp, leaky, prelu, hard_swish };

// y = act(((acc + +0) + bias[channel]) + residual[y's place]); absent operands count as +0.
template <class T>
struct Finish {
  const T* bias = nullptr;   // [channels]
  const T* slope = nullptr;  // [channels], prelu only
  Fused fused = Fused::none;
  T alpha = 0;
  // Bounds of clamp; `none` keeps them infinite, so that kernels may treat it as a clamp.
  T low = -std::numeric_limits<T>::infinity(), high = std::numeric_limits<T>::infinity();
};

// gemm_panel: c[r][j] = (accumulate ? c[r][j] : +0) then, k ascending, fma(a[k·rows + r], b[offsets[k] + j],
// ·) for r < rows, j < columns. Output channels are rows (broadcast), pixels are columns (vectors).
// gemm_patch: the same with a_rows[r][offsets[k]] broadcast and b[k·b_row + j] in vectors: pixels are rows,
// output channels columns; b is a packed panel whose rows may be read up to a whole vector past `columns`.
// gemm_panel with `kept`: only the columns with their bits set are written, side by side: column j at
// c[r][number of kept columns before j]; bits at and above `columns` are 0; not with `accumulate`.
// With `finish` the epilogue is applied; `channel` is the channel of row 0 (panel) or column 0 (patch).
// rows <= MR and columns <= NR of the kernel (panel: panel_columns), both >= 1. c and residual have the row
// pitch c_row and no alignment; exactly [rows][columns] is written, and b is read for exactly `columns`
// (panel). c overlaps no operand.
template <class T>
struct GemmTile {
  const T* a;
  const T* const* a_rows;
  const std::int32_t* offsets;  // [depth]
  const T* b;
  std::int64_t b_row;  // patch: elements from one k to the next, a multiple of the vector's lanes
  std::int64_t depth;
  int rows, columns;
  T* c;
  std::int64_t c_row;
  bool accumulate;
  const Finish<T>* finish;  // null: c takes the accumulator as it is
  const T* residual;        // null, or at c's place
  std::int64_t channel;
  std::uint64_t kept;  // panel: a bit for each column that is written; 0: all are
};

// The most vectors of a panel tile with `rows` rows, of a kernel with at most `most_rows` rows of `vectors`
// vectors, which leaves two registers beside its accumulators and vectors: each vector of the tile takes one
// for each row and one more, a weight the last; four have as many columns as `kept` has bits.
constexpr int panel_vectors(int rows, int most_rows, int vectors) {
  constexpr int most = 4;
  const int registers = most_rows * vectors + vectors + 2, held = (registers - 1) / (rows + 1);
  return held >= most ? most : held > vectors ? held : vectors;
}

// Pixels [first, first + count) of a tile that are `y_pixel` apart in the output, from `at` on.
struct PixelRun {
  int first, count;
  std::int64_t at;
};

// scatter: y[i·y_channel + run.at + p·y_pixel] = finish(tile[i·tile_channel + (run.first + p)·tile_pixel])
// for i < channels, every run, p < run.count. One of tile_channel, tile_pixel is 1. Pixels in no run are
// dropped.
template <class T>
struct ScatterTile {
  const T* tile;
  std::int64_t tile_channel, tile_pixel;
  int channels;
  T* y;
  std::int64_t y_channel, y_pixel;
  const PixelRun* runs;
  int run_count;
  const Finish<T>* finish;
  const T* residual;  // null, or addressed as y
  std::int64_t channel;
};

// The most vectors of a strip kernel's tile.
constexpr int strip_most_vectors = 8;

// strip: c[r·c_row + v·lanes + j] = chain, k ascending from +0, of a[k·rows + r] · x[v][offsets[k] + j] for r
// < rows, v < vectors, j < lanes; 1 <= rows <= the kernel's, 1 <= vectors <= strip_vectors(kernel, rows),
// depth >= 0. x is read and c written in whole vectors; they need no alignment and do not overlap.
template <class T>
struct StripTile {
  const T* a;
  const std::int32_t* offsets;  // [depth]
  const T* const* x;            // [vectors]
  std::int64_t depth;
  int rows, vectors;
  T* c;
  std::int64_t c_row;
};

// interleave: y[i·y_channel + j] = finish(tile[i·tile_channel + (j mod phases)·tile_phase + j / phases]) for
// i < channels, j < count. The tile is read in whole vectors from multiples of the lanes on.
template <class T>
struct InterleaveTile {
  const T* tile;
  std::int64_t tile_channel, tile_phase;
  int channels;
  std::int64_t phases, count;
  T* y;
  std::int64_t y_channel;
  const Finish<T>* finish;
  const T* residual;  // null, or addressed as y
  std::int64_t channel;
};

// transpose: to[c·to_row + r] = from[r·from_row + c] for r < rows, c < columns; nothing else is read or
// written.
template <class T>
struct TransposeTile {
  const T* from;
  std::int64_t from_row, rows, columns;
  T* to;
  std::int64_t to_row;
};

// The most output channels that channel_sums has sums of.
constexpr int channel_sums_most_outputs = 3;

// The most taps that it sums for so many: of `most` and what the accumulators hold.
constexpr int channel_sums_taps_at_most(int outputs, int most, int budget) {
  return budget / outputs < most ? budget / outputs : most;
}

// channel_sums: s = chain, k ascending from s, of x[t][offsets[k] + j] · g[k·lanes + order[o·lanes + j]] for
// o < outputs, t < taps, j < lanes, where s is sums[o·output_step + t·lanes + j]. Without `order` lane j
// takes lane j, and outputs is 1. 1 <= outputs <= channel_sums_most_outputs, 1 <= taps <=
// channel_sums_taps(kernel, outputs). Nothing needs alignment or overlaps.
template <class T>
struct ChannelSums {
  const T* const* x;            // [taps]
  const std::int32_t* offsets;  // [depth]
  const T* g;
  const std::int32_t* order;  // [outputs][lanes], or null
  std::int64_t depth;
  int taps, outputs;
  T* sums;
  std::int64_t output_step;
};

// Taps of a kernel row that depthwise_rows can mask at the ends of a row.
constexpr int most_masked_taps = 32;

// depthwise_rows (channels first, a pass over some rows of the kernel): for p < planes, o < rows, j <
// columns, y[p·y_plane + o·y_row + j] = finish(chain over (kh, kw) of X(o·step + kh, column + j·step +
// offsets[kw]) · w[p·w_plane + kw·kernel_h + kh]), started from +0 or, with `accumulate`, from y. X(i, c) is
// x[p·x_plane + x_rows[i·row_step] + c], zero where c is not in [0, width); a row with x_rows < 0 contributes
// nothing. Only x within rows is read. `channel` is that of p = 0. step is 1 with kernel_h one of 1, 3, 4, 5,
// 6, 7, or 2 with kernel_h one of 1, 3, 5, 7; with kernel_h 1 successive outputs read successive rows of the
// table whatever the step. Unless the whole vectors of a strip lie within rows, kernel_w <= most_masked_taps.
// Without `finish` y takes the accumulator as it is.
template <class T>
struct DepthwiseRows {
  const T* x;
  const std::int64_t* x_rows;
  std::int64_t row_step, width, column;
  const std::int32_t* offsets;  // [kernel_w], within [lowest, highest]; with step 2 ascending
  std::int32_t lowest, highest;
  const T* w;  // [kernel_w][kernel_h]
  int kernel_h, kernel_w, step, rows;
  std::int64_t columns;
  T* y;
  std::int64_t y_row;
  bool accumulate;
  bool stream;  // past the caches, for results that are larger than they are
  const Finish<T>* finish;
  const T* residual;  // null, or at y's place
  std::int64_t channel;
  std::int64_t planes, x_plane, w_plane, y_plane;
};

// depthwise_plane (channels first, each plane as one row): y[p·y_plane + j] = finish(chain over t of
// x[p·x_plane + offsets[t] + j] · w[p·taps + t]) for p < planes, j < count; where bit j % lanes of
// masks[t · vectors + j ÷ lanes] is clear, zero stands for x, which is not read; vectors = count ÷ lanes
// rounded up. `channel` is that of p = 0. `kernel` is K where the taps are those of a K×K kernel (or,
// reversed, its last one first) centred on each element of a plane of `width` columns that has zeros around
// it; else 0.
template <class T>
struct DepthwisePlane {
  const T* x;
  const std::int32_t* offsets;  // [taps]
  const T* w;                   // [planes][taps]
  const std::uint32_t* masks;   // [taps][vectors]
  int taps, count;
  T* y;
  const Finish<T>* finish;
  const T* residual;  // null, or at y's place
  std::int64_t channel;
  std::int64_t planes, x_plane, y_plane;
  int kernel, width;
};

// depthwise_last (channels last): y[p][j] = finish(chain over t of x_pixels[p][offsets[t] + j] · w[t·w_tap +
// j]) for p < rows, j < channels (any count); rows <= MR. `channel` is the channel of j = 0.
template <class T>
struct DepthwiseLastTile {
  const T* const* x_pixels;     // [rows]
  const std::int32_t* offsets;  // [taps]
  const T* w;
  std::int64_t w_tap;
  int taps, rows;
  std::int64_t channels;
  T* const* y_pixels;               // [rows]
  const Finish<T>* finish;          //
  const T* const* residual_pixels;  // null, or [rows]
  std::int64_t channel;
};

// pad_rows: to[r·to_row + j] = from[r·from_row + (j - before)·step] for before <= j < before + count, +0 for
// the other j in [0, before + count + after); rows ascending, so that a row may write zeros over the end of
// the one before it. step is 1 or 2; what lies beyond the last element is not read.
template <class T>
struct PadRows {
  const T* from;
  std::int64_t from_row;
  T* to;
  std::int64_t to_row, rows, before, count, after;
  std::int64_t step = 1;
};

// gather_rows: to[k·to_row + j] = from[offsets[k] + j] for k < depth, j < count; nothing else is read or
// written, nothing overlaps or needs alignment.
template <class T>
struct GatherRows {
  const T* from;
  const std::int32_t* offsets;  // [depth]
  std::int64_t depth, count;
  T* to;
  std::int64_t to_row;
};

// chain: returns acc after acc = fma(x[x_at[i]], w[w_at[i]], acc) for i ascending, from `start`.
template <class T>
struct Chain {
  const T* x;
  const std::int64_t* x_at;
  const T* w;
  const std::int64_t* w_at;
  std::int64_t count;
  T start;
};

template <class T>
using GemmKernel = void (*)(const GemmTile<T>&);

// The function types of kernels.inc's operations.
using gemm_panel_f32 = void(const GemmTile<float>&);
using gemm_panel_f64 = void(const GemmTile<double>&);
using gemm_patch_f32 = void(const GemmTile<float>&);
using gemm_patch_f64 = void(const GemmTile<double>&);
using pad_rows_f32 = void(const PadRows<float>&);
using pad_rows_f64 = void(const PadRows<double>&);
using scatter_f32 = void(const ScatterTile<float>&);
using scatter_f64 = void(const ScatterTile<double>&);
using gather_rows_f32 = void(const GatherRows<float>&);
using gather_rows_f64 = void(const GatherRows<double>&);
using strip_f32 = void(const StripTile<float>&);
using strip_f64 = void(const StripTile<double>&);
using interleave_f32 = void(const InterleaveTile<float>&);
using interleave_f64 = void(const InterleaveTile<double>&);
using transpose_f32 = void(const TransposeTile<float>&);
using transpose_f64 = void(const TransposeTile<double>&);
using channel_sums_f32 = void(const ChannelSums<float>&);
using channel_sums_f64 = void(const ChannelSums<double>&);
using depthwise_rows_f32 = void(const DepthwiseRows<float>&);
using depthwise_rows_f64 = void(const DepthwiseRows<double>&);
using depthwise_plane_f32 = void(const DepthwisePlane<float>&);
using depthwise_plane_f64 = void(const DepthwisePlane<double>&);
using depthwise_last_f32 = void(const DepthwiseLastTile<float>&);
using depthwise_last_f64 = void(const DepthwiseLastTile<double>&);
using chain_f32 = float(const Chain<float>&);
using chain_f64 = double(const Chain<double>&);
using winograd_weights_f32 = void(const WinogradWeights<float>&);
using winograd_weights_f64 = void(const WinogradWeights<double>&);
using winograd_input_f32 = void(const WinogradInput<float>&);
using winograd_input_f64 = void(const WinogradInput<double>&);
using winograd_product_f32 = void(const WinogradProduct<float>&);
using winograd_product_f64 = void(const WinogradProduct<double>&);
using winograd_output_f32 = void(const WinogradOutput<float>&);
using winograd_output_f64 = void(const WinogradOutput<double>&);
using winograd_input_panel_f32 = void(const WinogradPanel<float>&);
using winograd_input_panel_f64 = void(const WinogradPanel<double>&);
using winograd_gradient_panel_f32 = void(const WinogradPanel<float>&);
using winograd_gradient_panel_f64 = void(const WinogradPanel<double>&);
using winograd_sums_f32 = void(const WinogradSums<float>&);
using winograd_sums_f64 = void(const WinogradSums<double>&);
using winograd_taps_f32 = void(const WinogradTaps<float>&);
using winograd_taps_f64 = void(const WinogradTaps<double>&);
using fft_lines_f32 = void(const FftLines<float>&);
using fft_lines_f64 = void(const FftLines<double>&);
using fft_columns_f32 = void(const FftColumns<float>&);
using fft_columns_f64 = void(const FftColumns<double>&);

// One row of the registry, function erased: what tests, benchmarks and info() walk.
struct KernelRow {
  const char* op;
  Isa isa;
  Extension extension;  // of the instruction set, that the kernel needs besides
  const char* name;
  int rows, columns;  // the largest tile; 0 where the kernel has none
  void (*function)();
};

// All rows of this build, in the order of kernels.inc.
const std::vector<KernelRow>& kernel_rows();

// Whether this processor and OS have what the kernel needs.
bool can_run(const KernelRow& row);

// The row that dispatch takes for an operation under a cap: the first that can run and whose instruction set
// is not above it; null where there is none.
const KernelRow* find_row(const char* op, Isa cap);
// The same of an operation that every instruction set has. Throws Error(internal) for an unknown one.
const KernelRow& chosen_row(const char* op, Isa cap);

template <class Function>
struct Kernel {
  Function* run;
  int rows, columns;
  const char* name;
};

// The kernels in use for one dtype.
template <class T>
struct Kernels {
  Isa isa;
  int lanes;  // of the ISA's vectors
  Kernel<void(const GemmTile<T>&)> gemm_panel, gemm_patch;
  Kernel<void(const ScatterTile<T>&)> scatter;
  Kernel<void(const StripTile<T>&)> strip;  // columns: accumulators
  Kernel<void(const InterleaveTile<T>&)> interleave;
  Kernel<void(const TransposeTile<T>&)> transpose;
  Kernel<void(const ChannelSums<T>&)> channel_sums;  // rows: taps; columns: accumulators
  Kernel<void(const PadRows<T>&)> pad_rows;
  Kernel<void(const GatherRows<T>&)> gather_rows;
  Kernel<void(const DepthwiseRows<T>&)> depthwise_rows;
  Kernel<void(const DepthwisePlane<T>&)> depthwise_plane;
  Kernel<void(const DepthwiseLastTile<T>&)> depthwise_last;
  Kernel<T(const Chain<T>&)> chain;
  Kernel<void(const WinogradWeights<T>&)> winograd_weights;
  Kernel<void(const WinogradInput<T>&)> winograd_input;
  Kernel<void(const WinogradProduct<T>&)> winograd_product;
  Kernel<void(const WinogradOutput<T>&)> winograd_output;
  Kernel<void(const WinogradPanel<T>&)> winograd_input_panel;
  Kernel<void(const WinogradPanel<T>&)> winograd_gradient_panel;
  Kernel<void(const WinogradSums<T>&)> winograd_sums;
  Kernel<void(const WinogradTaps<T>&)> winograd_taps;
  Kernel<void(const FftLines<T>&)> fft_lines;
  Kernel<void(const FftColumns<T>&)> fft_columns;
};

// The most columns of a panel tile with `rows` rows.
template <class T>
int panel_columns(const Kernels<T>& k, int rows) {
  return panel_vectors(rows, k.gemm_panel.rows, k.gemm_panel.columns / k.lanes) * k.lanes;
}

// The most vectors of a strip tile with `rows` rows.
template <class T>
int strip_vectors(const Kernel<void(const StripTile<T>&)>& strip, int rows) {
  return strip.columns / rows < strip_most_vectors ? strip.columns / rows : strip_most_vectors;
}

// The most taps of channel_sums with `outputs` output channels.
template <class T>
int channel_sums_taps(const Kernel<void(const ChannelSums<T>&)>& kernel, int outputs) {
  return channel_sums_taps_at_most(outputs, kernel.rows, kernel.columns);
}

// Each operation's first row whose instruction set is available and not above `isa`.
template <class T>
const Kernels<T>& kernels_for(Isa isa);

// kernels_for(current_isa()).
template <class T>
const Kernels<T>& kernels();

}  // namespace native_conv
