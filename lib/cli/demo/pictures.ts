// From tensors to pictures worth looking at: colour, signed maps around mid-grey, magnitudes, heat maps, plots,
// contact sheets. A raster is 8-bit RGB, and only `writePng` knows how it gets onto the disk. Layer: command line.
// SPDX-License-Identifier: MIT

import { loadSharp } from '../packages.ts';
import type { Result } from './arrays.ts';

export interface Raster {
  readonly width: number;
  readonly height: number;
  /** `height · width · 3` bytes. */
  readonly data: Uint8Array;
}

export interface Picture {
  /** Without folder and extension. */
  readonly name: string;
  readonly caption: string;
  readonly raster: Raster;
}

type Rgb = readonly [red: number, green: number, blue: number];
const GAP = 4;
const PAPER: Rgb = [250, 250, 250];

/** The last two axes as a plane, at a flat position of the axes before them. */
export function plane(tensor: Result, position: number): Result {
  const [height, width] = tensor.dims.slice(-2);
  const start = position * height * width;
  const data = Float32Array.from({ length: height * width }, (_, i) => tensor.data[start + i]);
  return { data, dims: [height, width] };
}

/** Three planes as red, green and blue; 0 is black and 1 is white. */
export function colour(red: Result, green: Result, blue: Result): Raster {
  const channels = [red.data, green.data, blue.data];
  return paint(red.dims, (i) => [255 * channels[0][i], 255 * channels[1][i], 255 * channels[2][i]]);
}

/** Image `n` of a `[N, 3, H, W]` tensor. */
export function colourImage(tensor: Result, n = 0): Raster {
  return colour(plane(tensor, 3 * n), plane(tensor, 3 * n + 1), plane(tensor, 3 * n + 2));
}

/** Frame `frame` of a clip `[1, 3, D, H, W]`. */
export function colourFrame(clip: Result, frame: number): Raster {
  const depth = clip.dims[2];
  return colour(plane(clip, frame), plane(clip, depth + frame), plane(clip, 2 * depth + frame));
}

/** 0 is black, 1 is white. */
export function grey(map: Result): Raster {
  return paint(map.dims, (i) => [255 * map.data[i], 255 * map.data[i], 255 * map.data[i]]);
}

/** 0 is mid-grey; the scale is the map's own, so that all but the strongest half per cent fits. */
export function signed(map: Result): Raster {
  const scale = spread(map.data);
  return paint(map.dims, (i) => {
    const level = 128 + (127 * map.data[i]) / scale;
    return [level, level, level];
  });
}

/** 0 is black, strong is white, either sign. */
export function magnitude(map: Result): Raster {
  const scale = spread(map.data);
  return paint(map.dims, (i) => {
    const level = 255 * Math.sqrt(Math.abs(map.data[i]) / scale);
    return [level, level, level];
  });
}

/** Colours from black over red and yellow to white between the least and the greatest value. */
export function heat(map: Result): Raster {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < map.data.length; i++) {
    low = Math.min(low, map.data[i]);
    high = Math.max(high, map.data[i]);
  }
  const range = high - low || 1;
  return paint(map.dims, (i) => {
    const level = (map.data[i] - low) / range;
    return [765 * level, 765 * level - 255, 765 * level - 510];
  });
}

/** Every pixel becomes a square of `factor`² pixels. */
export function magnified(raster: Raster, factor: number): Raster {
  const width = raster.width * factor;
  return paint([raster.height * factor, width], (i) => {
    const y = Math.floor(i / width / factor);
    const x = Math.floor((i % width) / factor);
    return pixel(raster, y * raster.width + x);
  });
}

/** Rasters in a grid, a thin gap between them. */
export function sheet(rasters: readonly Raster[], columns: number): Raster {
  const cellWidth = Math.max(...rasters.map((raster) => raster.width));
  const cellHeight = Math.max(...rasters.map((raster) => raster.height));
  const rows = Math.ceil(rasters.length / columns);
  const width = columns * (cellWidth + GAP) - GAP;
  return paint([rows * (cellHeight + GAP) - GAP, width], (i) => {
    const y = Math.floor(i / width);
    const x = i % width;
    const row = Math.floor(y / (cellHeight + GAP));
    const column = Math.floor(x / (cellWidth + GAP));
    const raster = rasters[row * columns + column];
    const inY = y - row * (cellHeight + GAP);
    const inX = x - column * (cellWidth + GAP);
    if (raster === undefined || inY >= raster.height || inX >= raster.width) return PAPER;
    return pixel(raster, inY * raster.width + inX);
  });
}

export interface Curve {
  readonly values: ArrayLike<number>;
  readonly colour: Rgb;
}

/** Curves over a common horizontal axis, each band of curves with a scale of its own. */
export function plot(bands: readonly (readonly Curve[])[], scale: number, height: number): Raster {
  const width = bands[0][0].values.length * scale;
  const data = new Uint8Array(width * height * bands.length * 3).fill(PAPER[0]);
  const raster = { width, height: height * bands.length, data };
  bands.forEach((curves, band) => {
    const all = curves.flatMap((curve) => Array.from(curve.values));
    const low = Math.min(...all);
    const range = Math.max(...all) - low || 1;
    const level = (value: number) =>
      Math.round((band + 1) * height - 6 - ((value - low) / range) * (height - 12));
    for (const curve of curves) drawCurve(raster, curve, scale, level);
  });
  return raster;
}

function drawCurve(
  raster: Raster,
  { values, colour: ink }: Curve,
  scale: number,
  level: (value: number) => number,
): void {
  let before = level(values[0]);
  for (let x = 0; x < values.length * scale; x++) {
    const left = Math.floor(x / scale);
    const right = Math.min(values.length - 1, left + 1);
    const share = x / scale - left;
    const y = level(values[left] * (1 - share) + values[right] * share);
    for (let row = Math.min(y, before); row <= Math.max(y, before) + 1; row++) {
      raster.data.set(ink, (row * raster.width + x) * 3);
    }
    before = y;
  }
}

/** Writes a raster as PNG. */
export async function writePng(path: string, raster: Raster): Promise<void> {
  const sharp = await loadSharp();
  const { width, height, data } = raster;
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path);
}

function paint(dims: readonly number[], ink: (index: number) => Rgb): Raster {
  const [height, width] = dims;
  const data = new Uint8ClampedArray(height * width * 3);
  for (let i = 0; i < height * width; i++) data.set(ink(i), 3 * i);
  return { width, height, data: new Uint8Array(data.buffer) };
}

function pixel({ data }: Raster, index: number): Rgb {
  return [data[3 * index], data[3 * index + 1], data[3 * index + 2]];
}

/** What 99.5 per cent of the magnitudes stay below, so that a few strong pixels do not darken a picture. */
function spread(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values, Math.abs).sort();
  return sorted[Math.floor(0.995 * (sorted.length - 1))] || sorted[sorted.length - 1] || 1;
}
