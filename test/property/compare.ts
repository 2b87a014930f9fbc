// How results are compared: bit for bit, in ULP, or against a bound in eps·Σ|x||w|.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import * as reference from '../../lib/reference.ts';
import { Tensor } from '../../lib/tensor.ts';
import type { Case } from './cases.ts';

const SMOOTH = new Set(['sigmoid', 'tanh', 'silu', 'elu', 'gelu']);

/** Relative: 2 ULP in float32, what the libraries' exp, tanh and erfc leave of float64. */
const SMOOTH_TOLERANCE = { float32: 2 ** -22, float64: 1e-13 };

/** Whether an activation is only promised within 2 ULP. */
export function isSmooth(activation: unknown): boolean {
  return SMOOTH.has(typeof activation === 'string' ? activation : '');
}

/** The float's place among all floats of its type, so that neighbours differ by 1. */
function rank(value: number, single: boolean): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (single) view.setFloat32(0, value);
  else view.setFloat64(0, value);
  const bits = single ? BigInt(view.getInt32(0)) : view.getBigInt64(0);
  const smallest = single ? -(1n << 31n) : -(1n << 63n);
  return bits < 0n ? smallest - bits : bits;
}

/** Distance in units in the last place; 0 for two NaNs, and −0 differs from +0 by 0 here. */
export function ulpDistance(a: number, b: number, single: boolean): number {
  if (Number.isNaN(a) || Number.isNaN(b))
    return Number.isNaN(a) && Number.isNaN(b) ? 0 : Number.POSITIVE_INFINITY;
  const distance = rank(a, single) - rank(b, single);
  return Number(distance < 0n ? -distance : distance);
}

/** The same bits (any NaN equals any NaN); smooth activations within 2 ULP in float32, 1e-13 in float64. */
export function expectSameBits(c: Case, expected: Tensor, actual: Tensor, where: string): void {
  expect(actual.dims, where).to.deep.equal(expected.dims);
  expect(actual.type, where).to.equal(expected.type);
  const smooth = isSmooth(c.options.activation);
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [actual.data[i], expected.data[i]];
    if (Object.is(a, b)) continue;
    const single = c.type === 'float32';
    const close = single
      ? ulpDistance(a, b, true) <= 2
      : Math.abs(a - b) <= SMOOTH_TOLERANCE.float64 * Math.abs(b) + 1e-300;
    if (!smooth || !close) expect.fail(`${where}: element ${i} is ${a}, the reference has ${b}`);
  }
}

/** Positive data through the same call bounds what rounding can do: its result is Σ|x||w| and what is added to it. */
function magnitudes(c: Case): Tensor {
  const absolute = (value: unknown) =>
    value instanceof Tensor ? new Tensor(Float64Array.from(value.data, Math.abs), value.dims) : value;
  const { activation: _, ...kept } = c.options;
  const options = Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, absolute(value)]));
  const operator = (reference as unknown as Record<string, (...all: unknown[]) => Tensor>)[c.operator];
  return operator(...c.operands.map(absolute), options);
}

/**
 * Within K·eps·Σ|x||w| (where the error is not local: the largest of the whole result) of the reference, K the longest chain's roundings (float32: eps = 2⁻²⁴); an activation
 * stretches a difference by at most 1.13 (gelu), or by prelu's slope.
 */
export function expectWithin(c: Case, expected: Tensor, actual: Tensor, where: string, local = true): void {
  expect(actual.dims, where).to.deep.equal(expected.dims);
  const bound = magnitudes(c);
  if (!local) bound.data.fill(Math.max(...bound.data));
  const [first, second] = c.operands as Tensor[];
  const roundings = Math.max(first.data.length, second?.data?.length ?? 0) + 4;
  const unit = (c.type === 'float32' ? 2 ** -24 : 2 ** -53) * roundings * stretch(c.options.activation);
  const smooth = isSmooth(c.options.activation) ? SMOOTH_TOLERANCE[c.type] : 0;
  const tiny = c.type === 'float32' ? 1e-44 * roundings : 1e-322 * roundings;
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [actual.data[i], expected.data[i]];
    if (Object.is(a, b) || Math.abs(a - b) <= unit * bound.data[i] + tiny + smooth * Math.abs(b)) continue;
    expect.fail(
      `${where}: element ${i} is ${a}, the reference has ${b}, off by more than ${unit * bound.data[i]}`,
    );
  }
}

function stretch(activation: unknown): number {
  const slope = (activation as { slope?: Tensor } | undefined)?.slope;
  return Math.max(1.2, ...Array.from(slope?.data ?? [], Math.abs));
}
