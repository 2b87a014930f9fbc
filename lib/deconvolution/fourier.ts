// Discrete Fourier transforms of real planes of any size, as products with matrices of cosines and sines: our own matmul
// does them, in any door. Only the frequencies 0 … ⌊W÷2⌋ along the width are kept; the others are their conjugates.
// Layer: deconvolution.
// SPDX-License-Identifier: MIT

import { Tensor } from '../tensor.ts';
import { blank, pieces, request, type Steps } from './steps.ts';

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
function* waves(
  size: number,
  rows: number,
  columns: number,
): Steps<{ readonly cos: Tensor<'float64'>; readonly sin: Tensor<'float64'> }> {
  const cos = new Tensor<'float64'>(blank(rows * columns), [rows, columns]);
  const sin = new Tensor<'float64'>(blank(rows * columns), [rows, columns]);
  yield* pieces(rows * columns, (first, end) => {
    for (let at = first; at < end; at++) {
      const product = Math.floor(at / columns) * (at % columns);
      const angle = (2 * Math.PI * (product % size)) / size;
      cos.data[at] = Math.cos(angle);
      sin.data[at] = Math.sin(angle);
    }
  });
  return { cos, sin };
}

export function frequencies({ width }: Plane): number {
  return Math.floor(width / 2) + 1;
}

/** `planes [P, height, width]` → Σ x·e^(−2πi(u·h÷height + v·w÷width)). */
export function* transform(planes: Tensor<'float64'>, plane: Plane): Steps<Spectrum> {
  const along = yield* waves(plane.width, plane.width, frequencies(plane));
  const down = yield* waves(plane.height, plane.height, plane.height);
  const re = yield* product(planes, along.cos);
  const minus = yield* product(planes, along.sin);
  // (cos − i·sin)(re − i·minus)
  return {
    re: yield* combine(yield* product(down.cos, re), -1, yield* product(down.sin, minus)),
    im: yield* combine(yield* negate(yield* product(down.cos, minus)), -1, yield* product(down.sin, re)),
  };
}

/** The inverse of {@link transform}. */
export function* inverse({ re, im }: Spectrum, plane: Plane): Steps<Tensor<'float64'>> {
  const { height, width } = plane;
  const down = yield* waves(height, height, height);
  const along = yield* waves(width, frequencies(plane), width);
  // A frequency stands for its conjugate too, except 0 and the middle one of an even width.
  for (const wave of [along.cos, along.sin]) {
    yield* pieces(wave.data.length, (first, end) => {
      for (let at = first; at < end; at++) {
        const v = Math.floor(at / width);
        const times = v === 0 || 2 * v === width ? 1 : 2;
        wave.data[at] *= times / (height * width);
      }
    });
  }
  const a = yield* combine(yield* product(down.cos, re), -1, yield* product(down.sin, im));
  const b = yield* combine(yield* product(down.cos, im), 1, yield* product(down.sin, re));
  return yield* combine(yield* product(a, along.cos), -1, yield* product(b, along.sin));
}

function* product(a: Tensor<'float64'>, b: Tensor<'float64'>): Steps<Tensor<'float64'>> {
  return (yield* request('matmul', a, b)) as Tensor<'float64'>;
}

/** `a + factor·b`, into `a`. */
function* combine(a: Tensor<'float64'>, factor: number, b: Tensor<'float64'>): Steps<Tensor<'float64'>> {
  yield* pieces(a.data.length, (first, end) => {
    for (let i = first; i < end; i++) a.data[i] += factor * b.data[i];
  });
  return a;
}

function* negate(a: Tensor<'float64'>): Steps<Tensor<'float64'>> {
  yield* pieces(a.data.length, (first, end) => {
    for (let i = first; i < end; i++) a.data[i] = -a.data[i];
  });
  return a;
}
