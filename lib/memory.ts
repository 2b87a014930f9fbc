// The memory of results. It is not cleared: an executor writes every element, as it must for a caller's `out`, and
// clearing costs as much as many of these convolutions. Layer: beside lib/tensor.ts.
// SPDX-License-Identifier: MIT

import { outOfMemory } from './check.ts';

/** Below this a typed array of zeros is quicker to make. */
const LEAST_BYTES = 64 * 1024;
/** The most that Node.js 20 gives uncleared. */
const MOST_BYTES = 2 ** 32;

/** Gives a buffer of so many bytes, whatever they hold. */
export type AllocateUncleared = (bytes: number) => ArrayBuffer;

/** Plain JavaScript has no memory that is not cleared: a typed array of zeros stands in, as in a browser. */
let allocateUncleared: AllocateUncleared | undefined;

/** From now on results come from `allocate`; lib/native/ calls this, which knows Node.js. */
export function takeResultsFrom(allocate: AllocateUncleared): void {
  allocateUncleared = allocate;
}

interface ElementArrayType<Data> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): Data;
  new (buffer: ArrayBuffer): Data;
}

/**
 * An array of `count` elements for an executor to write, in a buffer of its own. What it holds before is unspecified.
 *
 * @param type - of the elements, for the message.
 * @throws RangeError `ERR_CONV_TOO_LARGE` where memory cannot hold it.
 */
export function resultMemory<Data>(
  operator: string,
  type: string,
  array: ElementArrayType<Data>,
  count: number,
): Data {
  const bytes = count * array.BYTES_PER_ELEMENT;
  try {
    if (bytes < LEAST_BYTES || bytes > MOST_BYTES || allocateUncleared === undefined) return new array(count);
    return new array(allocateUncleared(bytes));
  } catch {
    throw outOfMemory(operator, `a ${type} result`, count, bytes);
  }
}
