// im2col, which lays every patch of an input out as a column, and its adjoint col2im. Layer: reference.
// im2col copies; col2im adds, from +0, what the taps (kd, kh, kw) ascending have put at each position of the padded
// input; fold.ts then adds the positions that copy one element.
// SPDX-License-Identifier: MIT

import type { FloatArray } from '../call.ts';
import type { Geometry } from '../geometry.ts';
import { round } from './fma.ts';
import { foldPadding } from './fold.ts';
import { type Meeting, tapTable } from './padding.ts';
import { inputStrides } from './strides.ts';

/** `input [N, C, *input]` → `columns [N, C·∏kernel, ∏output]`. */
export function inputToColumns(g: Geometry, input: FloatArray, columns: FloatArray): void {
  const [outDepth, outHeight, outWidth] = g.output;
  const [kernelDepth, kernelHeight, kernelWidth] = g.kernel;
  const x = inputStrides(g);
  const depths = tapTable(g, 0);
  const heights = tapTable(g, 1);
  const widths = tapTable(g, 2);

  let index = 0;
  for (let n = 0; n < g.batch; n++) {
    for (let ic = 0; ic < g.inChannels; ic++) {
      for (let kd = 0; kd < kernelDepth; kd++) {
        for (let kh = 0; kh < kernelHeight; kh++) {
          for (let kw = 0; kw < kernelWidth; kw++) {
            for (let od = 0; od < outDepth; od++) {
              for (let oh = 0; oh < outHeight; oh++) {
                for (let ow = 0; ow < outWidth; ow++) {
                  const id = depths[od * kernelDepth + kd];
                  const ih = heights[oh * kernelHeight + kh];
                  const iw = widths[ow * kernelWidth + kw];
                  const padding = id < 0 || ih < 0 || iw < 0;
                  columns[index] = padding ? 0 : input[n * x.n + ic * x.c + id * x.d + ih * x.h + iw * x.w];
                  index++;
                }
              }
            }
          }
        }
      }
    }
  }
}

/** `columns [N, C·∏kernel, ∏output]` → `input [N, C, *input]`. */
export function columnsToInput(g: Geometry, columns: FloatArray, input: FloatArray): void {
  const { dtype } = g;
  const [outDepth, outHeight, outWidth] = g.output;
  const [kernelDepth, kernelHeight, kernelWidth] = g.kernel;

  foldPadding(g, paddedElement, (sum, index) => {
    input[index] = sum;
  });

  function paddedElement(
    n: number,
    channel: number,
    depth: Meeting,
    height: Meeting,
    width: Meeting,
  ): number {
    const image = n * g.inChannels + channel;
    let sum = 0;
    for (const { k: kd, o: od } of depth) {
      for (const { k: kh, o: oh } of height) {
        for (const { k: kw, o: ow } of width) {
          const tap = ((image * kernelDepth + kd) * kernelHeight + kh) * kernelWidth + kw;
          const position = (od * outHeight + oh) * outWidth + ow;
          sum = round(dtype, sum + columns[tap * outDepth * outHeight * outWidth + position]);
        }
      }
    }
    return sum;
  }
}
