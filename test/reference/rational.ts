// Exact arithmetic on the values of floating-point numbers, as an oracle for fma: fractions of big integers, rounded
// by bisection over the bit patterns of the format. Shares no method with lib/reference/fma.ts.
// SPDX-License-Identifier: MIT

/** `numerator / 2^1100 `: wide enough for every float64. */
const UNIT = 1100;

/** A floating-point format by its bit patterns; those of non-negative values are ordered as the values are. */
export interface Format {
  /** Pattern of infinity: one above that of the largest finite value. */
  readonly infinity: bigint;
  readonly value: (pattern: bigint) => number;
  /** What infinity would be, were it finite: values half-way to it and above round to infinity. */
  readonly limit: bigint;
}

const view = new DataView(new ArrayBuffer(8));

export const FLOAT32: Format = {
  infinity: 0x7f800000n,
  limit: 1n << BigInt(128 + UNIT),
  value: (pattern) => {
    view.setUint32(0, Number(pattern));
    return view.getFloat32(0);
  },
};

export const FLOAT64: Format = {
  infinity: 0x7ff0000000000000n,
  limit: 1n << BigInt(1024 + UNIT),
  value: (pattern) => {
    view.setBigUint64(0, pattern);
    return view.getFloat64(0);
  },
};

/** The finite `x` in units of 2^-1100, by repeated doubling. */
function exact(x: number): bigint {
  let shift = 0;
  let scaled = x;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift += 1;
  }
  return BigInt(scaled) << BigInt(UNIT - shift);
}

/** `a·b + c` of finite values, rounded to the format. The signs of zeros follow IEEE 754. */
export function exactFma(format: Format, a: number, b: number, c: number): number {
  const sum = exact(a) * exact(b) + (exact(c) << BigInt(UNIT));
  if (sum !== 0n) return sum < 0n ? -nearest(format, -sum) : nearest(format, sum);
  const zeros = (a === 0 || b === 0) && c === 0;
  const negativeProduct = Object.is(Math.sign(a) * Math.sign(b), -0);
  return zeros && negativeProduct && Object.is(c, -0) ? -0 : 0;
}

/** The positive `x`, in units of 2^-2200, rounded to nearest, ties to the even pattern. */
function nearest(format: Format, x: bigint): number {
  const units = (pattern: bigint) =>
    (pattern === format.infinity ? format.limit : exact(format.value(pattern))) << BigInt(UNIT);
  let below = 0n;
  let above = format.infinity;
  if (x >= units(above)) return Number.POSITIVE_INFINITY;
  while (above - below > 1n) {
    const middle = (below + above) / 2n;
    if (units(middle) <= x) below = middle;
    else above = middle;
  }
  const twiceDistance = 2n * x - units(below) - units(above);
  const up = twiceDistance > 0n || (twiceDistance === 0n && below % 2n === 1n);
  return format.value(up ? above : below);
}
