// What is done to every finished sum before it is stored: act((acc + bias) + residual), each addition rounded to the
// dtype. Adding +0 first makes a −0 that underflow left a +0 (docs/decisions.md says why). Layer: reference.
// SPDX-License-Identifier: MIT

import type { Stage } from '../call.ts';
import { scalarActivation } from './activations.ts';
import { round } from './fma.ts';

/** The result for a sum, the index of its element in the target, and the channel (of matmul: column) it is in. */
export type Epilogue = (sum: number, index: number, channel: number) => number;

export function stageEpilogue({ geometry, bias, residual, slope }: Stage): Epilogue {
  const { dtype } = geometry;
  const activate = scalarActivation(geometry.activation, dtype);
  return (sum, index, channel) => {
    const biased = round(dtype, sum + 0 + (bias ? bias[channel] : 0));
    const whole = round(dtype, biased + (residual ? residual[index] : 0));
    return activate(whole, slope ? slope[channel] : 0);
  };
}
