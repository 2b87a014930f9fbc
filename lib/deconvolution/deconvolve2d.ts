// deconvolve2d for every door: the method as a generator of requests, answered by the door's own operators.
// Layer: deconvolution; the doors' operator files make theirs of it.
// SPDX-License-Identifier: MIT

import type { FloatArray } from '../call.ts';
import type { DType } from '../geometry.ts';
import { resultMemory } from '../memory.ts';
import { checkFixed, type ResultOf, Tensor, type TensorLike } from '../tensor.ts';
import { MOST_MS } from '../turns.ts';
import { leastSquares } from './least-squares.ts';
import { readOperands } from './operands.ts';
import {
  type DeconvolutionCall,
  type DeconvolutionOptions,
  type DeconvolutionProblem,
  type DeconvolutionSignal,
  type Method,
  NAME,
  readDeconvolution,
} from './options.ts';
import { richardsonLucy } from './richardson-lucy.ts';
import { PAUSE, pieces, type Request, type Solution, type Steps, type StopReason } from './steps.ts';
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

function* solve(call: DeconvolutionCall): Steps<Deconvolution> {
  const problem = yield* readOperands(call);
  const { estimate, ...rest } = yield* METHODS[problem.method](problem);
  return { estimate: new Tensor(yield* rounded(estimate, problem.type), problem.dims), ...rest };
}

function* rounded(estimate: Float64Array, type: DType): Steps<FloatArray> {
  if (type === 'float64') return estimate;
  const data = resultMemory<Float32Array>(NAME, type, Float32Array, estimate.length);
  yield* pieces(data.length, (first, end) => {
    for (let i = first; i < end; i++) data[i] = estimate[i];
  });
  return data;
}

/** Makes the function of a door whose operators answer at once. */
export function deconvolution(door: 'native' | 'reference', operators: Operators) {
  return <X extends TensorLike>(
    observed: X,
    kernel: TensorLike,
    options?: DeconvolutionOptions,
  ): Deconvolution<ResultOf<X>> => {
    const steps = solve(readDeconvolution(door, observed, kernel, options));
    let step = steps.next();
    while (!step.done) {
      step = steps.next(step.value === PAUSE ? undefined : (run(operators, step.value, {}) as Tensor));
    }
    return step.value as Deconvolution<ResultOf<X>>;
  };
}

/** As MOST_MS, where a method asks for an operator next, whose call takes time of its own. */
const MOST_BEFORE_CALL_MS = 0.1;

/**
 * Makes the function of a door whose operators answer later.
 *
 * @param turn - lets the event loop turn once.
 */
export function promisedDeconvolution(operators: Operators, turn: () => Promise<unknown>) {
  return async <X extends TensorLike>(
    observed: X,
    kernel: TensorLike,
    options?: DeconvolutionOptions & DeconvolutionSignal,
  ): Promise<Deconvolution<ResultOf<X>>> => {
    const call = readDeconvolution('async', observed, kernel, options);
    const { signal, views } = call;
    checkFixed(NAME, [views.observed.memory, views.kernel.memory, views.initial?.memory]);
    const steps = solve(call);
    let since = performance.now();
    let step = steps.next();
    while (!step.done) {
      const request = step.value;
      if (performance.now() - since > (request === PAUSE ? MOST_MS : MOST_BEFORE_CALL_MS)) {
        await turn();
        signal?.throwIfAborted();
        since = performance.now();
      }
      if (request === PAUSE) {
        step = steps.next();
        continue;
      }
      const answer = (await run(operators, request, { signal })) as Tensor;
      since = performance.now();
      step = steps.next(answer);
    }
    return step.value as Deconvolution<ResultOf<X>>;
  };
}
