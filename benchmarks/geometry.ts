// What a named shape amounts to: output dims, multiplications, and the value that one output element must have.
// Worked out here from the definition, so that the check does not lean on the code under test.
// SPDX-License-Identifier: MIT

import { fma } from '../lib/reference/fma.ts';
import type { NamedShape } from '../test/shapes.ts';

/** A named shape with its axes filled up to three; `large` and `small` are the sides of the forward convolution. */
export interface Lowered {
  readonly transposed: boolean;
  readonly batch: number;
  readonly groups: number;
  /** Channels and extents of what goes in and what comes out. */
  readonly inChannels: number;
  readonly outChannels: number;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
  /** Spatial axes that exist; stride, dilation and padding do not apply to the others. */
  readonly rank: number;
}

export function lower(shape: NamedShape): Lowered {
  const [batch, inChannels, ...space] = shape.input;
  const { stride = 1, padding = 0, dilation = 1 } = shape.options;
  const transposed = shape.operator.startsWith('convTranspose');
  const groups = shape.operator.startsWith('depthwise') ? inChannels : (shape.options.groups ?? 1);
  const taps = shape.weight.slice(2);
  const extents = space.map((size, axis) => {
    const reach = dilation * (taps[axis] - 1) + 1;
    return transposed
      ? (size - 1) * stride - 2 * padding + reach
      : Math.floor((size + 2 * padding - reach) / stride) + 1;
  });
  return {
    transposed,
    batch,
    groups,
    inChannels,
    outChannels: transposed ? shape.weight[1] * groups : shape.weight[0],
    input: threeAxes(space),
    output: threeAxes(extents),
    kernel: threeAxes(taps),
    stride,
    dilation,
    padding,
    rank: space.length,
  };
}

function threeAxes(sizes: readonly number[]): number[] {
  return [...Array.from({ length: 3 - sizes.length }, () => 1), ...sizes];
}

export function product(values: readonly number[]): number {
  return values.reduce((total, value) => total * value, 1);
}

/** The three indices of a flat one. */
export function unravel(index: number, sizes: readonly number[]): number[] {
  return [
    Math.floor(index / (sizes[1] * sizes[2])),
    Math.floor(index / sizes[2]) % sizes[1],
    index % sizes[2],
  ];
}

export function outputLength(lowered: Lowered): number {
  return lowered.batch * lowered.outChannels * product(lowered.output);
}

/** Multiply-adds, taps in the padding counted. */
export function multiplyAdds(shape: NamedShape): number {
  const lowered = lower(shape);
  const small = lowered.transposed
    ? lowered.batch * lowered.inChannels * product(lowered.input)
    : outputLength(lowered);
  return small * product(shape.weight.slice(1));
}

/** Bytes of float32 input, weight and output: what must be moved at the least. */
export function bytesMoved(shape: NamedShape): number {
  return 4 * (product(shape.input) + product(shape.weight) + outputLength(lower(shape)));
}

/** An output element: by the contract's chain of fused multiply-adds, in float64, and the sum of |x||w|. */
export interface Expected {
  readonly chain: number;
  readonly exact: number;
  readonly magnitude: number;
}

/** The element at a flat index of the output. */
export function expectedElement(
  lowered: Lowered,
  input: Float32Array,
  weight: Float32Array,
  index: number,
): Expected {
  return sumOf(taps(lowered, index), input, weight);
}

/** The contract's chain over products of two operands. */
export function chainOf(tapsInOrder: Iterable<Tap>, first: Float32Array, second: Float32Array): number {
  return sumOf(tapsInOrder, first, second).chain;
}

function sumOf(tapsInOrder: Iterable<Tap>, first: Float32Array, second: Float32Array): Expected {
  let chain = 0;
  let exact = 0;
  let magnitude = 0;
  for (const [i, j] of tapsInOrder) {
    const product = first[i] * second[j];
    chain = fma('float32', first[i], second[j], chain);
    exact += product;
    magnitude += Math.abs(product);
  }
  // The contract adds an absent bias as +0, which turns −0 into +0.
  return { chain: chain + 0, exact, magnitude };
}

/** Flat indices of two elements that are multiplied. */
export type Tap = readonly [number, number];

/** Flat indices (input, weight) of the taps of an output element, in the order of the contract. */
export function* taps(lowered: Lowered, index: number): Generator<Tap> {
  const { groups, inChannels, outChannels, input, output, kernel, transposed } = lowered;
  const area = product(output);
  const channel = Math.floor(index / area) % outChannels;
  const image = Math.floor(index / (area * outChannels));
  const position = unravel(index % area, output);
  const perGroup = inChannels / groups;
  const group = Math.floor(channel / (outChannels / groups));
  for (let i = 0; i < perGroup; i++) {
    const source = image * inChannels + group * perGroup + i;
    const kernelStart = transposed
      ? (group * perGroup + i) * (outChannels / groups) + (channel % (outChannels / groups))
      : channel * perGroup + i;
    for (let k = 0; k < product(kernel); k++) {
      const at = unravel(k, kernel).map((offset, axis) =>
        inputPosition(lowered, axis, position[axis], offset),
      );
      if (at.some((value, axis) => value < 0 || value >= input[axis])) continue;
      const x = ((source * input[0] + at[0]) * input[1] + at[1]) * input[2] + at[2];
      yield [x, kernelStart * product(kernel) + k];
    }
  }
}

/** Where tap `offset` of output position `out` reads along an axis; −1 where it meets nothing. */
function inputPosition(lowered: Lowered, axis: number, out: number, offset: number): number {
  if (axis < 3 - lowered.rank) return out;
  const { stride, dilation, padding, transposed } = lowered;
  if (!transposed) return largePosition(lowered, axis, out, offset);
  const scaled = out + padding - offset * dilation;
  return scaled % stride === 0 ? scaled / stride : -1;
}

/** Where tap `offset` of a position of the convolution's small side meets its large side along an axis. */
export function largePosition(lowered: Lowered, axis: number, small: number, offset: number): number {
  if (axis < 3 - lowered.rank) return small;
  const { stride, dilation, padding } = lowered;
  return small * stride - padding + offset * dilation;
}
