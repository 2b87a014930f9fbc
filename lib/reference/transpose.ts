// Transposed convolution, which also is the gradient of a convolution with respect to its input: the loops that
// define it. Layer: reference.
// Each element of the padded large side is one chain of fused multiply-adds from +0 over the taps that meet it, in
// the order (oc, kd, kh, kw). An element of the large side is the sum from +0 of the padded positions that copy it,
// in the order (d, h, w): with zero padding that is the element itself, nothing to be added.
// SPDX-License-Identifier: MIT

import type { FloatArray } from '../call.ts';
import type { Geometry } from '../geometry.ts';
import type { Epilogue } from './epilogue.ts';
import { fma, round } from './fma.ts';
import { type Meeting, meetings } from './padding.ts';
import { inputStrides, outputStrides, weightStrides } from './strides.ts';

/** `small [N, O, *output]`, `weight [O, C / groups, *kernel]` → `large [N, C, *input]`, in the geometry's layouts. */
export function convolveTransposed(
  g: Geometry,
  small: FloatArray,
  weight: FloatArray,
  large: FloatArray,
  epilogue: Epilogue,
): void {
  const { dtype } = g;
  const inPerGroup = g.inChannels / g.groups;
  const outPerGroup = g.outChannels / g.groups;
  const x = inputStrides(g);
  const w = weightStrides(g);
  const y = outputStrides(g);
  const depths = meetings(g, 0);
  const heights = meetings(g, 1);
  const widths = meetings(g, 2);

  for (let n = 0; n < g.batch; n++) {
    for (let channel = 0; channel < g.inChannels; channel++) {
      for (const [id, depthCopies] of depths.entries()) {
        for (const [ih, heightCopies] of heights.entries()) {
          for (const [iw, widthCopies] of widths.entries()) {
            let sum = 0;
            for (const atDepth of depthCopies) {
              for (const atHeight of heightCopies) {
                for (const atWidth of widthCopies) {
                  sum = round(dtype, sum + paddedElement(n, channel, atDepth, atHeight, atWidth));
                }
              }
            }
            const index = n * x.n + channel * x.c + id * x.d + ih * x.h + iw * x.w;
            large[index] = epilogue(sum, index, channel);
          }
        }
      }
    }
  }

  function paddedElement(
    n: number,
    channel: number,
    depth: Meeting,
    height: Meeting,
    width: Meeting,
  ): number {
    const group = Math.floor(channel / inPerGroup);
    const ic = channel - group * inPerGroup;
    let acc = 0;
    for (let oc = group * outPerGroup; oc < (group + 1) * outPerGroup; oc++) {
      for (const { k: kd, o: od } of depth) {
        for (const { k: kh, o: oh } of height) {
          const row = n * y.n + oc * y.c + od * y.d + oh * y.h;
          const taps = oc * w.o + ic * w.i + kd * w.d + kh * w.h;
          for (const { k: kw, o: ow } of width) {
            acc = fma(dtype, small[row + ow * y.w], weight[taps + kw * w.w], acc);
          }
        }
      }
    }
    return acc;
  }
}
