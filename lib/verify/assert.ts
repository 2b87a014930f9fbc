// An assertion for people's own tests. Layer: verify.
// SPDX-License-Identifier: MIT

import { AssertionError } from 'node:assert';
import type { OperatorName } from '../ops/table.ts';
import type { TensorLike } from '../tensor.ts';
import { readProblem } from './cross-check.ts';
import { compareTensors, describeDifference, type Tolerance } from './difference.ts';
import { runReference } from './magnitude.ts';

/**
 * Asserts that a result is what the reference computes. Throws Node's AssertionError, which mocha, vitest and node:test
 * all report as a failed test.
 *
 * @param op - a public name.
 * @param args - the operator's arguments, its options last.
 * @param actual - the result to be checked.
 * @param tolerance - by default, equal bits.
 *
 * @example
 * ```ts
 * import { assertSame, Tensor } from 'native-conv/verify';
 * import { conv2d } from 'native-conv';
 * const args = [Tensor.random([1, 2, 5, 5], { seed: 1 }), Tensor.random([3, 2, 3, 3], { seed: 2 })];
 * assertSame('conv2d', args, conv2d(...args), { ulp: 2 });
 * console.log('as it must be'); // as it must be
 * ```
 */
export function assertSame(
  op: OperatorName,
  args: readonly unknown[],
  actual: TensorLike,
  tolerance?: Tolerance,
): void {
  const expected = runReference(readProblem(op, args));
  const difference = compareTensors(actual, expected, tolerance);
  if (difference.close) return;
  throw new AssertionError({
    message: `${op}: ${describeDifference(difference)}`,
    actual: difference.worst?.actual,
    expected: difference.worst?.expected,
    operator: 'assertSame',
    stackStartFn: assertSame,
  });
}
