// Computes one shape once by every contestant and compares the outputs, in a process of its own. Started by run.ts
// before anything is timed.
// SPDX-License-Identifier: MIT

import { type Agreement, checkDefinition, compare } from './agreement.ts';
import { answer } from './child.ts';
import type { Operands, Settings } from './contestant.ts';
import { CONTESTANTS, findContestant } from './contestants.ts';
import { checkGradients } from './gradients/agreement.ts';
import { checkImages } from './images/agreement.ts';
import { REPRODUCIBLE } from './native-conv.ts';
import { operandsOf } from './operands.ts';
import { isGradientTask, isImageTask, type Workload } from './workload.ts';

export interface CheckRequest extends Settings {
  readonly shape: Workload;
  readonly contestants: readonly string[];
}

/** By contestant. */
export type CheckReport = Readonly<Record<string, Agreement>>;

await answer<CheckRequest, CheckReport>(async ({ shape, contestants, ...settings }) => {
  if (isImageTask(shape)) return checkImages(shape, contestants, settings);
  if (isGradientTask(shape)) return checkGradients(shape, contestants, settings);
  const operands = operandsOf(shape);
  const reproducible = async (on: Operands) =>
    (await REPRODUCIBLE.prepare(shape, on, { ...settings, reuseOutput: false })).output();
  const truth = await reproducible(operands);
  const complaint = checkDefinition(shape, operands, truth);
  if (complaint !== undefined) return { [REPRODUCIBLE.name]: { worstError: 0, complaint } };
  const magnitudes = await reproducible({
    input: operands.input.map(Math.abs),
    weight: operands.weight.map(Math.abs),
  });

  const report: Record<string, Agreement> = {};
  for (const name of contestants) {
    const prepared = await findContestant(CONTESTANTS, name).prepare(shape, operands, settings);
    report[name] = compare(await prepared.output(), truth, magnitudes, prepared.exact);
  }
  return report;
});
