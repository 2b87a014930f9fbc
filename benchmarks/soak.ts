// `npm run soak -- [minutes]`: a mixed load for so many minutes. Samples throughput, memory and the event loop's delay,
// prints and plots them. Exit code 1 if a result's bits change, a call fails, or the process grows.
// SPDX-License-Identifier: MIT

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { info } from '../lib/index.ts';
import { drawFrom } from '../lib/verify/draw.ts';
import { makeCases } from './soak/cases.ts';
import { runLoad } from './soak/load.ts';
import { callRate, growthMib, plotSamples, quarters, type Sample, Sampler } from './soak/samples.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PLOT = join(ROOT, 'out/soak.svg');

interface Options {
  readonly seed: number;
  readonly growth: number;
  readonly plot: string;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a positive number');
  return value;
}

const command = new Command('npm run soak --')
  .description(
    'A mixed load: operators, workers, aborted calls, streams, layers that come and go, bad calls.',
  )
  .argument('[minutes]', 'how long', positive, 1)
  .option('--seed <number>', 'of the calls', positive, 20261124)
  .option(
    '--growth <MiB>',
    'the most by which RSS may grow from the second quarter to the last',
    positive,
    48,
  )
  .option('--plot <file>', 'where the plot goes', PLOT)
  .parse();
const { seed, growth, plot } = command.opts<Options>();
const minutes = command.processedArgs[0] as number;

const { isa, threads } = info();
console.log(`${minutes} min, seed ${seed}, ${isa}, ${threads} threads, Node.js ${process.version}`);
const cases = makeCases(seed, 3);
console.log(`${cases.length} calls with known results; plot: ${plot}`);

const sampler = new Sampler();
let running = true;
const load = { cases, draw: drawFrom(seed), seed, running: () => running, count: sampler.count };
const failure = await Promise.race([
  runLoad(load).then(
    () => undefined,
    (error: Error) => error,
  ),
  sample(),
]);
running = false;

console.log(summary(sampler.samples));
console.log(
  Object.entries(sampler.totals)
    .map(([part, calls]) => `${part} ${calls}`)
    .join(', '),
);
await mkdir(dirname(plot), { recursive: true });
await writeFile(plot, plotSamples(sampler.samples));
const grown = growthMib(sampler.samples);
console.log(`RSS grew by ${grown.toFixed(1)} MiB from the second quarter to the last, ${growth} may`);
if (failure !== undefined) console.error(failure.stack);
// The rest of the load ends with the process.
process.exit(failure !== undefined || !(grown <= growth) ? 1 : 0);

async function sample(): Promise<undefined> {
  const samples = Math.max(8, Math.round(minutes * 60));
  for (let i = 0; i < samples; i++) {
    await sleep(1000);
    sampler.take();
  }
}

/** The quarters of the run. */
function summary(samples: readonly Sample[]): string {
  const table = new Table({
    head: ['', 'first quarter', 'second', 'third', 'last'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  const rows: Readonly<Record<string, (sample: Sample) => number>> = {
    'calls a second': callRate,
    'RSS, MiB': ({ rssMib }) => rssMib,
    'external memory, MiB': ({ externalMib }) => externalMib,
    'event loop delay, median, ms': ({ delayMs }) => delayMs.median,
    'event loop delay, p99 of a second, ms': ({ delayMs }) => delayMs.p99,
  };
  for (const [name, value] of Object.entries(rows)) {
    table.push([name, ...quarters(samples, value).map((middle) => middle.toFixed(1))]);
  }
  return table.toString();
}
