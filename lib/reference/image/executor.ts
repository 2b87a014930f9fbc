// Runs a prepared image call with the loops that define it. Layer: reference.
// SPDX-License-Identifier: MIT

import type { ImageCall, ImageOperation } from '../../image/call.ts';
import type { ImageResult } from '../../image/pixels.ts';
import type { PrepareBatch, PrepareImage } from '../../ops/image.ts';
import type { PrepareStrips, Strips } from '../../ops/strips.ts';
import { finish } from '../../turns.ts';
import { box } from './box.ts';
import { filter, separable } from './filter.ts';
import { resample } from './resample.ts';
import { tensor } from './tensor.ts';

const LOOPS: Readonly<Record<ImageOperation, (call: ImageCall) => void>> = {
  resample,
  filter,
  separable,
  box,
  tensor,
};

/** Makes an image operator of the reference door. */
export function referenceImage<Args extends unknown[], Result extends ImageResult>(
  prepare: PrepareImage<Args, Result>,
): (...args: Args) => Result {
  return (...args) => {
    const call = prepare('reference', ...args);
    LOOPS[call.geometry.operation](call);
    return call.result;
  };
}

/** As {@link referenceImage}, of an operator that makes several calls. */
export function referenceBatch<Args extends unknown[], Result extends ImageResult>(
  prepare: PrepareBatch<Args, Result>,
): (...args: Args) => Result {
  return (...args) => {
    const { calls, result } = finish(prepare('reference', ...args));
    for (const call of calls) LOOPS[call.geometry.operation](call);
    return result;
  };
}

/** As {@link referenceImage}, of an operator on strips. */
export function referenceStrips<Args extends unknown[]>(
  prepare: PrepareStrips<Args>,
): (...args: Args) => Strips {
  return (...args) => prepare('reference', (call) => LOOPS[call.geometry.operation](call), ...args);
}
