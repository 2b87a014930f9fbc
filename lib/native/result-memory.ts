// The memory of the binary's results: that of large ones is not V8's, which learns of it, and of garbage among it, in
// turns of the event loop of its own, so that no call waits for a collection; freed memory goes back when it is not
// needed. Layer: native, under binding.ts.
// SPDX-License-Identifier: MIT

import { setImmediate, setTimeout } from 'node:timers';
import type { NativeBinding } from './binding.ts';

/** A buffer of so many bytes, whatever they hold. */
export function allocateResult(binding: NativeBinding, bytes: number): ArrayBuffer {
  if (bytes >= LARGE_BYTES) giveBackLater(binding);
  return uncounted(binding, bytes) ?? (Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer);
}

/** Freed blocks of this size and more are worth giving back, once none was needed for so long. */
const LARGE_BYTES = 2 ** 25;
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
 * but the block that it lies in, once. It brings a buffer that is, never touched and let go of at once, so that the
 * young generation, where most results die, is collected for every second result, and memory is used again before it
 * is cold. (V8 of Node.js 24 marks for every fourth of those.)
 */
const UNCOUNTED_BYTES = 2 ** 24;

function nudgeCollector(): void {
  Buffer.allocUnsafeSlow(UNCOUNTED_BYTES);
}

function uncounted(binding: NativeBinding, bytes: number): ArrayBuffer | undefined {
  if (bytes < UNCOUNTED_BYTES || !keepsResults(binding)) return undefined;
  nudgeSoon();
  countSoon(binding);
  const memory = binding.resultMemory(bytes);
  if (memory === undefined) binding.freeResults();
  return memory;
}

/** Results since the last turn of the event loop, whose nudges are due in one of their own, where no call waits. */
let owedNudges = 0;
/** What a turn pays: V8 collects once, however many results the turn before made. */
const MOST_PAID = 2;
/** A loop of synchronous calls has no turns: from here on it pays itself. Calls of one turn of a server are fewer. */
const MOST_OWED = 8;

function nudgeSoon(): void {
  if (owedNudges === 0) setImmediate(payNudges);
  if (owedNudges < MOST_OWED) owedNudges++;
  else nudgeCollector();
}

function payNudges(): void {
  for (let paid = 0; paid < Math.min(owedNudges, MOST_PAID); paid++) nudgeCollector();
  owedNudges = 0;
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
