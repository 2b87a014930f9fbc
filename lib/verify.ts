// The door `native-conv/verify`: one call through every door, algorithm and instruction set, with the errors of each;
// the same over random problems; assertions for tests. One's own kernels can stand beside ours.
// Layer: doors; exports only.
// SPDX-License-Identifier: MIT

export * from './public.ts';
export { assertSame } from './verify/assert.ts';
export { chaiTensor } from './verify/chai-tensor.ts';
export type { CheckOptions, OwnKernel } from './verify/check-options.ts';
export { type CheckRow, CrossCheck } from './verify/check-report.ts';
export { crossCheck } from './verify/cross-check.ts';
export {
  compareTensors,
  type Difference,
  describeDifference,
  type Mismatch,
  type Tolerance,
} from './verify/difference.ts';
export type { Draw, ProblemLimits } from './verify/draw.ts';
export { describeProblem, type Problem, randomProblem } from './verify/problem.ts';
export { Sweep, type SweepOptions, type SweepRow, sweep } from './verify/sweep.ts';
export { ulpDistance } from './verify/ulp.ts';
