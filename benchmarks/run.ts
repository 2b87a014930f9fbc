// `npm run bench`: a suite of shapes through every contestant. A good place to start reading the benchmark.
// First one process per shape computes it by every contestant and compares the outputs. Then each trial is a fresh
// process; trials go round robin over the cases, so that a slow minute of the machine falls on all of them; the medians
// over the trials are what is printed.
// SPDX-License-Identifier: MIT

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as library from '../lib/index.ts';
import { startBusyProcesses } from './busy.ts';
import type { CheckReport, CheckRequest } from './check.ts';
import { askChild } from './child.ts';
import { findContestant } from './contestants.ts';
import { type Options, parseOptions } from './options.ts';
import { buildPeakProbe, type PeakProbe } from './peak.ts';
import { Progress } from './progress.ts';
import { type Limits, machineFacts, type Report, readReport, summarise } from './report.ts';
import { median } from './statistics.ts';
import { type Candidate, contestantsOf, notesOf } from './suites.ts';
import { drawReport } from './terminal.ts';
import type { TrialReport, TrialRequest } from './trial.ts';
import { type Workload, workOf } from './workload.ts';

const RESULTS = fileURLToPath(new URL('results/', import.meta.url));

/** A case of the table: one contestant on one shape with a number of threads. */
interface Case {
  readonly request: TrialRequest;
  readonly trials: TrialReport[];
}

async function main(): Promise<void> {
  const options = parseOptions();
  const shapes = options.suite.shapes.filter(({ name }) => options.filter.test(name));
  if (shapes.length === 0) fail(`no shape of the suite ${options.suite.name} matches ${options.filter}`);
  const before = options.compare === undefined ? undefined : await readEarlier(options.compare);
  // The children read it too; an unknown value is refused by the library, here already.
  if (options.isa !== undefined) process.env['NATIVE_CONV_ISA'] = options.isa;
  const { isa } = library.info();
  const present = options.contestants
    .map((name) => findContestant(contestantsOf(options.suite), name))
    .filter(takesPart);
  if (present.length === 0) fail('none of the contestants is installed');

  const threadCounts = options.threads === 1 ? [1] : [1, options.threads];
  const refusals: Report['refusals'][number][] = [];
  const cases = threadCounts.flatMap((threads) =>
    shapes.flatMap((shape) => casesOf(shape, present, options, threads, refusals)),
  );
  const probe = await buildPeakProbe(isa);
  if (typeof probe === 'string') console.error(`without a percentage of the peak: ${probe}`);

  const checked = await checkOutputs(cases);
  const limits = await runTrials(cases, threadCounts, options, probe);
  const report: Report = {
    date: new Date().toISOString(),
    suite: options.suite.name,
    machine: machineFacts(),
    contestants: present.map(({ name, peer, presence }) => ({ name, peer, version: versionOf(presence()) })),
    refusals,
    settings: {
      trials: options.trials,
      budgetMs: options.budget,
      reuseOutput: options.reuseOutput,
      busy: options.busy,
    },
    notes: notesOf(shapes),
    limits,
    results: cases.map(({ request, trials }) =>
      summarise(request, trials, checked.get(request) ?? Number.NaN, limits[request.threads]),
    ),
  };
  console.log(drawReport(report, before));
  console.log(`written to ${await writeReport(report, options.json)}`);
}

function takesPart({ name, presence }: Candidate): boolean {
  const found = presence();
  if (!('missing' in found)) return true;
  console.error(`without ${name}: ${found.missing}`);
  return false;
}

function versionOf(presence: ReturnType<Candidate['presence']>): string {
  return 'version' in presence ? presence.version : '';
}

/** The cases of one shape; who refuses it is written down. */
function casesOf(
  shape: Workload,
  contestants: readonly Candidate[],
  { reuseOutput, budget: budgetMs }: Options,
  threads: number,
  refusals: Report['refusals'][number][],
): Case[] {
  const cases: Case[] = [];
  for (const { name: contestant, refuses } of contestants) {
    const reason = refuses(shape, { threads, reuseOutput });
    if (reason === undefined) {
      cases.push({ request: { contestant, shape, threads, reuseOutput, budgetMs }, trials: [] });
    } else {
      refusals.push({ contestant, shape: shape.name, threads, reason });
    }
  }
  return cases;
}

