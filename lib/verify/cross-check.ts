// One call through every door, algorithm, instruction set and thread count, and through kernels of one's own, each
// judged against the reference. Layer: verify; a good place to start reading it.
// SPDX-License-Identifier: MIT

import { checkChoice } from '../check.ts';
import { createError, describe, typeError } from '../errors.ts';
import { type ExpectedError, type Explanation, explain } from '../explain.ts';
import { ALGORITHMS, type Algorithm } from '../geometry.ts';
import { loadBinding } from '../native/binding.ts';
import * as native from '../native/operators.ts';
import * as promised from '../native/promised.ts';
import { OPERATOR_NAMES, type OperatorName } from '../ops/table.ts';
import { Tensor } from '../tensor.ts';
import { readView } from '../view.ts';
import {
  type CheckOptions,
  type OwnKernel,
  type ReadCheckOptions,
  readCheckOptions,
} from './check-options.ts';
import { type CheckRow, CrossCheck } from './check-report.ts';
import type { Tolerance } from './difference.ts';
import { Judge, type Verdict } from './judge.ts';
import type { Problem } from './problem.ts';

const CALLER = 'crossCheck';

/**
 * Runs one call every way there is, and compares each result with the reference's.
 *
 * @param op - a public name: `'conv2d'`, `'matmul'`, …
 * @param args - the operator's arguments, its options last.
 * @returns a promise of the table; {@link CrossCheck.passed} says whether all is well.
 * @throws TypeError or RangeError as the call would; Error `ERR_CONV_LOAD` if the binary cannot be loaded; whatever a
 * kernel of your own throws.
 *
 * @example
 * ```ts
 * import { crossCheck, Tensor } from 'native-conv/verify';
 * const x = Tensor.random([1, 3, 8, 8], { seed: 1 });
 * const w = Tensor.random([4, 3, 3, 3], { seed: 2 });
 * const wrong = () => Tensor.zeros([1, 4, 8, 8]);
 * const check = await crossCheck('conv2d', [x, w, { padding: 1 }], { kernels: { wrong } });
 * console.log(check.passed, check.failures.map((row) => row.door)); // false ['wrong']
 * ```
 */
export async function crossCheck(
  op: OperatorName,
  args: readonly unknown[],
  options?: CheckOptions,
): Promise<CrossCheck> {
  return await checkProblem(readProblem(op, args), readCheckOptions(CALLER, options));
}

