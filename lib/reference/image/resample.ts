// Separable resampling, the definition: rows first, then columns, each output a sum of weighted pixels in ascending
// order. uint8 in integers with rounding after either pass (as Pillow); everything else in float64, rounded to float32
// after either pass, and to whole numbers, half away from zero, where the image has integers. Layer: reference.
// SPDX-License-Identifier: MIT

import type { ImageCall, ImageGeometry, ImageTable } from '../../image/call.ts';
import type { PixelType } from '../../image/pixels.ts';
import { WEIGHT_BITS } from '../../image/resample.ts';

type Numbers = ImageTable | Uint8Array | Uint16Array | Int16Array | Uint8ClampedArray;

/** `taps` values, `step` apart from `first` on, weighted. */
function weighted(
  from: Numbers,
  first: number,
  step: number,
  weights: ImageTable,
  offset: number,
  taps: number,
): number {
  let sum = 0;
  for (let t = 0; t < taps; t++) sum += from[first + t * step] * weights[offset + t];
  return sum;
}

const LIMITS = { uint16: [0, 65535], int16: [-32768, 32767] } as const;

/** How a sum becomes a pixel. */
export function rounding(type: PixelType): (sum: number) => number {
  if (type === 'uint8') {
    const half = 2 ** (WEIGHT_BITS - 1);
    return (sum) => Math.min(255, Math.max(0, (sum + half) >> WEIGHT_BITS));
  }
  if (type === 'float32') return Math.fround;
  const [least, most] = LIMITS[type];
  return (sum) => {
    const near = Math.fround(sum);
    return Math.min(most, Math.max(least, Math.sign(near) * Math.floor(Math.abs(near) + 0.5)));
  };
}

export function resample(call: ImageCall): void {
  const { geometry: g, source, target } = call;
  const [rowBounds, rowWeights, columnBounds, columnWeights] = call.tables;
  const last = g.target.height - 1;
  const firstRow = rowBounds[0];
  const rows = rowBounds[2 * last] + rowBounds[2 * last + 1] - firstRow;
  const length = g.target.width * g.channels;
  const between = g.source.type === 'uint8' ? new Uint8Array(rows * length) : new Float32Array(rows * length);
  const store = rounding(g.target.type);
  for (let plane = 0; plane < g.planes; plane++) {
    const from = plane * g.source.planeStride + firstRow * g.source.rowStride;
    narrowRows(g, source, from, rows, columnBounds, columnWeights, between);
    for (let y = 0; y <= last; y++) {
      const to = plane * g.target.planeStride + y * g.target.rowStride;
      const first = (rowBounds[2 * y] - firstRow) * length;
      for (let x = 0; x < length; x++) {
        const offset = y * g.kernelHeight;
        target[to + x] = store(
          weighted(between, first + x, length, rowWeights, offset, rowBounds[2 * y + 1]),
        );
      }
    }
  }
}

function narrowRows(
  g: ImageGeometry,
  source: Numbers,
  from: number,
  rows: number,
  bounds: ImageTable,
  weights: ImageTable,
  between: Uint8Array | Float32Array,
): void {
  const { channels } = g;
  const store = rounding(g.source.type === 'uint8' ? 'uint8' : 'float32');
  let to = 0;
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < g.target.width; x++) {
      const first = from + row * g.source.rowStride + bounds[2 * x] * channels;
      for (let c = 0; c < channels; c++) {
        between[to++] = store(
          weighted(source, first + c, channels, weights, x * g.kernelWidth, bounds[2 * x + 1]),
        );
      }
    }
  }
}
