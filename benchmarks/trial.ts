// One trial in a process of its own: prepares a shape for a contestant and times it. Started by run.ts.
// SPDX-License-Identifier: MIT

import type { NamedShape } from '../test/shapes.ts';
import { answer } from './child.ts';
import type { Settings } from './contestant.ts';
import { contestantNamed } from './contestants.ts';
import type { Timing } from './measure.ts';
import { operandsOf } from './operands.ts';

export interface TrialRequest extends Settings {
  readonly contestant: string;
  readonly shape: NamedShape;
  readonly budgetMs: number;
}

export interface TrialReport extends Timing {
  readonly algorithm: string;
  readonly kernel: string;
  readonly isa: string;
}

await answer<TrialRequest, TrialReport>(async ({ contestant, shape, budgetMs, ...settings }) => {
  const prepared = await contestantNamed(contestant).prepare(shape, operandsOf(shape), settings);
  const { algorithm, kernel, isa } = prepared;
  return { ...(await prepared.time(budgetMs)), algorithm, kernel, isa };
});
