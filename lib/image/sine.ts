// Sine and cosine by additions, multiplications and divisions alone, so that native/image/sine.h gives the same bits:
// Math.sin is another function in every engine, and std::sin in every C library. Layer: beneath ops.
// SPDX-License-Identifier: MIT

/** π/2 in two parts, the first of so few bits that small multiples of it are exact. */
const HALF_PI = 1.5707963267341256;
const HALF_PI_REST = 6.077100506506192e-11;

/** Within a unit in the last place, for angles up to 10 on either side. */
export function sine(angle: number): number {
  return quarter(angle, 0);
}

/** As {@link sine}. */
export function cosine(angle: number): number {
  return quarter(angle, 1);
}

/** The sine of an angle that is so many quarters of a turn further on. */
function quarter(angle: number, quarters: number): number {
  const whole = Math.floor(angle / HALF_PI + 0.5);
  const near = angle - whole * HALF_PI;
  const rest = whole * HALF_PI_REST;
  const x = near - rest;
  // What x has lost.
  const lost = near - x - rest;
  const turn = (((whole + quarters) % 4) + 4) % 4;
  const value = turn % 2 === 0 ? smallSine(x, lost) : smallCosine(x, lost);
  return turn < 2 ? value : -value;
}

/** Taylor's series up to x¹⁷, of x + lost; |x| ≤ π/4. */
function smallSine(x: number, lost: number): number {
  const z = x * x;
  let sum = 1 / 355687428096000;
  sum = sum * z - 1 / 1307674368000;
  sum = sum * z + 1 / 6227020800;
  sum = sum * z - 1 / 39916800;
  sum = sum * z + 1 / 362880;
  sum = sum * z - 1 / 5040;
  sum = sum * z + 1 / 120;
  sum = sum * z - 1 / 6;
  return x + (sum * z * x + lost);
}

/** Up to x¹⁸; 1 − z/2 and what it has lost are summed apart. */
function smallCosine(x: number, lost: number): number {
  const z = x * x;
  let sum = -1 / 6402373705728000;
  sum = sum * z + 1 / 20922789888000;
  sum = sum * z - 1 / 87178291200;
  sum = sum * z + 1 / 479001600;
  sum = sum * z - 1 / 3628800;
  sum = sum * z + 1 / 40320;
  sum = sum * z - 1 / 720;
  sum = sum * z + 1 / 24;
  const half = z * 0.5;
  const most = 1 - half;
  return most + (1 - most - half + (sum * z * z - x * lost));
}
