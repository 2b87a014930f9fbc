// What a result must be, and whether it is: the reference's bits where the numbers contract fixes them, a bound on the
// error otherwise. Layer: verify.
// SPDX-License-Identifier: MIT

import type { ExpectedError } from '../explain.ts';
import type { Tensor } from '../tensor.ts';
import { compareTensors, type Difference, type Tolerance } from './difference.ts';
import { isSmooth, magnitudes, runReference, stretch } from './magnitude.ts';
import type { Problem } from './problem.ts';
import { UNIT } from './ulp.ts';

/** Roundings of bias, residual, activation and the result, beside those of the sum. */
const EPILOGUE_ROUNDINGS = 4;
/** How much further off than on the even data of a measurement an error may be. */
const MEASURED_SLACK = 4;
/** What the contract promises of the smooth activations: 2 ULP in float32; in float64, what the libraries' own leave. */
export const SMOOTH_TOLERANCE: Readonly<Record<'float32' | 'float64', Tolerance>> = {
  float32: { ulp: 2 },
  float64: { relative: 1e-13, absolute: 1e-300 },
};
/** Below the normal numbers an error is not relative any more. */
const TINY = { float32: 1e-44, float64: 1e-322 } as const;

export interface Verdict {
  readonly passed: boolean;
  readonly sameBits: boolean;
  /** Against the reference. */
  readonly maxUlp: number;
  readonly maxAbsolute: number;
  /** The largest error against the reference in float64, in units of eps·Σ|x||w|. */
  readonly units: number;
  /** Against the reference, with the tolerance that applied. */
  readonly difference: Difference;
}

/** The reference's results for one problem, made once for all that is compared with them. */
export class Judge {
  readonly problem: Problem;
  /** What the contract says, and the milliseconds that the reference took. */
  readonly expected: Tensor;
  readonly milliseconds: number;
  readonly #truth: Tensor;
  readonly #magnitudes: Tensor<'float64'>;

  constructor(problem: Problem) {
    this.problem = problem;
    const start = performance.now();
    this.expected = runReference(problem);
    this.milliseconds = performance.now() - start;
    this.#truth =
      problem.type === 'float64' ? this.expected : runReference(problem, { precision: 'float64' });
    this.#magnitudes = magnitudes(problem) as Tensor<'float64'>;
  }

  /** What is inside the numbers contract: equal bits, or what it promises of a smooth activation. */
  byBits(actual: Tensor): Verdict {
    const { type, options } = this.problem;
    const difference = compareTensors(
      actual,
      this.expected,
      isSmooth(options.activation) ? SMOOTH_TOLERANCE[type] : undefined,
    );
    return this.#verdict(actual, difference, difference.close);
  }

  /** By a tolerance that the caller chose. */
  byTolerance(actual: Tensor, tolerance: Tolerance): Verdict {
    const difference = compareTensors(actual, this.expected, tolerance);
    return this.#verdict(actual, difference, difference.close);
  }

  /** What is outside of the contract: so many units off at most, of its own Σ|x||w| or of the largest one. */
  byBound(actual: Tensor, { units, basis, local }: ExpectedError): Verdict {
    const { type, options } = this.problem;
    const apart = compareTensors(actual, this.expected);
    if (apart.shape !== null) return this.#verdict(actual, apart, false);
    const most = basis === 'measured' ? MEASURED_SLACK * units : units;
    const allowed = (most + EPILOGUE_ROUNDINGS) * stretch(options.activation);
    const largest = this.#magnitudes.data.reduce((a: number, b: number) => Math.max(a, b), 0);
    const magnitudeOf = (index: number) => (local === false ? largest : this.#magnitudes.data[index]);
    const smooth = isSmooth(options.activation) ? 4 * UNIT[type] : 0;
    const off = (index: number): boolean => {
      const error = Math.abs(actual.data[index] - this.#truth.data[index]);
      if (Object.is(actual.data[index], this.expected.data[index])) return false;
      const bound = allowed * (UNIT[type] * magnitudeOf(index) + TINY[type]);
      return !(error <= bound + smooth * Math.abs(this.#truth.data[index]));
    };
    const bad = actual.data.findIndex((_, index) => off(index));
    if (bad < 0) return this.#verdict(actual, apart, true);
    // The tolerance of the elements that are off is their own; what is reported is the first of them.
    const bound = allowed * UNIT[type] * magnitudeOf(bad);
    return this.#verdict(actual, compareTensors(actual, this.expected, { absolute: bound }), false);
  }

  #verdict(actual: Tensor, difference: Difference, passed: boolean): Verdict {
    const { sameBits, maxUlp, maxAbsolute, shape } = difference;
    const units = shape === null ? this.#units(actual) : Number.POSITIVE_INFINITY;
    return { passed, sameBits, maxUlp, maxAbsolute, units, difference };
  }

  #units(actual: Tensor): number {
    let most = 0;
    for (const [index, value] of actual.data.entries()) {
      const error = Math.abs(value - this.#truth.data[index]);
      const unit = UNIT[this.problem.type] * this.#magnitudes.data[index] + TINY[this.problem.type];
      if (error > 0) most = Math.max(most, error / unit);
    }
    return most;
  }
}
