// implicit-gemm: a zero-padded copy of the input, a table of a patch's K offsets into it, and micro-kernels
// that read through the table; the im2col matrix is never built. pointwise: the same without a copy,
// positions in one row. Transposed convolutions at stride 1, too. Layer: conv. SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>

#include "base/buffer.h"
#include "base/cpu.h"
#include "base/table.h"
#include "conv/algorithm.h"
#include "conv/conv_weights.h"
#include "conv/gathered_patches.h"
#include "conv/padding.h"
#include "conv/sweep.h"

namespace native_conv {
namespace {

// What the sweep reads for one group of one image: the input itself, or a copy with the padding in it.
struct Source {
  bool copied;
  ColumnOrder columns;    // sorted where vectors run along them
  Triple extent;          // of the copy; the width as it lies in memory
  Triple step, stride;    // from one position of an axis of the copy, and from one output, to the next
  std::int64_t pitch;     // channels first: from one row to the next
  std::int64_t channels;  // of the copy: one group
  Strides strides;
  // The copy holds what `band` output positions of `axis` read, one band after the other: the second-level
  // cache then keeps it from the copying to the last block of channels.
  int axis;
  std::int64_t band;
  std::int64_t length() const { return copied ? strides.n : 0; }
};

// Columns that a row of the copy may share with the next: its zeros at the end, and the next one's at the
// beginning.
std::int64_t shared_columns(const Geometry& g, std::int64_t extent) {
  if (g.layout != Layout::channels_first || g.padding_mode != PaddingMode::zeros) return 0;
  return std::max<std::int64_t>(0, std::min(g.pad_begin[2], extent - g.pad_begin[2] - g.input[2]));
}

// How a source lies in memory whose copy holds `band` positions of `axis`.
Source banded_source(const Geometry& g, Family family, int axis, std::int64_t band) {
  const bool along_columns = family == Family::panel;
  Source s{};
  // One output takes no step, and its stride may be of any size.
  for (int i = 0; i < 3; ++i) s.stride[i] = g.output[i] > 1 ? g.stride[i] : 1;
  s.copied = (along_columns && s.stride[2] > 1) || reads_padding(g);
  s.axis = axis;
  s.band = band;
  s.channels = g.in_per_group();
  s.step = {1, 1, 1};
  for (int i = 0; i < 3; ++i) {
    const std::int64_t outputs = i == axis ? band : g.output[i];
    s.extent[i] = outputs == 0 ? 0 : (outputs - 1) * s.stride[i] + (g.kernel[i] - 1) * g.dilation[i] + 1;
    // Where outputs share nothing, the copy holds only what they read.
    if (!s.copied || g.kernel[i] > 1) continue;
    s.extent[i] = outputs;
    s.step[i] = s.stride[i];
    s.stride[i] = 1;
  }
  s.columns = ColumnOrder(s.extent[2], along_columns ? s.stride[2] : 1);
  s.extent[2] = s.columns.width();
  if (!s.copied) {
    s.strides = strides_of(g.layout, g.in_channels, g.input);
    s.pitch = s.strides.s[1];
    return s;
  }
  const std::int64_t shared = s.columns.sorted() || s.step[2] > 1 ? 0 : shared_columns(g, s.extent[2]);
  s.strides = strides_of(g.layout, s.channels, s.extent);
  if (shared > 0) {
    const std::int64_t row = s.extent[2] - shared, slice = s.extent[1] * row + shared,
                       channel = s.extent[0] * slice;
    s.strides = {s.channels * channel, channel, {slice, row, 1}};
  }
  s.pitch = s.strides.s[1];
  return s;
}

// Bands that threads take in turn; none where there are too few positions: each band needs all weights.
std::int64_t bands_for(const Geometry& g, int threads) {
  constexpr std::int64_t bands_per_thread = 4, least_positions = 96;
  const std::int64_t most = volume(g.output) / least_positions;
  if (threads == 1 || products_at_once(g, threads) > 1 || most < threads) return 1;
  return std::min(most / threads, bands_per_thread) * threads;
}

// Bands of slices, or else of rows, whose copies take a quarter of the second-level cache each, and enough
// for several threads; larger where more than half of a copy would be what the next one holds again.
Source source_of(const Geometry& g, Family family, int threads = 1) {
  static const std::int64_t most_bytes = cache_sizes().l2 / 4;
  const int axis = g.output[0] > 1 ? 0 : 1;
  const std::int64_t outputs = g.output[axis];
  const Source whole = banded_source(g, family, axis, outputs);
  if (!whole.copied) return whole;
  const std::int64_t bytes = whole.length() * size_of(g.dtype);
  const std::int64_t shared_out = bands_for(g, threads),
                     bands = std::max((bytes + most_bytes - 1) / most_bytes, shared_out);
  if (bands <= 1) return whole;
  const std::int64_t least =
      std::max<std::int64_t>(1, (g.kernel[axis] - 1) * g.dilation[axis] / g.stride[axis]);
  std::int64_t band = std::max((outputs + bands - 1) / bands, least);
  // As many for each thread.
  while (shared_out > 1 && band > least && (outputs + band - 1) / band % threads != 0) --band;
  return band < outputs ? banded_source(g, family, axis, band) : whole;
}

std::int64_t bands_of(const Geometry& g, const Source& s) { return (g.output[s.axis] + s.band - 1) / s.band; }

// Bands that are copied and swept at once, each by a thread that then has in its caches what it reads.
int bands_at_once(const Geometry& g, const Source& s, int threads) {
  const bool apart = s.copied && bands_for(g, threads) > 1 && bands_of(g, s) >= threads;
  return apart ? threads : 1;
}

template <class T>
Family family_of(const Geometry& g) {
  const Source panel = source_of(g, Family::panel);
  return choose_family<T>(g.layout, g.out_per_group(), conv_depth(g), g.output,
                          panel.pitch * panel.stride[1]);
}

Family family_of(const Geometry& g) {
  return with_type(g.dtype, [&](auto zero) { return family_of<decltype(zero)>(g); });
}

// Tiles whose pixels are gathered at a time, where the output is one row; else 0.
template <class T>
std::int64_t tiles_to_gather(const Geometry& g, Family family, const Source& s) {
  if (family != Family::panel || g.output[0] != 1 || g.output[1] != 1) return 0;
  return gathered_row_tiles(g.out_per_group(), conv_depth(g), g.output[2], s.strides.c, kernels<T>());
}

void fill_offsets(const Geometry& g, const FilterOrder& filters, const Source& s, std::int32_t* offsets) {
  Checkpoint checkpoint;
  for (std::int64_t i = 0; i < g.in_per_group(); ++i) {
    for_each_tap(g.kernel, [&](const Triple& index) {
      checkpoint.pass();
      const Triple tap = filters.position(g, index);
      const Triple at = {tap[0] * g.dilation[0], tap[1] * g.dilation[1],
                         s.columns.column(tap[2] * g.dilation[2])};
      *offsets++ = static_cast<std::int32_t>(i * s.strides.c + offset_of(at, s.strides.s));
    });
  }
}

// The index maps of the copy's three axes, for all bands; the last one may reach beyond the input, and then
// reads zeros there for outputs that are not wanted.
struct Maps {
  Table<std::int32_t> depth, height, width;
  Table<Run> runs;

