// The timing loop of one trial: warm up, then sample until the budget is used. Written out and not taken from
// tinybench or mitata, because they sample within one process, whereas here each trial is a process of its own (so
// that memory, frequency and code layout are drawn anew) and contributes one median to the table.
// SPDX-License-Identifier: MIT

import { median } from './statistics.ts';

const WARM_UP_NS = 60e6;
/** V8 collects for every 64 MiB of results; after a few times their memory is recycled, and the steady state begins. */
const WARM_UP_BYTES = 6 * 2 ** 26;
const LONGEST_WARM_UP_NS = 2e9;
const SAMPLE_NS = 20e3;
const MINIMUM_SAMPLES = 5;

export interface Timing {
  readonly medianMs: number;
  readonly minMs: number;
  readonly samples: number;
}

/** Times a call, of which several make a sample where one is too short for the clock. */
export async function measure(run: () => unknown, budgetMs: number): Promise<Timing> {
  const perCall = await warmUp(run);
  const calls = Math.max(1, Math.ceil(SAMPLE_NS / perCall));
  const samples: number[] = [];
  const end = now() + budgetMs * 1e6;
  while (now() < end || samples.length < MINIMUM_SAMPLES) {
    const start = now();
    for (let call = 0; call < calls; call++) {
      const output = run();
      // Only promises are awaited: a turn of the microtask queue would be a tenth of a small synchronous call.
      if (output instanceof Promise) await output;
    }
    samples.push((now() - start) / calls / 1e6);
  }
  return { medianMs: median(samples), minMs: Math.min(...samples), samples: samples.length };
}

/** Runs until the memory of results is recycled, and returns the nanoseconds of the shortest call. */
async function warmUp(run: () => unknown): Promise<number> {
  const begin = now();
  let shortest = Number.POSITIVE_INFINITY;
  let bytes = 0;
  const isWarm = (passed: number) =>
    passed >= WARM_UP_NS && (bytes >= WARM_UP_BYTES || passed >= LONGEST_WARM_UP_NS);
  do {
    const start = now();
    bytes += bytesOf(await run());
    shortest = Math.min(shortest, now() - start);
  } while (!isWarm(now() - begin));
  return Math.max(1, shortest);
}

/** Of a result: an array, or something that holds one. Others, such as void, need no more than the time. */
function bytesOf(result: unknown): number {
  if (ArrayBuffer.isView(result)) return result.byteLength;
  const { data } = (result ?? {}) as { readonly data?: unknown };
  return ArrayBuffer.isView(data) ? data.byteLength : WARM_UP_BYTES;
}

function now(): number {
  return Number(process.hrtime.bigint());
}
