// What a cross-check found, row by row, and how it is shown. Layer: verify.
// SPDX-License-Identifier: MIT

import { type Difference, describeDifference } from './difference.ts';
import { describeProblem, type Problem } from './problem.ts';
import { drawText } from './text-table.ts';

/** One way of running the call. */
export interface CheckRow {
  /** `'reference'`, `'native'`, `'promises'`, or the name of a kernel of your own. */
  readonly door: string;
  readonly algorithm: string;
  readonly isa: string;
  readonly threads: number;
  /** Why it did not run, and then nothing else holds. */
  readonly refused: string | null;
  readonly passed: boolean;
  readonly sameBits: boolean;
  /** Against the reference. */
  readonly maxUlp: number;
  readonly maxAbsolute: number;
  /** The largest error against the reference in float64, in units of eps·Σ|x||w|. */
  readonly units: number;
  /** What it had to keep to. */
  readonly bound: string;
  /** Of one run, the first: an impression, not a measurement. */
  readonly milliseconds: number;
  readonly difference: Difference | null;
}

/** What a cross-check found; `String(check)`, or logging it, draws a table. */
export class CrossCheck {
  readonly problem: Problem;
  readonly rows: readonly CheckRow[];

  constructor(problem: Problem, rows: readonly CheckRow[]) {
    this.problem = problem;
    this.rows = rows;
  }

  /** Whether everything that ran is as it must be. */
  get passed(): boolean {
    return this.failures.length === 0;
  }

  get failures(): readonly CheckRow[] {
    return this.rows.filter((row) => row.refused === null && !row.passed);
  }

  toString(): string {
    const ran = this.rows.filter((row) => row.refused === null);
    const table = drawText(
      [
        'door',
        'algorithm',
        'ISA',
        'threads',
        'same bits',
        'max ULP',
        'max error',
        'units',
        'must be',
        'ms',
        '',
      ],
      ran.map((row) => [
        row.door,
        row.algorithm,
        row.isa,
        row.threads === 0 ? '' : String(row.threads),
        row.sameBits ? 'yes' : 'no',
        String(row.maxUlp),
        String(Number(row.maxAbsolute.toPrecision(3))),
        String(Number(row.units.toPrecision(3))),
        row.bound,
        row.milliseconds.toFixed(2),
        row.passed ? '' : 'WRONG',
      ]),
    );
    const refused = this.rows.filter((row) => row.refused !== null);
    const reasons = [...new Set(refused.map((row) => `${row.algorithm || row.door}: ${row.refused}`))];
    return [
      describeProblem(this.problem),
      table,
      ...reasons.map((reason) => `not run: ${reason}`),
      ...this.failures.map(describeFailure),
    ].join('\n');
  }

  /** What console.log prints. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** A row that is wrong, in words: which, where, what was expected. */
export function describeFailure(row: CheckRow): string {
  const name = [row.door, row.algorithm, row.isa, row.threads ? `${row.threads} threads` : '']
    .filter((part) => part !== '')
    .join(', ');
  return `${name}: ${row.difference === null ? 'no result' : describeDifference(row.difference)}`;
}
