// What the adjoints of convolution and of im2col have in common: an element of the large side is the sum from +0 of the
// padded positions that copy it, in the order (d, h, w), each addition rounded to the dtype. With zero padding that is
// one position: nothing is added. Layer: reference.
// SPDX-License-Identifier: MIT

import type { Geometry } from '../geometry.ts';
import { round } from './fma.ts';
import { type Meeting, meetings } from './padding.ts';
import { inputStrides } from './strides.ts';

/** The value at a position of the padded large side, given by what meets it along each axis. */
export type PaddedElement = (
  n: number,
  channel: number,
  depth: Meeting,
  height: Meeting,
  width: Meeting,
) => number;

/** Calls `store` for every element of `[N, C, *input]`, with its sum, its index in memory and its channel. */
export function foldPadding(
  g: Geometry,
  paddedElement: PaddedElement,
  store: (sum: number, index: number, channel: number) => void,
): void {
  const x = inputStrides(g);
  const depths = meetings(g, 0);
  const heights = meetings(g, 1);
  const widths = meetings(g, 2);

  for (let n = 0; n < g.batch; n++) {
    for (let channel = 0; channel < g.inChannels; channel++) {
      for (const [id, depthCopies] of depths.entries()) {
        for (const [ih, heightCopies] of heights.entries()) {
          for (const [iw, widthCopies] of widths.entries()) {
            let sum = 0;
            for (const depth of depthCopies) {
              for (const height of heightCopies) {
                for (const width of widthCopies) {
                  sum = round(g.dtype, sum + paddedElement(n, channel, depth, height, width));
                }
              }
            }
            store(sum, n * x.n + channel * x.c + id * x.d + ih * x.h + iw * x.w, channel);
          }
        }
      }
    }
  }
}
