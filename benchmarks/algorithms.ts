// `npm run bench:algorithms`: what `algorithm: 'auto'` should choose. Times the algorithms that can run a 3×3 layer over
// channels and map sizes, turn by turn in one process, and marks where `auto` is not the fastest. The thresholds of
// native/conv/winograd.cpp come from its table.
// SPDX-License-Identifier: MIT

import Table from 'cli-table3';
import { Command } from 'commander';
import type { Algorithm } from '../lib/geometry.ts';
import { Conv2d, info, setThreads, Tensor } from '../lib/index.ts';
import { measure } from './measure.ts';
import { median } from './statistics.ts';

const ALGORITHMS = ['implicit-gemm', 'winograd-f2', 'winograd-f4'] as const satisfies readonly Algorithm[];
const CHANNELS = [8, 16, 32, 64, 128, 256, 512];
const MAPS = [7, 10, 14, 28, 56];
/** Multiply-adds of the largest layer that is timed. */
const MOST_WORK = 1e9;
/** What `auto` may lose before it is marked: less is noise. */
const TOLERATED = 1.1;

interface Options {
  readonly trials: number;
  readonly budget: number;
  readonly isa?: string;
  readonly threads: number;
  readonly channels?: string;
}

const options = new Command('npm run bench:algorithms --')
  .description('Times the algorithms of 3×3 layers over channels and map sizes, in milliseconds.')
  .option('--trials <n>', 'turns of each algorithm', Number, 3)
  .option('--budget <ms>', 'time to sample for in each turn, in milliseconds', Number, 20)
  .option('--threads <n>', 'threads', Number, 1)
  .option('--isa <name>', 'cap the instruction set')
  .option('--channels <list>', 'only these, separated by commas')
  .parse()
  .opts<Options>();
if (options.isa !== undefined) process.env['NATIVE_CONV_ISA'] = options.isa;
setThreads(options.threads);

const channels = options.channels?.split(',').map(Number) ?? CHANNELS;
const table = new Table({
  head: ['channels', 'map', ...ALGORITHMS, 'auto', ''],
  colAligns: ['right', 'right', 'right', 'right', 'right', 'left', 'left'],
  style: { head: [], border: [], compact: true },
});
for (const count of channels) {
  for (const size of MAPS) {
    if (count * count * size * size * 9 <= MOST_WORK) table.push(await timeLayer(count, size));
  }
}
console.log(
  `3×3, stride 1, padding 1, as many channels out as in; ISA ${info().isa}, threads ${options.threads}`,
);
console.log(table.toString());

async function timeLayer(count: number, size: number): Promise<string[]> {
  const input = Tensor.random([1, count, size, size], { seed: 1 });
  const weight = Tensor.random([count, count, 3, 3], { seed: 2 });
  const layers = ALGORITHMS.map((algorithm) => {
    const layer = new Conv2d(weight, { padding: 1, algorithm });
    return { layer, out: layer.run(input), times: [] as number[] };
  });
  for (let turn = 0; turn < options.trials; turn++) {
    for (const { layer, out, times } of layers) {
      times.push((await measure(() => layer.run(input, { out }), options.budget)).medianMs);
    }
  }
  const medians = layers.map(({ times }) => median(times.sort((a, b) => a - b)));
  const chosen = new Conv2d(weight, { padding: 1 }).explain(input.dims).algorithm;
  const best = Math.min(...medians);
  const lost = medians[ALGORITHMS.indexOf(chosen as (typeof ALGORITHMS)[number])] / best;
  return [
    String(count),
    `${size}²`,
    ...medians.map((ms) => ms.toPrecision(3)),
    chosen,
    lost > TOLERATED ? `${lost.toFixed(2)}× the fastest` : '',
  ];
}
