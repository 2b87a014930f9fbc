// How a method is written once for every door: a generator that asks for operators and is answered with their results,
// at once or later. Layer: deconvolution.
// SPDX-License-Identifier: MIT

import type { Tensor } from '../tensor.ts';
import type { DeconvolutionProblem } from './options.ts';

/** An operator to be run. */
export interface Request {
  readonly operator: 'conv2d' | 'conv2dInputGrad' | 'matmul';
  readonly args: readonly unknown[];
}

/** Why a method stopped. */
export type StopReason =
  /** The residual is within the tolerance. */
  | 'residual'
  /** No estimate fits better: the gradient vanishes, within the tolerance. */
  | 'gradient'
  /** An iteration changed the estimate by less than the tolerance. */
  | 'change'
  /** The most iterations are done. */
  | 'iterations'
  /** The method has no iterations. */
  | 'direct';

export interface Solution {
  readonly estimate: Float64Array;
  readonly residual: number;
  readonly iterations: number;
  readonly stopped: StopReason;
}

/** A method at work. */
export type Steps<Result> = Generator<Request, Result, Tensor>;

/** conv2d of a tensor with the problem's kernel. */
export function* convolve(
  { kernel, options }: DeconvolutionProblem,
  estimate: Tensor<'float64'>,
): Steps<Float64Array> {
  const { data } = yield { operator: 'conv2d', args: [estimate, kernel, options] };
  return data as Float64Array;
}

/** The adjoint of {@link convolve}. */
export function* adjoint(
  { kernel, options, dims }: DeconvolutionProblem,
  residual: Tensor<'float64'>,
): Steps<Float64Array> {
  const { data } = yield { operator: 'conv2dInputGrad', args: [residual, kernel, dims, options] };
  return data as Float64Array;
}

export function norm(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

/** ‖predicted − observed‖ ÷ ‖observed‖; of nothing observed, 0 if nothing is predicted. */
export function relativeResidual(predicted: Float64Array, { data }: Tensor<'float64'>): number {
  return relative(norm(predicted.map((value, i) => value - data[i])), norm(data));
}

export function relative(error: number, whole: number): number {
  if (error === 0) return 0;
  return whole === 0 ? Number.POSITIVE_INFINITY : error / whole;
}
