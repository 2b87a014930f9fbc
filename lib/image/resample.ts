// Tables of resampling weights, one per axis: which source positions an output reads, and how much of each. They are
// computed here alone, so that every executor reads the same numbers. Formulas and their order of operations:
// Pillow's src/libImaging/Resample.c (antialiased); ONNX Resize, version 19 (the rest). Layer: beneath ops.
// SPDX-License-Identifier: MIT

import { rangeError } from '../errors.ts';

export const RESIZE_FILTERS = ['nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos'] as const;
/** Pillow's names. @useDeclaredType */
export type ResizeFilter = (typeof RESIZE_FILTERS)[number];

export const COORDINATES = ['half-pixel', 'align-corners', 'asymmetric'] as const;
/** Which point of the source a pixel of the result stands for, as ONNX Resize names them. @useDeclaredType */
export type Coordinates = (typeof COORDINATES)[number];

/** How one axis is resampled: `size` source positions, of which [`begin`, `end`) becomes `outputs`. */
export interface Axis {
  readonly size: number;
  readonly begin: number;
  readonly end: number;
  readonly outputs: number;
}

export interface Sampling {
  readonly filter: ResizeFilter;
  readonly antialias: boolean;
  readonly coordinates: Coordinates;
  /** The bicubic kernel's parameter a. */
  readonly cubic: number;
}

/** Output i reads source positions bounds[2i] … + bounds[2i+1] − 1 with weights[i·taps] and those after it. */
export class AxisTable {
  readonly taps: number;
  readonly bounds: Int32Array;
  readonly weights: Float64Array;
  #wholeWeights: Int32Array | undefined;

  readonly #first: Int32Array | undefined;

  /** `first` has of each output the first one that has the same weights. */
  constructor(taps: number, bounds: Int32Array, weights: Float64Array, first?: Int32Array) {
    this.taps = taps;
    this.bounds = bounds;
    this.weights = weights;
    this.#first = first;
  }

  /**
   * The weights of uint8 images: rounded half away from zero to {@link WEIGHT_BITS} bits of fraction, when they are
   * first asked for.
   */
  get wholeWeights(): Int32Array {
    this.#wholeWeights ??= quantised(this.weights, this.taps, this.#first);
    return this.#wholeWeights;
  }
}

/** Fraction bits of the weights of uint8 images: 8 bits of value and 2 of overshoot fill the rest of 32. */
export const WEIGHT_BITS = 22;

interface Kernel {
  readonly support: number;
  readonly weight: (x: number, cubic: number) => number;
}

const KERNELS: Readonly<Record<Exclude<ResizeFilter, 'nearest'>, Kernel>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: hamming },
  bicubic: { support: 2, weight: bicubic },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** float32 constants, as Pillow has them. */
const HAMMING = [Math.fround(0.54), Math.fround(0.46)] as const;

function hamming(signed: number): number {
  const x = Math.abs(signed);
  if (x === 0) return 1;
  if (x >= 1) return 0;
  const angle = x * Math.PI;
  return (Math.sin(angle) / angle) * (HAMMING[0] + HAMMING[1] * Math.cos(angle));
}

