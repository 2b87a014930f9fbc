// The plots of a report, as SVG that needs nothing else: ratios by shape, roofline, threads, growth, cliffs.
// SPDX-License-Identifier: MIT

import * as Plot from '@observablehq/plot';
import { BLUE, draw, GREY, INK, ORANGE } from '../scripts/draw.ts';
import { COMPARISONS, isComparable, ratioTo } from './comparisons.ts';
import { AUTO, AUTO_OUT, REPRODUCIBLE, REPRODUCIBLE_OUT } from './native-conv.ts';
import { findResult, type Limits, type Report, type Summary } from './report.ts';
import { besideBusy } from './tables.ts';

export interface Figure {
  /** Fit for the name of a file. */
  readonly id: string;
  readonly title: string;
  /** How to read it. */
  readonly caption: string;
  readonly svg: string;
}

const BETTER = BLUE;
const WORSE = ORANGE;
const OURS: readonly string[] = [AUTO.name, REPRODUCIBLE.name];
/** With new results, and into the same memory where the peers do. */
const AUTOS: readonly string[] = [AUTO.name, AUTO_OUT.name];
const REPRODUCIBLES: readonly string[] = [REPRODUCIBLE.name, REPRODUCIBLE_OUT.name];
const ROW_HEIGHT = 17;
/** The memory of a roofline: in the first-level cache there is no roof to speak of. */
const ROOF_BYTES = 2 ** 20;

/** All plots that the report has something for. */
export function figuresOf(report: Report): Figure[] {
  const threads = [...new Set(report.results.map((result) => result.threads))];
  return [
    ...threads.map((count) => ratios(report, count)),
    ...(isSweep(report) ? [] : threads.map((count) => roofline(report, count))),
    threadGains(report, threads),
    ...growth(report),
    cliffs(report),
  ].filter((figure) => figure !== undefined);
}

/** Whether the shapes are made to be compared with each other, and are no sample of what networks have. */
function isSweep(report: Report): boolean {
  return Object.values(report.notes).some(({ sweep, neighbour }) => sweep ?? neighbour);
}

function ours(report: Report, threads: number): Summary[] {
  return report.results.filter((result) => result.threads === threads && OURS.includes(result.contestant));
}

/** A run beside busy processes has figures of its own beside those of the same suite without. */
function idOf({ suite, settings }: Report): string {
  return settings.busy ? `${suite}-busy` : suite;
}

function titleOf(report: Report): string {
  return `suite \`${report.suite}\`${besideBusy(report)}`;
}

function suffix(threads: number): string {
  return threads === 1 ? '' : `-${threads}-threads`;
}

function onThreads(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}

/** Bars of how many times as fast as each peer. */
function ratios(report: Report, threads: number): Figure | undefined {
  const compared = report.results.filter(
    (result) => result.threads === threads && [...AUTOS, ...REPRODUCIBLES].includes(result.contestant),
  );
  const rows = compared.flatMap((result) =>
    COMPARISONS.filter((comparison) => isComparable(comparison, report, result.contestant)).flatMap(
      (comparison) => {
        const ratio = ratioTo(comparison, report, result);
        const { shape, contestant } = result;
        return ratio === undefined ? [] : [{ shape, contestant, peer: comparison.label, ratio }];
      },
    ),
  );
  if (rows.length === 0) return undefined;
  const shapes = [...new Set(rows.map(({ shape }) => shape))];
  const peers = COMPARISONS.map(({ label }) => label).filter((label) =>
    rows.some(({ peer }) => peer === label),
  );
  const bars = rows.filter(({ contestant }) => AUTOS.includes(contestant));
  const ticks = rows.filter(({ contestant }) => REPRODUCIBLES.includes(contestant));
  const svg = draw({
    width: 200 + 240 * peers.length,
    height: 70 + ROW_HEIGHT * shapes.length,
    marginLeft: 150,
    marginRight: 40,
    fx: { domain: peers, label: null },
    x: { type: 'log', label: 'times as fast →', tickFormat: (x: number) => String(x), ticks: 5, grid: true },
    y: { domain: shapes, label: null },
    marks: [
      Plot.barX(bars, {
        fx: 'peer',
        y: 'shape',
        x1: 1,
        x2: 'ratio',
        fill: ({ ratio }) => (ratio >= 1 ? BETTER : WORSE),
      }),
      Plot.tickX(ticks, { fx: 'peer', y: 'shape', x: 'ratio', stroke: INK, strokeWidth: 2 }),
      Plot.text(bars, {
        fx: 'peer',
        y: 'shape',
        x: ({ ratio }) => Math.max(ratio, 1),
        text: ({ ratio }) => ratio.toFixed(2),
        textAnchor: 'start',
        dx: 5,
        fontSize: 9,
      }),
      Plot.ruleX([1]),
    ],
  });
  return {
    id: `ratios-${idOf(report)}${suffix(threads)}`,
    title: `Against each peer, ${titleOf(report)}, ${onThreads(threads)}`,
    caption: 'Bars and figures: `auto`; black ticks: `reproducible`. Right of 1, blue: we are faster.',
    svg,
  };
}

