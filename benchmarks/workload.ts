// What can be measured: a layer, or something done with an image. A workload goes to the child processes as JSON.
// SPDX-License-Identifier: MIT

import type { NamedShape } from '../test/shapes.ts';
import { bytesMoved, multiplyAdds } from './geometry.ts';
import { describeTask, type ImageTask, imageBytes, imageMultiplyAdds } from './images/task.ts';

export type Workload = NamedShape | ImageTask;

export function isImageTask(workload: Workload): workload is ImageTask {
  return 'operation' in workload;
}

export interface Work {
  readonly multiplyAdds: number;
  readonly bytes: number;
}

/** Nominal multiply-adds, and the bytes that must be moved at the least. */
export function workOf(workload: Workload): Work {
  return isImageTask(workload)
    ? { multiplyAdds: imageMultiplyAdds(workload), bytes: imageBytes(workload) }
    : { multiplyAdds: multiplyAdds(workload), bytes: bytesMoved(workload) };
}

export function describeWorkload(workload: Workload): string {
  if (isImageTask(workload)) return describeTask(workload);
  const { input, weight, options } = workload;
  const extras = Object.entries(options).map(([name, value]) => ` ${name} ${value}`);
  return `${input.join('×')} * ${weight.join('×')}${extras.join('')}`;
}
