// The tables of a report as rows of text, which the terminal, BENCHMARKS.md and the HTML report draw each in its way.
// SPDX-License-Identifier: MIT

import { COMPARISONS, isComparable, ratioTo } from './comparisons.ts';
import { REPRODUCIBLE, REPRODUCIBLE_OUT } from './native-conv.ts';
import { findResult, networkMs, type Report, type Summary } from './report.ts';
import { geometricMean } from './statistics.ts';
import type { Verdict } from './targets.ts';

export interface TableData {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** So many columns from the left hold text; the others hold numbers. */
  readonly texts: number;
}

/** Numbers of threads that the report has results for. */
export function threadCounts(report: Report): number[] {
  return [...new Set(report.results.map((result) => result.threads))];
}

function peerNames(report: Report): string[] {
  return report.contestants.filter(({ peer }) => peer).map(({ name }) => name);
}

export function hasPeers(report: Report): boolean {
  return peerNames(report).length > 0;
}

/** The machine and the settings, line by line. */
export function factLines(report: Report): string[] {
  const { machine, settings, contestants, suite } = report;
  const reused = settings.reuseOutput ? ', output reused' : '';
  const trials = `${settings.trials} ${settings.trials === 1 ? 'trial' : 'trials'}`;
  const peers = contestants.filter(({ peer }) => peer).map(({ name, version }) => `${name} ${version}`);
  return [
    `${machine['cpu']}, ISA ${machine['isa']}, Node ${machine['node']}, ${machine['compiler']}`,
    `suite ${suite}; median of ${trials}, a process each${reused}${besideBusy(report)}`,
    ...(peers.length > 0 ? [`peers: ${peers.join(', ')}`] : []),
  ];
}

/** `, beside 2 busy processes`, or nothing. */
export function besideBusy({ settings: { busy = 0 } }: Report): string {
  if (busy === 0) return '';
  return `, beside ${busy} busy ${busy === 1 ? 'process' : 'processes'}`;
}

