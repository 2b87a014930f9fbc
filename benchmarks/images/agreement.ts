// Whether all contestants make the same picture of a task. Ours is held to the reference byte for byte, the others to
// ours: opencv.js to the bit, sharp within what its own arithmetic allows, and away from the edges, which it extends in
// another way.
// SPDX-License-Identifier: MIT

import * as reference from '../../lib/reference.ts';
import type { Agreement } from '../agreement.ts';
import type { Settings } from '../contestant.ts';
import { findContestant } from '../contestants.ts';
import { callOf, IMAGE_CONTESTANTS } from './contestants.ts';
import { type ImageTask, type ImageValues, pictureFor, targetSize } from './task.ts';

/** By contestant, as the layers' report. */
export async function checkImages(
  task: ImageTask,
  contestants: readonly string[],
  settings: Settings,
): Promise<Readonly<Record<string, Agreement>>> {
  const pixels = pictureFor(task);
  const truth = callOf(reference, task, pixels).data;
  const report: Record<string, Agreement> = {};
  for (const name of contestants) {
    const prepared = await findContestant(IMAGE_CONTESTANTS, name).prepare(task, pixels, settings);
    report[name] = comparePictures(task, await prepared.output(), truth, prepared.exact);
  }
  return report;
}

/**
 * Mean difference in levels of 255 that another library may have: libvips computes with short weights, and cuts its
 * gaussians off earlier. A wrong picture is off by tens.
 */
export const MEAN_LEVELS = 1.5;
/** Pixels at each edge that an inexact contestant may treat in its own way. */
const EDGE = 8;

/** `worstError` is in levels: the largest difference of an exact contestant, the mean one of another. */
export function comparePictures(
  task: ImageTask,
  output: ImageValues,
  truth: ImageValues,
  exact: boolean,
): Agreement {
  if (output.length !== truth.length) {
    return { worstError: 0, complaint: `has ${output.length} values instead of ${truth.length}` };
  }
  if (exact) {
    const at = output.findIndex((value, i) => value !== truth[i]);
    if (at === -1) return { worstError: 0 };
    const worstError = Math.abs(output[at] - truth[at]);
    return { worstError, complaint: `value ${at} is ${output[at]}, must be ${truth[at]}` };
  }
  const worstError = meanDifference(task, output, truth);
  if (worstError <= MEAN_LEVELS) return { worstError };
  const complaint = `differs by ${worstError.toFixed(2)} levels on the average, more than ${MEAN_LEVELS}`;
  return { worstError, complaint };
}

function meanDifference(task: ImageTask, output: ImageValues, truth: ImageValues): number {
  const { width, height } = targetSize(task);
  const { channels } = task.source;
  const tensor = task.operation === 'toTensor' ? task.options : undefined;
  let sum = 0;
  let count = 0;
  for (let y = EDGE; y < height - EDGE; y++) {
    for (let x = EDGE; x < width - EDGE; x++) {
      for (let c = 0; c < channels; c++) {
        const at = tensor ? (c * height + y) * width + x : (y * width + x) * channels + c;
        sum += Math.abs(output[at] - truth[at]) * (tensor ? 255 * tensor.std[c] : 1);
        count++;
      }
    }
  }
  return sum / count;
}
