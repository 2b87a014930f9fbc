// `npm run bench`: the suite of named shapes through every contestant. A good place to start reading the benchmark.
// Each trial is a fresh process; trials go round robin over the cases, so that a slow minute of the machine falls on
// all of them; the medians over the trials are what is printed.
// SPDX-License-Identifier: MIT

import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import * as library from '../lib/index.ts';
import { NAMED_SHAPES, type NamedShape } from '../test/shapes.ts';
import { CONTESTANTS } from './contestant.ts';
import { median } from './measure.ts';
import { buildPeakProbe, type PeakProbe } from './peak.ts';
import { drawReport, machineFacts, type Report, summarise } from './report.ts';
import type { TrialReport, TrialRequest } from './trial.ts';

const execute = promisify(execFile);
const TRIAL = fileURLToPath(new URL('trial.ts', import.meta.url));
const RESULTS = fileURLToPath(new URL('results/', import.meta.url));

interface Options {
  readonly filter: RegExp;
  readonly trials: number;
  readonly budget: number;
  readonly threads: number;
  readonly reproducible: boolean;
  readonly reuseOutput: boolean;
  readonly isa?: string;
  readonly compare?: string;
  readonly json?: string;
}

/** A case of the table: one contestant on one shape with a number of threads. */
interface Case {
  readonly shape: NamedShape;
  readonly request: TrialRequest;
  readonly trials: TrialReport[];
}

async function main(): Promise<void> {
  const options = parseOptions();
  const shapes = NAMED_SHAPES.filter(({ name }) => options.filter.test(name));
  if (shapes.length === 0) fail(`no shape matches ${options.filter}`);
  const before = options.compare === undefined ? undefined : await readReport(options.compare);
  // The children read it too; an unknown value is refused by the library, here already.
  if (options.isa !== undefined) process.env['NATIVE_CONV_ISA'] = options.isa;
  const { isa } = library.info();

  const threadCounts = options.threads === 1 ? [1] : [1, options.threads];
  const cases = threadCounts.flatMap((threads) => casesOf(shapes, options, threads));
  const probe = await buildPeakProbe(isa);
  if (typeof probe === 'string') console.error(`without a percentage of the peak: ${probe}`);
  const peaks = await runTrials(cases, threadCounts, options.trials, probe);

  const report: Report = {
    date: new Date().toISOString(),
    machine: machineFacts(),
    settings: {
      trials: options.trials,
      reproducible: options.reproducible,
      reuseOutput: options.reuseOutput,
    },
    peakGflops: peaks,
    results: cases.map(({ shape, request, trials }) => summarise(shape, request, trials, peaks)),
  };
  console.log(drawReport(report, before));
  console.log(`written to ${await writeReport(report, options.json)}`);
}

function parseOptions(): Options {
  return new Command('npm run bench --')
    .description('Times the named shapes of test/shapes.ts, one fresh process per trial, and prints medians.')
    .option('--filter <regex>', 'only the shapes whose name matches', parsePattern, /(?:)/)
    .option('--trials <n>', 'processes per case', parsePositive, 5)
    .option('--budget <ms>', 'time to sample for in each trial, in milliseconds', parsePositive, 250)
    .option('--threads <n>', 'time with n threads too, beside one', parsePositive, 1)
    .option('--reproducible', 'only algorithms within the numbers contract', false)
    .option('--reuse-output', 'write into the same output every time, instead of a new one', false)
    .option('--isa <name>', 'cap the instruction set: avx512, avx2, neon or portable')
    .option('--compare <file>', 'print the ratio to an earlier result')
    .option('--json <file>', 'where to write the result (default: benchmarks/results/<time>.json)')
    .addHelpText(
      'after',
      `
Every output is checked at sampled elements before it is timed: to the bit where the numbers contract fixes it.

Examples:
  npm run bench -- --filter '^r3x3' --trials 9
  npm run bench -- --isa avx2 --threads 2 --json avx2.json
  npm run bench -- --compare avx2.json`,
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse()
    .opts<Options>();
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a positive integer.');
}

function parsePattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new InvalidArgumentError('It must be a regular expression.');
  }
}

function casesOf(shapes: readonly NamedShape[], options: Options, threads: number): Case[] {
  const { reproducible, reuseOutput, budget: budgetMs } = options;
  return shapes.flatMap((shape) =>
    CONTESTANTS.map(({ name: contestant }) => ({
      shape,
      request: { contestant, shape: shape.name, threads, reproducible, reuseOutput, budgetMs },
      trials: [],
    })),
  );
}

/** Runs every trial, round robin, with the peak measured in between; returns the median peak for each thread count. */
async function runTrials(
  cases: readonly Case[],
  threadCounts: readonly number[],
  rounds: number,
  probe: PeakProbe | string,
): Promise<Record<number, number>> {
  const peaks = new Map<number, number[]>(threadCounts.map((threads) => [threads, []]));
  const format = '{bar} {value}/{total} {name}';
  const bar = new SingleBar(
    { format, stream: process.stderr, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(rounds * cases.length, 0, { name: '' });
  try {
    for (let round = 0; round < rounds; round++) {
      if (typeof probe !== 'string') {
        for (const [threads, rates] of peaks) rates.push(await probe.measure(threads));
      }
      for (const { shape, request, trials } of cases) {
        bar.update({ name: shape.name });
        trials.push(await runTrial(request));
        bar.increment();
      }
    }
  } finally {
    bar.stop();
    if (typeof probe !== 'string') await probe.dispose();
  }
  if (typeof probe === 'string') return {};
  return Object.fromEntries(
    [...peaks].map(([threads, rates]) => [threads, median(rates.sort((a, b) => a - b))]),
  );
}

async function runTrial(request: TrialRequest): Promise<TrialReport> {
  const env = { ...process.env, NATIVE_CONV_THREADS: String(request.threads) };
  const { stdout } = await execute(process.execPath, ['--import=tsx', TRIAL, JSON.stringify(request)], {
    env,
  });
  return JSON.parse(stdout) as TrialReport;
}

async function readReport(path: string): Promise<Report> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Report;
  } catch (error) {
    return fail(`${path} is not a result to compare with: ${(error as Error).message}`);
  }
}

async function writeReport(report: Report, path?: string): Promise<string> {
  const file = path ?? join(RESULTS, `${report.date.replaceAll(':', '-')}.json`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
  return file;
}

function fail(message: string): never {
  console.error(`error: ${message}`);
  process.exit(2);
}

await main().catch((error: Error & { readonly stderr?: string }) => {
  // A trial's own message is the last `Error:` line that it printed; the stack is for our debugging.
  const told = error.stderr?.match(/^\w*Error: .*$/m)?.[0];
  if (process.env['NATIVE_CONV_DEBUG']) throw error;
  fail(told ?? error.message);
});
