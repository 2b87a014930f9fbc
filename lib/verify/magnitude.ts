// What rounding can do to a result: Σ|x||w| of each element, and how an activation stretches it. Layer: verify.
// SPDX-License-Identifier: MIT

import * as reference from '../reference/operators.ts';
import { Tensor, type TensorLike } from '../tensor.ts';
import { readView } from '../view.ts';
import type { Problem } from './problem.ts';

const SMOOTH = new Set(['sigmoid', 'tanh', 'silu', 'elu', 'gelu']);

/** Whether an activation is only promised within 2 ULP. */
export function isSmooth(activation: unknown): boolean {
  const name = (activation as { readonly type?: unknown } | undefined)?.type ?? activation;
  return typeof name === 'string' && SMOOTH.has(name);
}

/** By how much an activation stretches a difference: gelu's steepest slope is 1.13, prelu's are its own. */
export function stretch(activation: unknown): number {
  const { slope, alpha } = (activation ?? {}) as { readonly slope?: TensorLike; readonly alpha?: number };
  const slopes = slope === undefined ? [] : Array.from(readView('verify', 'slope', slope).data, Math.abs);
  return Math.max(1.2, Math.abs(alpha ?? 0), ...slopes);
}

type Operator = (...operands: unknown[]) => Tensor;

/** Runs a problem by the reference. */
export function runReference(problem: Problem, extra: object = {}): Tensor {
  const call = (reference as unknown as Readonly<Record<string, Operator>>)[problem.operator];
  return call(...problem.operands, { ...problem.options, ...extra });
}

/** Absolute values through the same call bound what rounding can do: Σ|x||w|, and what is added to it. */
export function magnitudes(problem: Problem): Tensor {
  const { activation: _, ...kept } = problem.options;
  const options = Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, absolute(value)]));
  return runReference({ ...problem, operands: problem.operands.map(absolute), options });
}

/** A tensor's absolute values in float64; anything else as it is. */
function absolute(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('data' in value)) return value;
  const view = readView('verify', 'an operand', value);
  return new Tensor(Float64Array.from(view.data, Math.abs), view.dims);
}
