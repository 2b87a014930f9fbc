// The plain C++ kernels of transforms: Winograd's and the Fourier transform.
// Layer: kernels. SPDX-License-Identifier: MIT
#include "kernels/registry.h"

#include <cmath>
#include <utility>

namespace native_conv {
namespace {

#include "kernels/vector_portable.inl"

#include "kernels/finish.inl"
#include "kernels/winograd.inl"
#include "kernels/winograd_gradient.inl"
#include "kernels/fft.inl"

}  // namespace

void winograd_weights_f32_portable(const WinogradWeights<float>& t) { winograd_weights<Float4>(t); }
void winograd_input_f32_portable(const WinogradInput<float>& t) { winograd_input<Float4>(t); }
void winograd_product_f32_portable(const WinogradProduct<float>& t) { winograd_product<Float4, 4, 2, 4>(t); }
void winograd_output_f32_portable(const WinogradOutput<float>& t) { winograd_output<Float4>(t); }
void winograd_input_panel_f32_portable(const WinogradPanel<float>& t) { winograd_input_panel<Float4>(t); }
void winograd_gradient_panel_f32_portable(const WinogradPanel<float>& t) {
  winograd_gradient_panel<Float4>(t);
}
void winograd_sums_f32_4x8_portable(const WinogradSums<float>& t) { winograd_sums<Float4, 4>(t); }
void winograd_taps_f32_portable(const WinogradTaps<float>& t) { winograd_taps<Float4>(t); }
void fft_lines_f32_portable(const FftLines<float>& t) { fft_lines<Float4>(t); }
void fft_columns_f32_portable(const FftColumns<float>& t) { fft_columns<Float4>(t); }
void winograd_weights_f64_portable(const WinogradWeights<double>& t) { winograd_weights<Double2>(t); }
void winograd_input_f64_portable(const WinogradInput<double>& t) { winograd_input<Double2>(t); }
void winograd_product_f64_portable(const WinogradProduct<double>& t) {
  winograd_product<Double2, 4, 2, 4>(t);
}
void winograd_output_f64_portable(const WinogradOutput<double>& t) { winograd_output<Double2>(t); }
void winograd_input_panel_f64_portable(const WinogradPanel<double>& t) { winograd_input_panel<Double2>(t); }
void winograd_gradient_panel_f64_portable(const WinogradPanel<double>& t) {
  winograd_gradient_panel<Double2>(t);
}
void winograd_sums_f64_4x4_portable(const WinogradSums<double>& t) { winograd_sums<Double2, 4>(t); }
void winograd_taps_f64_portable(const WinogradTaps<double>& t) { winograd_taps<Double2>(t); }
void fft_lines_f64_portable(const FftLines<double>& t) { fft_lines<Double2>(t); }
void fft_columns_f64_portable(const FftColumns<double>& t) { fft_columns<Double2>(t); }

}  // namespace native_conv
