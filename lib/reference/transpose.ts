// Transposed convolution, which also is the gradient of a convolution with respect to its input: the loops that
// define it. Layer: reference.
// Each element of the padded large side is one chain of fused multiply-adds from +0 over the taps that meet it, in
// the order (oc, kd, kh, kw); fold.ts then adds the padded positions that copy one element.
// SPDX-License-Identifier: MIT

import type { FloatArray } from '../call.ts';
import type { Geometry } from '../geometry.ts';
import type { Epilogue } from './epilogue.ts';
import { fma } from './fma.ts';
import { foldPadding } from './fold.ts';
import type { Meeting } from './padding.ts';
import { outputStrides, weightStrides } from './strides.ts';

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
  const w = weightStrides(g);
  const y = outputStrides(g);

  foldPadding(g, paddedElement, (sum, index, channel) => {
    large[index] = epilogue(sum, index, channel);
  });

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
