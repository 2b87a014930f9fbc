// One trial in a process of its own: prepares a shape for a contestant and times it. Started by run.ts.
// SPDX-License-Identifier: MIT

import { answer } from './child.ts';
import type { Prepared, Settings } from './contestant.ts';
import { CONTESTANTS, findContestant } from './contestants.ts';
import { GRADIENT_CONTESTANTS } from './gradients/contestants.ts';
import { gradientOperandsOf } from './gradients/task.ts';
import { IMAGE_CONTESTANTS } from './images/contestants.ts';
import { pictureFor } from './images/task.ts';
import type { Timing } from './measure.ts';
import { operandsOf } from './operands.ts';
import { isGradientTask, isImageTask, type Workload } from './workload.ts';

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
  const prepared = await prepare(contestant, shape, settings);
  const { algorithm, kernel, isa } = prepared;
  return { ...(await prepared.time(budgetMs)), algorithm, kernel, isa };
});

function prepare(
  name: string,
  shape: Workload,
  settings: Settings,
): Prepared<unknown> | Promise<Prepared<unknown>> {
  if (isImageTask(shape)) {
    return findContestant(IMAGE_CONTESTANTS, name).prepare(shape, pictureFor(shape), settings);
  }
  if (isGradientTask(shape)) {
    return findContestant(GRADIENT_CONTESTANTS, name).prepare(shape, gradientOperandsOf(shape), settings);
  }
  return findContestant(CONTESTANTS, name).prepare(shape, operandsOf(shape), settings);
}
