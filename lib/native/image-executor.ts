// Runs prepared image calls by the binary, at once or off the event loop. Layer: native executors, over binding.ts.
// SPDX-License-Identifier: MIT

import { setImmediate } from 'node:timers/promises';
import { type ImageBatch, type ImageCall, packImageGeometry } from '../image/call.ts';
import type { ImageResult } from '../image/pixels.ts';
import type { ArgumentsThrough } from '../ops/door.ts';
import type { PrepareBatch, PrepareImage } from '../ops/image.ts';
import type { PrepareStrips, Strips } from '../ops/strips.ts';
import { checkFixed, detached, isDetached } from '../tensor.ts';
import { finish, finishInTurns, type Stepwise } from '../turns.ts';
import { loadBinding, type NativeImageCall } from './binding.ts';
import { checkKept, settle } from './executor.ts';

/** Makes an image operator of the synchronous door. */
export function syncImage<Args extends unknown[], Result extends ImageResult>(
  prepare: PrepareImage<Args, Result>,
): (...args: Args) => Result {
  return (...args) => {
    const call = prepare('native', ...args);
    runNow(call);
    return call.result;
  };
}

/** Makes an image operator of the asynchronous door; bad arguments reject, too. */
export function promisedImage<Args extends unknown[], Result extends ImageResult>(
  prepare: PrepareImage<Args, Result>,
): (...args: ArgumentsThrough<'async', Args>) => Promise<Result> {
  return async (...args) => {
    const call = prepare('async', ...(args as unknown as Args));
    checkFixed(call.operator, [call.source, call.target]);
    await runLater(call);
    return call.result;
  };
}

/** As {@link syncImage}, of an operator that makes several calls. */
export function syncBatch<Args extends unknown[], Result extends ImageResult>(
  prepare: PrepareBatch<Args, Result>,
): (...args: Args) => Result {
  return (...args) => {
    const { calls, result } = finish(prepare('native', ...args));
    for (const call of calls) runNow(call);
    return result;
  };
}

/** As {@link promisedImage}, of an operator that makes several calls. */
export function promisedBatch<Args extends unknown[], Result extends ImageResult>(
  prepare: PrepareBatch<Args, Result>,
): (...args: ArgumentsThrough<'async', Args>) => Promise<Result> {
  return async (...args) => {
    const { calls, result } = await finishInTurns(fixedBatch(prepare, args as unknown as Args), setImmediate);
    for (const call of calls) await runLater(call);
    return result;
  };
}

function* fixedBatch<Args extends unknown[], Result extends ImageResult>(
  prepare: PrepareBatch<Args, Result>,
  args: Args,
): Stepwise<ImageBatch<Result>> {
  const batch = yield* prepare('async', ...args);
  for (const { operator, source, target } of batch.calls) {
    checkFixed(operator, [source, target]);
    yield;
  }
  return batch;
}

/** Makes an operator on strips of the synchronous door: the source may be asynchronous, each strip runs at once. */
export function syncStrips<Args extends unknown[]>(prepare: PrepareStrips<Args>): (...args: Args) => Strips {
  return (...args) => prepare('native', runNow, ...args);
}

/** As {@link syncStrips}, each strip off the event loop. */
export function promisedStrips<Args extends unknown[]>(
  prepare: PrepareStrips<Args>,
): (...args: ArgumentsThrough<'async', Args>) => Strips {
  return (...args) => prepare('async', runLater, ...(args as unknown as Args));
}

function runNow(call: ImageCall): void {
  loadBinding().runImage(call.operator, nativeCall(call), call.threads);
}

async function runLater(call: ImageCall): Promise<void> {
  // It may have been transferred while earlier calls of its batch ran. Its length may not tell (lib/ops/call.ts).
  if (isDetached(call.source)) throw detached(call.operator, 'image.data');
  await settle(call.signal, (cancel) =>
    loadBinding().runImageAsync(call.operator, nativeCall(call), call.threads, cancel),
  );
  checkKept(call.operator, call.target);
}

function nativeCall({ geometry, source, target, tables }: ImageCall): NativeImageCall {
  return [packImageGeometry(geometry), source, target, tables];
}
