// Padding: what a caller may write, and what it comes to on a given input. Layer: above check.ts; used by
// options.ts and lowering. 'same' as in ONNX (SAME_UPPER) and TensorFlow: ⌈input ÷ stride⌉ outputs, the odd one at the end.
// SPDX-License-Identifier: MIT

import { ANY_INTEGER, checkChoice, checkInteger, readArray } from './check.ts';
import { describe, rangeError, typeError } from './errors.ts';
import type { Triple } from './geometry.ts';

export type Rank = 1 | 2 | 3;

/** A number for every spatial axis, or one per axis. */
export type PerAxis = number | readonly number[];

/**
 * A number for both ends of every spatial axis, one per axis, a pair `[begin, end]` per axis, `'valid'` (none),
 * `'same'` (`⌈input ÷ stride⌉` outputs, the odd pad at the end) or `'same-lower'` (the odd pad at the beginning).
 * In a pair, a negative number takes elements away, as in PyTorch's F.pad.
 */
export type PaddingOption =
  | PerAxis
  | readonly (readonly [begin: number, end: number])[]
  | 'valid'
  | 'same'
  | 'same-lower';

export interface ExplicitPadding {
  readonly begin: Triple;
  readonly end: Triple;
}

/** `'same'` and `'same-lower'` wait for the input's size. */
export type Padding = ExplicitPadding | 'same' | 'same-lower';

const ZEROS: Triple = [0, 0, 0];
export const NO_PADDING: ExplicitPadding = { begin: ZEROS, end: ZEROS };
const NAMES = ['valid', 'same', 'same-lower'] as const;

/** How PyTorch's F.pad and ONNX order the 2n numbers of a bare array, and how it would be written here. */
const BARE_ARRAYS: Readonly<Record<Rank, readonly [pytorch: string, onnx: string, ours: string]>> = {
  1: ['[left,right]', '[begin,end]', '[[left,right]]'],
  2: ['[left,right,top,bottom]', '[top,left,bottom,right]', '[[top,bottom],[left,right]]'],
  3: [
    '[left,right,top,bottom,front,back]',
    '[front,top,left,back,bottom,right]',
    '[[front,back],[top,bottom],[left,right]]',
  ],
};

/** Values per spatial axis as a triple; the axes that a 1-D or 2-D operator lacks get `filler`. */
export function asTriple(rank: Rank, values: ArrayLike<number>, filler: number): Triple {
  if (rank === 1) return [filler, filler, values[0]];
  if (rank === 2) return [filler, values[0], values[1]];
  return [values[0], values[1], values[2]];
}

/** Reads a number, or one per spatial axis. */
export function parsePerAxis(
  operator: string,
  name: string,
  value: unknown,
  rank: Rank,
  least: 0 | 1,
  filler: number,
): Triple {
  if (!Array.isArray(value)) {
    const size = checkInteger(operator, name, value, least);
    return asTriple(rank, [size, size, size], filler);
  }
  const sizes = readArray(operator, name, value);
  if (sizes.length !== rank) {
    const message = `${name} must be a number or an array of ${rank}, one per spatial axis, got ${describe(sizes)}`;
    throw rangeError('ERR_CONV_OPTION', operator, message);
  }
  for (let axis = 0; axis < rank; axis++) checkInteger(operator, `${name}[${axis}]`, sizes[axis], least);
  return asTriple(rank, sizes as number[], filler);
}

/** Reads `options.padding`. */
export function parsePadding(operator: string, value: unknown, rank: Rank): Padding {
  if (value === undefined) return NO_PADDING;
  if (typeof value === 'string') {
    const name = checkChoice(operator, 'options.padding', value, NAMES);
    return name === 'valid' ? NO_PADDING : name;
  }
  const sizes = Array.isArray(value) ? readArray(operator, 'options.padding', value) : value;
  if (!Array.isArray(sizes) || !sizes.some(Array.isArray)) {
    if (Array.isArray(sizes) && sizes.length === 2 * rank) throw ambiguous(operator, sizes, rank);
    const both = parsePerAxis(operator, 'options.padding', sizes, rank, 0, 0);
    return { begin: both, end: both };
  }
  return parsePairs(operator, sizes, rank);
}

function parsePairs(operator: string, pairs: readonly unknown[], rank: Rank): ExplicitPadding {
  const begin: number[] = [];
  const end: number[] = [];
  for (const [axis, given] of pairs.entries()) {
    const pair = Array.isArray(given) ? readArray(operator, `options.padding[${axis}]`, given) : [];
    if (pairs.length !== rank || pair.length !== 2) {
      const message = `options.padding must have ${rank} pairs [begin,end], one per spatial axis, got ${describe(pairs)}`;
      throw rangeError('ERR_CONV_OPTION', operator, message);
    }
    begin.push(checkEnd(operator, axis, 0, pair[0]));
    end.push(checkEnd(operator, axis, 1, pair[1]));
  }
  return { begin: asTriple(rank, begin, 0), end: asTriple(rank, end, 0) };
}

function checkEnd(operator: string, axis: number, end: 0 | 1, value: unknown): number {
  return checkInteger(operator, `options.padding[${axis}][${end}]`, value, ANY_INTEGER);
}

function ambiguous(operator: string, value: readonly unknown[], rank: Rank): Error {
  const [pytorch, onnx, ours] = BARE_ARRAYS[rank];
  return typeError(
    'ERR_CONV_OPTION',
    operator,
    `options.padding ${describe(value)} is ambiguous: PyTorch's F.pad would read it as ${pytorch}, ONNX as ${onnx}; write ${ours}`,
  );
}

/** The size that a kernel covers: (kernel − 1)·dilation + 1. */
export function extent(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** The padding of one input: `'same'` needs max(0, (⌈input ÷ stride⌉ − 1)·stride + extent − input) on each axis. */
export function resolvePadding(
  padding: Padding,
  input: Triple,
  kernel: Triple,
  stride: Triple,
  dilation: Triple,
): ExplicitPadding {
  if (typeof padding !== 'string') return padding;
  const begin: [number, number, number] = [0, 0, 0];
  const end: [number, number, number] = [0, 0, 0];
  for (let axis = 0; axis < 3; axis++) {
    const outputs = Math.ceil(input[axis] / stride[axis]);
    const covered = (outputs - 1) * stride[axis] + extent(kernel[axis], dilation[axis]);
    const [first, last] = splitSame(padding, Math.max(0, covered - input[axis]));
    begin[axis] = first;
    end[axis] = last;
  }
  return { begin, end };
}

/** Both ends' shares of a `'same'` padding. */
export function splitSame(
  padding: 'same' | 'same-lower',
  total: number,
): readonly [begin: number, end: number] {
  const less = Math.floor(total / 2);
  return padding === 'same' ? [less, total - less] : [total - less, less];
}
