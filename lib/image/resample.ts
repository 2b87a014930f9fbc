// Tables of resampling weights, one per axis: which source positions an output reads, and how much of each. They are
// computed here alone, so that every executor reads the same numbers. Formulas and their order of operations:
// Pillow's src/libImaging/Resample.c (antialiased); ONNX Resize, version 19 (the rest). Layer: beneath ops.
// SPDX-License-Identifier: MIT

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
export interface AxisTable {
  readonly taps: number;
  readonly bounds: Int32Array;
  readonly weights: Float64Array;
  /** The weights of uint8 images: rounded half away from zero to {@link WEIGHT_BITS} bits of fraction. */
  readonly wholeWeights: Int32Array;
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

/** The table of an axis; kept, since computing one can take as long as using it. */
export function axisTable(axis: Axis, sampling: Sampling): AxisTable {
  const key = [...Object.values(axis), ...Object.values(sampling)].join();
  const known = cache.get(key);
  const table = known ?? makeTable(axis, sampling);
  cache.delete(key);
  cache.set(key, table);
  if (cache.size > CACHED_TABLES) cache.delete(cache.keys().next().value as string);
  return table;
}

function makeTable(axis: Axis, sampling: Sampling): AxisTable {
  const { begin, end, outputs, size } = axis;
  const shifted = end - begin === outputs && Number.isInteger(begin);
  if (shifted && sampling.coordinates === 'half-pixel') {
    return assemble(Array.from({ length: outputs }, (_, i) => ({ start: begin + i, weights: [1] })));
  }
  if (sampling.filter === 'nearest') return assemble(nearest(axis, sampling));
  const kernel = KERNELS[sampling.filter];
  const centre = centreOf(axis, sampling.coordinates);
  const make = sampling.antialias ? antialiased : interpolated;
  const stretch = Math.max(1, (end - begin) / outputs);
  return assemble(
    Array.from({ length: outputs }, (_, i) => make(kernel, sampling.cubic, stretch, centre(i), size)),
  );
}

interface Taps {
  readonly start: number;
  readonly weights: readonly number[];
}

function assemble(outputs: readonly Taps[]): AxisTable {
  const taps = outputs.reduce((most, { weights }) => Math.max(most, weights.length), 1);
  const bounds = new Int32Array(outputs.length * 2);
  const table = new Float64Array(outputs.length * taps);
  for (const [i, { start, weights }] of outputs.entries()) {
    bounds[2 * i] = start;
    bounds[2 * i + 1] = weights.length;
    table.set(weights, i * taps);
  }
  return tableOf(taps, bounds, table);
}

export function tableOf(taps: number, bounds: Int32Array, weights: Float64Array): AxisTable {
  return { taps, bounds, weights, wholeWeights: quantised(weights) };
}

function quantised(weights: Float64Array): Int32Array {
  const one = 2 ** WEIGHT_BITS;
  const whole = new Int32Array(weights.length);
  for (const [i, weight] of weights.entries()) {
    whole[i] = Math.trunc(weight * one + (weight < 0 ? -0.5 : 0.5));
  }
  return whole;
}

/** The kernel widened by the scale; what reaches over an edge is left out, and the rest made up for it. */
function antialiased(kernel: Kernel, cubic: number, stretch: number, centre: number, size: number): Taps {
  const support = kernel.support * stretch;
  const narrow = 1 / stretch;
  const start = Math.max(0, Math.trunc(centre - support + 0.5));
  const end = Math.min(size, Math.trunc(centre + support + 0.5));
  const weights: number[] = [];
  for (let x = 0; x < end - start; x++)
    weights.push(kernel.weight((x + start - centre + 0.5) * narrow, cubic));
  return { start, weights: normalised(weights) };
}

/** The kernel as it is; what reaches over an edge reads the edge. */
function interpolated(kernel: Kernel, cubic: number, _: number, centre: number, size: number): Taps {
  const at = centre - 0.5;
  const reach = Math.ceil(kernel.support);
  const first = Math.floor(at) - reach + 1;
  const inside = (x: number): number => Math.min(size - 1, Math.max(0, x));
  const start = inside(first);
  const weights = new Array<number>(inside(first + 2 * reach - 1) - start + 1).fill(0);
  for (let x = first; x < first + 2 * reach; x++) weights[inside(x) - start] += kernel.weight(x - at, cubic);
  return { start, weights: normalised(weights) };
}

function normalised(weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return sum === 0 ? weights : weights.map((weight) => weight / sum);
}

/**
 * Pillow (antialias, half-pixel) adds the scale up from output to output, which near a border between two pixels may
 * give the other one; the rest multiply. Corners round half up: ONNX's round_prefer_ceil.
 */
function nearest(axis: Axis, { coordinates, antialias }: Sampling): Taps[] {
  const { begin, end, outputs, size } = axis;
  const scale = (end - begin) / outputs;
  const centre = centreOf(axis, coordinates);
  const summed = antialias && coordinates === 'half-pixel';
  let sum = begin + scale * 0.5;
  return Array.from({ length: outputs }, (_, i) => {
    const at = summed ? sum : centre(i) - (coordinates === 'asymmetric' ? 0.5 : 0);
    sum += scale;
    return { start: Math.min(size - 1, Math.max(0, Math.floor(at))), weights: [1] };
  });
}
