// The load of a soak run: what a busy and badly behaved server does, all at once, until it is told to stop. Each part
// counts its calls, and throws where a result is wrong. SPDX-License-Identifier: MIT

import { once } from 'node:events';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import * as native from '../../lib/index.ts';
import * as promises from '../../lib/promises.ts';
import type { Draw } from '../../lib/verify/draw.ts';
import { bytesOf, type Case, judge } from './cases.ts';

export interface Load {
  readonly cases: readonly Case[];
  readonly draw: Draw;
  readonly seed: number;
  readonly running: () => boolean;
  readonly count: (part: Part, calls?: number) => void;
}

export const PARTS = ['sync', 'async', 'aborts', 'streams', 'layers', 'workers', 'bad calls'] as const;
export type Part = (typeof PARTS)[number];

const { Conv2d, DepthwiseConv2d, Tensor } = native;
const random = (seed: number, ...dims: number[]) => Tensor.random(dims, { seed });

/** Runs until `running()` is false; rejects with the first failure. */
export async function runLoad(load: Load): Promise<void> {
  const parts = [sync, later, later, later, aborts, streams, layers, workers, badCalls];
  await Promise.all(parts.map((part) => part(load)));
}

async function sync({ cases, draw, running, count }: Load): Promise<void> {
  while (running()) {
    const chosen = cases[draw(0, cases.length - 1)];
    judge(chosen, chosen.run(native));
    count('sync');
    await turn();
  }
}

async function later({ cases, draw, running, count }: Load): Promise<void> {
  while (running()) {
    const chosen = cases[draw(0, cases.length - 1)];
    judge(chosen, await chosen.run(promises));
    count('async');
  }
}

/** Long calls, most of which are given up. */
async function aborts({ draw, running, count }: Load): Promise<void> {
  const [x, w] = [random(1, 1, 32, 96, 96), random(2, 32, 32, 3, 3)];
  const options = { padding: 1, reproducible: true } as const;
  const expected = bytesOf(native.conv2d(x, w, options));
  while (running()) {
    const controller = new AbortController();
    const reason = new Error('given up');
    const call = promises.conv2d(x, w, { ...options, signal: controller.signal }).then(
      (y) => Buffer.compare(bytesOf(y), expected) === 0,
      (error: unknown) => error === reason,
    );
    await sleep(draw(0, 12));
    controller.abort(reason);
    if (!(await call)) throw new Error('aborts: neither the right result nor the reason');
    count('aborts');
  }
}

/** Streams that are read to the end, or left. */
async function streams({ draw, running, count }: Load): Promise<void> {
  const layer = new Conv2d(random(3, 16, 8, 3, 3), { padding: 1, reproducible: true });
  const inputs = Array.from({ length: 24 }, (_, i) => random(i, 1, 8, 28, 28));
  const expected = inputs.map((input) => bytesOf(layer.run(input)));
  while (running()) {
    const last = draw(0, 40);
    let next = 0;
    for await (const y of layer.stream(inputs, { concurrency: draw(1, 6) })) {
      if (Buffer.compare(bytesOf(y), expected[next]) !== 0) throw new Error('streams: a result changed');
      count('streams');
      if (next++ === last) break;
    }
  }
}

/** Layers that come and go, half of them for the garbage collector. */
async function layers({ draw, running, count }: Load): Promise<void> {
  const [w, depthwise, x] = [random(4, 32, 32, 3, 3), random(5, 32, 1, 3, 3), random(6, 1, 32, 20, 20)];
  const make = [
    () => new Conv2d(w, { padding: 1, reproducible: true }),
    () => new DepthwiseConv2d(depthwise, { reproducible: true }),
  ];
  const expected = make.map((one) => bytesOf(one().run(x)));
  while (running()) {
    const which = draw(0, 1);
    const layer = make[which]();
    const y = draw(0, 1) === 1 ? layer.run(x) : await layer.runAsync(x);
    if (Buffer.compare(bytesOf(y), expected[which]) !== 0) throw new Error('layers: a result changed');
    if (draw(0, 1) === 1) layer.dispose();
    count('layers');
    await turn();
  }
}

/** Node.js 20 does not give workers the main thread's way of loading TypeScript. */
const START_WORKER = `import('tsx/esm/api').then(({ register }) => {
  register();
  return import(${JSON.stringify(new URL('worker.ts', import.meta.url).href)});
});`;

/** A worker after another, each terminated while it works. */
async function workers({ seed, draw, running, count }: Load): Promise<void> {
  while (running()) {
    const worker = new Worker(START_WORKER, { eval: true, workerData: { seed } });
    const failed = once(worker, 'error').then(([error]) => {
      throw error;
    });
    worker.on('message', (calls: number) => count('workers', calls));
    const started = once(worker, 'message');
    await Promise.race([started.then(() => sleep(draw(100, 3000))), failed]);
    failed.catch(() => {});
    await worker.terminate();
  }
}

const BAD: readonly (() => unknown)[] = [
  () => native.conv2d(null as never, null as never),
  () => native.conv2d(random(1, 1, 3, 9, 9), random(1, 1, 4, 3, 3)),
  () => native.conv2d(random(1, 1, 3, 9, 9), random(1, 1, 3, 3, 3), { stride: Number.NaN }),
  () => promises.matmul(random(1, 3, 4), random(1, 3, 4)),
  () =>
    promises.resize({ data: new Uint8Array(3), width: 9, height: 9, channels: 3 }, { width: 1e9, height: 2 }),
];

async function badCalls({ draw, running, count }: Load): Promise<void> {
  while (running()) {
    const code = await attempt(BAD[draw(0, BAD.length - 1)]);
    if (!/^ERR_CONV_(?!INTERNAL)/.test(String(code))) throw new Error(`bad calls: got ${code}`);
    count('bad calls');
    await sleep(5);
  }
}

async function attempt(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return 'no error';
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}
