// Richardson and Lucy's method (Richardson 1972, Lucy 1974): x ← x · Aᵀ(y ÷ Ax) ÷ Aᵀ1, which raises the likelihood of
// Poisson counts y at each step. Dividing by Aᵀ1 keeps the borders, where a kernel is cut off, as bright as the rest.
// Layer: deconvolution.
// SPDX-License-Identifier: MIT

import { rangeError } from '../errors.ts';
import { Tensor } from '../tensor.ts';
import { type DeconvolutionProblem, NAME } from './options.ts';
import { adjoint, convolve, norm, relative, relativeResidual, type Solution, type Steps } from './steps.ts';

/** A prediction below this share of the largest observation counts as this: it is divided by. */
const SMALLEST = 1e-12;

export function* richardsonLucy(problem: DeconvolutionProblem): Steps<Solution> {
  const { observed, dims, tolerance, iterations, onProgress } = problem;
  checkPositive('observed', observed.data);
  checkPositive('kernel', problem.kernel.data);
  if (problem.initial !== null) checkPositive('options.initial', problem.initial.data);
  const ones = new Tensor<'float64'>(new Float64Array(observed.data.length).fill(1), observed.dims);
  const seen = yield* adjoint(problem, ones);
  const x = problem.initial ?? flat(dims, observed.data, seen);
  const least = SMALLEST * observed.data.reduce((largest, value) => Math.max(largest, value), 0);
  let predicted = yield* convolve(problem, x);
  let residual = relativeResidual(predicted, observed);
  for (let iteration = 1; iteration <= iterations; iteration++) {
    if (residual <= tolerance) {
      return { estimate: x.data, residual, iterations: iteration - 1, stopped: 'residual' };
    }
    const ratio = observed.data.map((value, i) => (value === 0 ? 0 : value / Math.max(predicted[i], least)));
    const factor = yield* adjoint(problem, new Tensor<'float64'>(ratio, observed.dims));
    const change = update(x.data, factor, seen);
    predicted = yield* convolve(problem, x);
    residual = relativeResidual(predicted, observed);
    onProgress?.({ iteration, residual });
    if (change <= tolerance && residual > tolerance) {
      return { estimate: x.data, residual, iterations: iteration, stopped: 'change' };
    }
  }
  const stopped = residual <= tolerance ? 'residual' : 'iterations';
  return { estimate: x.data, residual, iterations, stopped };
}

function checkPositive(name: string, data: Float64Array): void {
  const bad = data.findIndex((value) => value < 0);
  if (bad < 0) return;
  const message = `${name} must not be negative for 'richardson-lucy', element ${bad} is ${data[bad]}`;
  throw rangeError('ERR_CONV_OPTION', NAME, message);
}

/** An even image that sums to what was observed. */
function flat(dims: readonly number[], observed: Float64Array, seen: Float64Array): Tensor<'float64'> {
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  const weight = sum(seen);
  const x = Tensor.zeros(dims, { type: 'float64' });
  x.data.fill(weight === 0 ? 0 : sum(observed) / weight);
  return x;
}

/** Multiplies the estimate; an element that nothing has seen stays. Returns how much has changed, relatively. */
function update(x: Float64Array, factor: Float64Array, seen: Float64Array): number {
  const change = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    if (seen[i] === 0) continue;
    const next = (x[i] * factor[i]) / seen[i];
    change[i] = next - x[i];
    x[i] = next;
  }
  return relative(norm(change), norm(x));
}
