// The types that every door exports. Layer: doors.
// SPDX-License-Identifier: MIT

export type { ActivationName, ActivationOption } from './activation.ts';
export type { Deconvolution } from './deconvolution/deconvolve2d.ts';
export type {
  DeconvolutionOptions,
  DeconvolutionProgress,
  DeconvolutionSignal,
  LeastSquaresOptions,
  RichardsonLucyOptions,
  WienerOptions,
} from './deconvolution/options.ts';
export type { StopReason } from './deconvolution/steps.ts';
export type { ConvError, ErrorCode } from './errors.ts';
export type { Algorithm, DType, PaddingMode } from './geometry.ts';
export {
  type Corners,
  ImageTensor,
  type ImageTensorType,
  ImageTransform,
} from './image/image-tensor.ts';
export {
  type ImageLayout,
  type ImageLike,
  type ImageOf,
  type ImageTensorLike,
  type PixelData,
  Pixels,
  type PixelsLike,
  type PixelType,
} from './image/pixels.ts';
export type { Fit, Region, Size } from './image/placement.ts';
export { type PresetName, presets } from './image/presets.ts';
export type { Coordinates, ResizeFilter } from './image/resample.ts';
export type { BoxBlurOptions } from './ops/box.ts';
export type { Col2imOptions, Im2colOptions } from './ops/columns.ts';
export type { DerivativeOptions, LaplacianOptions, ScharrOptions } from './ops/derivative.ts';
export type { FilterOptions } from './ops/filter.ts';
export type { BorderOptions, KernelLike } from './ops/filtering.ts';
export type { GaussianBlurOptions, SharpenOptions } from './ops/gaussian.ts';
export type { ImageOptions } from './ops/image.ts';
export type { MatmulOptions } from './ops/matmul.ts';
export type { Box, ResizeOptions } from './ops/resize.ts';
export type { FilterStripsOptions, ResizeStripsOptions, StripSource, Strips } from './ops/strips.ts';
export type { OperatorName, OptionsOf } from './ops/table.ts';
export type { PerChannel, ToTensorOptions, ToTensorResize } from './ops/tensor-options.ts';
export type {
  ConvGradOptions,
  ConvOptions,
  ConvTransposeGradOptions,
  ConvTransposeOptions,
  DepthwiseConvOptions,
  EpilogueOptions,
  ExecutionOptions,
  ExtraOptions,
  Layout,
  RunOptions,
  TransposedWeightLayout,
  WeightLayout,
  WindowOptions,
} from './options.ts';
export type { PaddingOption, PerAxis, Rank } from './padding.ts';
export {
  type ElementType,
  type Nested,
  type ResultOf,
  Tensor,
  type TensorData,
  type TensorDataTypes,
  type TensorLike,
} from './tensor.ts';
