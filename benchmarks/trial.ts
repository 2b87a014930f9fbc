// One trial in a process of its own: prepares a shape for a contestant and times it. Started by run.ts.
// SPDX-License-Identifier: MIT

import { answer } from './child.ts';
import type { Settings } from './contestant.ts';
import { CONTESTANTS, findContestant } from './contestants.ts';
import { IMAGE_CONTESTANTS } from './images/contestants.ts';
import { pictureFor } from './images/task.ts';
import type { Timing } from './measure.ts';
import { operandsOf } from './operands.ts';
import { isImageTask, type Workload } from './workload.ts';

export interface TrialRequest extends Settings {
  readonly contestant: string;
  readonly shape: Workload;
  readonly budgetMs: number;
}

export interface TrialReport extends Timing {
  readonly algorithm: string;
  readonly kernel: string;
  readonly isa: string;
}

await answer<TrialRequest, TrialReport>(async ({ contestant, shape, budgetMs, ...settings }) => {
  const prepared = isImageTask(shape)
    ? await findContestant(IMAGE_CONTESTANTS, contestant).prepare(shape, pictureFor(shape), settings)
    : await findContestant(CONTESTANTS, contestant).prepare(shape, operandsOf(shape), settings);
  const { algorithm, kernel, isa } = prepared;
  return { ...(await prepared.time(budgetMs)), algorithm, kernel, isa };
});
