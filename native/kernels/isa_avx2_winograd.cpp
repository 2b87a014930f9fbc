// The AVX2 + FMA kernels of transforms: Winograd's and the Fourier transform.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "kernels/registry.h"

#if NATIVE_CONV_X86

#include "kernels/target_avx2.inl"

namespace native_conv {
namespace {

#include "kernels/vector_avx2.inl"
#include "kernels/leave_x86.inl"

#include "kernels/finish.inl"
#include "kernels/winograd.inl"
#include "kernels/winograd_gradient.inl"
#include "kernels/fft.inl"

}  // namespace

void winograd_weights_f32_avx2(const WinogradWeights<float>& t) { winograd_weights<F32x8>(t), leave(); }
void winograd_input_f32_avx2(const WinogradInput<float>& t) { winograd_input<F32x8>(t), leave(); }
void winograd_product_f32_avx2(const WinogradProduct<float>& t) {
  winograd_product<F32x8, 4, 3, 8>(t), leave();
}
void winograd_output_f32_avx2(const WinogradOutput<float>& t) { winograd_output<F32x8>(t), leave(); }
void winograd_input_panel_f32_avx2(const WinogradPanel<float>& t) { winograd_input_panel<F32x8>(t), leave(); }
void winograd_gradient_panel_f32_avx2(const WinogradPanel<float>& t) {
  winograd_gradient_panel<F32x8>(t), leave();
}
void winograd_sums_f32_6x16_avx2(const WinogradSums<float>& t) { winograd_sums<F32x8, 6>(t), leave(); }
void winograd_taps_f32_avx2(const WinogradTaps<float>& t) { winograd_taps<F32x8>(t), leave(); }
void fft_lines_f32_avx2(const FftLines<float>& t) { fft_lines<F32x8>(t), leave(); }
void fft_columns_f32_avx2(const FftColumns<float>& t) { fft_columns<F32x8>(t), leave(); }
void winograd_weights_f64_avx2(const WinogradWeights<double>& t) { winograd_weights<F64x4>(t), leave(); }
void winograd_input_f64_avx2(const WinogradInput<double>& t) { winograd_input<F64x4>(t), leave(); }
void winograd_product_f64_avx2(const WinogradProduct<double>& t) {
  winograd_product<F64x4, 4, 3, 8>(t), leave();
}
void winograd_output_f64_avx2(const WinogradOutput<double>& t) { winograd_output<F64x4>(t), leave(); }
void winograd_input_panel_f64_avx2(const WinogradPanel<double>& t) {
  winograd_input_panel<F64x4>(t), leave();
}
void winograd_gradient_panel_f64_avx2(const WinogradPanel<double>& t) {
  winograd_gradient_panel<F64x4>(t), leave();
}
void winograd_sums_f64_6x8_avx2(const WinogradSums<double>& t) { winograd_sums<F64x4, 6>(t), leave(); }
void winograd_taps_f64_avx2(const WinogradTaps<double>& t) { winograd_taps<F64x4>(t), leave(); }
void fft_lines_f64_avx2(const FftLines<double>& t) { fft_lines<F64x4>(t), leave(); }
void fft_columns_f64_avx2(const FftColumns<double>& t) { fft_columns<F64x4>(t), leave(); }

}  // namespace native_conv

#include "kernels/target_end.inl"

#endif
