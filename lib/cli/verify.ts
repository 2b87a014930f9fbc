// `native-conv verify`: random calls through every door, algorithm and instruction set of this machine, against the
// reference. Layer: command line.
// SPDX-License-Identifier: MIT

import { OPERATOR_NAMES, type OperatorName } from '../ops/table.ts';
import { type Sweep, sweep } from '../verify.ts';
import { EXIT } from './failure.ts';
import { startProgress } from './progress.ts';
import { drawTable } from './table.ts';

export interface VerifyOptions {
  /** By default all. */
  readonly op?: readonly string[];
  /** Of each operator. */
  readonly cases: number;
  readonly seed: number;
  readonly isa?: readonly string[];
  readonly json?: boolean;
}

/** Returns the exit code: 1 if anything is not as it must be. */
export async function verifyCommand({ op, cases, seed, isa: isas, json }: VerifyOptions): Promise<number> {
  const operators = (op ?? OPERATOR_NAMES) as readonly OperatorName[];
  const progress = await startProgress(operators.length * cases);
  const sweeps: Sweep[] = [];
  try {
    for (const operator of operators) {
      await progress.at(operator);
      sweeps.push(await sweep(operator, { cases, seed, isas, onProgress: () => progress.advance() }));
    }
  } finally {
    progress.stop();
  }
  console.log(json ? JSON.stringify(sweeps.map(describeSweep), undefined, 2) : await drawSweeps(sweeps));
  const wrong = sweeps.filter(({ passed }) => !passed);
  for (const found of wrong) console.error(String(found));
  if (wrong.length > 0) return EXIT.difference;
  if (!json) console.log(`${sweeps.length * cases} random calls, seed ${seed}: all are as they must be`);
  return EXIT.success;
}

function describeSweep({ operator, cases, seed, passed, rows }: Sweep): object {
  return { operator, cases, seed, passed, rows };
}

function drawSweeps(sweeps: readonly Sweep[]): Promise<string> {
  const rows = sweeps.flatMap(({ operator, rows: ways }) =>
    ways.map(({ door, algorithm, isa, runs, wrong, sameBits, maxUlp, units }) => [
      operator,
      door,
      algorithm,
      isa,
      String(runs),
      String(wrong),
      sameBits === runs ? 'all' : String(sameBits),
      String(maxUlp),
      String(Number(units.toPrecision(3))),
    ]),
  );
  const right = (title: string) => ({ title, align: 'right' as const });
  return drawTable(
    [
      ...['operator', 'door', 'algorithm', 'ISA'].map((title) => ({ title })),
      ...['runs', 'wrong', 'same\nbits', 'max\nULP', 'error in\neps·Σ|x||w|'].map(right),
    ],
    rows,
  );
}
