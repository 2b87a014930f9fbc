// `native-conv verify`: random calls through every door, algorithm and instruction set of this machine, or through
// kernels of the user's own, against the reference. Layer: command line.
// SPDX-License-Identifier: MIT

import { checkChoice } from '../check.ts';
import { OPERATOR_NAMES, type OperatorName } from '../ops/table.ts';
import { type OwnKernel, type Sweep, type SweepOptions, sweep } from '../verify.ts';
import { EXIT, Failure } from './failure.ts';
import { loadKernels } from './own-kernel.ts';
import { startProgress } from './progress.ts';
import { drawTable } from './table.ts';

export interface VerifyOptions {
  /** By default all. */
  readonly op?: readonly string[];
  /** Of each operator. */
  readonly cases: number;
  readonly seed: number;
  readonly isa?: readonly string[];
  /** A module with kernels of one's own: then they are checked, and ours are not. */
  readonly kernel?: string;
  readonly json?: boolean;
}

/** Which calls are made, and how they are run. */
interface Plan {
  readonly operators: readonly OperatorName[];
  optionsOf(operator: OperatorName): SweepOptions;
}

/** Returns the exit code: 1 if anything is not as it must be. */
export async function verifyCommand(options: VerifyOptions): Promise<number> {
  const { cases, seed, json } = options;
  const { operators, optionsOf } = await makePlan(options);
  const progress = await startProgress(operators.length * cases);
  const sweeps: Sweep[] = [];
  try {
    for (const operator of operators) {
      await progress.at(operator);
      const onProgress = () => progress.advance();
      sweeps.push(await sweep(operator, { cases, seed, onProgress, ...optionsOf(operator) }));
    }
  } finally {
    progress.stop();
  }
  const idle = sweeps.find(({ rows }) => rows.length === 0);
  if (idle) throw new Failure(`the kernel took none of the ${cases} random calls of ${idle.operator}`);
  console.log(json ? JSON.stringify(sweeps.map(describeSweep), undefined, 2) : await drawSweeps(sweeps));
  const wrong = sweeps.filter(({ passed }) => !passed);
  for (const found of wrong) console.error(String(found));
  if (wrong.length > 0) return EXIT.difference;
  const taken = options.kernel === undefined ? '' : `, of which the kernel took ${countRuns(sweeps)}`;
  if (!json)
    console.log(`${sweeps.length * cases} random calls${taken}, seed ${seed}: all are as they must be`);
  return EXIT.success;
}

async function makePlan({ op, isa: isas, kernel }: VerifyOptions): Promise<Plan> {
  const asked = op?.map((name) => checkChoice('verify', 'the operator', name, OPERATOR_NAMES));
  if (kernel === undefined) return { operators: asked ?? OPERATOR_NAMES, optionsOf: () => ({ isas }) };
  const { name, byOperator } = await loadKernels(kernel, asked);
  return {
    operators: [...byOperator.keys()],
    optionsOf: (operator) => ({ doors: [], kernels: { [name]: byOperator.get(operator) as OwnKernel } }),
  };
}

function countRuns(sweeps: readonly Sweep[]): number {
  return sweeps.flatMap(({ rows }) => rows).reduce((sum, { runs }) => sum + runs, 0);
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
