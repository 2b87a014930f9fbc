// What a run of the benchmark found, as it is written to JSON. Drawn as text by table.ts.
// SPDX-License-Identifier: MIT

import { readFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import * as library from '../lib/index.ts';
import { median } from './statistics.ts';
import type { ShapeNotes } from './suites.ts';
import type { TrialReport, TrialRequest } from './trial.ts';
import { describeWorkload, isImageTask, type Work, workOf } from './workload.ts';

export interface Summary {
  readonly contestant: string;
  readonly shape: string;
  readonly threads: number;
  /** `1×3×224×224 * 64×3×7×7 stride 2 padding 3`. */
  readonly description: string;
  readonly algorithm: string;
  readonly kernel: string;
  /** The median of the trials' medians, and the shortest call of all. */
  readonly medianMs: number;
  readonly minMs: number;
  readonly trialsMs: readonly number[];
  /** Nominal: those of a direct convolution, whatever the algorithm does. */
  readonly multiplyAdds: number;
  /** Of input, weight and output. */
  readonly bytes: number;
  /** Two operations for each of `multiplyAdds`. */
  readonly gflops: number;
  /** `gflops` over the FMA peak; absent where the peak is unknown, and of images. */
  readonly peakShare?: number;
  /** The longer of the nominal operations at the FMA peak and of a copy of `bytes`, over the median. */
  readonly limitShare?: number;
  /** The worst difference to the reproducible output, in units of eps·Σ|x||w|; of images in levels. */
  readonly worstError: number;
}

/** What the machine can do with so many threads. */
export interface Limits {
  readonly fmaGflops: number;
  /** Rates of a copy, read and written, by the bytes that it works on; ascending. */
  readonly copies: readonly { readonly bytes: number; readonly gigabytesPerSecond: number }[];
}

export interface Report {
  readonly date: string;
  readonly suite: string;
  readonly machine: Readonly<Record<string, string | number>>;
  /** Who took part, with versions. */
  readonly contestants: readonly {
    readonly name: string;
    readonly peer: boolean;
    readonly version: string;
  }[];
  /** Shapes that a contestant cannot run. */
  readonly refusals: readonly {
    readonly contestant: string;
    readonly shape: string;
    readonly threads: number;
    readonly reason: string;
  }[];
  readonly settings: {
    readonly trials: number;
    readonly budgetMs: number;
    readonly reuseOutput: boolean;
    /** Busy processes beside the trials; absent in old reports, which had none. */
    readonly busy?: number;
    /** In old reports only. */
    readonly reproducible?: boolean;
  };
  /** By shape. */
  readonly notes: Readonly<Record<string, ShapeNotes>>;
  /** By number of threads. */
  readonly limits: Readonly<Record<number, Limits>>;
  readonly results: readonly Summary[];
}

export function machineFacts(): Report['machine'] {
  const { version, isa, processors, compiler } = library.info();
  return {
    version,
    isa,
    compiler,
    processors,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    os: `${process.platform} ${process.arch} ${release()}`,
    node: process.version,
  };
}

export function summarise(
  request: TrialRequest,
  trials: readonly TrialReport[],
  worstError: number,
  limits?: Limits,
): Summary {
  const { shape, contestant, threads } = request;
  const trialsMs = trials.map((trial) => trial.medianMs);
  const medianMs = median(trialsMs);
  const work = workOf(shape);
  const gflops = (2 * work.multiplyAdds) / medianMs / 1e6;
  const { algorithm, kernel } = trials[0];
  return {
    contestant,
    shape: shape.name,
    threads,
    description: describeWorkload(shape),
    algorithm,
    kernel,
    medianMs,
    minMs: Math.min(...trials.map((trial) => trial.minMs)),
    trialsMs,
    ...work,
    gflops,
    // Bytes are not multiplied at the rate of the float32 peak.
    ...(limits === undefined || isImageTask(shape)
      ? {}
      : { peakShare: gflops / limits.fmaGflops, limitShare: limitMs(work, limits) / medianMs }),
    worstError,
  };
}

/** The time below which a direct convolution cannot get: of its operations, or of its memory traffic. */
export function limitMs(work: Work, limits: Limits): number {
  const copy = limits.copies.find(({ bytes }) => bytes >= work.bytes) ?? limits.copies.at(-1);
  const computing = (2 * work.multiplyAdds) / limits.fmaGflops / 1e6;
  const moving = copy === undefined ? 0 : work.bytes / copy.gigabytesPerSecond / 1e6;
  return Math.max(computing, moving);
}

/** The result of a contestant on a shape. */
export function findResult(
  report: Report,
  contestant: string,
  shape: string,
  threads: number,
): Summary | undefined {
  return report.results.find(
    (result) => result.contestant === contestant && result.shape === shape && result.threads === threads,
  );
}

/** What one pass through the network takes in these layers; nothing where the suite is none, or a layer is missing. */
export function networkMs(report: Report, contestant: string, threads: number): number | undefined {
  const counted = Object.entries(report.notes).filter(([, { count }]) => count !== undefined);
  const layers = counted.map(([shape, { count = 1 }]) => {
    const result = findResult(report, contestant, shape, threads);
    return result && count * result.medianMs;
  });
  if (layers.length === 0 || layers.includes(undefined)) return undefined;
  return layers.reduce((sum: number, ms) => sum + (ms ?? 0), 0);
}

export async function readReport(path: string): Promise<Report> {
  const report = JSON.parse(await readFile(path, 'utf8')) as Report;
  if (!Array.isArray(report.results)) throw new TypeError('it has no results');
  return { ...report, results: report.results.map((result) => renamed(result, report)) };
}

/** The first reports had one name for us, and our mode among the settings. */
function renamed(result: Summary, { settings }: Report): Summary {
  if (result.contestant !== 'native-conv') return result;
  return { ...result, contestant: settings.reproducible === true ? 'reproducible' : 'auto' };
}
