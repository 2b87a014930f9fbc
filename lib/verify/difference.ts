// Where two tensors differ, how far, and in words. Layer: verify; over ulp.ts.
// SPDX-License-Identifier: MIT

import { readOptions } from '../check.ts';
import { describe, formatDims, rangeError, typeError } from '../errors.ts';
import type { DType } from '../geometry.ts';
import { sameDims } from '../ops/call.ts';
import type { TensorLike } from '../tensor.ts';
import { readView } from '../view.ts';
import { ulpDistance } from './ulp.ts';

/** An element is close enough if any of these says so. Without any, bits must be equal (any NaN equals any NaN). */
export interface Tolerance {
  /** Units in the last place. */
  readonly ulp?: number;
  readonly absolute?: number;
  /** Of the expected value's magnitude. */
  readonly relative?: number;
}

export interface Mismatch {
  /** Within the data. */
  readonly index: number;
  /** One per axis. */
  readonly position: readonly number[];
  readonly actual: number;
  readonly expected: number;
  readonly ulp: number;
  readonly absolute: number;
}

export interface Difference {
  /** Whether every element is close enough, and dims and dtype are equal. */
  readonly close: boolean;
  /** What is wrong with dims or dtype; then nothing else was compared. */
  readonly shape: string | null;
  readonly dims: readonly number[];
  readonly elements: number;
  /** Elements that are not close enough. */
  readonly count: number;
  readonly sameBits: boolean;
  /** Over all elements. */
  readonly maxUlp: number;
  readonly maxAbsolute: number;
  /** The first of those that are not close enough, in memory order. */
  readonly first: readonly Mismatch[];
  /** That one of them which is furthest off, in ULP. */
  readonly worst: Mismatch | null;
}

const SHOWN = 5;
const NAMES = new Set(['ulp', 'absolute', 'relative']);

/**
 * Compares two tensors element by element.
 *
 * @param tolerance - what counts as close enough; by default, equal bits.
 * @throws TypeError for what is no tensor; TypeError or RangeError `ERR_CONV_OPTION` for a bad tolerance.
 *
 * @example
 * ```ts
 * import { compareTensors, Tensor } from 'native-conv/verify';
 * const { count, worst } = compareTensors(Tensor.from([1, 2.5, 3]), Tensor.from([1, 2, 3]), { ulp: 2 });
 * console.log(count, worst.position, worst.actual, worst.expected); // 1 [1] 2.5 2
 * ```
 */
export function compareTensors(actual: TensorLike, expected: TensorLike, tolerance?: Tolerance): Difference {
  const caller = 'compareTensors';
  const [a, b] = [readView(caller, 'actual', actual), readView(caller, 'expected', expected)];
  const isClose = readTolerance(caller, tolerance);
  const shape = shapeDifference(a, b);
  const elements = b.data.length;
  if (shape !== null) {
    return { ...NOTHING, shape, dims: b.dims, elements, count: elements };
  }
  const first: Mismatch[] = [];
  let [count, maxUlp, maxAbsolute, sameBits] = [0, 0, 0, true];
  let worst: Mismatch | null = null;
  for (let index = 0; index < elements; index++) {
    const [value, wanted] = [a.data[index], b.data[index]];
    if (Object.is(value, wanted)) continue;
    sameBits = false;
    const ulp = ulpDistance(value, wanted, a.type);
    const absolute = distance(value, wanted);
    maxUlp = Math.max(maxUlp, ulp);
    maxAbsolute = Math.max(maxAbsolute, absolute);
    if (isClose(ulp, absolute, Math.abs(wanted))) continue;
    count += 1;
    const mismatch = {
      index,
      position: positionOf(index, b.dims),
      actual: value,
      expected: wanted,
      ulp,
      absolute,
    };
    if (first.length < SHOWN) first.push(mismatch);
    if (worst === null || ulp > worst.ulp) worst = mismatch;
  }
  return {
    close: count === 0,
    shape,
    dims: b.dims,
    elements,
    count,
    sameBits,
    maxUlp,
    maxAbsolute,
    first,
    worst,
  };
}

const NOTHING = {
  close: false,
  sameBits: false,
  maxUlp: Number.POSITIVE_INFINITY,
  maxAbsolute: Number.POSITIVE_INFINITY,
  first: [],
  worst: null,
} as const;

function shapeDifference(
  a: { readonly dims: readonly number[]; readonly type: DType },
  b: { readonly dims: readonly number[]; readonly type: DType },
): string | null {
  if (!sameDims(a.dims, b.dims)) return `dims are ${formatDims(a.dims)} instead of ${formatDims(b.dims)}`;
  return a.type === b.type ? null : `values are ${a.type} instead of ${b.type}`;
}

/** Infinite between an infinity or a NaN and anything else. */
function distance(a: number, b: number): number {
  const apart = Math.abs(a - b);
  return Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
}

type IsClose = (ulp: number, absolute: number, magnitude: number) => boolean;

function readTolerance(caller: string, tolerance: unknown): IsClose {
  const given = readOptions(caller, tolerance, NAMES);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || (typeof value === 'number' && value >= 0)) continue;
    const message = `options.${name} must be a number from 0, got ${describe(value)}`;
    throw (typeof value === 'number' ? rangeError : typeError)('ERR_CONV_OPTION', caller, message);
  }
  const { ulp, absolute, relative } = given as Tolerance;
  // Any number of ULP, even 0, takes −0 for +0; that is what sets { ulp: 0 } apart from equal bits.
  return (ulps, apart, magnitude) =>
    (ulp !== undefined && ulps <= ulp) ||
    (absolute !== undefined && apart <= absolute) ||
    (relative !== undefined && apart <= relative * magnitude);
}

function positionOf(index: number, dims: readonly number[]): number[] {
  const position: number[] = [];
  let rest = index;
  for (const size of dims.toReversed()) {
    position.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return position;
}

/** A difference in words: how many elements, where, what was expected, how far off. */
export function describeDifference(difference: Difference): string {
  const { shape, dims, elements, count, first, worst } = difference;
  if (shape !== null) return shape;
  if (count === 0 || worst === null) return difference.sameBits ? 'same bits' : 'close enough';
  const lines = [`${count} of ${elements} elements of ${formatDims(dims)} are off:`];
  for (const mismatch of first) lines.push(`  ${describeMismatch(mismatch)}`);
  if (count > first.length) {
    lines.push(`  … and ${count - first.length} more; furthest off is`, `  ${describeMismatch(worst)}`);
  }
  return lines.join('\n');
}

export function describeMismatch({ position, actual, expected, ulp, absolute }: Mismatch): string {
  const ulps = Number.isFinite(ulp) ? `${ulp} ULP, ` : '';
  const off = `${ulps}${Number(absolute.toPrecision(3))}`;
  return `at ${formatDims(position)}: ${describe(actual)} instead of ${describe(expected)}, off by ${off}`;
}