/** Compares the outputs of the contestants, shape by shape; returns the worst error of each case, or fails. */
async function checkOutputs(cases: readonly Case[]): Promise<Map<TrialRequest, number>> {
  const groups = new Map<string, TrialRequest[]>();
  for (const { request } of cases) {
    const key = `${request.shape.name} ${request.threads}`;
    groups.set(key, [...(groups.get(key) ?? []), request]);
  }
  const errors = new Map<TrialRequest, number>();
  const complaints: string[] = [];
  const progress = new Progress(groups.size);
  try {
    for (const requests of groups.values()) {
      const { shape, threads, reuseOutput } = requests[0];
      const contestants = requests.map(({ contestant }) => contestant);
      const ask = { shape, threads, reuseOutput, contestants };
      const report = await progress.step(`comparing outputs, ${shape.name}`, () =>
        askChild<CheckRequest, CheckReport>('check.ts', ask),
      );
      for (const [contestant, { complaint }] of Object.entries(report)) {
        if (complaint !== undefined) complaints.push(`${shape.name}, ${contestant}: ${complaint}`);
      }
      for (const request of requests) {
        errors.set(request, report[request.contestant]?.worstError ?? Number.NaN);
      }
    }
  } finally {
    progress.stop();
  }
  if (complaints.length > 0) fail(`outputs differ, so nothing is timed\n  ${complaints.join('\n  ')}`);
  return errors;
}

/**
 * Runs every trial, round robin, with the peak measured in between; returns the limits for each thread count. Busy
 * processes are beside the trials only, not beside the measurement of the peak.
 */
async function runTrials(
  cases: readonly Case[],
  threadCounts: readonly number[],
  { trials: rounds, busy }: Options,
  probe: PeakProbe | string,
): Promise<Report['limits']> {
  const peaks = new Map<number, number[]>(threadCounts.map((threads) => [threads, []]));
  const progress = new Progress(rounds * cases.length);
  try {
    for (let round = 0; round < rounds; round++) {
      if (typeof probe !== 'string') {
        for (const [threads, rates] of peaks) rates.push(await probe.fmaRate(threads));
      }
      const endBusyProcesses = startBusyProcesses(busy);
      try {
        for (const { request, trials } of cases) {
          const now = `${request.shape.name}, ${request.contestant}`;
          trials.push(
            await progress.step(now, () => askChild<TrialRequest, TrialReport>('trial.ts', request)),
          );
        }
      } finally {
        endBusyProcesses();
      }
    }
    if (typeof probe === 'string') return {};
    const sizes = copySizes(cases.map(({ request }) => workOf(request.shape).bytes));
    const limits: Record<number, Limits> = {};
    for (const [threads, rates] of peaks) {
      limits[threads] = { fmaGflops: median(rates), copies: await copyRates(probe, threads, sizes) };
    }
    return limits;
  } finally {
    progress.stop();
    if (typeof probe !== 'string') await probe.dispose();
  }
}

/** Powers of two that the shapes' sizes are rounded up to. */
function copySizes(bytes: readonly number[]): number[] {
  const sizes = bytes.map((count) => 2 ** Math.ceil(Math.log2(count)));
  return [...new Set(sizes)].sort((a, b) => a - b);
}

async function copyRates(
  probe: PeakProbe,
  threads: number,
  sizes: readonly number[],
): Promise<Limits['copies']> {
  const copies: Limits['copies'][number][] = [];
  for (const bytes of sizes) {
    copies.push({ bytes, gigabytesPerSecond: await probe.copyRate(threads, bytes) });
  }
  return copies;
}

async function readEarlier(path: string): Promise<Report> {
  try {
    return await readReport(path);
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

await main().catch((error: Error) => {
  if (process.env['NATIVE_CONV_DEBUG']) throw error;
  fail(error.message);
});
