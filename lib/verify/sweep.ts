// Cross-checks over random problems. Layer: verify.
// SPDX-License-Identifier: MIT

import { checkChoice, checkInteger, readOptions } from '../check.ts';
import { describe, typeError } from '../errors.ts';
import { DTYPES, type DType } from '../geometry.ts';
import type { OperatorName } from '../ops/table.ts';
import { CHECK_NAMES, type CheckOptions, readCheckOptions } from './check-options.ts';
import { type CrossCheck, describeFailure } from './check-report.ts';
import { checkProblem } from './cross-check.ts';
import { drawFrom } from './draw.ts';
import { describeProblem, randomProblem } from './problem.ts';
import { drawText } from './text-table.ts';

export interface SweepOptions extends CheckOptions {
  /** How many random problems. Default 100. */
  readonly cases?: number;
  /** Makes the same problems again. Default 1. */
  readonly seed?: number;
  /** Of the problems' values; by default both. */
  readonly type?: DType;
  /** Called after each problem. */
  readonly onProgress?: (done: number, cases: number) => void;
}

/** All runs of one way of running. */
export interface SweepRow {
  readonly door: string;
  readonly algorithm: string;
  readonly isa: string;
  readonly runs: number;
  readonly wrong: number;
  readonly sameBits: number;
  readonly maxUlp: number;
  readonly units: number;
}

const CALLER = 'sweep';
const OWN_NAMES = ['cases', 'seed', 'type', 'onProgress'];
const NAMES = new Set([...OWN_NAMES, ...CHECK_NAMES]);
/** Of the failures that are printed in full. */
const SHOWN = 3;

/** What a sweep found; `String(sweep)`, or logging it, draws a table. */
export class Sweep {
  readonly operator: OperatorName;
  readonly cases: number;
  readonly seed: number;
  readonly rows: readonly SweepRow[];
  /** The checks that found something wrong. */
  readonly failures: readonly CrossCheck[];

  constructor(operator: OperatorName, seed: number, checks: readonly CrossCheck[]) {
    this.operator = operator;
    this.cases = checks.length;
    this.seed = seed;
    this.rows = summarise(checks);
    this.failures = checks.filter((check) => !check.passed);
  }

  get passed(): boolean {
    return this.failures.length === 0;
  }

  toString(): string {
    const { operator, cases, seed, failures } = this;
    const table = drawText(
      ['door', 'algorithm', 'ISA', 'runs', 'wrong', 'same bits', 'max ULP', 'units'],
      this.rows.map((row) => [
        row.door,
        row.algorithm,
        row.isa,
        String(row.runs),
        String(row.wrong),
        String(row.sameBits),
        String(row.maxUlp),
        String(Number(row.units.toPrecision(3))),
      ]),
    );
    const verdict = this.passed
      ? `all ${cases} are as they must be`
      : `${failures.length} of ${cases} are wrong; the first ${Math.min(SHOWN, failures.length)}:`;
    const shown = failures
      .slice(0, SHOWN)
      .map((check) => [describeProblem(check.problem), ...check.failures.map(describeFailure)].join('\n'));
    return [`${operator}, ${cases} random calls, seed ${seed}`, table, verdict, ...shown].join('\n');
  }

  /** What console.log prints. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/**
 * Cross-checks an operator over random dims, options, layouts, dtypes and data.
 *
 * @param op - a public name.
 * @returns a promise of the summary; {@link Sweep.passed} says whether all is well.
 * @throws as {@link crossCheck} does.
 *
 * @example
 * ```ts
 * import { sweep } from 'native-conv/verify';
 * const { passed, cases } = await sweep('depthwiseConv2d', { cases: 5, seed: 7 });
 * console.log(passed, cases); // true 5
 * ```
 */
export async function sweep(op: OperatorName, options?: SweepOptions): Promise<Sweep> {
  const given = readOptions(CALLER, options, NAMES);
  const cases = checkInteger(CALLER, 'options.cases', given.cases ?? 100, 1);
  const seed = checkInteger(CALLER, 'options.seed', given.seed ?? 1, 0);
  const type = given.type === undefined ? undefined : checkChoice(CALLER, 'options.type', given.type, DTYPES);
  const checkOptions = readCheckOptions(CALLER, only(given, CHECK_NAMES));
  const { onProgress } = given;
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw typeError(
      'ERR_CONV_OPTION',
      CALLER,
      `options.onProgress must be a function, got ${describe(onProgress)}`,
    );
  }
  const draw = drawFrom(seed);
  const checks: CrossCheck[] = [];
  for (let done = 1; done <= cases; done++) {
    checks.push(await checkProblem(randomProblem(op, draw, { type }), checkOptions));
    (onProgress as SweepOptions['onProgress'])?.(done, cases);
  }
  return new Sweep(op, seed, checks);
}

function only(given: Readonly<Record<string, unknown>>, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)));
}

function summarise(checks: readonly CrossCheck[]): SweepRow[] {
  const rows = new Map<string, SweepRow>();
  for (const { door, algorithm, isa, refused, passed, sameBits, maxUlp, units } of checks.flatMap(
    (c) => c.rows,
  )) {
    if (refused !== null || door === 'reference') continue;
    const key = `${door} ${algorithm} ${isa}`;
    const row = rows.get(key) ?? {
      door,
      algorithm,
      isa,
      runs: 0,
      wrong: 0,
      sameBits: 0,
      maxUlp: 0,
      units: 0,
    };
    rows.set(key, {
      ...row,
      runs: row.runs + 1,
      wrong: row.wrong + Number(!passed),
      sameBits: row.sameBits + Number(sameBits),
      maxUlp: Math.max(row.maxUlp, maxUlp),
      units: Math.max(row.units, units),
    });
  }
  return [...rows.values()];
}
