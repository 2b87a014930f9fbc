// Runs prepared calls by the binary, at once or off the event loop. Layer: native executors, over binding.ts.
// SPDX-License-Identifier: MIT

import type { PackedWeight, Stage } from '../call.ts';
import { typeError } from '../errors.ts';
import { packGeometry } from '../geometry.ts';
import type { PreparedFor } from '../ops/call.ts';
import type { ArgumentsThrough, Prepare } from '../ops/door.ts';
import type { Tensor } from '../tensor.ts';
import { loadBinding, type NativeStage } from './binding.ts';

/** Runs a call now; returns its result. */
export function runNative<Result extends Tensor>(call: PreparedFor<Result>): Result {
  loadBinding().run(call.operator, call.stages.map(nativeStage), call.threads);
  return call.result;
}

/**
 * Runs a call off the event loop. Its buffers must not be written, transferred or resized until the promise settles.
 *
 * @throws the reason of the call's signal, once that is aborted.
 */
export async function runNativeAsync<Result extends Tensor>(call: PreparedFor<Result>): Promise<Result> {
  for (const { source, weight, bias, residual, slope, target } of call.stages)
    checkFixed(call.operator, [source, weight, bias, residual, slope, target]);
  await settle(call.signal, (cancel) =>
    loadBinding().runAsync(call.operator, call.stages.map(nativeStage), call.threads, cancel),
  );
  return call.result;
}

/** Waits for a run that looks at `cancel[0]`, which the signal sets; rejects with the signal's reason then. */
export async function settle(
  signal: AbortSignal | undefined,
  start: (cancel: Int32Array) => Promise<void>,
): Promise<void> {
  if (signal?.aborted) throw signal.reason;
  const cancel = new Int32Array(1);
  const abort = (): void => {
    cancel[0] = 1;
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await start(cancel);
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  if (signal?.aborted) throw signal.reason;
}

/** Makes an operator of the synchronous door. */
export function sync<Args extends unknown[], Result extends Tensor>(
  prepare: Prepare<Args, Result>,
): (...args: Args) => Result {
  return (...args) => runNative(prepare('native', ...args));
}

/** Makes an operator of the asynchronous door; bad arguments reject, too. */
export function promised<Args extends unknown[], Result extends Tensor>(
  prepare: Prepare<Args, Result>,
): (...args: ArgumentsThrough<'async', Args>) => Promise<Result> {
  return async (...args) => {
    return await runNativeAsync(prepare('async', ...(args as unknown as Args)));
  };
}

function nativeStage(stage: Stage): NativeStage {
  const { geometry, source, weight, bias, residual, slope, target } = stage;
  const operand = isPacked(weight) ? weight.handle : weight;
  return [packGeometry(geometry), source, operand, bias, residual, slope, target];
}

function isPacked(weight: Stage['weight']): weight is PackedWeight & { readonly handle: object } {
  return weight !== null && !ArrayBuffer.isView(weight);
}

/** Memory that could shrink under a running call is refused. */
export function checkFixed(operator: string, operands: readonly unknown[]): void {
  for (const data of operands) {
    if (ArrayBuffer.isView(data) && isResizable(data)) {
      const message =
        'an operand lies in a resizable ArrayBuffer, which could shrink during the call; copy it first';
      throw typeError('ERR_CONV_DTYPE', operator, message);
    }
  }
}

function isResizable(data: ArrayBufferView): boolean {
  return (data.buffer as { readonly resizable?: boolean }).resizable === true;
}
