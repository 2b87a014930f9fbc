// The memory of the binary's results: that of large ones is not V8's, which learns of it, and of garbage among it, in
// turns of the event loop of its own, so that no call waits for a collection; freed memory goes back when it is not
// needed. Layer: native, under binding.ts.
// SPDX-License-Identifier: MIT

import { setImmediate, setTimeout } from 'node:timers';
import type { NativeBinding } from './binding.ts';

/** A buffer of so many bytes, whatever they hold. */
export function allocateResult(binding: NativeBinding, bytes: number): ArrayBuffer {
  if (bytes < LARGE_BYTES) return counted(bytes);
  giveBackLater(binding);
  return uncounted(binding, bytes) ?? counted(bytes);
}

function counted(bytes: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer;
}

/** Results of this size and more lie in blocks of ours. */
const LARGE_BYTES = 2 ** 23;

/** Freed blocks are given back once none was needed for so long. */
const IDLE_MS = 2000;
/** What V8's threads need to free what was collected. */
const SWEEP_MS = 100;
let givingBack: NodeJS.Timeout | undefined;

function giveBackLater(binding: NativeBinding): void {
  givingBack = givingBack?.refresh() ?? setTimeout(() => giveBack(binding), IDLE_MS).unref();
}

function giveBack(binding: NativeBinding): void {
  if (keepsResults(binding)) for (let half = 0; half < 3; half++) nudgeCollector();
  setTimeout(() => binding.giveBackMemory(), SWEEP_MS).unref();
}

/**
 * V8 collects its young generation where the buffers there hold 32 MiB, and for every 64 MiB of all buffers it marks
 * the whole heap: 16 to 33 ms a call with a heap of 300 MB, for a result of 133 MiB. So a large result is not counted,
 * but the block that it lies in, once. Every 16 MiB of results, and each that is larger, bring a buffer that is, never
 * touched and let go of at once, so that the young generation, where most results die, is collected for every second
 * one, and memory is used again before it is cold. (V8 of Node.js 24 marks for every fourth of those.)
 */
const NUDGE_BYTES = 2 ** 24;

function nudgeCollector(): void {
  Buffer.allocUnsafeSlow(NUDGE_BYTES);
}

function uncounted(binding: NativeBinding, bytes: number): ArrayBuffer | undefined {
  if (!keepsResults(binding)) return undefined;
  nudgeSoon(Math.min(1, bytes / NUDGE_BYTES));
  countSoon(binding);
  const memory = binding.resultMemory(bytes);
  if (memory === undefined) binding.freeResults();
  return memory;
}

/** Nudges for the results so far; whole ones are due in a turn of the event loop, where no call waits. */
let owedNudges = 0;
/** Since when a turn is awaited that pays. */
let unpaidSince: number | undefined;
/** What a turn pays: V8 collects once, however many results the turn before made. */
const MOST_PAID = 2;
/** Calls of one turn leave so many to the next one; a loop of synchronous calls, which has no turns, as many as a turn pays. */
const MOST_OWED = 8;
/** Calls that take longer than this without a turn compute themselves. */
const LOOP_MS = 2;

function nudgeSoon(nudges: number): void {
  const now = performance.now();
  if (unpaidSince === undefined) setImmediate(payNudges);
  unpaidSince ??= now;
  owedNudges += nudges;
  const most = now - unpaidSince > LOOP_MS ? MOST_PAID : MOST_OWED;
  for (; owedNudges > most; owedNudges--) nudgeCollector();
}

function payNudges(): void {
  unpaidSince = undefined;
  const due = Math.floor(owedNudges);
  if (due === 0) return;
  owedNudges -= due;
  for (let paid = 0; paid < Math.min(due, MOST_PAID); paid++) nudgeCollector();
  // V8 looks at what there is when the next buffer outside of its heap is made.
  Buffer.allocUnsafeSlow(4096);
}

/** Blocks come several at a time, and V8 may begin to mark for each that it is told of. */
const COUNTING_MS = 250;
let counting = false;

function countSoon(binding: NativeBinding): void {
  if (counting) return;
  counting = true;
  const count = () => {
    counting = false;
    binding.countResults();
  };
  setTimeout(count, COUNTING_MS).unref();
}

/** In V8's sandbox, Electron's for one, all memory of buffers must be its own. */
function keepsResults(binding: NativeBinding): boolean {
  if (!binding.keepsResults || process.versions.electron !== undefined) return false;
  const { v8_enable_sandbox: sandbox } = process.config.variables as { readonly v8_enable_sandbox?: unknown };
  return !sandbox;
}
