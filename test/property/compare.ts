// How results are compared: bit for bit, or against a bound in eps·Σ|x||w|. What is measured is in lib/verify.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import type { Tensor } from '../../lib/tensor.ts';
import { compareTensors, describeDifference } from '../../lib/verify/difference.ts';
import { SMOOTH_TOLERANCE } from '../../lib/verify/judge.ts';
import { isSmooth, magnitudes, stretch } from '../../lib/verify/magnitude.ts';
import { UNIT } from '../../lib/verify/ulp.ts';
import type { Case } from './cases.ts';

export { isSmooth } from '../../lib/verify/magnitude.ts';

/** The same bits (any NaN equals any NaN); smooth activations within 2 ULP in float32, 1e-13 in float64. */
export function expectSameBits(c: Case, expected: Tensor, actual: Tensor, where: string): void {
  const tolerance = isSmooth(c.options.activation) ? SMOOTH_TOLERANCE[c.type] : undefined;
  const difference = compareTensors(actual, expected, tolerance);
  if (!difference.close) expect.fail(`${where}: ${describeDifference(difference)}`);
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
  const unit = UNIT[c.type] * roundings * stretch(c.options.activation);
  const smooth = isSmooth(c.options.activation) ? 2 ** (c.type === 'float32' ? -22 : -43) : 0;
  const tiny = c.type === 'float32' ? 1e-44 * roundings : 1e-322 * roundings;
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [actual.data[i], expected.data[i]];
    if (Object.is(a, b) || Math.abs(a - b) <= unit * bound.data[i] + tiny + smooth * Math.abs(b)) continue;
    expect.fail(
      `${where}: element ${i} is ${a}, the reference has ${b}, off by more than ${unit * bound.data[i]}`,
    );
  }
}
