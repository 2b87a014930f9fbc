// Tables of resampling weights, one per axis: which source positions an output reads, and how much of each. Calls carry
// what a table is made from, packed into a few numbers; native/image/resample_axis.cpp makes the same tables of it, to the
// bit. Formulas and their order of operations: Pillow's src/libImaging/Resample.c (antialiased); ONNX Resize, version 19
// (the rest). Layer: beneath ops.
// SPDX-License-Identifier: MIT

import { rangeError } from '../errors.ts';
import { cosine, sine } from './sine.ts';

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

/** Outputs of an axis that a call computes, of a picture that begins at position `top` of the axis. */
export interface AxisPart {
  readonly first: number;
  readonly count: number;
  readonly top: number;
}

/** Slots of a packed axis, in order. C++ exports the same list, and a test compares the two. */
export const AXIS_FIELDS = [
  'size',
  'begin',
  'end',
  'outputs',
  'filter',
  'antialias',
  'coordinates',
  'cubic',
  'first',
  'count',
  'top',
] as const;

/** An axis as calls carry it, and the most weights that one of its outputs may have. */
export interface PackedAxis {
  readonly fields: Float64Array;
  readonly taps: number;
}

/**
 * Packs an axis, by default all of it.
 *
 * @throws RangeError `ERR_CONV_TOO_LARGE` for more weights than {@link MOST_WEIGHTS}.
 */
export function packAxis(operator: string, axis: Axis, sampling: Sampling, part?: AxisPart): PackedAxis {
  const { size, begin, end, outputs } = axis;
  const taps = mostTaps(axis, sampling);
  if (outputs * taps > MOST_WEIGHTS) {
    const message = `an axis of ${outputs} pixels, each of ${taps} weights, is more than the ${MOST_WEIGHTS} weights that a table may have`;
    throw rangeError('ERR_CONV_TOO_LARGE', operator, message);
  }
  const fields = Float64Array.of(
    size,
    begin,
    end,
    outputs,
    RESIZE_FILTERS.indexOf(sampling.filter),
    Number(sampling.antialias),
    COORDINATES.indexOf(sampling.coordinates),
    sampling.cubic,
    part === undefined ? 0 : part.first,
    part === undefined ? outputs : part.count,
    part === undefined ? 0 : part.top,
  );
  return { fields, taps };
}

/** The first source position of each output of an axis, and how many it reads. */
export function axisBounds(axis: Axis, sampling: Sampling): Int32Array {
  return boundsOf(ruleOf(axis, sampling), 0, axis.outputs);
}

/** Output i reads source positions bounds[2i] … + bounds[2i+1] − 1 with weights[i·taps] and those after it. */
export interface AxisTable {
  readonly outputs: number;
  readonly taps: number;
  readonly bounds: Int32Array;
  readonly weights: Float64Array;
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
  return (sine(angle) / angle) * (HAMMING[0] + HAMMING[1] * cosine(angle));
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
  return sine(angle) / angle;
}

/** Where the centre of output i lies, in source positions whose centres lie at n + ½. */
function centreOf(axis: Axis, coordinates: Coordinates): (i: number) => number {
  const { begin, end, outputs } = axis;
  const scale = (end - begin) / outputs;
  if (coordinates === 'half-pixel') return (i) => begin + (i + 0.5) * scale;
  if (coordinates === 'asymmetric') return (i) => begin + i * scale + 0.5;
  // A part of less than a pixel has one corner.
  const step = outputs === 1 ? 0 : Math.max(0, end - begin - 1) / (outputs - 1);
  return (i) => begin + i * step + 0.5;
}

/** Weights of one axis: half a gigabyte of them. */
const MOST_WEIGHTS = 2 ** 26;

/** What no output has more weights than, known without a look at each. */
function mostTaps(axis: Axis, sampling: Sampling): number {
  const { begin, end, outputs, size } = axis;
  if (sampling.filter === 'nearest' || isShift(axis, sampling)) return 1;
  const { support } = KERNELS[sampling.filter];
  if (!sampling.antialias) return Math.min(size, 2 * Math.ceil(support));
  return Math.min(size, Math.floor(2 * support * Math.max(1, (end - begin) / outputs)) + 1);
}

