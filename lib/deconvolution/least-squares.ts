// Conjugate gradients for least squares (CGLS: Björck, "Numerical Methods for Least Squares Problems", 1996, §7.4), on
// the operator and its adjoint, without ever building a matrix. Layer: deconvolution.
// SPDX-License-Identifier: MIT

import { product } from '../geometry.ts';
import { Tensor } from '../tensor.ts';
import type { DeconvolutionProblem } from './options.ts';
import {
  adjoint,
  blank,
  blankTensor,
  convolve,
  filled,
  norm,
  pieces,
  relative,
  type Solution,
  type Steps,
  type StopReason,
} from './steps.ts';

export function* leastSquares(problem: DeconvolutionProblem): Steps<Solution> {
  const { observed, dims, tolerance, iterations, onProgress } = problem;
  const damping = problem.damping ** 2;
  const x = problem.initial?.data ?? (yield* filled(product(dims), 0));
  const whole = yield* norm(observed.data);
  const r = new Tensor<'float64'>(yield* copy(observed.data), observed.dims);
  const q = yield* blankTensor(observed.dims);
  if (problem.initial !== null) {
    yield* convolve(problem, new Tensor<'float64'>(x, dims), q);
    yield* subtract(r.data, 1, q.data);
  }
  const gradient = yield* blankTensor(dims);
  const s = gradient.data;
  const descend = function* (): Steps<number> {
    yield* adjoint(problem, r, gradient);
    if (damping > 0) yield* subtract(s, damping, x);
    return (yield* norm(s)) ** 2;
  };
  let gamma = yield* descend();
  const p = new Tensor<'float64'>(yield* copy(s), dims);
  /** ‖A‖ from below: how much longer a direction has become. */
  let scale = 0;
  const state = function* (): Steps<{ readonly residual: number; readonly stopped: StopReason | null }> {
    const error = yield* norm(r.data);
    const residual = relative(error, whole);
    // LSQR's second test (Paige & Saunders 1982): what is left of the residual is out of the operator's reach.
    const left = Math.hypot(error, problem.damping * (yield* norm(x)));
    const outOfReach = gamma === 0 || (scale > 0 && Math.sqrt(gamma) <= tolerance * scale * left);
    if (residual <= tolerance) return { residual, stopped: 'residual' };
    return { residual, stopped: outOfReach ? 'gradient' : null };
  };
  let { residual, stopped } = yield* state();
  let iteration = 0;
  while (stopped === null && iteration < iterations) {
    yield* convolve(problem, p, q);
    const length = yield* norm(p.data);
    const stretched = (yield* norm(q.data)) ** 2 + damping * length ** 2;
    scale = Math.max(scale, Math.sqrt(stretched) / length);
    const alpha = gamma / stretched;
    yield* subtract(x, -alpha, p.data);
    yield* subtract(r.data, alpha, q.data);
    const before = gamma;
    gamma = yield* descend();
    const beta = gamma / before;
    yield* pieces(s.length, (first, end) => {
      for (let i = first; i < end; i++) p.data[i] = s[i] + beta * p.data[i];
    });
    iteration += 1;
    ({ residual, stopped } = yield* state());
    onProgress?.({ iteration, residual });
  }
  return { estimate: x, residual, iterations: iteration, stopped: stopped ?? 'iterations' };
}

/** `target −= factor · vector`. */
function subtract(target: Float64Array, factor: number, other: Float64Array): Steps<void> {
  return pieces(target.length, (first, end) => {
    for (let i = first; i < end; i++) target[i] -= factor * other[i];
  });
}

function* copy(from: Float64Array): Steps<Float64Array> {
  const to = blank(from.length);
  yield* pieces(from.length, (first, end) => to.set(from.subarray(first, end), first));
  return to;
}
