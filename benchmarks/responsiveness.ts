// What an asynchronous call costs the event loop, and how soon it stops when it is told to, in milliseconds:
// `npm run bench:responsiveness`. The figures of RELIABILITY.md.
// SPDX-License-Identifier: MIT

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { promisedDeconvolution } from '../lib/deconvolution/deconvolve2d.ts';
import { setThreads, Tensor } from '../lib/index.ts';
import * as promises from '../lib/promises.ts';
import { median } from './statistics.ts';

const ROUNDS = 7;
/** Until a call is aborted; all of them take longer. */
const HEAD_START_MS = 15;

type Call = (signal: AbortSignal) => Promise<unknown>;

const filled = (...dims: number[]) =>
  new Tensor(new Float32Array(dims.reduce((count, size) => count * size, 1)).fill(0.5), dims);
const photo = filled(1, 3, 2160, 3840);
const pixels = { data: new Uint8Array(2160 * 3840 * 3), width: 3840, height: 2160, channels: 3 };
const thumbnail = { data: new Uint8Array(320 * 240 * 3), width: 320, height: 240, channels: 3 };
const thousand = new Array<typeof thumbnail>(1000).fill(thumbnail);
const square3 = filled(1, 3, 1024, 1024);
const clip = filled(1, 8, 32, 128, 128);
const features = filled(1, 32, 540, 960);
const square = filled(2048, 2048);
const out = filled(1, 4, 2160, 3840);
const [blurred, blur] = [filled(1, 3, 1080, 1920), filled(3, 1, 5, 5)];
const small = filled(1, 3, 540, 960);
const circular = { method: 'wiener', padding: 'same', paddingMode: 'circular', groups: 3 } as const;
const [series, impulse] = [filled(1, 1, 1048576), filled(1, 1, 65536)];
const [whole, wide, window] = [filled(1, 16, 1024, 1024), filled(1, 4, 1200, 1200), filled(4, 1, 1023, 1023)];
/** Rows of columns: the last two axes exchanged. */
const turned = { data: photo.data, shape: [1, 3, 2160, 3840], stride: [24883200, 8294400, 1, 2160] };

/** The turns in which JavaScript computes. */
class Turns {
  readonly #lengths: number[] = [];
  #since = 0;

  begin(): void {
    this.#since = performance.now();
  }

  end(): void {
    this.#lengths.push(performance.now() - this.#since);
  }

  /** Of one call: 99 of 100 are no longer. */
  take(): number {
    const sorted = this.#lengths.splice(0).sort((a, b) => a - b);
    return sorted[Math.ceil(0.99 * sorted.length) - 1];
  }

  async during<Result>(start: () => Promise<Result>): Promise<Result> {
    const promise = start();
    this.end();
    const result = await promise;
    this.begin();
    return result;
  }
}

const turns = new Turns();
type Operator = (...args: never[]) => Promise<unknown>;
const watched =
  (operator: Operator) =>
  (...args: never[]) =>
    turns.during(() => operator(...args));
/** It computes between its products: each of its turns is watched. */
const deconvolve2d = promisedDeconvolution(
  {
    conv2d: watched(promises.conv2d),
    conv2dInputGrad: watched(promises.conv2dInputGrad),
    matmul: watched(promises.matmul),
  },
  () => turns.during(turn),
);

