// Expands the registry into a table and picks each operation's first usable row.
// Layer: kernels. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <string>

#include "base/error.h"
#include "kernels/registry.h"

namespace native_conv {
namespace {

template <class Function>
Kernel<Function> pick(const char* op, Isa cap) {
  const KernelRow& row = chosen_row(op, cap);
  return {reinterpret_cast<Function*>(row.function), row.rows, row.columns, row.name};
}

// The same of an operation that not every instruction set has: without a function there.
template <class Function>
Kernel<Function> pick_if_any(const char* op, Isa cap) {
  if (!find_row(op, cap)) return {nullptr, 0, 0, ""};
  return pick<Function>(op, cap);
}

std::size_t vector_bytes(Isa isa) {
  switch (isa) {
    case Isa::avx512:
      return 64;
    case Isa::avx2:
      return 32;
    case Isa::neon:
    case Isa::portable:
      break;
  }
  return 16;
}

template <class T>
struct Suffixed;

#define SUFFIXED(type, suffix)                                                                 \
  template <>                                                                                  \
  struct Suffixed<type> {                                                                      \
    static Kernels<type> pick_all(Isa cap) {                                                   \
      return {cap,                                                                             \
              static_cast<int>(vector_bytes(cap) / sizeof(type)),                              \
              pick<gemm_panel_##suffix>("gemm_panel_" #suffix, cap),                           \
              pick<gemm_patch_##suffix>("gemm_patch_" #suffix, cap),                           \
              pick<scatter_##suffix>("scatter_" #suffix, cap),                                 \
              pick<strip_##suffix>("strip_" #suffix, cap),                                     \
              pick<interleave_##suffix>("interleave_" #suffix, cap),                           \
              pick<transpose_##suffix>("transpose_" #suffix, cap),                             \
              pick<channel_sums_##suffix>("channel_sums_" #suffix, cap),                       \
              pick<pad_rows_##suffix>("pad_rows_" #suffix, cap),                               \
              pick<gather_rows_##suffix>("gather_rows_" #suffix, cap),                         \
              pick<depthwise_rows_##suffix>("depthwise_rows_" #suffix, cap),                   \
              pick<depthwise_plane_##suffix>("depthwise_plane_" #suffix, cap),                 \
              pick<depthwise_last_##suffix>("depthwise_last_" #suffix, cap),                   \
              pick<chain_##suffix>("chain_" #suffix, cap),                                     \
              pick<winograd_weights_##suffix>("winograd_weights_" #suffix, cap),               \
              pick<winograd_input_##suffix>("winograd_input_" #suffix, cap),                   \
              pick<winograd_product_##suffix>("winograd_product_" #suffix, cap),               \
              pick<winograd_output_##suffix>("winograd_output_" #suffix, cap),                 \
              pick<winograd_input_panel_##suffix>("winograd_input_panel_" #suffix, cap),       \
              pick<winograd_gradient_panel_##suffix>("winograd_gradient_panel_" #suffix, cap), \
              pick<winograd_sums_##suffix>("winograd_sums_" #suffix, cap),                     \
              pick<winograd_taps_##suffix>("winograd_taps_" #suffix, cap),                     \
              pick<fft_lines_##suffix>("fft_lines_" #suffix, cap),                             \
              pick<fft_columns_##suffix>("fft_columns_" #suffix, cap)};                        \
    }                                                                                          \
  };
SUFFIXED(float, f32)
SUFFIXED(double, f64)
#undef SUFFIXED

ImageKernels pick_image_kernels(Isa cap) {
  return {pick<blend_rows_u8>("blend_rows_u8", cap),
          pick<blend_lanes_u8>("blend_lanes_u8", cap),
          pick<quads_u8>("quads_u8", cap),
          pick_if_any<narrow_u8>("narrow_u8", cap),
          pick<filter_bytes_u8>("filter_bytes_u8", cap),
          pick<filter_words_u8>("filter_words_u8", cap),
          pick<filter_kept_u8>("filter_kept_u8", cap),
          pick<filter_two_bytes_u8>("filter_two_bytes_u8", cap),
          pick<filter_two_words_u8>("filter_two_words_u8", cap),
          pick<filter_sums_u8>("filter_sums_u8", cap),
          pick<filter_sums_i16>("filter_sums_i16", cap),
          pick<column_words_u8>("column_words_u8", cap),
          pick<column_sums_u8>("column_sums_u8", cap),
          pick<column_sums_i16>("column_sums_i16", cap),
          pick<normalise_f32>("normalise_f32", cap),
          pick<normalise_f16>("normalise_f16", cap),
          pick<normalise_u8>("normalise_u8", cap),
          pick<gray_u8>("gray_u8", cap),
          pick_if_any<box_columns_u8>("box_columns_u8", cap),
          pick_if_any<box_row_words_u8>("box_row_words_u8", cap),
          pick_if_any<box_row_sums_u8>("box_row_sums_u8", cap),
          pick_if_any<filter_quads_u8>("filter_quads_u8", cap),
          pick_if_any<filter_quads_i16>("filter_quads_i16", cap),
          pick_if_any<keep_quads_u8>("keep_quads_u8", cap),
          pick_if_any<column_quads_u8>("column_quads_u8", cap),
          pick_if_any<column_quads_i16>("column_quads_i16", cap)};
}

// One value per instruction set, made once.
template <class Value>
std::vector<Value> for_every_isa(Value (*make)(Isa)) {
  std::vector<Value> all;
  for (int isa = 0; isa <= static_cast<int>(Isa::avx512); ++isa) all.push_back(make(static_cast<Isa>(isa)));
  return all;
}

}  // namespace

const std::vector<KernelRow>& kernel_rows() {
  // Here and below: never destroyed, since threads may run while the process exits.
  static const auto& rows = *new std::vector<KernelRow> {
#define KERNEL(op, isa, function, rows, columns) EXTENDED_KERNEL(op, isa, none, function, rows, columns)
#define EXTENDED_KERNEL(op, isa, extension, function, rows, columns) \
  {#op, Isa::isa, Extension::extension, #function, rows, columns, reinterpret_cast<void (*)()>(function)},
#include "kernels/kernels.inc"
#undef EXTENDED_KERNEL
#undef KERNEL
  };
  return rows;
}

bool can_run(const KernelRow& row) {
  const std::vector<Isa>& isas = available_isas();
  return std::find(isas.begin(), isas.end(), row.isa) != isas.end() && has_extension(row.extension);
}

const KernelRow* find_row(const char* op, Isa cap) {
  for (const KernelRow& row : kernel_rows()) {
    if (std::strcmp(row.op, op) == 0 && static_cast<int>(row.isa) <= static_cast<int>(cap) && can_run(row))
      return &row;
  }
  return nullptr;
}

const KernelRow& chosen_row(const char* op, Isa cap) {
  if (const KernelRow* row = find_row(op, cap)) return *row;
  throw Error(ErrorCode::internal, std::string("no kernel for ") + op);
}

template <class T>
const Kernels<T>& kernels_for(Isa isa) {
  static const auto& table = *new std::vector<Kernels<T>>(for_every_isa(Suffixed<T>::pick_all));
  return table[static_cast<std::size_t>(isa)];
}

template <class T>
const Kernels<T>& kernels() {
  return kernels_for<T>(current_isa());
}

const ImageKernels& image_kernels() {
  static const auto& table = *new std::vector<ImageKernels>(for_every_isa(pick_image_kernels));
  return table[static_cast<std::size_t>(current_isa())];
}

template const Kernels<float>& kernels_for(Isa);
template const Kernels<double>& kernels_for(Isa);
template const Kernels<float>& kernels();
template const Kernels<double>& kernels();

}  // namespace native_conv
