// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/run.h"

#include <algorithm>
#include <limits>

#include "base/clear.h"
#include "base/error.h"
#include "base/table.h"
#include "conv/activation.h"
#include "conv/columns.h"
#include "conv/padding.h"
#include "gemm/matmul.h"

namespace native_conv {
namespace {

void run_algorithm(const Algorithm& a, const Geometry& g, const Buffers<float>& b,
                   const RunControl& control) {
  a.run_f32(g, b, control);
}
void run_algorithm(const Algorithm& a, const Geometry& g, const Buffers<double>& b,
                   const RunControl& control) {
  a.run_f64(g, b, control);
}

// The gradient of a padded input, folded onto the elements that the padding copied: positions ascending, from
// +0.
template <class T>
void fold_padding(const Geometry& g, const Triple& padded, const T* gradient, T* target,
                  const RunControl& control) {
  Table<std::int32_t> maps[3];
  for (int axis = 0; axis < 3; ++axis) {
    maps[axis] = axis_map(g.padding_mode, g.input[axis], g.pad_begin[axis], padded[axis]);
  }
  const Strides from = strides_of(g.layout, g.in_channels, padded),
                to = strides_of(g.layout, g.in_channels, g.input);
  const auto at = [&](int axis, std::int64_t i) {
    return static_cast<std::int64_t>(maps[axis][static_cast<std::size_t>(i)]);
  };
  clear(target, input_length(g));
  parallel_for(control, g.batch * g.in_channels, [&](std::int64_t plane) {
    const std::int64_t n = plane / g.in_channels, c = plane % g.in_channels;
    const T* in = gradient + n * from.n + c * from.c;
    T* out = target + n * to.n + c * to.c;
    Checkpoint checkpoint;
    for (std::int64_t d = 0; d < padded[0]; ++d) {
      for (std::int64_t h = 0; h < padded[1]; ++h) {
        for (std::int64_t w = 0; w < padded[2]; ++w) {
          checkpoint.pass();
          out[at(0, d) * to.s[0] + at(1, h) * to.s[1] + at(2, w) * to.s[2]] +=
              in[d * from.s[0] + h * from.s[1] + w * from.s[2]];
        }
      }
    }
  });
}

// An input gradient through padding that copies: the gradient of the padded input, then the fold.
template <class T>
void run_padded_gradient(const Geometry& g, const Plan& plan, const Buffers<T>& b,
                         const RunControl& control) {
  Buffers<T> onto = b;
  onto.target = scratch<T>(Scratch::gradient, input_length(plan.geometry));
  run_algorithm(*plan.algorithm, plan.geometry, onto, control);
  fold_padding(g, plan.geometry.input, onto.target, b.target, control);
}

template <class T>
void run_matmul_stage(const Geometry& g, const Buffers<T>& b, const RunControl& control) {
  const MatmulGeometry& m = g.matmul;
  if (matmul_offset_reach(m.rows, m.depth, m.transpose_a) > std::numeric_limits<std::int32_t>::max()) {
    throw Error(ErrorCode::too_large, "the left operand is more than 32-bit offsets reach");
  }
  run_matmul<T>({m.rows, m.columns, m.depth, m.transpose_a, m.transpose_b, m.batch, m.stride_a, m.stride_b,
                 b.source, b.weight, b.target, b.residual, finish_of(g, b)},
                control);
}

template <class T>
void run_columns_to_image(const Geometry& g, const Buffers<T>& b, const RunControl& control) {
  const Finish<T> finish;
  const std::int64_t image = g.in_channels * volume(g.kernel) * volume(g.output);
  for (std::int64_t n = 0; n < g.batch; ++n) {
    run_fold<T>({g, b.source + n * image, n, 0, g.in_channels, b.target, nullptr, &finish}, control);
  }
}

template <class T>
void run_kind(const Geometry& g, const Plan& plan, const Buffers<T>& b, const RunControl& control) {
  switch (g.kind) {
    case Kind::im2col:
      return run_im2col(g, b.source, b.target, control);
    case Kind::col2im:
      return run_columns_to_image(g, b, control);
    case Kind::matmul:
      return run_matmul_stage(g, b, control);
    default:
      break;
  }
  if (folds_padding(g)) return run_padded_gradient(g, plan, b, control);
  run_algorithm(*plan.algorithm, plan.geometry, b, control);
}

}  // namespace

template <class T>
void run_stage(const Geometry& g, const Buffers<T>& buffers, const RunControl& control, const Plan* plan) {
  const Lengths length = lengths(g);
  if (length.target == 0) return;
  if (g.kind == Kind::conv_weight_grad && length.weight == 0) {
    clear(buffers.target, length.target);
    return;
  }
  const RunControl worthwhile = control.worthwhile(estimated_nanoseconds(g));
  if (plan) {
    run_kind(g, *plan, buffers, worthwhile);
  } else {
    run_kind(g, make_plan(g), buffers, worthwhile);
  }
  if (is_smooth(g.activation)) apply_smooth(g.activation, g.alpha, buffers.target, length.target, worthwhile);
}

template void run_stage(const Geometry&, const Buffers<float>&, const RunControl&, const Plan*);
template void run_stage(const Geometry&, const Buffers<double>&, const RunControl&, const Plan*);

}  // namespace native_conv
