// A report as text for the terminal: facts, one table for each number of threads, and the ratios to an earlier run.
// SPDX-License-Identifier: MIT

import Table from 'cli-table3';
import { COMPARISONS, ratioTo } from './comparisons.ts';
import { findResult, type Report, type Summary } from './report.ts';
import { geometricMean } from './statistics.ts';
import { judge, type Verdict } from './targets.ts';

/** The report as text; with an earlier report the ratios to it. */
export function drawReport(report: Report, before?: Report): string {
  const { machine, settings, contestants } = report;
  const modes = settings.reuseOutput ? ', output reused' : '';
  const peers = contestants.filter(({ peer }) => peer).map(({ name, version }) => `${name} ${version}`);
  const lines = [
    `${machine.cpu}, ISA ${machine.isa}, Node ${machine.node}, ${machine.compiler}`,
    `suite ${report.suite}; median of ${settings.trials} ${settings.trials === 1 ? 'trial' : 'trials'}, a process each${modes}`,
    ...(peers.length > 0 ? [`peers: ${peers.join(', ')}`] : []),
  ];
  for (const threads of new Set(report.results.map((result) => result.threads))) {
    lines.push('', titleOf(report, threads), drawOwn(report, threads, before));
    if (before !== undefined) lines.push(...drawMeans(report, before, threads));
    if (peers.length > 0) lines.push('', drawPeers(report, threads));
  }
  if (peers.length > 0) lines.push('', drawTargets(report));
  return lines.join('\n');
}

function titleOf(report: Report, threads: number): string {
  const title = `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const limits = report.limits[threads];
  return limits === undefined ? title : `${title}, FMA peak ${limits.fmaGflops.toFixed(0)} GFLOP/s`;
}

function newTable(head: readonly string[], texts: number): InstanceType<typeof Table> {
  return new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column < texts ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
}

/** Our own results in full. */
function drawOwn(report: Report, threads: number, before?: Report): string {
  const peers = new Set(report.contestants.filter(({ peer }) => peer).map(({ name }) => name));
  const head = ['name', 'shape', 'mode', 'algorithm', 'kernel', 'ms', 'min ms', 'GFLOP/s', '% of peak'];
  const table = newTable(before === undefined ? head : [...head, 'before ms', 'faster'], 5);
  for (const result of report.results) {
    if (result.threads !== threads || peers.has(result.contestant)) continue;
    const old = before && findResult(before, result.contestant, result.shape, threads);
    table.push([
      result.shape,
      result.description,
      result.contestant,
      result.algorithm,
      result.kernel,
      result.medianMs.toPrecision(3),
      result.minMs.toPrecision(3),
      result.gflops.toFixed(1),
      percent(result.peakShare),
      ...(before === undefined ? [] : [old?.medianMs.toPrecision(3) ?? '', times(ratio(old, result))]),
    ]);
  }
  return table.toString();
}

/** How much faster than the earlier run each contestant has become. */
function drawMeans(report: Report, before: Report, threads: number): string[] {
  return report.contestants.flatMap(({ name }) => {
    const ratios = report.results
      .filter((result) => result.threads === threads && result.contestant === name)
      .map((result) => ratio(findResult(before, name, result.shape, threads), result))
      .filter((faster) => faster !== undefined);
    if (ratios.length === 0) return [];
    return [`geometric mean, ${name}: ${geometricMean(ratios).toFixed(3)}× as fast as ${before.date}`];
  });
}

/** Everybody's times beside each other, then how many times as fast as the peers we are. */
function drawPeers(report: Report, threads: number): string {
  const names = report.contestants.map(({ name }) => name);
  const ours = report.contestants.filter(({ peer }) => !peer).map(({ name }) => name);
  const pairs = ours.flatMap((our) => COMPARISONS.map((comparison) => ({ our, comparison })));
  const heads = pairs.map(({ our, comparison }) => `${our} : ${comparison.label}`);
  const table = newTable(['ms', ...names, ...heads], 1);
  const ratios = pairs.map((): number[] => []);
  for (const shape of new Set(report.results.map((result) => result.shape))) {
    const millis = names.map((name) => findResult(report, name, shape, threads)?.medianMs.toPrecision(3));
    const row = pairs.map(({ our, comparison }, pair) => {
      const result = findResult(report, our, shape, threads);
      const faster = result && ratioTo(comparison, report, result);
      if (faster !== undefined) ratios[pair].push(faster);
      return times(faster);
    });
    table.push([shape, ...millis.map((ms) => ms ?? '–'), ...row]);
  }
  const means = ratios.map((values) => (values.length === 0 ? '' : times(geometricMean(values))));
  table.push(['geometric mean', ...names.map(() => ''), ...means]);
  return table.toString();
}

/** Each target with what was measured, met or not; then who fell short of the minimum for every shape. */
export function drawTargets(report: Report): string {
  const verdicts = judge(report);
  const table = newTable(['target', 'mean ≥', 'mean', '', 'every shape ≥', 'shapes', ''], 1);
  for (const { name, unit, mean, each } of verdicts) {
    table.push([
      name,
      mean === undefined ? '' : `${mean.minimum}${unit}`,
      mean === undefined ? '' : `${mean.value.toFixed(2)}${unit}`,
      mean === undefined ? '' : metOrNot(mean.met),
      `${each.minimum}${unit}`,
      `${each.met} of ${each.of}`,
      metOrNot(each.met === each.of),
    ]);
  }
  return [table.toString(), ...verdicts.flatMap(drawLosses)].join('\n');
}

function metOrNot(met: boolean): string {
  return met ? 'met' : 'NOT met';
}

function drawLosses({ name, unit, each, losses }: Verdict): string[] {
  if (losses.length === 0) return [];
  const entries = losses.map(({ shape, value, limitShare }) => {
    const limit = limitShare === undefined ? '' : `, ${percent(limitShare)} % of the limit`;
    return `  ${shape} ${value.toFixed(2)}${unit}${limit}`;
  });
  return [`below ${each.minimum}${unit}: ${name}`, ...entries];
}

/** How many times as fast the result is. */
function ratio(other: Summary | undefined, result: Summary): number | undefined {
  return other === undefined ? undefined : other.medianMs / result.medianMs;
}

function times(faster: number | undefined): string {
  return faster === undefined ? '' : `${faster.toFixed(2)}×`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : (100 * share).toFixed(0);
}