const CALLS: Readonly<Record<string, Call>> = {
  'conv2d 3×2160×3840 → 4, 3×3': (signal) =>
    promises.conv2d(photo, filled(4, 3, 3, 3), { padding: 1, signal }),
  'conv2d 32×540×960 → 64, 3×3': (signal) =>
    promises.conv2d(features, filled(64, 32, 3, 3), { padding: 1, signal }),
  'conv3d 8×32×128² → 16, 3×3×3': (signal) =>
    promises.conv3d(clip, filled(16, 8, 3, 3, 3), { padding: 1, signal }),
  'conv2d of a strided 3×2160×3840': (signal) => promises.conv2d(turned, filled(4, 3, 3, 3), { signal }),
  'conv2dWeightGrad 32×540×960': (signal) =>
    promises.conv2dWeightGrad(features, features, [32, 32, 3, 3], { padding: 1, signal }),
  'conv2dInputGrad 32×540×960': (signal) =>
    promises.conv2dInputGrad(features, filled(32, 64, 3, 3), [1, 64, 540, 960], { padding: 1, signal }),
  'im2col 32×540×960, 3×3': (signal) => promises.im2col(features, { kernelSize: [3, 3], padding: 1, signal }),
  'matmul 2048³': (signal) => promises.matmul(square, square, { signal }),
  'conv2d 3×2160×3840 into out': (signal) =>
    promises.conv2d(photo, filled(4, 3, 3, 3), { padding: 1, out, signal }),
  'deconvolve2d 3×1080×1920, 5×5': (signal) =>
    deconvolve2d(blurred, blur, { groups: 3, padding: 2, iterations: 3, tolerance: 0, signal }),
  'deconvolve2d 3×540×960, wiener': (signal) => deconvolve2d(small, blur, { ...circular, signal }),
  'conv1d 1×1048576, 65536 taps, reproducible': (signal) =>
    promises.conv1d(series, impulse, { reproducible: true, signal }),
  'conv2d 16×1024² by 1024²': (signal) => promises.conv2d(whole, whole, { signal }),
  'depthwiseConv2d 4×1200² by 1023²': (signal) => promises.depthwiseConv2d(wide, window, { signal }),
  'convTranspose1d 1 by 1048576': (signal) =>
    promises.convTranspose1d(filled(1, 1, 1), series, { stride: 3, signal }),
  'resize 3840×2160 → 7680×4320': (signal) => promises.resize(pixels, { width: 7680, height: 4320, signal }),
  'five conv2d 3×1024² → 4 in one turn': (signal) =>
    Promise.all(Array.from({ length: 5 }, () => promises.conv2d(square3, filled(4, 3, 3, 3), { signal }))),
  'toTensor of 1000 × 320×240 → 224²': (signal) =>
    promises.toTensor(thousand, { resize: { width: 224, height: 224 }, signal }),
  'resize 3840×2160 → 224×224': (signal) => promises.resize(pixels, { width: 224, height: 224, signal }),
};

/** From the call to its promise; of a call with many turns, the length that 99 of 100 keep to. */
async function held(call: Call): Promise<number> {
  turns.take();
  turns.begin();
  const promise = call(new AbortController().signal);
  turns.end();
  await promise;
  return turns.take();
}

/** From the abort to the rejection; `undefined` if the call was done before. */
async function stopped(call: Call): Promise<number | undefined> {
  const controller = new AbortController();
  const outcome = call(controller.signal).then(
    () => 'done',
    () => 'stopped',
  );
  await sleep(HEAD_START_MS);
  const before = performance.now();
  controller.abort();
  return (await outcome) === 'stopped' ? performance.now() - before : undefined;
}

async function sample<Value>(measure: (call: Call) => Promise<Value>, call: Call): Promise<Value[]> {
  const values: Value[] = [];
  for (let round = 0; round < ROUNDS; round++) values.push(await measure(call));
  return values;
}

function describe(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return 'done before';
  return [Math.min(...known), median(known), Math.max(...known)].map((ms) => ms.toFixed(1)).join(' / ');
}

setThreads(1);
console.log(
  `milliseconds, least / median / most of ${ROUNDS}; one thread; aborted after ${HEAD_START_MS} ms`,
);
const line = (name: string, cells: readonly string[]) =>
  console.log(name.padEnd(44) + cells.map((cell) => cell.padStart(24)).join(''));
line('', ['holds the event loop', 'stops after the abort']);
for (const [name, call] of Object.entries(CALLS)) {
  const [times, stops] = [await sample(held, call), await sample(stopped, call)];
  line(name, [times, stops].map(describe));
}

const SECONDS = 5;

/** How far apart a timer of 1 ms goes off, while `load` runs again and again. */
async function delays(name: string, load: () => Promise<unknown>): Promise<void> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  for (const end = performance.now() + 1000 * SECONDS; performance.now() < end; ) await load();
  histogram.disable();
  const cells = [50, 90, 99].map((percent) => histogram.percentile(percent));
  line(name, [[...cells, histogram.max].map((ns) => (ns / 1e6).toFixed(1)).join(' / ')]);
}

console.log(`\nmonitorEventLoopDelay for ${SECONDS} s, a timer of 1 ms: median / 90 % / 99 % / most`);
const { signal } = new AbortController();
await delays('nothing to do', () => sleep(100));
await delays('a 4K image and a volume', () =>
  Promise.all(
    Object.values(CALLS)
      .slice(0, 3)
      .map((call) => call(signal)),
  ),
);
await delays('a 4K image into out', () => CALLS['conv2d 3×2160×3840 into out'](signal));