  Maps() = default;
  Maps(const Geometry& g, const Source& s)
      : depth(map_of(g, s, 0)),
        height(map_of(g, s, 1)),
        width(s.columns.map(g.padding_mode, g.input[2], g.pad_begin[2], s.step[2])),
        runs(runs_of(width)) {}

 private:
  static Table<std::int32_t> map_of(const Geometry& g, const Source& s, int axis) {
    const std::int64_t begun = axis == s.axis ? (g.output[axis] - 1) / s.band * s.band : 0;
    const std::int64_t outputs = axis == s.axis ? g.output[axis] : 1;
    const std::int64_t window = s.extent[axis] - (axis == s.axis ? s.band - 1 : 0) * s.stride[axis];
    Table<std::int32_t> map = axis_map(g.padding_mode, g.input[axis], g.pad_begin[axis],
                                       (outputs - 1) * s.stride[axis] + window, s.step[axis]);
    map.resize(static_cast<std::size_t>(begun * s.stride[axis] + s.extent[axis]), -1);
    return map;
  }
};

template <class T>
class ImplicitGemm {
 public:
  ImplicitGemm(const Geometry& g, const FilterOrder& filters, const Buffers<T>& buffers, int threads)
      : g_(g),
        b_(buffers),
        panels_(family_of<T>(g), g.out_per_group(), conv_depth(g), kernels<T>()),
        source_(source_of(g, panels_.family, threads)),
        gathered_(tiles_to_gather<T>(g, panels_.family, source_)),
        input_(strides_of(g.layout, g.in_channels, g.input)),
        output_(strides_of(g.layout, g.out_channels, g.output)),
        finish_(finish_of(g, buffers)),
        offsets_(scratch<std::int32_t>(Scratch::offsets, panels_.depth)),
        weights_(pack_conv_weights(g, filters, buffers, panels_)) {
    fill_offsets(g, filters, source_, offsets_);
  }

