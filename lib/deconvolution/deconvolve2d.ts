// deconvolve2d for every door: the method as a generator of requests, answered by the door's own operators.
// Layer: deconvolution; the doors' operator files make theirs of it.
// SPDX-License-Identifier: MIT

import { type ResultOf, Tensor, type TensorLike } from '../tensor.ts';
import { leastSquares } from './least-squares.ts';
import {
  type DeconvolutionOptions,
  type DeconvolutionProblem,
  type DeconvolutionSignal,
  type Method,
  readDeconvolution,
} from './options.ts';
import { richardsonLucy } from './richardson-lucy.ts';
import type { Request, Solution, Steps, StopReason } from './steps.ts';
import { wiener } from './wiener.ts';

export interface Deconvolution<T = Tensor> {
  /** What the convolution was applied to, as far as it can be known. */
  readonly estimate: T;
  /** ‖conv2d(estimate) − observed‖ ÷ ‖observed‖. */
  readonly residual: number;
  readonly iterations: number;
  readonly stopped: StopReason;
}

const METHODS: Readonly<Record<Method, (problem: DeconvolutionProblem) => Steps<Solution>>> = {
  'least-squares': leastSquares,
  wiener,
  'richardson-lucy': richardsonLucy,
};

type Operators = Readonly<Record<Request['operator'], (...args: never[]) => unknown>>;

function run(operators: Operators, { operator, args }: Request, extra: object): unknown {
  const call = operators[operator] as (...all: unknown[]) => unknown;
  // Only matmul comes without options.
  if (operator === 'matmul') return call(...args, extra);
  return call(...args.slice(0, -1), { ...(args.at(-1) as object), ...extra });
}

/** Makes the function of a door whose operators answer at once. */
export function deconvolution(door: 'native' | 'reference', operators: Operators) {
  return <X extends TensorLike>(
    observed: X,
    kernel: TensorLike,
    options?: DeconvolutionOptions,
  ): Deconvolution<ResultOf<X>> => {
    const problem = readDeconvolution(door, observed, kernel, options);
    const steps = METHODS[problem.method](problem);
    let step = steps.next();
    while (!step.done) step = steps.next(run(operators, step.value, {}) as Tensor);
    return finish(problem, step.value) as Deconvolution<ResultOf<X>>;
  };
}

/** Makes the function of a door whose operators answer later. */
export function promisedDeconvolution(operators: Operators) {
  return async <X extends TensorLike>(
    observed: X,
    kernel: TensorLike,
    options?: DeconvolutionOptions & DeconvolutionSignal,
  ): Promise<Deconvolution<ResultOf<X>>> => {
    const problem = readDeconvolution('async', observed, kernel, options);
    const { signal } = problem;
    const steps = METHODS[problem.method](problem);
    let step = steps.next();
    while (!step.done) step = steps.next((await run(operators, step.value, { signal })) as Tensor);
    return finish(problem, step.value) as Deconvolution<ResultOf<X>>;
  };
}

function finish({ dims, type }: DeconvolutionProblem, { estimate, ...rest }: Solution): Deconvolution {
  const data = type === 'float64' ? estimate : Float32Array.from(estimate);
  return { estimate: new Tensor(data, dims), ...rest };
}
