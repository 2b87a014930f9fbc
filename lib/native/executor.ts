// Runs prepared calls by the binary, at once or off the event loop. Layer: native executors, over binding.ts.
// SPDX-License-Identifier: MIT

import type { Gathering, PackedWeight, PreparedCall, Stage } from '../call.ts';
import { type Geometry, packGeometry } from '../geometry.ts';
import type { PreparedFor } from '../ops/call.ts';
import type { ArgumentsThrough, Prepare } from '../ops/door.ts';
import type { Door } from '../options.ts';
import { checkFixed, detached, isDetached, type Tensor } from '../tensor.ts';
import { loadBinding, type NativeFields, type NativeGathering, type NativeStage } from './binding.ts';

/** Runs a call now; returns its result. */
export function runNative<Result extends Tensor>(call: PreparedFor<Result>): Result {
  const { operator, stages, gatherings, threads } = call;
  if (gatherings.length > 0) loadBinding().gather(operator, threads, gatherings.map(nativeGathering));
  if (stages.length === 1) {
    // Spelt out, since spreading would cost a tenth of a small call.
    const { geometry, source, weight, bias, residual, slope, target } = stages[0];
    loadBinding().run(
      operator,
      threads,
      packed(geometry),
      source,
      weightField(weight),
      bias,
      residual,
      slope,
      target,
    );
  } else {
    loadBinding().run(operator, threads, ...nativeFields(call));
  }
  return call.result;
}

/**
 * Runs a call off the event loop. Its buffers must not be written, transferred or resized until the promise settles.
 *
 * @throws RangeError `ERR_CONV_SHAPE` if `out` was transferred meanwhile, and the result with it.
 * @throws the reason of the call's signal, once that is aborted.
 */
export async function runNativeAsync<Result extends Tensor>(call: PreparedFor<Result>): Promise<Result> {
  for (const { source, weight, bias, residual, slope, target } of call.stages)
    checkFixed(call.operator, [source, weight, bias, residual, slope, target]);
  const { operator, threads, gatherings } = call;
  for (const { from } of gatherings) checkFixed(operator, [from]);
  const copied = gatherings.length > 0 ? gatherings.map(nativeGathering) : null;
  await settle(call.signal, (cancel) =>
    loadBinding().runAsync(operator, threads, cancel, copied, ...nativeFields(call)),
  );
  for (const { target } of call.stages) if (target) checkKept(call.operator, target);
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
    loadBinding().dropCancelled();
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
  // Spelt out as in runNative; no operator takes more.
  const spelt = prepare as unknown as Spelt<Result>;
  const run = (a: unknown, b: unknown, c: unknown, d: unknown): Result =>
    runNative(spelt('native', a, b, c, d));
  return run as (...args: unknown[]) => Result;
}

type Spelt<Result extends Tensor> = (
  door: Door,
  a: unknown,
  b: unknown,
  c: unknown,
  d: unknown,
) => PreparedFor<Result>;

/** Makes an operator of the asynchronous door; bad arguments reject, too. */
export function promised<Args extends unknown[], Result extends Tensor>(
  prepare: Prepare<Args, Result>,
): (...args: ArgumentsThrough<'async', Args>) => Promise<Result> {
  return async (...args) => {
    return await runNativeAsync(prepare('async', ...(args as unknown as Args)));
  };
}

function nativeGathering({ from, into, dims, strides, offset }: Gathering): NativeGathering {
  return [from, into, Float64Array.of(...dims, ...strides, offset)];
}

function nativeFields({ stages }: PreparedCall): NativeFields {
  return stages.flatMap(nativeStage) as NativeStage[number][] as NativeFields;
}

function nativeStage(stage: Stage): NativeStage {
  const { geometry, source, weight, bias, residual, slope, target } = stage;
  return [packed(geometry), source, weightField(weight), bias, residual, slope, target];
}

/** Geometries outlive their call (lib/ops/plan-cache.ts), and so do their packed forms. */
const packedGeometries = new WeakMap<Geometry, Float64Array>();

function packed(geometry: Geometry): Float64Array {
  let values = packedGeometries.get(geometry);
  if (values === undefined) {
    values = packGeometry(geometry);
    packedGeometries.set(geometry, values);
  }
  return values;
}

function weightField(weight: Stage['weight']): NativeStage[2] {
  return isPacked(weight) ? weight.handle : weight;
}

function isPacked(weight: Stage['weight']): weight is PackedWeight & { readonly handle: object } {
  return weight !== null && !ArrayBuffer.isView(weight);
}

/** After a run: an `out` that was transferred took the result with it. Its length may not tell (lib/ops/call.ts). */
export function checkKept(operator: string, target: ArrayBufferView): void {
  if (isDetached(target)) throw detached(operator, 'options.out.data');
}