/** Speed against the work per byte, below the roof that the FMA units and the memory make. */
function roofline(report: Report, threads: number): Figure | undefined {
  const limits = report.limits[threads];
  const results = ours(report, threads);
  if (limits === undefined || results.length === 0) return undefined;
  const points = results.map(({ shape, contestant, gflops, multiplyAdds, bytes }) => ({
    shape,
    contestant,
    gflops,
    intensity: (2 * multiplyAdds) / bytes,
  }));
  const intensities = points.map(({ intensity }) => intensity);
  const range = [Math.min(...intensities) / 2, Math.max(...intensities) * 2] as const;
  const roofs = [limits.copies.find(({ bytes }) => bytes >= ROOF_BYTES), limits.copies.at(-1)].filter(
    (copy, i, all) => copy !== undefined && all.indexOf(copy) === i,
  ) as Limits['copies'];
  const present = OURS.filter((name) => points.some(({ contestant }) => contestant === name));
  const svg = draw({
    width: 860,
    height: 520,
    marginLeft: 55,
    marginRight: 30,
    x: {
      type: 'log',
      label: 'floating-point operations per byte →',
      domain: range,
      ticks: 6,
      tickFormat: 'd',
    },
    y: { type: 'log', label: '↑ GFLOP/s', grid: true, tickFormat: (y: number) => String(y) },
    color: { domain: OURS, range: [BETTER, WORSE] },
    marks: [
      ...roofs.map((roof) => Plot.line(roofPoints(roof, limits, range), { stroke: GREY })),
      Plot.text(roofs, {
        x: range[0],
        y: (roof) => range[0] * roof.gigabytesPerSecond,
        text: (roof) => `${roof.gigabytesPerSecond.toFixed(0)} GB/s on ${megabytes(roof.bytes)}`,
        textAnchor: 'start',
        dx: 6,
        dy: 9,
        fill: '#777',
      }),
      Plot.text([limits.fmaGflops], {
        x: range[1],
        y: (peak) => peak,
        text: (peak) => `FMA peak ${peak.toFixed(0)} GFLOP/s`,
        textAnchor: 'end',
        dy: -8,
        fill: '#777',
      }),
      Plot.dot(points, { x: 'intensity', y: 'gflops', fill: 'contestant', r: 3, title: 'shape' }),
      Plot.text(
        points.filter(({ contestant }) => contestant === present[0]),
        { x: 'intensity', y: 'gflops', text: 'shape', fontSize: 8, dx: 5, textAnchor: 'start' },
      ),
    ],
  });
  return {
    id: `roofline-${idOf(report)}${suffix(threads)}`,
    title: `Roofline, ${titleOf(report)}, ${onThreads(threads)}`,
    caption:
      'Nominal operations of a direct convolution over the bytes of input, weight and output; blue `auto`, orange `reproducible`. Slanted: rate of a copy within so much memory. Winograd can rise above the peak.',
    svg,
  };
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** The line of a roof: slanted up to the ridge, flat from there. */
function roofPoints(
  { gigabytesPerSecond }: Limits['copies'][number],
  { fmaGflops }: Limits,
  [from, to]: readonly [number, number],
): [number, number][] {
  const ridge = fmaGflops / gigabytesPerSecond;
  const at = (intensity: number): [number, number] => [
    intensity,
    Math.min(fmaGflops, intensity * gigabytesPerSecond),
  ];
  return [from, ridge, to].filter((x) => x >= from && x <= to).map(at);
}

/** How much faster more threads make each shape. */
function threadGains(report: Report, threads: readonly number[]): Figure | undefined {
  const rows = threads
    .filter((count) => count > 1)
    .flatMap((count) =>
      ours(report, count).flatMap(({ shape, contestant, medianMs }) => {
        const alone = findResult(report, contestant, shape, 1);
        return alone === undefined ? [] : [{ shape, contestant, gain: alone.medianMs / medianMs }];
      }),
    );
  if (rows.length === 0) return undefined;
  const count = Math.max(...threads);
  const most = Math.max(count, ...rows.map(({ gain }) => gain));
  const shapes = [...new Set(rows.map(({ shape }) => shape))];
  const svg = draw({
    width: 640,
    height: 60 + ROW_HEIGHT * shapes.length,
    marginLeft: 150,
    x: { label: `times as fast on ${onThreads(count)} as on one →`, domain: [0, most * 1.1], grid: true },
    y: { domain: shapes, label: null },
    color: { domain: OURS, range: [BETTER, WORSE] },
    marks: [
      Plot.ruleX([1, count], { stroke: GREY }),
      Plot.dot(rows, { x: 'gain', y: 'shape', fill: 'contestant', r: 4 }),
      Plot.text(
        rows.filter(({ contestant }) => contestant === rows[0].contestant),
        {
          x: 'gain',
          y: 'shape',
          text: ({ gain }) => gain.toFixed(2),
          dx: 8,
          textAnchor: 'start',
          fontSize: 9,
        },
      ),
    ],
  });
  return {
    id: `threads-${idOf(report)}`,
    title: `${onThreads(count)} over one, ${titleOf(report)}`,
    caption: 'Blue `auto`, orange `reproducible`. Lines: no gain, and the most that there can be.',
    svg,
  };
}

/** Cost against the size that a sweep varies, a figure for each. */
function growth(report: Report): Figure[] {
  const points = report.results.flatMap(({ shape, contestant, medianMs, multiplyAdds, threads }) => {
    const sweep = report.notes[shape]?.sweep;
    if (sweep === undefined || threads > 1) return [];
    return [{ ...sweep, contestant, picoseconds: (medianMs * 1e9) / multiplyAdds }];
  });
  return [...new Set(points.map(({ axis }) => axis))].map((axis) => {
    const line = points.filter((point) => point.axis === axis);
    const sizes = [...new Set(line.map(({ value }) => value))];
    const svg = draw({
      width: 640,
      height: 300,
      marginLeft: 50,
      marginRight: 20,
      x: { type: 'log' },
      y: { label: '↑ picoseconds per multiply-add', grid: true, zero: true },
      color: { domain: OURS, range: [BETTER, WORSE] },
      marks: [
        Plot.axisX(sizes, { label: `${axis} →`, text: (size: number) => String(size) }),
        Plot.line(line, { x: 'value', y: 'picoseconds', stroke: 'contestant', marker: 'dot' }),
        Plot.ruleY([0]),
      ],
    });
    return {
      id: `growth-${axis}`,
      title: `Cost of a multiply-add by ${axis}`,
      caption:
        '3×3 on 64 channels of 28×28, one size varied, 1 thread; blue `auto`, orange `reproducible`. A flat line is a cost that grows in proportion.',
      svg,
    };
  });
}

/** What an odd size costs beside its even neighbour. */
function cliffs(report: Report): Figure | undefined {
  const rows = report.results.flatMap(({ shape, contestant, gflops, threads }) => {
    const neighbour = report.notes[shape]?.neighbour;
    const even = neighbour && findResult(report, contestant, neighbour, threads);
    if (!even || threads > 1) return [];
    return [{ pair: `${shape} : ${neighbour}`, contestant, cost: even.gflops / gflops }];
  });
  if (rows.length === 0) return undefined;
  const pairs = [...new Set(rows.map(({ pair }) => pair))];
  const contestants = [...new Set(rows.map(({ contestant }) => contestant))];
  const svg = draw({
    width: 240 + 190 * contestants.length,
    height: 70 + ROW_HEIGHT * pairs.length,
    marginLeft: 230,
    fx: { domain: contestants, label: null },
    x: { label: 'times the cost →', grid: true, zero: true, ticks: 4 },
    y: { domain: pairs, label: null },
    marks: [
      Plot.barX(rows, {
        fx: 'contestant',
        y: 'pair',
        x: 'cost',
        fill: ({ cost }) => (cost <= 1.5 ? BETTER : WORSE),
      }),
      Plot.ruleX([1, 1.5], { stroke: GREY }),
    ],
  });
  return {
    id: `cliffs-${idOf(report)}`,
    title: 'Odd sizes beside even ones',
    caption:
      'Time per multiply-add of the first shape over that of the second, 1 thread. Orange: more than 1.5.',
    svg,
  };
}
