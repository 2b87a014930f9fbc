// What random calls are drawn from: a window that slides, its operands, options and values, one number at a time.
// Layer: verify.
// SPDX-License-Identifier: MIT

import { type DType, product } from '../geometry.ts';
import { extent, type Rank } from '../padding.ts';
import { sfc32 } from '../random.ts';
import { Tensor } from '../tensor.ts';

/** An integer from `least` to `most`, both included. Less is simpler. */
export type Draw = (least: number, most: number) => number;

/** Integers from a seed. Taking the remainder favours small ones by less than 2⁻¹¹ here. */
export function drawFrom(seed: number): Draw {
  const next = sfc32(seed);
  return (least, most) => least + ((next() >>> 0) % (most - least + 1));
}

/** What random calls keep to. */
export interface ProblemLimits {
  /** By default both. */
  readonly type?: DType;
  /** Multiply-adds of the largest. By default what the reference does in some milliseconds. */
  readonly multiplyAdds?: number;
}

type Options = Record<string, unknown>;

const LAYOUTS = { first: ['NCW', 'NCHW', 'NCDHW'], last: ['NWC', 'NHWC', 'NDHWC'] };
const SPATIAL = ['W', 'HW', 'DHW'];
const ACTIVATIONS = [
  undefined,
  'relu',
  'relu6',
  'hardSwish',
  { type: 'leakyRelu', alpha: 0.3 },
  { type: 'clamp', min: -0.25, max: Number.POSITIVE_INFINITY },
  'prelu',
  'sigmoid',
  'tanh',
  'silu',
  'elu',
  'gelu',
];
const MOST_WORK = 300_000;
const LONGEST = [40, 12, 7];

/** Values with everything that a chain of sums can meet: ordinary, huge, subnormal, both zeros. */
export function data(dims: readonly number[], type: DType, seed: number): Tensor {
  const tensor = Tensor.random(dims, { type, seed });
  const scales =
    type === 'float32' ? [1, 1, 1, 1e4, 1e-4, 1e-40, 0, -0] : [1, 1, 1, 1e8, 1e-8, 1e-310, 0, -0];
  for (const [i, value] of tensor.data.entries())
    tensor.data[i] = value * scales[(i * 7 + seed) % scales.length];
  return tensor;
}

export const flip = (draw: Draw): boolean => draw(0, 1) === 1;
export const pick = <Item>(draw: Draw, items: readonly Item[]): Item => items[draw(0, items.length - 1)];
export const perAxis = (draw: Draw, rank: number, least: number, most: number): number[] =>
  Array.from({ length: rank }, () => draw(least, most));

export interface Window {
  readonly rank: Rank;
  readonly type: DType;
  readonly last: boolean;
  readonly batch: number;
  readonly groups: number;
  readonly inPerGroup: number;
  readonly outPerGroup: number;
  readonly input: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly pads: readonly (readonly number[])[];
  readonly weightLayout: number;
  readonly threads: number;
  readonly seed: number;
}

export function drawType(draw: Draw, { type }: ProblemLimits): DType {
  return type ?? (draw(0, 2) < 2 ? 'float32' : 'float64');
}

export function drawWindow(draw: Draw, rank: Rank, limits: ProblemLimits): Window {
  const window: Window = {
    rank,
    type: drawType(draw, limits),
    last: flip(draw),
    batch: draw(0, 8) === 8 ? 0 : draw(1, 3),
    groups: draw(0, 4) < 3 ? 1 : draw(2, 4),
    inPerGroup: flip(draw) ? draw(6, 24) : draw(1, 5),
    outPerGroup: flip(draw) ? draw(10, 40) : draw(1, 9),
    input: perAxis(draw, rank, 1, LONGEST[rank - 1]),
    kernel: perAxis(draw, rank, 1, 5),
    stride: perAxis(draw, rank, 1, 3),
    dilation: perAxis(draw, rank, 1, 3),
    pads: Array.from({ length: rank }, () => perAxis(draw, 2, 0, 4)),
    weightLayout: draw(0, 2),
    threads: draw(1, 3),
    seed: draw(1, 1e6),
  };
  return fitWork(fitKernel(window), limits.multiplyAdds ?? MOST_WORK);
}

/** Takes taps off until the kernel fits its padded input; one tap always does. */
function fitKernel(w: Window): Window {
  const kernel = w.kernel.map((size, axis) => {
    const room = w.input[axis] + w.pads[axis][0] + w.pads[axis][1];
    return Math.min(size, Math.floor((room - 1) / w.dilation[axis]) + 1);
  });
  return { ...w, kernel };
}

function fitWork(w: Window, most: number): Window {
  if (work(w) <= most) return w;
  const { batch, outPerGroup, inPerGroup, groups, input } = w;
  const half = (value: number) => Math.max(1, Math.floor(value / 2));
  if (outPerGroup > 1) return fitWork({ ...w, outPerGroup: half(outPerGroup) }, most);
  if (inPerGroup > 1) return fitWork({ ...w, inPerGroup: half(inPerGroup) }, most);
  if (batch > 1 || groups > 1) return fitWork({ ...w, batch: Math.min(1, batch), groups: 1 }, most);
  const smaller = fitKernel({ ...w, input: input.map(half) });
  return work(smaller) === work(w) ? w : fitWork(smaller, most);
}

export function output(w: Window): number[] {
  return w.input.map((size, axis) => {
    const [begin, end] = w.pads[axis];
    return Math.floor((size + begin + end - extent(w.kernel[axis], w.dilation[axis])) / w.stride[axis]) + 1;
  });
}

function work(w: Window): number {
  return (
    Math.max(1, w.batch) * w.groups * w.outPerGroup * product(output(w)) * w.inPerGroup * product(w.kernel)
  );
}

/** `[N, C, *spatial]` in the problem's layout. */
export function tensorDims(w: Window, channels: number, spatial: readonly number[]): number[] {
  return w.last ? [w.batch, ...spatial, channels] : [w.batch, channels, ...spatial];
}

/** The weight's layout by name, and its dims in that layout, from those of the default one. */
export function weightOf(w: Window, outer: number, inner: number, [a, b]: readonly [string, string]) {
  const spatial = SPATIAL[w.rank - 1];
  const [name, dims] = [
    [`${a}${b}${spatial}`, [outer, inner, ...w.kernel]],
    [`${spatial}${b}${a}`, [...w.kernel, inner, outer]],
    a === 'O'
      ? [`${a}${spatial}${b}`, [outer, ...w.kernel, inner]]
      : [`${b}${spatial}${a}`, [inner, ...w.kernel, outer]],
  ][w.weightLayout] as [string, number[]];
  return { name, dims };
}

export function layoutOf(w: Window): string {
  return (w.last ? LAYOUTS.last : LAYOUTS.first)[w.rank - 1];
}

export function windowOptions(w: Window): Options {
  const { stride, pads, dilation, threads } = w;
  return { stride, padding: pads, dilation, layout: layoutOf(w), threads };
}

/** Bias, residual and activation for a result. */
export function drawEpilogue(
  draw: Draw,
  type: DType,
  channels: number,
  dims: readonly number[],
  seed: number,
): Options {
  const options: Options = {};
  if (flip(draw)) options.bias = data([channels], type, seed + 1);
  if (flip(draw)) options.residual = data(dims, type, seed + 2);
  const activation = flip(draw) ? pick(draw, ACTIVATIONS) : undefined;
  if (activation === 'prelu') options.activation = { type: 'prelu', slope: data([channels], type, seed + 3) };
  else if (activation !== undefined) options.activation = activation;
  return options;
}
