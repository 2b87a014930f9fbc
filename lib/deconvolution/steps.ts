// How a method is written once for every door: a generator that asks for operators and is answered with their results,
// at once or later. What it computes itself comes in pieces, between which a door may let others go first.
// Layer: deconvolution.
// SPDX-License-Identifier: MIT

import { product } from '../geometry.ts';
import { resultMemory } from '../memory.ts';
import { Tensor } from '../tensor.ts';
import { type DeconvolutionProblem, NAME } from './options.ts';

/** An operator to be run. */
export interface Request {
  readonly operator: 'conv2d' | 'conv2dInputGrad' | 'matmul';
  readonly args: readonly unknown[];
}

/** A piece is done: nothing is asked for. */
export const PAUSE: null = null;

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
export type Steps<Result> = Generator<Request | typeof PAUSE, Result, Tensor | undefined>;

/** Elements of a piece: a fraction of a millisecond, also of code that is not compiled yet. */
const PIECE = 512;

/** Does 0 … `length` − 1 in pieces. */
export function* pieces(length: number, act: (first: number, end: number) => void): Steps<void> {
  for (let first = 0; first < length; first += PIECE) {
    act(first, Math.min(first + PIECE, length));
    yield PAUSE;
  }
}

/** A vector of one value. */
export function* filled(length: number, value: number): Steps<Float64Array> {
  const result = blank(length);
  yield* pieces(length, (first, end) => result.fill(value, first, end));
  return result;
}

/** For a method to write. */
export function blank(length: number): Float64Array {
  return resultMemory<Float64Array>(NAME, 'float64', Float64Array, length);
}

/** A sum whose pieces `add` their terms, one after the other, to what it is given. */
export function* sum(
  length: number,
  add: (total: number, first: number, end: number) => number,
): Steps<number> {
  let total = 0;
  yield* pieces(length, (first, end) => {
    total = add(total, first, end);
  });
  return total;
}

export function* request(operator: Request['operator'], ...args: readonly unknown[]): Steps<Tensor> {
  return (yield { operator, args }) as Tensor;
}

/** For a method to write, again and again: large arrays that come and go keep V8's collector busy. */
export function* blankTensor(dims: readonly number[]): Steps<Tensor<'float64'>> {
  const tensor = new Tensor<'float64'>(blank(product(dims)), dims);
  yield PAUSE;
  return tensor;
}

/** conv2d of a tensor with the problem's kernel, into `out`. */
export function* convolve(
  { kernel, options }: DeconvolutionProblem,
  estimate: Tensor<'float64'>,
  out: Tensor<'float64'>,
): Steps<void> {
  yield* request('conv2d', estimate, kernel, { ...options, out });
}

/** The adjoint of {@link convolve}. */
export function* adjoint(
  { kernel, options, dims }: DeconvolutionProblem,
  residual: Tensor<'float64'>,
  out: Tensor<'float64'>,
): Steps<void> {
  yield* request('conv2dInputGrad', residual, kernel, dims, { ...options, out });
}

// Products, no powers: `**` may round otherwise.

export function* norm(vector: Float64Array): Steps<number> {
  const squares = yield* sum(vector.length, (before, first, end) => {
    let total = before;
    for (let i = first; i < end; i++) total += vector[i] * vector[i];
    return total;
  });
  return Math.sqrt(squares);
}

/** ‖predicted − observed‖ ÷ ‖observed‖; of nothing observed, 0 if nothing is predicted. */
export function* relativeResidual(predicted: Float64Array, { data }: Tensor<'float64'>): Steps<number> {
  const squares = yield* sum(data.length, (before, first, end) => {
    let total = before;
    for (let i = first; i < end; i++) {
      const error = predicted[i] - data[i];
      total += error * error;
    }
    return total;
  });
  return relative(Math.sqrt(squares), yield* norm(data));
}

export function relative(error: number, whole: number): number {
  if (error === 0) return 0;
  return whole === 0 ? Number.POSITIVE_INFINITY : error / whole;
}
