// What a call costs besides its arithmetic: a 3×3 convolution of one 8×8 channel through every door, all in microseconds.
// `node --import tsx benchmarks/call.ts [package root]`; another root is another build of this
// package to compare with, alternating within one run.
// SPDX-License-Identifier: MIT

import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as Library from '../lib/index.ts';
import type * as Promises from '../lib/promises.ts';
import { measure } from './measure.ts';
import { median } from './statistics.ts';

const ROUNDS = 7;
const BUDGET_MS = 100;

type Run = () => unknown;

async function doorsOf(root: string): Promise<Readonly<Record<string, Run>>> {
  const load = async <Module>(file: string): Promise<Module> =>
    (await import(pathToFileURL(resolve(root, 'dist', file)).href)) as Module;
  const { Conv2d, conv2d, Tensor } = await load<typeof Library>('index.js');
  const promises = await load<typeof Promises>('promises.js');
  const x = Tensor.random([1, 1, 8, 8], { seed: 1 });
  const w = Tensor.random([1, 1, 3, 3], { seed: 2 });
  const layer = new Conv2d(w, { padding: 1 });
  const out = layer.run(x);
  return {
    'conv2d(x, w, { padding: 1 })': () => conv2d(x, w, { padding: 1 }),
    'conv2d(x, w, { padding: 1, out })': () => conv2d(x, w, { padding: 1, out }),
    'layer.run(x)': () => layer.run(x),
    'layer.run(x, { out })': () => layer.run(x, { out }),
    'await conv2d(x, w, { padding: 1 })': () => promises.conv2d(x, w, { padding: 1 }),
    'await layer.runAsync(x)': () => layer.runAsync(x),
  };
}

async function main(): Promise<void> {
  const own = fileURLToPath(new URL('..', import.meta.url));
  const roots = [own, ...process.argv.slice(2)];
  const doors = await Promise.all(roots.map(doorsOf));
  const times = doors.map((runs) => new Map(Object.keys(runs).map((name) => [name, [] as number[]])));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, runs] of doors.entries()) {
      for (const [name, run] of Object.entries(runs)) {
        times[i].get(name)?.push((await measure(run, BUDGET_MS)).medianMs);
      }
    }
  }
  console.log(`microseconds a call, medians of ${ROUNDS} rounds: ${roots.join(', ')}`);
  for (const name of Object.keys(doors[0])) {
    const columns = times.map((of) => median(of.get(name) ?? []) * 1000);
    console.log(`${name.padEnd(36)}${columns.map((us) => us.toFixed(2).padStart(10)).join('')}`);
  }
}

await main();
