// Errors against float64, in units of eps·Σ|x||w|: for the algorithms outside the numbers contract.
// SPDX-License-Identifier: MIT

import { Tensor } from '../../lib/index.ts';

const EPSILON = 2 ** -24;

export type AnyConv = (x: Tensor, w: Tensor, options: object) => Tensor;

export interface Errors {
  readonly most: number;
  readonly mean: number;
}

/** Of every element of `actual`, in units of eps·Σ|x||w|. */
export function errorsOf(conv: AnyConv, x: Tensor, w: Tensor, options: object, actual: Tensor): Float64Array {
  const wide = (tensor: Tensor, map: (value: number) => number) =>
    new Tensor(Float64Array.from(tensor.data, map), tensor.dims);
  const exact = { ...options, reproducible: true };
  const truth = conv(wide(x, Number), wide(w, Number), exact).data;
  const magnitude = conv(wide(x, Math.abs), wide(w, Math.abs), exact).data;
  return Float64Array.from(actual.data, (y, i) => Math.abs(y - truth[i]) / (EPSILON * magnitude[i]));
}

export function summarise(errors: Float64Array): Errors {
  return {
    most: errors.reduce((most, error) => Math.max(most, error), 0),
    mean: errors.reduce((sum, error) => sum + error, 0) / errors.length,
  };
}