  void run(const RunControl& control) const {
    if (volume(g_.output) == 0) return;
    const Maps maps = source_.copied ? Maps(g_, source_) : Maps();
    for_each_product(g_, control, [&](std::int64_t product, const RunControl& share) {
      run_product(product, maps, share);
    });
  }

 private:
  void run_product(std::int64_t product, const Maps& maps, const RunControl& control) const {
    const std::int64_t n = product / g_.groups, group = product % g_.groups;
    const T* input = b_.source + n * input_.n + group * g_.in_per_group() * input_.c;
    Sweep<T> sweep;
    sweep.x = input;
    for (int axis = 0; axis < 3; ++axis) {
      if (!source_.copied) sweep.x -= g_.pad_begin[axis] * source_.strides.s[axis];
      sweep.x_step[axis] = source_.stride[axis] * source_.strides.s[axis];
    }
    if (source_.columns.sorted()) sweep.x_step[2] = source_.strides.s[2];
    sweep.offsets = offsets_;
    sweep.panels = &panels_;
    sweep.weights = weights_ + group * panels_.length();
    const std::int64_t at = n * output_.n + group * g_.out_per_group() * output_.c;
    sweep.y = b_.target + at;
    sweep.y_step = output_.s;
    sweep.y_channel = output_.c;
    sweep.residual = b_.residual ? b_.residual + at : nullptr;
    sweep.finish = &finish_;
    sweep.channel = group * g_.out_per_group();
    sweep.gathered = gathered_;
    run_bands(sweep, input, maps, control);
  }

  void run_bands(const Sweep<T>& whole, const T* input, const Maps& maps, const RunControl& control) const {
    const std::int64_t bands = bands_of(g_, source_);
    if (bands_at_once(g_, source_, control.threads) > 1) {
      parallel_for(control, bands,
                   [&](std::int64_t band) { run_band(whole, band, input, maps, control.alone()); });
      return;
    }
    for (std::int64_t band = 0; band < bands; ++band) run_band(whole, band, input, maps, control);
  }

  void run_band(const Sweep<T>& whole, std::int64_t index, const T* input, const Maps& maps,
                const RunControl& control) const {
    const int axis = source_.axis;
    const std::int64_t begin = index * source_.band;
    Sweep<T> band = whole;
    band.counts = g_.output;
    band.counts[axis] = std::min(source_.band, g_.output[axis] - begin);
    if (source_.copied) band.x = copy(input, maps, begin, control);
    band.y += begin * output_.s[axis];
    if (band.residual) band.residual += begin * output_.s[axis];
    run_sweep(band, control);
  }

  // What the band of output positions from `begin` on reads.
  const T* copy(const T* input, const Maps& maps, std::int64_t begin, const RunControl& control) const {
    const std::int64_t first = begin * source_.stride[source_.axis];
    PaddedCopy<T> copy;
    copy.layout = g_.layout;
    copy.source = input;
    copy.from = input_;
    copy.channels = source_.channels;
    copy.repeat = 1;
    copy.depth_map = maps.depth.data() + (source_.axis == 0 ? first : 0);
    copy.height_map = maps.height.data() + (source_.axis == 1 ? first : 0);
    copy.width_map = &maps.width;
    copy.width_runs = &maps.runs;
    copy.depth = source_.extent[0];
    copy.height = source_.extent[1];
    if (g_.layout == Layout::channels_first) {
      copy.pitch = source_.pitch;
      copy.slice = source_.strides.s[0];
    }
    copy.target = scratch<T>(Scratch::padded, source_.length());
    copy_all(copy, control);
    return copy.target;
  }

