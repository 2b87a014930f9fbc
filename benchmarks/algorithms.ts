// `npm run bench:algorithms`: what `algorithm: 'auto'` should choose. Times the algorithms that can run a 3×3 layer over
// channels and map sizes, or with `--depthwise` those of a depthwise layer over kernels and maps, turn by turn in one
// process, and marks where `auto` is not the fastest. The thresholds of native/conv/winograd.cpp and native/conv/fft.cpp
// come from its table.
// SPDX-License-Identifier: MIT

import Table from 'cli-table3';
import { Command } from 'commander';
import type { Algorithm } from '../lib/geometry.ts';
import { Conv2d, DepthwiseConv2d, info, setThreads, Tensor } from '../lib/index.ts';
import { measure } from './measure.ts';
import { median } from './statistics.ts';

const DENSE = ['implicit-gemm', 'winograd-f2', 'winograd-f4'] as const satisfies readonly Algorithm[];
const DEPTHWISE = ['depthwise', 'fft'] as const satisfies readonly Algorithm[];
const KERNELS = [5, 7, 9, 11, 13, 15, 21, 31];
/** Channels and size of the maps of depthwise layers. */
const DEPTHWISE_MAPS = [
  [64, 64],
  [240, 28],
  [32, 112],
  [960, 14],
  [3, 256],
] as const;
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
  readonly depthwise?: true;
}

const options = new Command('npm run bench:algorithms --')
  .description('Times the algorithms of 3×3 layers over channels and map sizes, in milliseconds.')
  .option('--trials <n>', 'turns of each algorithm', Number, 3)
  .option('--budget <ms>', 'time to sample for in each turn, in milliseconds', Number, 20)
  .option('--threads <n>', 'threads', Number, 1)
  .option('--isa <name>', 'cap the instruction set')
  .option('--channels <list>', 'only these, separated by commas')
  .option('--depthwise', 'depthwise layers over kernels and maps instead')
  .parse()
  .opts<Options>();
if (options.isa !== undefined) process.env['NATIVE_CONV_ISA'] = options.isa;
setThreads(options.threads);

const algorithms: readonly Algorithm[] = options.depthwise ? DEPTHWISE : DENSE;
const table = new Table({
  head: ['kernel', 'channels', 'map', ...algorithms, 'auto', ''],
  colAligns: ['left', 'right', 'right', ...algorithms.map(() => 'right' as const), 'left', 'left'],
  style: { head: [], border: [], compact: true },
});
const only = options.channels?.split(',').map(Number);
if (options.depthwise) {
  for (const taps of KERNELS) {
    for (const [count, size] of DEPTHWISE_MAPS) {
      if (!only || only.includes(count)) table.push(await timeLayer(count, size, taps));
    }
  }
} else {
  for (const count of only ?? CHANNELS) {
    for (const size of MAPS) {
      if (count * count * size * size * 9 <= MOST_WORK) table.push(await timeLayer(count, size, 3));
    }
  }
}
console.log(
  `stride 1, same size out as in, as many channels out as in; ISA ${info().isa}, threads ${options.threads}`,
);
console.log(table.toString());

async function timeLayer(count: number, size: number, taps: number): Promise<string[]> {
  const input = Tensor.random([1, count, size, size], { seed: 1 });
  const weight = Tensor.random([count, options.depthwise ? 1 : count, taps, taps], { seed: 2 });
  const padding = (taps - 1) / 2;
  const layerOf = (algorithm: Algorithm) =>
    options.depthwise
      ? new DepthwiseConv2d(weight, { padding, algorithm })
      : new Conv2d(weight, { padding, algorithm });
  const layers = algorithms.map((algorithm) => {
    const layer = layerOf(algorithm);
    return { layer, out: layer.run(input), times: [] as number[] };
  });
  for (let turn = 0; turn < options.trials; turn++) {
    for (const { layer, out, times } of layers) {
      times.push((await measure(() => layer.run(input, { out }), options.budget)).medianMs);
    }
  }
  const medians = layers.map(({ times }) => median(times.sort((a, b) => a - b)));
  const chosen = layerOf('auto').explain(input.dims).algorithm;
  const best = Math.min(...medians);
  const lost = (medians[algorithms.indexOf(chosen as Algorithm)] ?? best) / best;
  return [
    `${taps}×${taps}`,
    String(count),
    `${size}²`,
    ...medians.map((ms) => ms.toPrecision(3)),
    chosen,
    lost > TOLERATED ? `${lost.toFixed(2)}× the fastest` : '',
  ];
}
