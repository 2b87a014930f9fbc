// Richardson and Lucy's method (Richardson 1972, Lucy 1974): x ← x · Aᵀ(y ÷ Ax) ÷ Aᵀ1, which raises the likelihood of
// Poisson counts y at each step. Dividing by Aᵀ1 keeps the borders, where a kernel is cut off, as bright as the rest.
// Layer: deconvolution.
// SPDX-License-Identifier: MIT

import { rangeError } from '../errors.ts';
import { Tensor } from '../tensor.ts';
import { type DeconvolutionProblem, NAME } from './options.ts';
import {
  adjoint,
  blankTensor,
  convolve,
  filled,
  pieces,
  relative,
  relativeResidual,
  type Solution,
  type Steps,
  sum,
} from './steps.ts';

/** A prediction below this share of the largest observation counts as this: it is divided by. */
const SMALLEST = 1e-12;

export function* richardsonLucy(problem: DeconvolutionProblem): Steps<Solution> {
  const { observed, dims, tolerance, iterations, onProgress } = problem;
  const count = observed.data.length;
  yield* checkPositive('observed', observed.data);
  yield* checkPositive('kernel', problem.kernel.data);
  if (problem.initial !== null) yield* checkPositive('options.initial', problem.initial.data);
  const ratio = new Tensor<'float64'>(yield* filled(count, 1), observed.dims);
  const [seen, factor] = [yield* blankTensor(dims), yield* blankTensor(dims)];
  const predicted = yield* blankTensor(observed.dims);
  yield* adjoint(problem, ratio, seen);
  const x = problem.initial ?? (yield* flat(dims, observed.data, seen.data));
  const largest = yield* sum(count, (before, first, end) =>
    observed.data.subarray(first, end).reduce((most, value) => Math.max(most, value), before),
  );
  const least = SMALLEST * largest;
  yield* convolve(problem, x, predicted);
  let residual = yield* relativeResidual(predicted.data, observed);
  for (let iteration = 1; iteration <= iterations; iteration++) {
    if (residual <= tolerance) {
      return { estimate: x.data, residual, iterations: iteration - 1, stopped: 'residual' };
    }
    yield* pieces(count, (first, end) => {
      for (let i = first; i < end; i++) {
        const value = observed.data[i];
        ratio.data[i] = value === 0 ? 0 : value / Math.max(predicted.data[i], least);
      }
    });
    yield* adjoint(problem, ratio, factor);
    const change = yield* update(x.data, factor.data, seen.data);
    yield* convolve(problem, x, predicted);
    residual = yield* relativeResidual(predicted.data, observed);
    onProgress?.({ iteration, residual });
    if (change <= tolerance && residual > tolerance) {
      return { estimate: x.data, residual, iterations: iteration, stopped: 'change' };
    }
  }
  const stopped = residual <= tolerance ? 'residual' : 'iterations';
  return { estimate: x.data, residual, iterations, stopped };
}

function checkPositive(name: string, data: Float64Array): Steps<void> {
  return pieces(data.length, (first, end) => {
    for (let i = first; i < end; i++) {
      if (!(data[i] < 0)) continue;
      const message = `${name} must not be negative for 'richardson-lucy', element ${i} is ${data[i]}`;
      throw rangeError('ERR_CONV_OPTION', NAME, message);
    }
  });
}

/** An even image that sums to what was observed. */
function* flat(
  dims: readonly number[],
  observed: Float64Array,
  seen: Float64Array,
): Steps<Tensor<'float64'>> {
  const total = (values: Float64Array) =>
    sum(values.length, (before, first, end) =>
      values.subarray(first, end).reduce((all, value) => all + value, before),
    );
  const weight = yield* total(seen);
  const value = weight === 0 ? 0 : (yield* total(observed)) / weight;
  return new Tensor<'float64'>(yield* filled(seen.length, value), dims);
}

/** Multiplies the estimate; an element that nothing has seen stays. Returns how much has changed, relatively. */
function* update(x: Float64Array, factor: Float64Array, seen: Float64Array): Steps<number> {
  let [changed, whole] = [0, 0];
  yield* pieces(x.length, (first, end) => {
    let [change, length] = [changed, whole];
    for (let i = first; i < end; i++) {
      const next = seen[i] === 0 ? x[i] : (x[i] * factor[i]) / seen[i];
      const by = next - x[i];
      change += by * by;
      length += next * next;
      x[i] = next;
    }
    [changed, whole] = [change, length];
  });
  return relative(Math.sqrt(changed), Math.sqrt(whole));
}
