// The NEON (AArch64) kernels of transforms: Winograd's and the Fourier transform.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "kernels/registry.h"

#if NATIVE_CONV_ARM64

#include <arm_neon.h>

#include <cstring>

namespace native_conv {
namespace {

#include "kernels/vector_neon.inl"

#include "kernels/finish.inl"
#include "kernels/winograd.inl"
#include "kernels/winograd_gradient.inl"
#include "kernels/fft.inl"

}  // namespace

void winograd_weights_f32_neon(const WinogradWeights<float>& t) { winograd_weights<F32x4>(t); }
void winograd_input_f32_neon(const WinogradInput<float>& t) { winograd_input<F32x4>(t); }
void winograd_product_f32_neon(const WinogradProduct<float>& t) { winograd_product<F32x4, 8, 3, 16>(t); }
void winograd_output_f32_neon(const WinogradOutput<float>& t) { winograd_output<F32x4>(t); }
void winograd_input_panel_f32_neon(const WinogradPanel<float>& t) { winograd_input_panel<F32x4>(t); }
void winograd_gradient_panel_f32_neon(const WinogradPanel<float>& t) { winograd_gradient_panel<F32x4>(t); }
void winograd_sums_f32_8x8_neon(const WinogradSums<float>& t) { winograd_sums<F32x4, 8>(t); }
void winograd_taps_f32_neon(const WinogradTaps<float>& t) { winograd_taps<F32x4>(t); }
void fft_lines_f32_neon(const FftLines<float>& t) { fft_lines<F32x4>(t); }
void fft_columns_f32_neon(const FftColumns<float>& t) { fft_columns<F32x4>(t); }
void winograd_weights_f64_neon(const WinogradWeights<double>& t) { winograd_weights<F64x2>(t); }
void winograd_input_f64_neon(const WinogradInput<double>& t) { winograd_input<F64x2>(t); }
void winograd_product_f64_neon(const WinogradProduct<double>& t) { winograd_product<F64x2, 8, 3, 16>(t); }
void winograd_output_f64_neon(const WinogradOutput<double>& t) { winograd_output<F64x2>(t); }
void winograd_input_panel_f64_neon(const WinogradPanel<double>& t) { winograd_input_panel<F64x2>(t); }
void winograd_gradient_panel_f64_neon(const WinogradPanel<double>& t) { winograd_gradient_panel<F64x2>(t); }
void winograd_sums_f64_8x4_neon(const WinogradSums<double>& t) { winograd_sums<F64x2, 8>(t); }
void winograd_taps_f64_neon(const WinogradTaps<double>& t) { winograd_taps<F64x2>(t); }
void fft_lines_f64_neon(const FftLines<double>& t) { fft_lines<F64x2>(t); }
void fft_columns_f64_neon(const FftColumns<double>& t) { fft_columns<F64x2>(t); }

}  // namespace native_conv

#endif