function bicubic(signed: number, a: number): number {
  const x = Math.abs(signed);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

function sinc(x: number): number {
  if (x === 0) return 1;
  const angle = x * Math.PI;
  return Math.sin(angle) / angle;
}

/** Where the centre of output i lies, in source positions whose centres lie at n + ½. */
function centreOf(axis: Axis, coordinates: Coordinates): (i: number) => number {
  const { begin, end, outputs } = axis;
  const scale = (end - begin) / outputs;
  if (coordinates === 'half-pixel') return (i) => begin + (i + 0.5) * scale;
  if (coordinates === 'asymmetric') return (i) => begin + i * scale + 0.5;
  const step = outputs === 1 ? 0 : (end - begin - 1) / (outputs - 1);
  return (i) => begin + i * step + 0.5;
}

const cache = new Map<string, AxisTable>();
/** An application resizes to few sizes, from few; what it no longer uses goes first. */
const CACHED_TABLES = 32;
/** Weights of one axis: half a gigabyte of them. */
const MOST_WEIGHTS = 2 ** 26;

/**
 * The table of an axis; kept, since computing one can take as long as using it.
 *
 * @throws RangeError `ERR_CONV_TOO_LARGE` for more weights than {@link MOST_WEIGHTS}.
 */
export function axisTable(operator: string, axis: Axis, sampling: Sampling): AxisTable {
  const { size, begin, end, outputs } = axis;
  const { filter, antialias, coordinates, cubic } = sampling;
  const key = `${size},${begin},${end},${outputs},${filter},${antialias},${coordinates},${cubic}`;
  const known = cache.get(key);
  const table = known ?? makeTable(operator, axis, ruleOf(axis, sampling));
  cache.delete(key);
  cache.set(key, table);
  if (cache.size > CACHED_TABLES) cache.delete(cache.keys().next().value as string);
  return table;
}

/** How an output reads an axis. Outputs are asked for in order. */
interface Rule {
  /** The first source position of output i. */
  readonly start: (i: number) => number;
  /** How many it reads. */
  readonly count: (i: number, start: number) => number;
  /** Outputs of one phase that read as many positions have the same weights, to the bit. */
  readonly phase?: (i: number, start: number) => number | undefined;
  /** Writes their weights, before they are normalised, from `at` on. */
  readonly weigh: (i: number, start: number, count: number, weights: Float64Array, at: number) => void;
}

function ruleOf(axis: Axis, sampling: Sampling): Rule {
  const { begin, end, outputs, size } = axis;
  const shifted = end - begin === outputs && Number.isInteger(begin);
  if (shifted && sampling.coordinates === 'half-pixel') return single((i) => begin + i);
  if (sampling.filter === 'nearest') return single(nearest(axis, sampling));
  const kernel = KERNELS[sampling.filter];
  const centre = centreOf(axis, sampling.coordinates);
  if (!sampling.antialias) return interpolated(kernel, sampling.cubic, centre, size);
  return antialiased(kernel, sampling.cubic, Math.max(1, (end - begin) / outputs), centre, size);
}

function makeTable(operator: string, { outputs }: Axis, rule: Rule): AxisTable {
  checkWeights(operator, outputs, 1);
  const bounds = new Int32Array(outputs * 2);
  let taps = 1;
  for (let i = 0; i < outputs; i++) {
    const start = rule.start(i);
    const count = rule.count(i, start);
    bounds[2 * i] = start;
    bounds[2 * i + 1] = count;
    taps = Math.max(taps, count);
  }
  checkWeights(operator, outputs, taps);
  const weights = new Float64Array(outputs * taps);
  const first = new Int32Array(outputs);
  const known = new Map<number, number>();
  for (let i = 0; i < outputs; i++) {
    const start = bounds[2 * i];
    const count = bounds[2 * i + 1];
    const phase = rule.phase?.(i, start);
    const same = phase === undefined ? undefined : known.get(phase);
    if (same !== undefined && bounds[2 * same + 1] === count) {
      first[i] = same;
      weights.copyWithin(i * taps, same * taps, same * taps + count);
      continue;
    }
    first[i] = i;
    rule.weigh(i, start, count, weights, i * taps);
    normalise(weights, i * taps, count);
    if (phase !== undefined) known.set(phase, i);
  }
  return new AxisTable(taps, bounds, weights, first);
}

function quantised(weights: Float64Array, taps: number, first?: Int32Array): Int32Array {
  const one = 2 ** WEIGHT_BITS;
  const whole = new Int32Array(weights.length);
  for (let i = 0, at = 0; at < weights.length; i++, at += taps) {
    const same = first?.[i] ?? i;
    if (same < i) {
      whole.copyWithin(at, same * taps, same * taps + taps);
      continue;
    }
    // Stores cut the fraction off; Int32Array.from would take several times as long.
    for (let t = at; t < at + taps; t++) whole[t] = weights[t] * one + (weights[t] < 0 ? -0.5 : 0.5);
  }
  return whole;
}

function checkWeights(operator: string, outputs: number, taps: number): void {
  if (outputs * taps <= MOST_WEIGHTS) return;
  const message = `an axis of ${outputs} pixels, each of ${taps} weights, is more than the ${MOST_WEIGHTS} weights that a table may have`;
  throw rangeError('ERR_CONV_TOO_LARGE', operator, message);
}

function normalise(weights: Float64Array, at: number, count: number): void {
  let sum = 0;
  for (let k = at; k < at + count; k++) sum += weights[k];
  if (sum === 0) return;
  for (let k = at; k < at + count; k++) weights[k] /= sum;
}

/** One position, as it is. */
function single(start: (i: number) => number): Rule {
  return {
    start,
    count: () => 1,
    weigh: (_i, _start, _count, weights, at) => {
      weights[at] = 1;
    },
  };
}

/** Fractions of 20 bits beside 32 of whole positions. */
const EXACT = 2 ** 20;

/** The kernel widened by the scale; what reaches over an edge is left out, and the rest made up for it. */
function antialiased(
  kernel: Kernel,
  cubic: number,
  stretch: number,
  centre: (i: number) => number,
  size: number,
): Rule {
  const support = kernel.support * stretch;
  const narrow = 1 / stretch;
  return {
    start: (i) => Math.max(0, Math.trunc(centre(i) - support + 0.5)),
    count: (i, start) => Math.max(0, Math.min(size, Math.trunc(centre(i) + support + 0.5)) - start),
    phase: (i, start) => {
      const middle = centre(i);
      // With so few bits all the differences below are exact, wherever in the image they are taken.
      return Number.isInteger(middle * EXACT) ? middle - start : undefined;
    },
    weigh: (i, start, count, weights, at) => {
      const middle = centre(i);
      for (let x = 0; x < count; x++)
        weights[at + x] = kernel.weight((x + start - middle + 0.5) * narrow, cubic);
    },
  };
}

/** The kernel as it is; what reaches over an edge reads the edge. */
function interpolated(kernel: Kernel, cubic: number, centre: (i: number) => number, size: number): Rule {
  const reach = Math.ceil(kernel.support);
  const inside = (x: number): number => Math.min(size - 1, Math.max(0, x));
  const first = (i: number): number => Math.floor(centre(i) - 0.5) - reach + 1;
  return {
    start: (i) => inside(first(i)),
    count: (i, start) => inside(first(i) + 2 * reach - 1) - start + 1,
    weigh: (i, start, _count, weights, at) => {
      const begin = first(i);
      for (let x = begin; x < begin + 2 * reach; x++) {
        weights[at + inside(x) - start] += kernel.weight(x - (centre(i) - 0.5), cubic);
      }
    },
  };
}

/**
 * Pillow (antialias, half-pixel) adds the scale up from output to output, which near a border between two pixels may
 * give the other one; the rest multiply. Corners round half up: ONNX's round_prefer_ceil.
 */
function nearest(axis: Axis, { coordinates, antialias }: Sampling): (i: number) => number {
  const { begin, end, outputs, size } = axis;
  const scale = (end - begin) / outputs;
  const centre = centreOf(axis, coordinates);
  const summed = antialias && coordinates === 'half-pixel';
  let sum = begin + scale * 0.5;
  return (i) => {
    const at = summed ? sum : centre(i) - (coordinates === 'asymmetric' ? 0.5 : 0);
    sum += scale;
    return Math.min(size - 1, Math.max(0, Math.floor(at)));
  };
}
