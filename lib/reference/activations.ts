// The activations as scalar formulas (docs/decisions.md has the order of operations). Layer: reference.
// Piecewise-linear ones round every step to the dtype; smooth ones are computed in float64 and rounded once.
// SPDX-License-Identifier: MIT

import type { Activation, DType } from '../geometry.ts';
import { erfc } from './erfc.ts';
import { round } from './fma.ts';

/** A function of one value of the dtype; `slope` is that of the channel, which only `prelu` reads. */
export type ScalarActivation = (x: number, slope: number) => number;

/**
 * The function of an activation, with its parameters rounded to the dtype.
 *
 * @example
 * scalarActivation({ kind: 'leaky', alpha: 0.25, min: 0, max: 0 }, 'float32')(-2, 0) // -0.5
 */
export function scalarActivation(activation: Activation, dtype: DType): ScalarActivation {
  const { alpha } = activation;
  const min = round(dtype, activation.min);
  const max = round(dtype, activation.max);
  switch (activation.kind) {
    case 'none':
      return (x) => x;
    case 'clamp':
      return (x) => clamp(x, min, max);
    case 'leaky': {
      const slope = round(dtype, alpha);
      return (x) => (x < 0 ? round(dtype, x * slope) : x);
    }
    case 'prelu':
      return (x, slope) => (x < 0 ? round(dtype, x * slope) : x);
    case 'hardSwish': {
      const sixth = round(dtype, 1 / 6);
      return (x) => round(dtype, round(dtype, x * clamp(round(dtype, x + 3), 0, 6)) * sixth);
    }
    case 'sigmoid':
      return (x) => round(dtype, 1 / (1 + Math.exp(-x)));
    case 'tanh':
      return (x) => round(dtype, Math.tanh(x));
    case 'silu':
      return (x) => round(dtype, x / (1 + Math.exp(-x)));
    case 'elu':
      return (x) => (x < 0 ? round(dtype, alpha * Math.expm1(x)) : x);
    case 'gelu':
      return (x) => round(dtype, 0.5 * x * erfc(-x * Math.SQRT1_2));
  }
}

function clamp(x: number, min: number, max: number): number {
  if (x < min) return min;
  if (x > max) return max;
  return x;
}
