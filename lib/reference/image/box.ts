// The mean of a rectangle of uint8 pixels, the definition: exact sums, divided as OpenCV does. Layer: reference.
// SPDX-License-Identifier: MIT

import type { ImageCall } from '../../image/call.ts';
import type { PixelArray } from '../../image/pixels.ts';
import { sourceIndex } from '../padding.ts';
import { roundHalfEven } from './filter.ts';

/** How the sum of `area` bytes becomes their mean. */
export function boxMean(area: number): (sum: number) => number {
  if (area === 1) return (sum) => sum;
  if (area > 256) {
    const scale = Math.fround(1 / area);
    return (sum) => roundHalfEven(Math.fround(Math.fround(sum) * scale));
  }
  // The reciprocal in 23 bits; what it was rounded by is made up for in what is added to the sum.
  const exact = 2 ** 23 / area;
  const scale = Math.floor(exact + 0.5);
  const added = Math.floor(area / 2) + (scale > exact ? 0 : 1);
  // Two pixels of 255 give 256.
  return (sum) => Math.min(255, Math.floor(((sum + added) * scale) / 2 ** 23));
}

export function box({ geometry: g, source, target }: ImageCall): void {
  const { height, width } = g.source;
  const mean = boxMean(g.kernelHeight * g.kernelWidth);
  const along = new Float64Array(height * width * g.channels);
  for (let plane = 0; plane < g.planes; plane++) {
    const taps = (at: number, count: number, size: number, anchor: number) =>
      Array.from({ length: count }, (_, k) => sourceIndex(at + k - anchor, size, g.border)).filter(
        (index) => index >= 0,
      );
    for (let x = 0; x < width; x++) {
      const columns = taps(x, g.kernelWidth, width, g.anchorX);
      for (let y = 0; y < height; y++) {
        const from = plane * g.source.planeStride + y * g.source.rowStride;
        for (let c = 0; c < g.channels; c++) {
          const at = (y * width + x) * g.channels + c;
          along[at] = sumAt(source, columns, from + c, g.channels);
        }
      }
    }
    for (let y = 0; y < height; y++) {
      const rows = taps(y, g.kernelHeight, height, g.anchorY);
      const to = plane * g.target.planeStride + y * g.target.rowStride;
      for (let i = 0; i < width * g.channels; i++) {
        target[to + i] = mean(sumAt(along, rows, i, width * g.channels));
      }
    }
  }
}

function sumAt(values: PixelArray | Float64Array, places: readonly number[], first: number, step: number) {
  let sum = 0;
  for (const place of places) sum += values[first + place * step];
  return sum;
}