export function threadsTitle(report: Report, threads: number): string {
  const title = `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const limits = report.limits[threads];
  return limits === undefined ? title : `${title}, FMA peak ${limits.fmaGflops.toFixed(0)} GFLOP/s`;
}

/** Our own results in full; with an earlier report the ratios to it. */
export function ownTable(report: Report, threads: number, before?: Report): TableData {
  const peers = peerNames(report);
  const head = ['name', 'shape', 'mode', 'algorithm', 'kernel', 'ms', 'min ms', 'GFLOP/s', '% of peak'];
  const results = report.results.filter(
    (result) => result.threads === threads && !peers.includes(result.contestant),
  );
  const rows = results.map((result) => [
    result.shape,
    result.description,
    result.contestant,
    result.algorithm,
    result.kernel,
    result.medianMs.toPrecision(3),
    result.minMs.toPrecision(3),
    result.gflops.toFixed(1),
    percent(result.peakShare),
    ...(before === undefined ? [] : comparedWith(before, result)),
  ]);
  return { head: before === undefined ? head : [...head, 'before ms', 'faster'], rows, texts: 5 };
}

function comparedWith(before: Report, result: Summary): string[] {
  const old = findResult(before, result.contestant, result.shape, result.threads);
  return old === undefined ? ['', ''] : [old.medianMs.toPrecision(3), times(old.medianMs / result.medianMs)];
}

/** How much faster than in the earlier run each contestant is. */
export function meanLines(report: Report, before: Report, threads: number): string[] {
  return report.contestants.flatMap(({ name }) => {
    const ratios = report.results
      .filter((result) => result.threads === threads && result.contestant === name)
      .flatMap((result) => {
        const old = findResult(before, name, result.shape, threads);
        return old === undefined ? [] : [old.medianMs / result.medianMs];
      });
    if (ratios.length === 0) return [];
    return [`geometric mean, ${name}: ${geometricMean(ratios).toFixed(3)}× as fast as ${before.date}`];
  });
}

/** Everybody's times beside each other, then how many times as fast as the peers we are, the means last. */
export function peerTable(report: Report, threads: number): TableData {
  const names = report.contestants.map(({ name }) => name);
  const peers = peerNames(report);
  const compared = COMPARISONS.filter((comparison) => comparison.peers.some((peer) => peers.includes(peer)));
  const ours = names.filter((name) => !peers.includes(name));
  const pairs = ours.flatMap((our) =>
    compared
      .filter((comparison) => isComparable(comparison, report, our))
      .map((comparison) => ({ our, comparison })),
  );
  const shared = [REPRODUCIBLE, REPRODUCIBLE_OUT].filter(
    (our) => our === REPRODUCIBLE || names.includes(our.name),
  );
  const ratios = pairs.map((): number[] => []);
  const shapes = new Set(
    report.results.filter((result) => result.threads === threads).map(({ shape }) => shape),
  );
  const rows = [...shapes].map((shape) => {
    const results = names.map((name) => findResult(report, name, shape, threads));
    const row = pairs.map(({ our, comparison }, pair) => {
      const result = findResult(report, our, shape, threads);
      const faster = result && ratioTo(comparison, report, result);
      if (faster !== undefined) ratios[pair].push(faster);
      return times(faster);
    });
    return [
      shape,
      ...results.map((result) => result?.medianMs.toPrecision(3) ?? '–'),
      ...shared.map(({ name }) => percent(findResult(report, name, shape, threads)?.peakShare)),
      ...row,
    ];
  });
  const means = ratios.map((values) => (values.length === 0 ? '' : times(geometricMean(values))));
  return {
    head: [
      'ms',
      ...names,
      ...shared.map(({ name }) => `${name.replace('reproducible', 'repr.')} %`),
      ...pairs.map(({ our, comparison }) => `${our} : ${comparison.label}`),
    ],
    rows: [...rows, ['geometric mean', ...[...names, ...shared].map(() => ''), ...means]],
    texts: 1,
  };
}

/** What one pass through a network takes in its convolutions. */
export function networkLines(report: Report, threads: number): string[] {
  return report.contestants.flatMap(({ name }) => {
    const ms = networkMs(report, name, threads);
    return ms === undefined ? [] : [`one pass through ${report.suite}, ${name}: ${ms.toPrecision(4)} ms`];
  });
}

/** Each target with what was measured, met or not. */
export function targetTable(verdicts: readonly Verdict[]): TableData {
  const rows = verdicts.map(({ name, unit, mean, each }) => [
    name,
    mean === undefined ? '' : `${mean.minimum}${unit}`,
    mean === undefined ? '' : `${mean.value.toFixed(2)}${unit}`,
    mean === undefined ? '' : metOrNot(mean.met),
    `${Number(each.minimum.toPrecision(3))}${unit}`,
    `${each.met} of ${each.of}`,
    metOrNot(each.met === each.of),
  ]);
  return { head: ['target', 'mean ≥', 'mean', '', 'every shape ≥', 'shapes', ''], rows, texts: 1 };
}

/** Who falls short of the minimum for every shape, one line for each target. */
export function lossLines(verdicts: readonly Verdict[]): string[] {
  return verdicts
    .filter(({ losses }) => losses.length > 0)
    .map(({ name, unit, each, losses }) => {
      const entries = losses.map(({ shape, value, limitShare }) => {
        const limit = limitShare === undefined ? '' : ` (${percent(limitShare)} % of the limit)`;
        return `${shape} ${value.toFixed(2)}${unit}${limit}`;
      });
      return `below ${Number(each.minimum.toPrecision(3))}${unit}, ${name}: ${entries.join(', ')}`;
    });
}

function metOrNot(met: boolean): string {
  return met ? 'met' : 'NOT met';
}

function times(faster: number | undefined): string {
  return faster === undefined ? '' : `${faster.toFixed(2)}×`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : (100 * share).toFixed(0);
}
