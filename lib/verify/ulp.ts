// Distances between floating-point numbers in units in the last place. Layer: verify.
// SPDX-License-Identifier: MIT

import type { DType } from '../geometry.ts';

/** Half the distance of 1 to the next number: what one rounding can be off by, relatively. */
export const UNIT: Readonly<Record<DType, number>> = { float32: 2 ** -24, float64: 2 ** -53 };

const bits = new DataView(new ArrayBuffer(8));

/** The float's place among all floats of its type, so that neighbours differ by 1 and both zeros are 0. */
function place(value: number, type: DType): number | bigint {
  if (type === 'float32') {
    bits.setFloat32(0, value);
    const word = bits.getInt32(0);
    return word < 0 ? -(2 ** 31) - word : word;
  }
  bits.setFloat64(0, value);
  const word = bits.getBigInt64(0);
  return word < 0n ? -(1n << 63n) - word : word;
}

/**
 * Distance in units in the last place: how many numbers of the type lie between the two, and one more. Two NaNs are
 * at 0, a NaN is at infinity from anything else, and −0 is at 0 from +0.
 *
 * @example
 * ```ts
 * import { ulpDistance } from 'native-conv/verify';
 * console.log(ulpDistance(1, 1 + 2 ** -22, 'float32'), ulpDistance(-0, 0, 'float64')); // 2 0
 * ```
 */
export function ulpDistance(a: number, b: number, type: DType): number {
  if (Number.isNaN(a) || Number.isNaN(b))
    return Number.isNaN(a) && Number.isNaN(b) ? 0 : Number.POSITIVE_INFINITY;
  const [first, second] = [place(a, type), place(b, type)];
  const distance = typeof first === 'number' ? first - Number(second) : Number(first - BigInt(second));
  return Math.abs(distance);
}
