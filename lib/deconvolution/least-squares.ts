// Conjugate gradients for least squares (CGLS: Björck, "Numerical Methods for Least Squares Problems", 1996, §7.4), on
// the operator and its adjoint, without ever building a matrix. Layer: deconvolution.
// SPDX-License-Identifier: MIT

import { Tensor } from '../tensor.ts';
import type { DeconvolutionProblem } from './options.ts';
import { adjoint, convolve, norm, relative, type Solution, type Steps, type StopReason } from './steps.ts';

export function* leastSquares(problem: DeconvolutionProblem): Steps<Solution> {
  const { observed, dims, tolerance, iterations, onProgress } = problem;
  const damping = problem.damping ** 2;
  const x = problem.initial?.data ?? new Float64Array(dims.reduce((count, size) => count * size, 1));
  const whole = norm(observed.data);
  const r = new Tensor<'float64'>(observed.data.slice(), observed.dims);
  if (problem.initial !== null) {
    subtract(r.data, 1, yield* convolve(problem, new Tensor<'float64'>(x, dims)));
  }
  const gradient = function* (): Steps<Float64Array> {
    const s = yield* adjoint(problem, r);
    return damping === 0 ? s : s.map((value, i) => value - damping * x[i]);
  };
  let s = yield* gradient();
  const p = new Tensor<'float64'>(s.slice(), dims);
  let gamma = norm(s) ** 2;
  /** ‖A‖ from below: how much longer a direction has become. */
  let scale = 0;
  const state = (): { readonly residual: number; readonly stopped: StopReason | null } => {
    const residual = relative(norm(r.data), whole);
    // LSQR's second test (Paige & Saunders 1982): what is left of the residual is out of the operator's reach.
    const left = Math.hypot(norm(r.data), problem.damping * norm(x));
    const outOfReach = gamma === 0 || (scale > 0 && Math.sqrt(gamma) <= tolerance * scale * left);
    if (residual <= tolerance) return { residual, stopped: 'residual' };
    return { residual, stopped: outOfReach ? 'gradient' : null };
  };
  let { residual, stopped } = state();
  let iteration = 0;
  while (stopped === null && iteration < iterations) {
    const q = yield* convolve(problem, p);
    const length = norm(p.data);
    const stretched = norm(q) ** 2 + damping * length ** 2;
    scale = Math.max(scale, Math.sqrt(stretched) / length);
    const alpha = gamma / stretched;
    subtract(x, -alpha, p.data);
    subtract(r.data, alpha, q);
    s = yield* gradient();
    const before = gamma;
    gamma = norm(s) ** 2;
    const beta = gamma / before;
    for (const [i, value] of s.entries()) p.data[i] = value + beta * p.data[i];
    iteration += 1;
    ({ residual, stopped } = state());
    onProgress?.({ iteration, residual });
  }
  return { estimate: x, residual, iterations: iteration, stopped: stopped ?? 'iterations' };
}

/** `target −= factor · vector`. */
function subtract(target: Float64Array, factor: number, vector: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] -= factor * vector[i];
}