  const Geometry& g_;
  const Buffers<T>& b_;
  const PackedPanels<T> panels_;
  const Source source_;
  const std::int64_t gathered_;
  const Strides input_, output_;
  const Finish<T> finish_;
  std::int32_t* const offsets_;
  const T* const weights_;
};

std::int64_t packed_weight_bytes(const Geometry& g) {
  return with_type(g.dtype, [&](auto zero) {
    using T = decltype(zero);
    const PackedPanels<T> panels(family_of<T>(g), g.out_per_group(), conv_depth(g), kernels<T>());
    return g.groups * panels.length() * std::int64_t{sizeof(T)};
  });
}

// Of one thread.
std::int64_t gathered_bytes(const Geometry& g, const Source& s) {
  return with_type(g.dtype, [&](auto zero) {
    using T = decltype(zero);
    const Kernels<T>& k = kernels<T>();
    const std::int64_t depth = conv_depth(g), tile = gathered_length(depth, k) * std::int64_t{sizeof(T)};
    const std::int64_t tiles = (volume(g.output) + k.gemm_panel.columns - 1) / k.gemm_panel.columns,
                       group = tiles_to_gather<T>(g, family_of<T>(g), s);
    return group ? std::min(tiles, group) * tile + depth * std::int64_t{sizeof(std::int32_t)} : 0;
  });
}

std::int64_t forward_workspace(const Geometry& g, int threads) {
  const Source source = source_of(g, family_of(g), threads);
  const int copies = std::max(products_at_once(g, threads), bands_at_once(g, source, threads));
  return source.length() * size_of(g.dtype) * copies + conv_depth(g) * std::int64_t{sizeof(std::int32_t)} +
         packed_weight_bytes(g) + threads * (sweep_scratch_bytes(g.dtype) + gathered_bytes(g, source));
}

std::string reject_implicit(const Geometry& call) {
  if (const std::string reason = reject_strided(call); !reason.empty()) return reason;
  const Geometry g = forward_of(call);
  const Source s = source_of(g, family_of(g));
  // Offsets within one group of one image: its copy, or the whole image that it lies in.
  const std::int64_t reach = s.copied ? s.length() : g.in_channels * volume(g.input);
  if (reach <= std::numeric_limits<std::int32_t>::max()) return "";
  return "the padded input of a group has " + std::to_string(reach) +
         " elements, more than 32-bit offsets reach";
}

std::string reject_pointwise(const Geometry& call) {
  if (volume(call.kernel) != 1) return "the kernel is not 1×1";
  const Geometry g = forward_of(call);
  if (g.stride != Triple{1, 1, 1}) return "the stride is not 1";
  for (int axis = 0; axis < 3; ++axis) {
    if (g.pad_begin[axis] != 0 || g.input[axis] != g.output[axis]) return "there is padding";
  }
  return reject_implicit(call);
}

// A 1×1 convolution sees no neighbours: all positions are one row.
Geometry as_one_row(const Geometry& call) {
  Geometry g = forward_of(call);
  g.input = {1, 1, volume(g.input)};
  g.output = {1, 1, volume(g.output)};
  return g;
}

template <class T>
void run_implicit(const Geometry& call, const Buffers<T>& buffers, const RunControl& control) {
  const Geometry g = forward_of(call);
  ImplicitGemm<T>(g, FilterOrder(call), buffers, control.threads).run(control);
}

template <class T>
void run_pointwise(const Geometry& call, const Buffers<T>& buffers, const RunControl& control) {
  const Geometry row = as_one_row(call);
  ImplicitGemm<T>(row, FilterOrder(call), buffers, control.threads).run(control);
}

const char* forward_kernel(const Geometry& g) {
  return with_type(g.dtype,
                   [&](auto zero) { return kernel_name<decltype(zero)>(family_of<decltype(zero)>(g)); });
}

std::int64_t workspace(const Geometry& call, int threads) {
  return forward_workspace(forward_of(call), threads);
}
const char* kernel(const Geometry& call) { return forward_kernel(forward_of(call)); }

std::int64_t pointwise_workspace(const Geometry& call, int threads) {
  return forward_workspace(as_one_row(call), threads);
}
const char* pointwise_kernel(const Geometry& call) { return forward_kernel(as_one_row(call)); }

}  // namespace

const Algorithm implicit_gemm = {AlgorithmId::implicit_gemm, reject_implicit,     workspace, kernel,
                                 run_implicit<float>,        run_implicit<double>};
const Algorithm pointwise = {AlgorithmId::pointwise, reject_pointwise,     pointwise_workspace,
                             pointwise_kernel,       run_pointwise<float>, run_pointwise<double>};

}  // namespace native_conv
