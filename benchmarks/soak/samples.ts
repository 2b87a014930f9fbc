// What a soak run measures once a second, and what it concludes. SPDX-License-Identifier: MIT

import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as Plot from '@observablehq/plot';
import { BLUE, draw, ORANGE } from '../../scripts/draw.ts';
import { median } from '../statistics.ts';
import { PARTS, type Part } from './load.ts';

export interface Sample {
  /** Since the start. */
  readonly seconds: number;
  /** Per second, by part. */
  readonly rates: Readonly<Record<Part, number>>;
  readonly rssMib: number;
  readonly externalMib: number;
  readonly delayMs: { readonly median: number; readonly p99: number };
}

const MIB = 2 ** 20;

/** Counts calls and takes samples. */
export class Sampler {
  readonly samples: Sample[] = [];
  readonly totals = Object.fromEntries(PARTS.map((part) => [part, 0])) as Record<Part, number>;
  readonly #histogram = monitorEventLoopDelay({ resolution: 1 });
  readonly #start = performance.now();
  #last = { seconds: 0, totals: { ...this.totals } };

  constructor() {
    this.#histogram.enable();
  }

  count = (part: Part, calls = 1): void => {
    this.totals[part] += calls;
  };

  take(): Sample {
    const seconds = (performance.now() - this.#start) / 1000;
    const { rss, external } = process.memoryUsage();
    const passed = seconds - this.#last.seconds;
    const rate = (part: Part) => (this.totals[part] - this.#last.totals[part]) / passed;
    const ms = (percentile: number) => this.#histogram.percentile(percentile) / 1e6;
    const sample = {
      seconds,
      rates: Object.fromEntries(PARTS.map((part) => [part, rate(part)])) as Record<Part, number>,
      rssMib: rss / MIB,
      externalMib: external / MIB,
      delayMs: { median: ms(50), p99: ms(99) },
    };
    this.samples.push(sample);
    this.#last = { seconds, totals: { ...this.totals } };
    this.#histogram.reset();
    return sample;
  }
}

export const callRate = ({ rates }: Sample): number => PARTS.reduce((sum, part) => sum + rates[part], 0);

/** The quarters' medians; the first quarter warms up. */
export function quarters(samples: readonly Sample[], value: (sample: Sample) => number): number[] {
  return [0, 1, 2, 3].map((quarter) => {
    const [from, to] = [quarter, quarter + 1].map((q) => Math.floor((q * samples.length) / 4));
    return median(samples.slice(from, to).map(value));
  });
}

/** How much larger the process is in the last quarter than in the second. */
export function growthMib(samples: readonly Sample[]): number {
  const [, second, , last] = quarters(samples, ({ rssMib }) => rssMib);
  return last - second;
}

/** Throughput, memory and the event loop's delay over time, one below the other. */
export function plotSamples(samples: readonly Sample[]): string {
  const panels = [
    panel('calls a second', samples, { calls: callRate }),
    panel('MiB', samples, { RSS: ({ rssMib }) => rssMib, external: ({ externalMib }) => externalMib }),
    panel('event loop delay, ms', samples, {
      median: ({ delayMs }) => delayMs.median,
      'p99 of a second': ({ delayMs }) => delayMs.p99,
    }),
  ];
  const placed = panels.map((svg, i) => svg.replace('<svg ', `<svg y="${i * HEIGHT}" `));
  const size = `width="${WIDTH}" height="${panels.length * HEIGHT}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${placed.join('')}</svg>\n`;
}

const WIDTH = 760;
const HEIGHT = 200;

function panel(
  label: string,
  samples: readonly Sample[],
  lines: Readonly<Record<string, (sample: Sample) => number>>,
): string {
  const names = Object.keys(lines);
  const points = names.flatMap((name) =>
    samples.map((sample) => ({ name, minutes: sample.seconds / 60, value: lines[name](sample) })),
  );
  const ends = points.filter(({ minutes }) => minutes === (samples.at(-1)?.seconds ?? 0) / 60);
  return draw({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 60,
    marginRight: 110,
    x: { label: 'minutes →' },
    y: { label: `↑ ${label}`, grid: true, zero: true },
    color: { domain: names, range: [BLUE, ORANGE] },
    marks: [
      Plot.line(points, { x: 'minutes', y: 'value', stroke: 'name' }),
      Plot.text(ends, { x: 'minutes', y: 'value', text: 'name', fill: 'name', textAnchor: 'start', dx: 6 }),
    ],
  });
}
