// Errors against float64, in units of eps·Σ|x||w|: for the algorithms outside the numbers contract.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { type Explanation, Tensor } from '../../lib/index.ts';

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

/** A layer whose error is measured. */
export interface Layer {
  readonly conv: unknown;
  readonly input: readonly number[];
  readonly weight: readonly number[];
  readonly options: object;
}

/** Prints the errors of an algorithm, and holds the largest to `units` and the mean to `mean`. */
export function expectErrors(
  algorithm: string,
  layers: Readonly<Record<string, Layer>>,
  { units, mean }: { readonly units: number; readonly mean: number },
): void {
  for (const [name, { conv, input, weight, options }] of Object.entries(layers)) {
    const call = conv as AnyConv;
    const [x, w] = [Tensor.random(input, { seed: 1 }), Tensor.random(weight, { seed: 2 })];
    const errors = summarise(errorsOf(call, x, w, options, call(x, w, { ...options, algorithm })));
    console.log(`      ${name}: at most ${errors.most.toFixed(2)}, ${errors.mean.toFixed(3)} on average`);
    expect(errors.most, name).to.be.within(0.01, units);
    expect(errors.mean, name).to.be.below(mean);
  }
}

/** Holds a call to be refused where it promises bits, and the plan without the algorithm to say why. */
export function expectOutsideTheContract(
  operator: string,
  algorithm: string,
  plan: (options: object) => Explanation,
): void {
  expect(plan({}).algorithm).to.equal(algorithm);
  expect(plan({}).reproducible).to.equal(false);
  const exact = plan({ reproducible: true });
  expect(exact.reproducible).to.equal(true);
  const refused = exact.refusals.find((refusal) => refusal.algorithm === algorithm);
  expect(refused?.reason).to.contain('numbers contract');
  expect(() => plan({ reproducible: true, algorithm }))
    .to.throw(RangeError, `${operator}: algorithm '${algorithm}' cannot run`)
    .with.property('code', 'ERR_CONV_ALGORITHM');
}
