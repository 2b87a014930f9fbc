// Exact fused multiply-add in float32 and float64: a·b + c with one rounding, to nearest, ties to even. Layer:
// reference. Built from error-free transformations and rounding to odd, after S. Boldo and G. Melquiond, "Emulation
// of FMA and correctly rounded sums: proved algorithms using rounding to odd", IEEE Trans. Computers 57 (2008).
// SPDX-License-Identifier: MIT

import type { DType } from '../geometry.ts';

/** `a·b + c` in the dtype, of values of that dtype. Small, so that V8 inlines it into the loops. */
export function fma(dtype: DType, a: number, b: number, c: number): number {
  return dtype === 'float64' ? fma64(a, b, c) : fma32(a, b, c);
}

/** A result of float64 arithmetic on values of the dtype, rounded to it. */
export function round(dtype: DType, x: number): number {
  return dtype === 'float64' ? x : Math.fround(x);
}

/**
 * `a·b + c` rounded once to float32, for float32 values `a`, `b`, `c` held in doubles; subnormals, overflow and
 * non-finite values as IEEE 754 has them.
 *
 * The product of two float32 is exact in float64, so only the sum is rounded before `Math.fround` rounds again.
 * Rounding twice differs from rounding once only if the first result lies exactly half-way between two float32
 * values: the error that the first rounding left out then decides. `sum - near` is exact, and `sum` is half-way
 * exactly if there is a float32 as far away on the other side.
 *
 * @example
 * fma32(3, Math.fround(1 / 3), -1) // 2.9802322387695312e-8, where 3 * fround(1 / 3) rounds to 1
 */
export function fma32(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const near = Math.fround(sum);
  const distance = sum - near;
  if (distance === 0 || Math.fround(sum + distance) !== sum + distance) return near;
  return Math.fround(roundToOdd(sum, sumError(product, c, sum)));
}

/**
 * `a·b + c` rounded once to float64; subnormals, overflow and non-finite values as IEEE 754 has them.
 *
 * @example
 * fma64(0.1, 10, -1) // 5.551115123125783e-17, where 0.1 * 10 - 1 is 0
 */
export function fma64(a: number, b: number, c: number): number {
  const product = a * b;
  if (!staysInRange(a, b, c, product)) return fma64ByIntegers(a, b, c);
  const productLow = productError(a, b, product);
  const low = c + productLow;
  const lowError = sumError(c, productLow, low);
  const high = product + low;
  const highError = sumError(product, low, high);
  const rest = lowError + highError;
  return high + roundToOdd(rest, sumError(lowError, highError, rest));
}

const LARGE = 2 ** 960;
/** Above it, the error of a product is a multiple of the smallest subnormal, and so exact. */
const SMALL = 2 ** -960;

/** Whether no intermediate result of `fma64` overflows and the error of the product is exact. */
function staysInRange(a: number, b: number, c: number, product: number): boolean {
  const size = Math.abs(product);
  return size > SMALL && size < LARGE && Math.abs(a) < LARGE && Math.abs(b) < LARGE && Math.abs(c) < LARGE;
}

/** What rounding took from `sum`, the rounded `a + b` (TwoSum; D. E. Knuth, TAOCP 2, 4.2.2). */
function sumError(a: number, b: number, sum: number): number {
  const bRounded = sum - a;
  return a - (sum - bRounded) + (b - bRounded);
}

/** What rounding took from `product`, the rounded `a · b` (T. J. Dekker, Numer. Math. 18, 1971). */
function productError(a: number, b: number, product: number): number {
  const aHigh = upperHalf(a);
  const aLow = a - aHigh;
  const bHigh = upperHalf(b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** The leading 26 bits of the 53, rounded (Veltkamp's splitting). */
function upperHalf(a: number): number {
  const scaled = a * (2 ** 27 + 1);
  return scaled - (scaled - a);
}

const view = new Float64Array(1);
const words = new Uint32Array(view.buffer);
const LOW_WORD = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/**
 * `sum + error`, known to lie within half a unit of `sum`, rounded to odd: an inexact result takes the one of its
 * two neighbours whose last bit is 1. A later rounding to fewer bits then is as if of the exact value.
 */
function roundToOdd(sum: number, error: number): number {
  if (error === 0) return sum;
  view[0] = sum;
  const low = words[LOW_WORD];
  if (low % 2 === 1) return sum;
  const awayFromZero = error > 0 === sum > 0;
  if (!awayFromZero && low === 0) words[1 - LOW_WORD] -= 1;
  words[LOW_WORD] = awayFromZero ? low + 1 : low - 1;
  return view[0];
}

/** `fma64` by integer arithmetic, for the exponents at which the quick way would overflow or underflow. */
function fma64ByIntegers(a: number, b: number, c: number): number {
  const exactProduct = a === 0 || b === 0 || !Number.isFinite(a) || !Number.isFinite(b);
  if (exactProduct) return a * b + c;
  if (!Number.isFinite(c)) return c;
  const [aInteger, aExponent] = decompose(a);
  const [bInteger, bExponent] = decompose(b);
  const [cInteger, cExponent] = decompose(c);
  const productExponent = aExponent + bExponent;
  const exponent = Math.min(productExponent, cExponent);
  const product = (aInteger * bInteger) << BigInt(productExponent - exponent);
  return scale(product + (cInteger << BigInt(cExponent - exponent)), exponent);
}

/** The finite `x` as `integer · 2^exponent`. */
function decompose(x: number): [integer: bigint, exponent: number] {
  view[0] = x;
  const high = words[1 - LOW_WORD];
  const biased = (high >>> 20) & 0x7ff;
  const leading = biased === 0 ? 0 : 2 ** 20;
  const integer = BigInt(leading + (high & 0xfffff)) * 2n ** 32n + BigInt(words[LOW_WORD]);
  return [x < 0 ? -integer : integer, Math.max(biased, 1) - 1075];
}

/** `integer · 2^exponent` rounded to float64, to nearest, ties to even. */
function scale(integer: bigint, exponent: number): number {
  const magnitude = integer < 0n ? -integer : integer;
  const bits = magnitude.toString(2).length;
  // Bits that do not fit: below the 53 of a float64, or below its smallest subnormal.
  const excess = BigInt(Math.max(bits - 53, -1074 - exponent, 0));
  const kept = magnitude >> excess;
  const twiceRest = (magnitude - (kept << excess)) * 2n;
  const one = 1n << excess;
  const up = twiceRest > one || (twiceRest === one && kept % 2n === 1n);
  // Exact: the integer has at most 53 bits (or is 2^53), and 2^exponent is a float64 or overflows with the result.
  const rounded = Number(up ? kept + 1n : kept) * 2 ** (exponent + Number(excess));
  return integer < 0n ? -rounded : rounded;
}
