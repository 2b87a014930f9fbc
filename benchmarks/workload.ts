// What can be measured: a layer, a gradient, or something done with an image. A workload goes to the child processes as
// JSON.
// SPDX-License-Identifier: MIT

import type { NamedShape } from '../test/shapes.ts';
import { bytesMoved, multiplyAdds } from './geometry.ts';
import { type GradientTask, gradientWork } from './gradients/task.ts';
import { describeTask, type ImageTask, imageBytes, imageMultiplyAdds } from './images/task.ts';

export type Workload = NamedShape | GradientTask | ImageTask;

export function isImageTask(workload: Workload): workload is ImageTask {
  return 'operation' in workload;
}

export function isGradientTask(workload: Workload): workload is GradientTask {
  return 'forward' in workload;
}

export interface Work {
  readonly multiplyAdds: number;
  readonly bytes: number;
}

/** Nominal multiply-adds, and the bytes that must be moved at the least. */
export function workOf(workload: Workload): Work {
  if (isGradientTask(workload)) return gradientWork(workload);
  return isImageTask(workload)
    ? { multiplyAdds: imageMultiplyAdds(workload), bytes: imageBytes(workload) }
    : { multiplyAdds: multiplyAdds(workload), bytes: bytesMoved(workload) };
}

export function describeWorkload(workload: Workload): string {
  if (isImageTask(workload)) return describeTask(workload);
  if (isGradientTask(workload)) return `${workload.by} gradient of ${describeWorkload(workload.forward)}`;
  const { input, weight, options } = workload;
  const extras = Object.entries(options).map(([name, value]) => ` ${name} ${value}`);
  return `${input.join('×')} * ${weight.join('×')}${extras.join('')}`;
}
