// Pixels to a tensor, the definition: alpha blended or dropped, resampled in the source's type (resample.ts), colours
// made grey, then x·a + b in float64 with a = scale/std and b = −mean/std, rounded to float32, from there to float16,
// or to the nearest whole number, ties to even. Layer: reference.
// SPDX-License-Identifier: MIT

import { toHalf } from '../../half.ts';
import type { ImageCall } from '../../image/call.ts';
import { roundTiesToEven } from '../../image/kernels.ts';
import { PIXEL_ARRAYS, type PixelArray, type PixelType } from '../../image/pixels.ts';
import { AXIS_FIELDS } from '../../image/resample.ts';
import { resample } from './resample.ts';

const LIMITS = { uint16: [0, 65535], int16: [-32768, 32767] } as const;

/** A colour over a background; alpha is a part of the type's largest value, of float32 a part of 1. */
export function blended(type: PixelType, x: number, alpha: number, background: number): number {
  if (type === 'uint8') {
    // Pillow's division by 255, which rounds to nearest.
    const sum = x * alpha + background * (255 - alpha) + 128;
    return (sum + (sum >> 8)) >> 8;
  }
  if (type === 'float32') return Math.fround(x * alpha + background * (1 - alpha));
  const [least, most] = LIMITS[type];
  const value = Math.floor((x * alpha + background * (most - alpha)) / most + 0.5);
  return Math.min(most, Math.max(least, value));
}

/** Pillow's weights of red, green and blue. */
export function grayOf(type: PixelType, red: number, green: number, blue: number): number {
  if (type === 'uint8') return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
  const value = (red * 299 + green * 587 + blue * 114) / 1000;
  return type === 'float32' ? Math.fround(value) : Math.floor(value + 0.5);
}

const STORES: Readonly<Record<string, (value: number) => number>> = {
  float32: Math.fround,
  float16: (value) => toHalf(Math.fround(value)),
  uint8: (value) => (value > 0 ? roundTiesToEven(Math.min(255, value)) : 0),
};

export function tensor(call: ImageCall): void {
  const { geometry: g, tables, target } = call;
  const [left, top, gray, , ...sources] = tables[2];
  const outputs = g.targetPlanes * g.targetChannels;
  const { data: image, channels, width, height } = resized(call);
  const store = STORES[g.target.type];
  const { rowStride, planeStride, width: fullWidth, height: fullHeight } = g.target;
  for (let k = 0; k < outputs; k++) {
    const [a, b, pad] = tables[3].subarray(3 * k, 3 * k + 3);
    const first = g.targetPlanes > 1 || outputs === 1 ? k * planeStride : k;
    for (let y = 0; y < fullHeight; y++) {
      for (let x = 0; x < fullWidth; x++) {
        const [row, column] = [y - top, x - left];
        const inside = row >= 0 && row < height && column >= 0 && column < width;
        const at = (row * width + column) * channels;
        const value = inside ? pixel(at, sources[k]) : pad;
        target[first + y * rowStride + x * g.targetChannels] = store(value * a + b);
      }
    }
  }

  function pixel(at: number, source: number): number {
    if (gray === 0) return image[at + source];
    return grayOf(g.source.type, image[at], image[at + 1], image[at + 2]);
  }
}

/** The part of the image that the tensor holds, resampled, without gaps. */
function resized(call: ImageCall) {
  const { geometry: g, tables } = call;
  const image = prepared(call);
  const { channels } = image;
  const [height, width] = tables.slice(0, 2).map((axis) => axis[AXIS_FIELDS.indexOf('count')]);
  const rowStride = width * channels;
  const data = new PIXEL_ARRAYS[g.source.type](height * rowStride);
  resample({
    ...call,
    geometry: {
      ...g,
      planes: 1,
      channels,
      source: { ...g.source, rowStride: image.rowStride, planeStride: g.source.height * image.rowStride },
      target: { type: g.source.type, height, width, rowStride, planeStride: height * rowStride },
    },
    source: image.data,
    target: data,
    tables: tables.slice(0, 2),
  });
  return { data, channels, width, height };
}

/** The image with its channels side by side, and without an alpha that is blended. */
function prepared(call: ImageCall): { data: PixelArray; channels: number; rowStride: number } {
  const { geometry: g, source, tables } = call;
  const joined =
    g.planes === 1
      ? { data: source, channels: g.channels, rowStride: g.source.rowStride }
      : { data: interleaved(call), channels: g.planes, rowStride: g.source.width * g.planes };
  if (tables[2][3] === 0) return joined;
  const colours = joined.channels - 1;
  const background = tables[3].subarray(tables[3].length - 3);
  const { height, width, type } = g.source;
  const data = new PIXEL_ARRAYS[type](height * width * colours);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * joined.rowStride + x * joined.channels;
      for (let c = 0; c < colours; c++)
        data[to++] = blended(type, joined.data[at + c], joined.data[at + colours], background[c]);
    }
  }
  return { data, channels: colours, rowStride: width * colours };
}

function interleaved({ geometry: { source, planes }, source: from }: ImageCall): PixelArray {
  const { height, width, rowStride, planeStride, type } = source;
  const data = new PIXEL_ARRAYS[type](height * width * planes);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < planes; c++) data[to++] = from[c * planeStride + y * rowStride + x];
    }
  }
  return data;
}
