// A plugin for chai, and so for vitest: `expect(t).to.be.closeToTensor(u, { ulp: 2 })`. Layer: verify.
// SPDX-License-Identifier: MIT

import type { TensorLike } from '../tensor.ts';
import { compareTensors, describeDifference, type Tolerance } from './difference.ts';

declare global {
  namespace Chai {
    interface Assertion {
      /** Dims and dtype are equal, and every element is within the tolerance; without one, bits are equal. */
      closeToTensor(expected: TensorLike, tolerance?: Tolerance, message?: string): Assertion;
    }
  }
}

/** What is used of chai: neither it nor its types need be there for the rest of this door. */
interface ChaiLike {
  readonly Assertion: {
    // biome-ignore lint/suspicious/noExplicitAny: chai's own signature has it
    addMethod(name: string, method: (this: object, ...args: any[]) => void): void;
  };
}
interface UtilsLike {
  // biome-ignore lint/suspicious/noExplicitAny: chai's own signature has it
  flag(assertion: any, name: string, value?: unknown): unknown;
}
interface AssertionLike {
  assert(holds: boolean, message: string, negated: string): void;
}

/**
 * The plugin. In mocha and node:test `chai.use(chaiTensor)`; in vitest `import { chai } from 'vitest'` first.
 *
 * @example
 * ```ts
 * import { expect, use } from 'chai';
 * import { chaiTensor, Tensor } from 'native-conv/verify';
 * use(chaiTensor);
 * expect(Tensor.from([1, 2])).to.be.closeToTensor(Tensor.from([1, 2.0000002]), { ulp: 2 });
 * console.log('close'); // close
 * ```
 */
export function chaiTensor({ Assertion }: ChaiLike, utils: UtilsLike): void {
  function closeToTensor(this: object, expected: TensorLike, tolerance?: Tolerance, message?: string): void {
    if (message !== undefined) utils.flag(this, 'message', message);
    const difference = compareTensors(utils.flag(this, 'object') as TensorLike, expected, tolerance);
    const within = tolerance === undefined ? 'have the same bits' : `be within ${JSON.stringify(tolerance)}`;
    (this as unknown as AssertionLike).assert(
      difference.close,
      `expected the tensor to ${within}, but ${describeDifference(difference)}`,
      `expected the tensor not to ${within}`,
    );
  }
  Assertion.addMethod('closeToTensor', closeToTensor);
}
