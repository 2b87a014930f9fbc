// Runs one step of the demo through both doors, times it, and compares the results bit by bit.
// Layer: command line.
// SPDX-License-Identifier: MIT

import { performance } from 'node:perf_hooks';
import { OPERATOR_NAMES, type OperatorName } from '../../ops/table.ts';
import type { Result } from './arrays.ts';
import type { Door, Step } from './step.ts';

/** One call that a step made, as `explain` wants to know about it. */
export interface Call {
  readonly operator: OperatorName;
  readonly args: readonly unknown[];
}

export interface Outcome {
  readonly step: Step;
  readonly calls: readonly Call[];
  readonly results: readonly Result[];
  readonly nativeMilliseconds: number;
  readonly referenceMilliseconds: number;
  /** Elements whose bits differ; NaN equals NaN. */
  readonly differences: number;
}

const NATIVE_RUNS = 7;
const NATIVE_BUDGET_MS = 400;

/** Runs a step natively (once to warm up, then the median of a few runs) and by the reference (once). */
export function runStep(step: Step, native: Door, reference: Door): Outcome {
  const calls: Call[] = [];
  const results = step.run(reproducible(native, (call) => calls.push(call)));
  const nativeDoor = reproducible(native);
  const nativeMilliseconds = medianTime(() => step.run(nativeDoor));
  const start = performance.now();
  const expected = step.run(reproducible(reference));
  const referenceMilliseconds = performance.now() - start;
  const differences = results.reduce((total, result, i) => total + countDifferences(result, expected[i]), 0);
  return { step, calls, results, nativeMilliseconds, referenceMilliseconds, differences };
}

/** Elements of `a` and `b` that differ in bits, NaN being equal to NaN; every one if the dims differ. */
export function countDifferences(a: Result, b: Result): number {
  if (a.dims.join() !== b.dims.join()) return Math.max(a.data.length, b.data.length, 1);
  let differences = 0;
  for (let i = 0; i < a.data.length; i++) {
    // Object.is tells −0 from +0 and takes any NaN for any other.
    if (!Object.is(a.data[i], b.data[i])) differences++;
  }
  return differences;
}

/** The door with `reproducible: true` in the options of every call, which come last. */
function reproducible(door: Door, onCall: (call: Call) => void = () => {}): Door {
  type AnyOperator = (...args: unknown[]) => unknown;
  const wrapped: Partial<Record<OperatorName, AnyOperator>> = {};
  for (const operator of OPERATOR_NAMES) {
    const original = door[operator] as AnyOperator;
    wrapped[operator] = (...args) => {
      const options = { ...(args[args.length - 1] as object), reproducible: true };
      const complete = [...args.slice(0, -1), options];
      onCall({ operator, args: complete });
      return original(...complete);
    };
  }
  return wrapped as Door;
}

function medianTime(run: () => void): number {
  const times: number[] = [];
  const deadline = performance.now() + NATIVE_BUDGET_MS;
  do {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  } while (times.length < NATIVE_RUNS && performance.now() < deadline);
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}
