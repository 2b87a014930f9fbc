// What a run of the benchmark found: summed up, as a table, and beside an earlier run.
// SPDX-License-Identifier: MIT

import { cpus, release } from 'node:os';
import Table from 'cli-table3';
import * as library from '../lib/index.ts';
import type { NamedShape } from '../test/shapes.ts';
import { multiplyAdds } from './geometry.ts';
import { median } from './measure.ts';
import type { TrialReport, TrialRequest } from './trial.ts';

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
  /** Nominal: two for each tap of a direct convolution, whatever the algorithm does. */
  readonly gflops: number;
  /** `gflops` over the FMA peak; absent where the peak is unknown. */
  readonly peakShare?: number;
  /** Of the sampled elements, in units of eps·Σ|x||w|. */
  readonly worstError: number;
}

export interface Report {
  readonly date: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly settings: {
    readonly trials: number;
    readonly reproducible: boolean;
    readonly reuseOutput: boolean;
  };
  /** By number of threads. */
  readonly peakGflops: Readonly<Record<number, number>>;
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
  shape: NamedShape,
  request: TrialRequest,
  trials: readonly TrialReport[],
  peaks: Report['peakGflops'],
): Summary {
  const trialsMs = trials.map((trial) => trial.medianMs);
  const medianMs = median([...trialsMs].sort((a, b) => a - b));
  const gflops = (2 * multiplyAdds(shape)) / medianMs / 1e6;
  const peak = peaks[request.threads];
  const { algorithm, kernel } = trials[0];
  return {
    contestant: request.contestant,
    shape: shape.name,
    threads: request.threads,
    description: describeShape(shape),
    algorithm,
    kernel,
    medianMs,
    minMs: Math.min(...trials.map((trial) => trial.minMs)),
    trialsMs,
    gflops,
    ...(peak === undefined ? {} : { peakShare: gflops / peak }),
    worstError: Math.max(...trials.map((trial) => trial.worstError)),
  };
}

function describeShape({ input, weight, options }: NamedShape): string {
  const extras = Object.entries(options).map(([name, value]) => ` ${name} ${value}`);
  return `${input.join('×')} * ${weight.join('×')}${extras.join('')}`;
}

/** The report as text: facts, the table, and with an earlier report the ratios to it. */
export function drawReport(report: Report, before?: Report): string {
  const { machine, settings } = report;
  const modes = [
    settings.reproducible ? 'reproducible' : 'auto',
    ...(settings.reuseOutput ? ['output reused'] : []),
  ];
  const lines = [
    `${machine.cpu}, ISA ${machine.isa}, Node ${machine.node}, ${machine.compiler}`,
    `${modes.join(', ')}; median of ${settings.trials} ${settings.trials === 1 ? 'trial' : 'trials'}, a process each`,
  ];
  for (const threads of new Set(report.results.map((result) => result.threads))) {
    lines.push('', ...drawThreads(report, threads, before));
  }
  return lines.join('\n');
}

function drawThreads(report: Report, threads: number, before?: Report): string[] {
  const peak = report.peakGflops[threads];
  const results = report.results.filter((result) => result.threads === threads);
  const ratios = results.map((result) => ratioTo(result, before));
  const head = ['name', 'shape', 'algorithm', 'kernel', 'ms', 'min ms', 'GFLOP/s', '% of peak'];
  const table = new Table({
    head: before === undefined ? head : [...head, 'before ms', 'faster'],
    colAligns: ['left', 'left', 'left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  results.forEach((result, i) => {
    const row = [
      result.shape,
      result.description,
      result.algorithm,
      result.kernel,
      result.medianMs.toPrecision(3),
      result.minMs.toPrecision(3),
      result.gflops.toFixed(1),
      result.peakShare === undefined ? '' : (100 * result.peakShare).toFixed(0),
    ];
    const ratio = ratios[i];
    const compared =
      ratio === undefined ? ['', ''] : [ratio.before.toPrecision(3), `${ratio.faster.toFixed(2)}×`];
    table.push(before === undefined ? row : [...row, ...compared]);
  });
  const title = `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const lines = [
    peak === undefined ? title : `${title}, FMA peak ${peak.toFixed(0)} GFLOP/s`,
    table.toString(),
  ];
  const known = ratios.filter((ratio) => ratio !== undefined);
  if (known.length > 0) {
    const mean = Math.exp(known.reduce((sum, ratio) => sum + Math.log(ratio.faster), 0) / known.length);
    lines.push(`geometric mean: ${mean.toFixed(3)}× as fast as ${before?.date}`);
  }
  return lines;
}

function ratioTo(
  result: Summary,
  before?: Report,
): { readonly before: number; readonly faster: number } | undefined {
  const old = before?.results.find(
    ({ shape, threads, contestant }) =>
      shape === result.shape && threads === result.threads && contestant === result.contestant,
  );
  return old === undefined ? undefined : { before: old.medianMs, faster: old.medianMs / result.medianMs };
}
