// Convolution: the loops that define it. Layer: reference.
// Each output element is one chain of fused multiply-adds from +0, its taps in the order (ic, kd, kh, kw), whatever
// the order of the weight in memory. Taps in the zero padding are skipped.
// SPDX-License-Identifier: MIT

import type { FloatArray } from '../call.ts';
import type { Geometry } from '../geometry.ts';
import type { Epilogue } from './epilogue.ts';
import { fma } from './fma.ts';
import { tapTable } from './padding.ts';
import { inputStrides, outputStrides, weightStrides } from './strides.ts';

/** `input [N, C, *input]`, `weight [O, C / groups, *kernel]` → `output [N, O, *output]`, in the geometry's layouts. */
export function convolve(
  g: Geometry,
  input: FloatArray,
  weight: FloatArray,
  output: FloatArray,
  epilogue: Epilogue,
): void {
  const { dtype } = g;
  const [outDepth, outHeight, outWidth] = g.output;
  const [kernelDepth, kernelHeight, kernelWidth] = g.kernel;
  const inPerGroup = g.inChannels / g.groups;
  const outPerGroup = g.outChannels / g.groups;
  const x = inputStrides(g);
  const w = weightStrides(g);
  const y = outputStrides(g);
  const depths = tapTable(g, 0);
  const heights = tapTable(g, 1);
  const widths = tapTable(g, 2);

  for (let n = 0; n < g.batch; n++) {
    for (let oc = 0; oc < g.outChannels; oc++) {
      const firstChannel = Math.floor(oc / outPerGroup) * inPerGroup;
      for (let od = 0; od < outDepth; od++) {
        for (let oh = 0; oh < outHeight; oh++) {
          for (let ow = 0; ow < outWidth; ow++) {
            const index = n * y.n + oc * y.c + od * y.d + oh * y.h + ow * y.w;
            output[index] = epilogue(sum(n, firstChannel, oc, od, oh, ow), index, oc);
          }
        }
      }
    }
  }

  function sum(n: number, firstChannel: number, oc: number, od: number, oh: number, ow: number): number {
    let acc = 0;
    for (let ic = 0; ic < inPerGroup; ic++) {
      for (let kd = 0; kd < kernelDepth; kd++) {
        const id = depths[od * kernelDepth + kd];
        if (id < 0) continue;
        for (let kh = 0; kh < kernelHeight; kh++) {
          const ih = heights[oh * kernelHeight + kh];
          if (ih < 0) continue;
          const row = n * x.n + (firstChannel + ic) * x.c + id * x.d + ih * x.h;
          const taps = oc * w.o + ic * w.i + kd * w.d + kh * w.h;
          for (let kw = 0; kw < kernelWidth; kw++) {
            const iw = widths[ow * kernelWidth + kw];
            if (iw < 0) continue;
            acc = fma(dtype, input[row + iw * x.w], weight[taps + kw * w.w], acc);
          }
        }
      }
    }
    return acc;
  }
}