/** The table of a packed axis. */
export function axisTable(fields: Float64Array): AxisTable {
  const [size, begin, end, outputs, filter, antialias, coordinates, cubic, first, count, top] = fields;
  const sampling = {
    filter: RESIZE_FILTERS[filter],
    antialias: antialias !== 0,
    coordinates: COORDINATES[coordinates],
    cubic,
  };
  const rule = ruleOf({ size, begin, end, outputs }, sampling);
  const bounds = boundsOf(rule, first, count);
  let taps = 1;
  for (let i = 0; i < count; i++) taps = Math.max(taps, bounds[2 * i + 1]);
  const weights = new Float64Array(count * taps);
  for (let i = 0; i < count; i++) {
    const [start, length] = [bounds[2 * i], bounds[2 * i + 1]];
    rule.weigh(first + i, start, length, weights, i * taps);
    normalise(weights, i * taps, length);
    bounds[2 * i] -= top;
  }
  return { outputs: count, taps, bounds, weights };
}

/** The weights of uint8 images: rounded half away from zero to {@link WEIGHT_BITS} bits of fraction. */
export function wholeWeights({ weights }: AxisTable): Int32Array {
  const one = 2 ** WEIGHT_BITS;
  const whole = new Int32Array(weights.length);
  // Stores cut the fraction off.
  for (let t = 0; t < weights.length; t++) whole[t] = weights[t] * one + (weights[t] < 0 ? -0.5 : 0.5);
  return whole;
}

/** How an output reads an axis. Outputs are asked for in order. */
interface Rule {
  /** Whether they are asked for from 0 on, whichever are wanted. */
  readonly summed?: boolean;
  /** The first source position of output i. */
  readonly start: (i: number) => number;
  /** How many it reads. */
  readonly count: (i: number, start: number) => number;
  /** Writes their weights, before they are normalised, from `at` on. */
  readonly weigh: (i: number, start: number, count: number, weights: Float64Array, at: number) => void;
}

function ruleOf(axis: Axis, sampling: Sampling): Rule {
  const { begin, end, outputs, size } = axis;
  if (isShift(axis, sampling)) return single((i) => begin + i);
  if (sampling.filter === 'nearest') return nearest(axis, sampling);
  const kernel = KERNELS[sampling.filter];
  const centre = centreOf(axis, sampling.coordinates);
  if (!sampling.antialias) return interpolated(kernel, sampling.cubic, centre, size);
  return antialiased(kernel, sampling.cubic, Math.max(1, (end - begin) / outputs), centre, size);
}

/** Every output is a source pixel, one after the other. */
function isShift({ begin, end, outputs }: Axis, { coordinates }: Sampling): boolean {
  return end - begin === outputs && Number.isInteger(begin) && coordinates === 'half-pixel';
}

function boundsOf(rule: Rule, first: number, count: number): Int32Array {
  const bounds = new Int32Array(count * 2);
  for (let i = rule.summed ? 0 : first; i < first + count; i++) {
    const start = rule.start(i);
    if (i < first) continue;
    bounds[2 * (i - first)] = start;
    bounds[2 * (i - first) + 1] = rule.count(i, start);
  }
  return bounds;
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
function nearest(axis: Axis, { coordinates, antialias }: Sampling): Rule {
  const { begin, end, outputs, size } = axis;
  const scale = (end - begin) / outputs;
  const centre = centreOf(axis, coordinates);
  const summed = antialias && coordinates === 'half-pixel';
  let sum = begin + scale * 0.5;
  const start = (i: number): number => {
    const at = summed ? sum : centre(i) - (coordinates === 'asymmetric' ? 0.5 : 0);
    sum += scale;
    return Math.min(size - 1, Math.max(0, Math.floor(at)));
  };
  return { ...single(start), summed };
}
