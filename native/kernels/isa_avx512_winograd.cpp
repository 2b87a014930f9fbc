// The AVX-512 kernels of transforms: Winograd's and the Fourier transform.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "kernels/registry.h"

#if NATIVE_CONV_X86

#include "kernels/target_avx512.inl"

namespace native_conv {
namespace {

#include "kernels/vector_avx512.inl"
#include "kernels/leave_x86.inl"

#include "kernels/finish.inl"
#include "kernels/winograd.inl"
#include "kernels/winograd_gradient.inl"
#include "kernels/fft.inl"

}  // namespace

void winograd_weights_f32_avx512(const WinogradWeights<float>& t) { winograd_weights<F32x16>(t), leave(); }
void winograd_input_f32_avx512(const WinogradInput<float>& t) { winograd_input<F32x16>(t), leave(); }
void winograd_product_f32_avx512(const WinogradProduct<float>& t) {
  winograd_product<F32x16, 8, 3, 16>(t), leave();
}
void winograd_output_f32_avx512(const WinogradOutput<float>& t) { winograd_output<F32x16>(t), leave(); }
void winograd_input_panel_f32_avx512(const WinogradPanel<float>& t) {
  winograd_input_panel<F32x16>(t), leave();
}
void winograd_gradient_panel_f32_avx512(const WinogradPanel<float>& t) {
  winograd_gradient_panel<F32x16>(t), leave();
}
void winograd_sums_f32_14x32_avx512(const WinogradSums<float>& t) { winograd_sums<F32x16, 14>(t), leave(); }
void winograd_taps_f32_avx512(const WinogradTaps<float>& t) { winograd_taps<F32x16>(t), leave(); }
void fft_lines_f32_avx512(const FftLines<float>& t) { fft_lines<F32x16>(t), leave(); }
void fft_columns_f32_avx512(const FftColumns<float>& t) { fft_columns<F32x16>(t), leave(); }
void winograd_weights_f64_avx512(const WinogradWeights<double>& t) { winograd_weights<F64x8>(t), leave(); }
void winograd_input_f64_avx512(const WinogradInput<double>& t) { winograd_input<F64x8>(t), leave(); }
void winograd_product_f64_avx512(const WinogradProduct<double>& t) {
  winograd_product<F64x8, 8, 3, 16>(t), leave();
}
void winograd_output_f64_avx512(const WinogradOutput<double>& t) { winograd_output<F64x8>(t), leave(); }
void winograd_input_panel_f64_avx512(const WinogradPanel<double>& t) {
  winograd_input_panel<F64x8>(t), leave();
}
void winograd_gradient_panel_f64_avx512(const WinogradPanel<double>& t) {
  winograd_gradient_panel<F64x8>(t), leave();
}
void winograd_sums_f64_14x16_avx512(const WinogradSums<double>& t) { winograd_sums<F64x8, 14>(t), leave(); }
void winograd_taps_f64_avx512(const WinogradTaps<double>& t) { winograd_taps<F64x8>(t), leave(); }
void fft_lines_f64_avx512(const FftLines<double>& t) { fft_lines<F64x8>(t), leave(); }
void fft_columns_f64_avx512(const FftColumns<double>& t) { fft_columns<F64x8>(t), leave(); }

}  // namespace native_conv

#include "kernels/target_end.inl"

#endif