/** The operator's arguments as a problem: the options apart from the operands. */
export function readProblem(op: OperatorName, args: readonly unknown[]): Problem {
  checkChoice(CALLER, 'op', op, OPERATOR_NAMES);
  if (!Array.isArray(args) || args.length === 0) {
    throw typeError(
      'ERR_CONV_OPTION',
      CALLER,
      `args must be an array of ${op}'s arguments, got ${describe(args)}`,
    );
  }
  const last: unknown = args.at(-1);
  const hasOptions = last === undefined || (isObject(last) && !Array.isArray(last) && !isTensor(last));
  const operands = hasOptions ? args.slice(0, -1) : args;
  const { type } = readView(op, 'the first operand', operands[0]);
  return { operator: op, operands, options: (hasOptions ? (last ?? {}) : {}) as Problem['options'], type };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isTensor(value: object): boolean {
  return 'data' in value && ('dims' in value || 'shape' in value);
}

/** Runs a problem every way; the process-wide instruction set is put back afterwards. */
export async function checkProblem(problem: Problem, options: ReadCheckOptions): Promise<CrossCheck> {
  const judge = new Judge(problem);
  const rows: CheckRow[] = [referenceRow(judge)];
  const binding = loadBinding();
  const { isa: before } = binding.info();
  try {
    for (const isa of options.isas) {
      binding.setIsa(isa);
      for (const threads of options.threads) rows.push(...(await nativeRows(judge, options, threads)));
    }
  } finally {
    binding.setIsa(before);
  }
  for (const [name, kernel] of Object.entries(options.kernels)) {
    rows.push(await ownRow(judge, name, kernel, options.tolerance));
  }
  return new CrossCheck(problem, rows);
}

function referenceRow(judge: Judge): CheckRow {
  const verdict = judge.byBits(judge.expected);
  return makeRow({ door: 'reference' }, verdict, 'the definition', judge.milliseconds);
}

type Place = Pick<CheckRow, 'door'> & Partial<Pick<CheckRow, 'algorithm' | 'isa' | 'threads'>>;

function makeRow(place: Place, verdict: Verdict, bound: string, milliseconds: number): CheckRow {
  return { algorithm: '', isa: '', threads: 0, ...place, refused: null, ...verdict, bound, milliseconds };
}

function refusedRow(place: Place, reason: string): CheckRow {
  const nothing = { passed: true, sameBits: false, maxUlp: 0, maxAbsolute: 0, units: 0, difference: null };
  return {
    algorithm: '',
    isa: '',
    threads: 0,
    ...place,
    refused: reason,
    ...nothing,
    bound: '',
    milliseconds: 0,
  };
}

type Door = Readonly<Record<string, (...args: unknown[]) => Tensor | Promise<Tensor>>>;

/** A forced algorithm, or a free choice with and without the numbers contract. */
type Choice = { readonly algorithm?: Algorithm; readonly reproducible?: true };

async function nativeRows(judge: Judge, options: ReadCheckOptions, threads: number): Promise<CheckRow[]> {
  const rows: CheckRow[] = [];
  for (const door of options.doors) {
    for (const choice of choicesOf(judge.problem, door, options.algorithms)) {
      rows.push(await nativeRow(judge, door, { ...choice, threads }));
    }
  }
  return rows;
}

/** im2col and col2im have no algorithms; the asynchronous door runs the same ones as the other. */
function choicesOf(
  { operator, options }: Problem,
  door: 'native' | 'promises',
  algorithms: readonly Algorithm[] | null,
): Choice[] {
  const free: Choice[] = options.reproducible === true ? [{}] : [{}, { reproducible: true }];
  if (operator === 'im2col' || operator === 'col2im') return free;
  if (algorithms !== null) return algorithms.map((algorithm) => ({ algorithm }));
  if (door === 'promises' || options.algorithm !== undefined) return free;
  const forced = ALGORITHMS.filter((algorithm) => algorithm !== 'auto').map((algorithm) => ({ algorithm }));
  return operator === 'matmul' ? free : [...free, ...forced];
}

async function nativeRow(
  judge: Judge,
  door: 'native' | 'promises',
  choice: Choice & { readonly threads: number },
): Promise<CheckRow> {
  const { problem } = judge;
  const options = { ...problem.options, ...choice };
  const asked = { door, algorithm: choice.algorithm ?? 'auto', threads: choice.threads };
  let plan: Explanation;
  try {
    plan = explainProblem({ ...problem, options });
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== 'ERR_CONV_ALGORITHM') throw error;
    return refusedRow(asked, (error as Error).message.replace(/^\w+: /, ''));
  }
  const operator = ((door === 'native' ? native : promised) as unknown as Door)[problem.operator];
  const start = performance.now();
  const actual = await operator(...problem.operands, options);
  const milliseconds = performance.now() - start;
  const place = { ...asked, algorithm: plan.algorithm, isa: plan.isa };
  if (plan.reproducible) return makeRow(place, judge.byBits(actual), 'the same bits', milliseconds);
  const verdict = judge.byBound(actual, plan.expectedError);
  return makeRow(place, verdict, boundText(plan.expectedError), milliseconds);
}

function boundText({ units, basis, local }: ExpectedError): string {
  const most = `${basis === 'measured' ? 'about ' : ''}${Number(units.toPrecision(3))} units off`;
  return local === false ? `${most}, of the largest` : `${most} at most`;
}

async function ownRow(
  judge: Judge,
  name: string,
  kernel: OwnKernel,
  tolerance: Tolerance | null,
): Promise<CheckRow> {
  const { problem } = judge;
  const call = kernel as (...args: unknown[]) => ReturnType<OwnKernel>;
  const start = performance.now();
  const result: unknown = await call(...problem.operands, problem.options);
  const milliseconds = performance.now() - start;
  if (result === null) return refusedRow({ door: name }, 'it does not take this call');
  if (result === undefined) {
    throw createError('TypeError', 'ERR_CONV_OPTION', CALLER, `the kernel ${name} returned nothing`);
  }
  const view = readView(CALLER, `the result of ${name}`, result);
  const actual = new Tensor(view.data, view.dims);
  if (tolerance !== null) {
    return makeRow(
      { door: name },
      judge.byTolerance(actual, tolerance),
      'within the tolerance',
      milliseconds,
    );
  }
  const chain = explainProblem({
    ...problem,
    options: { ...problem.options, algorithm: undefined, reproducible: true },
  });
  const units = chain.stages.reduce((sum, stage) => sum + stage.expectedError.units, 0);
  const bound = { units, basis: 'bound' } as const;
  return makeRow({ door: name }, judge.byBound(actual, bound), boundText(bound), milliseconds);
}

/** explain() takes the dims of the forward call's input and weight. */
function explainProblem({ operator, operands, options, type }: Problem): Explanation {
  const dims = operands.map((operand) =>
    Array.isArray(operand) ? (operand as readonly number[]) : readView(operator, 'an operand', operand).dims,
  );
  const given = { ...options, type };
  const ask = explain as (op: string, input: unknown, weights: unknown, options: object) => Explanation;
  if (operator.endsWith('InputGrad')) return ask(operator, dims[2], dims[1], given);
  if (operator.endsWith('WeightGrad')) return ask(operator, dims[1], dims[2], given);
  return ask(operator, dims[0], dims.length > 2 ? dims.slice(1) : dims[1], given);
}
