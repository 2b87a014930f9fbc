// Separable resampling, the definition: rows first, then columns, each output a sum of weighted pixels in ascending
// order. uint8 in integers with rounding after either pass (as Pillow); everything else in float64, rounded to float32
// after either pass, and to whole numbers, half away from zero, where the image has integers. Layer: reference.
// SPDX-License-Identifier: MIT

import type { ImageCall, ImageGeometry, ImageTable } from '../../image/call.ts';
import type { PixelType } from '../../image/pixels.ts';
import { type AxisTable, axisTable, WEIGHT_BITS, wholeWeights } from '../../image/resample.ts';

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

/** An axis of a call, and its weights as this type of pixels takes them. */
interface Weighted extends AxisTable {
  readonly factors: Int32Array | Float64Array;
}

const known = new Map<string, Weighted>();
/** An application resizes to few sizes, from few; what it no longer uses goes first. */
const MOST_KNOWN = 32;

function weightedAxis(fields: ImageTable, type: PixelType): Weighted {
  const whole = type === 'uint8';
  const key = `${whole},${fields.join()}`;
  let axis = known.get(key);
  if (axis === undefined) {
    const table = axisTable(fields as Float64Array);
    axis = { ...table, factors: whole ? wholeWeights(table) : table.weights };
  }
  known.delete(key);
  known.set(key, axis);
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value as string);
  return axis;
}

export function resample(call: ImageCall): void {
  const { geometry: g, source, target } = call;
  const [vertical, horizontal] = call.tables.map((fields) => weightedAxis(fields, g.source.type));
  const { bounds } = vertical;
  const last = g.target.height - 1;
  const firstRow = bounds[0];
  const rows = bounds[2 * last] + bounds[2 * last + 1] - firstRow;
  const length = g.target.width * g.channels;
  const between = g.source.type === 'uint8' ? new Uint8Array(rows * length) : new Float32Array(rows * length);
  const store = rounding(g.target.type);
  for (let plane = 0; plane < g.planes; plane++) {
    const from = plane * g.source.planeStride + firstRow * g.source.rowStride;
    narrowRows(g, source, from, rows, horizontal, between);
    for (let y = 0; y <= last; y++) {
      const to = plane * g.target.planeStride + y * g.target.rowStride;
      const first = (bounds[2 * y] - firstRow) * length;
      for (let x = 0; x < length; x++) {
        const offset = y * vertical.taps;
        target[to + x] = store(
          weighted(between, first + x, length, vertical.factors, offset, bounds[2 * y + 1]),
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
  { bounds, factors, taps }: Weighted,
  between: Uint8Array | Float32Array,
): void {
  const { channels } = g;
  const store = rounding(g.source.type === 'uint8' ? 'uint8' : 'float32');
  let to = 0;
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < g.target.width; x++) {
      const first = from + row * g.source.rowStride + bounds[2 * x] * channels;
      for (let c = 0; c < channels; c++) {
        between[to++] = store(weighted(source, first + c, channels, factors, x * taps, bounds[2 * x + 1]));
      }
    }
  }
}
