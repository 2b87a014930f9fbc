// Filters, the definition: each output is one chain of fused multiply-adds in float32 over the weights that are not
// zero, row by row, then delta; whole numbers are rounded once, at the end. Separable filters do so twice, along rows
// and then along columns. Sums of integers below 2^24 are exact. Layer: reference.
// SPDX-License-Identifier: MIT

import type { ImageCall, ImageGeometry, ImageTable, Picture } from '../../image/call.ts';
import type { PixelArray } from '../../image/pixels.ts';
import { fma32 } from '../fma.ts';
import { sourceIndex } from '../padding.ts';

interface Tap {
  readonly y: number;
  readonly x: number;
  readonly weight: number;
}

/** The weights that count, with their places from the anchor. */
function tapsOf(weights: ImageTable, width: number, anchorY: number, anchorX: number): readonly Tap[] {
  return Array.from(weights, (weight, i) => ({
    y: Math.floor(i / width) - anchorY,
    x: (i % width) - anchorX,
    weight,
  })).filter(({ weight }) => weight !== 0);
}

const LIMITS = { uint8: [0, 255], uint16: [0, 65535], int16: [-32768, 32767] } as const;

/** How a sum becomes a pixel; NaN becomes the least one. */
function storing({ target, rounding }: ImageGeometry): (sum: number) => number {
  if (target.type === 'float32') return (sum) => sum;
  const [least, most] = LIMITS[target.type];
  const round = rounding === 'up' ? (x: number) => Math.floor(x + 0.5) : roundHalfEven;
  return (sum) => (sum > least ? round(Math.min(most, sum)) : least);
}

export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const over = x - below;
  return over > 0.5 || (over === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** One pass; `store` takes what `delta` has been added to. */
function pass(
  g: ImageGeometry,
  taps: readonly Tap[],
  source: PixelArray,
  from: Picture,
  target: PixelArray,
  to: Picture,
  finish: (sum: number) => number,
): void {
  for (let plane = 0; plane < g.planes; plane++) {
    for (let y = 0; y < to.height; y++) {
      for (let x = 0; x < to.width; x++) {
        for (let c = 0; c < g.channels; c++) {
          let sum = 0;
          for (const tap of taps) {
            const row = sourceIndex(y + tap.y, from.height, g.border);
            const column = sourceIndex(x + tap.x, from.width, g.border);
            if (row < 0 || column < 0) continue;
            const at = plane * from.planeStride + row * from.rowStride + column * g.channels + c;
            sum = fma32(source[at], tap.weight, sum);
          }
          target[plane * to.planeStride + y * to.rowStride + x * g.channels + c] = finish(sum);
        }
      }
    }
  }
}

function lastFinish(g: ImageGeometry): (sum: number) => number {
  const store = storing(g);
  return (sum) => store(Math.fround(sum + 0 + g.delta));
}

export function filter({ geometry: g, source, target, tables }: ImageCall): void {
  const taps = tapsOf(tables[0], g.kernelWidth, g.anchorY, g.anchorX);
  pass(g, taps, source, g.source, target, g.target, lastFinish(g));
}

export function separable({ geometry: g, source, target, tables }: ImageCall): void {
  const { height, width } = g.source;
  const rowStride = width * g.channels;
  const between: Picture = { type: 'float32', height, width, rowStride, planeStride: height * rowStride };
  const rows = new Float32Array(g.planes * between.planeStride);
  pass(g, tapsOf(tables[1], g.kernelWidth, 0, g.anchorX), source, g.source, rows, between, (sum) => sum + 0);
  pass(g, tapsOf(tables[0], 1, g.anchorY, 0), rows, between, target, g.target, lastFinish(g));
}
