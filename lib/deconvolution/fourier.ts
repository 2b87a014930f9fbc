// Discrete Fourier transforms of real planes of any size, as products with matrices of cosines and sines: our own matmul
// does them, in any door. Only the frequencies 0 … ⌊W÷2⌋ along the width are kept; the others are their conjugates.
// Layer: deconvolution.
// SPDX-License-Identifier: MIT

import { Tensor } from '../tensor.ts';
import type { Steps } from './steps.ts';

export interface Plane {
  readonly height: number;
  readonly width: number;
}

/** `[planes, height, ⌊width÷2⌋ + 1]`. */
export interface Spectrum {
  readonly re: Tensor<'float64'>;
  readonly im: Tensor<'float64'>;
}

/** cos and sin of 2π·(i·j mod size)÷size: reducing the product first keeps the angle exact. */
function waves(
  size: number,
  rows: number,
  columns: number,
): { readonly cos: Tensor<'float64'>; readonly sin: Tensor<'float64'> } {
  const cos = Tensor.zeros([rows, columns], { type: 'float64' });
  const sin = Tensor.zeros([rows, columns], { type: 'float64' });
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const angle = (2 * Math.PI * ((i * j) % size)) / size;
      cos.data[i * columns + j] = Math.cos(angle);
      sin.data[i * columns + j] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

export function frequencies({ width }: Plane): number {
  return Math.floor(width / 2) + 1;
}

/** `planes [P, height, width]` → Σ x·e^(−2πi(u·h÷height + v·w÷width)). */
export function* transform(planes: Tensor<'float64'>, plane: Plane): Steps<Spectrum> {
  const along = waves(plane.width, plane.width, frequencies(plane));
  const down = waves(plane.height, plane.height, plane.height);
  const re = yield* product(planes, along.cos);
  const minus = yield* product(planes, along.sin);
  // (cos − i·sin)(re − i·minus)
  return {
    re: combine(yield* product(down.cos, re), -1, yield* product(down.sin, minus)),
    im: combine(negate(yield* product(down.cos, minus)), -1, yield* product(down.sin, re)),
  };
}

/** The inverse of {@link transform}. */
export function* inverse({ re, im }: Spectrum, plane: Plane): Steps<Tensor<'float64'>> {
  const { height, width } = plane;
  const down = waves(height, height, height);
  const along = waves(width, frequencies(plane), width);
  // A frequency stands for its conjugate too, except 0 and the middle one of an even width.
  for (const wave of [along.cos, along.sin]) {
    for (let v = 0; v < frequencies(plane); v++) {
      const times = v === 0 || 2 * v === width ? 1 : 2;
      for (let w = 0; w < width; w++) wave.data[v * width + w] *= times / (height * width);
    }
  }
  const a = combine(yield* product(down.cos, re), -1, yield* product(down.sin, im));
  const b = combine(yield* product(down.cos, im), 1, yield* product(down.sin, re));
  return combine(yield* product(a, along.cos), -1, yield* product(b, along.sin));
}

function* product(a: Tensor<'float64'>, b: Tensor<'float64'>): Steps<Tensor<'float64'>> {
  return (yield { operator: 'matmul', args: [a, b] }) as Tensor<'float64'>;
}

/** `a + factor·b`, into `a`. */
function combine(a: Tensor<'float64'>, factor: number, b: Tensor<'float64'>): Tensor<'float64'> {
  for (let i = 0; i < a.data.length; i++) a.data[i] += factor * b.data[i];
  return a;
}

function negate(a: Tensor<'float64'>): Tensor<'float64'> {
  for (let i = 0; i < a.data.length; i++) a.data[i] = -a.data[i];
  return a;
}
