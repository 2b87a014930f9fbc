// What the memory of results costs: a fresh one beside `out`, page by page, and what stays resident in a process that
// has other things in memory too: `npm run bench:memory`. Figures of RELIABILITY.md.
// SPDX-License-Identifier: MIT

import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { conv2d, setThreads, Tensor } from '../lib/index.ts';
import { drawFrom } from '../lib/verify/draw.ts';
import { median } from './statistics.ts';

const MIB = 2 ** 20;
const ROUNDS = 40;
/** Of the mixed load, after which the process is measured. */
const CALLS = 600;
/** After the last result, freed memory has been given back (lib/native/binding.ts). */
const GIVEN_BACK_MS = 2500;
const SEED = 20261125;

const input = Tensor.zeros([1, 1, 1024, 1024]);
/** Each gives 4 MiB of result. */
const filters = (count: number) => Tensor.zeros([count, 1, 3, 3]);
const options = { padding: 1 };
const faults = () => process.resourceUsage().minorPageFault;
const resident = () => process.memoryUsage.rss() / MIB;

function timed(run: () => unknown): number {
  const before = performance.now();
  run();
  return performance.now() - before;
}

const line = (cells: readonly string[]) => console.log(cells.map((cell) => cell.padStart(14)).join(''));

function ofSize(mib: number): void {
  const weight = filters(mib / 4);
  const out = Tensor.zeros([1, mib / 4, 1024, 1024]);
  const [fresh, reused]: number[][] = [[], []];
  let faulted = 0;
  for (let round = 0; round < 2 * ROUNDS; round++) {
    const before = faults();
    const time = timed(() => conv2d(input, weight, options));
    if (round < ROUNDS) continue;
    faulted += faults() - before;
    fresh.push(time);
    reused.push(timed(() => conv2d(input, weight, { ...options, out })));
  }
  line([`${mib} MiB`, median(fresh).toFixed(1), median(reused).toFixed(1), (faulted / ROUNDS).toFixed(0)]);
}

/** Results of 36 to 120 MiB, two of them alive, among thousands of small buffers that come and go. */
async function mixed(): Promise<void> {
  const draw = drawFrom(SEED);
  const weights = Array.from({ length: 31 }, (_, i) => filters(i + 1));
  const small: Buffer[] = [];
  const alive: Tensor[] = [];
  const [times, held]: number[][] = [[], []];
  for (let call = 0; call < CALLS; call++) {
    const weight = weights[draw(8, 29)];
    times.push(
      timed(() => {
        alive[draw(0, 1)] = conv2d(input, weight, options);
      }),
    );
    for (let i = 0; i < 200; i++) small[draw(0, 3999)] = Buffer.allocUnsafeSlow(64 + draw(0, 20000));
    if (call % 10 === 0) await sleep(1);
    held.push(resident());
  }
  alive.length = 0;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  await sleep(GIVEN_BACK_MS);
  const [usual, most, left] = [median(held), Math.max(...held), resident()].map((mib) => mib.toFixed(0));
  console.log(
    `\nmixed load: a call ${median(times).toFixed(1)} ms; resident in the median ${usual} MiB, ${most} at most, ${left} once all results are collected`,
  );
}

setThreads(1);
line(['result', 'fresh, ms', 'out, ms', 'page faults']);
for (const mib of [16, 32, 48, 96, 124, 160]) ofSize(mib);
await mixed();
