// The gradient of a convolution with respect to its weight: the loops that define it. Layer: reference.
// Each element is one chain of fused multiply-adds from +0 over the output positions, in the order (n, od, oh, ow);
// those whose tap lies in the zero padding are skipped.
// SPDX-License-Identifier: MIT

import type { FloatArray } from '../call.ts';
import type { Geometry } from '../geometry.ts';
import type { Epilogue } from './epilogue.ts';
import { fma } from './fma.ts';
import { tapTable } from './padding.ts';
import { inputStrides, outputStrides, weightStrides } from './strides.ts';

/**
 * `input [N, C, *input]`, `outputGrad [N, O, *output]` → `weightGrad [O, C / groups, *kernel]`, in the geometry's
 * layouts.
 */
export function convolveWeightGrad(
  g: Geometry,
  input: FloatArray,
  outputGrad: FloatArray,
  weightGrad: FloatArray,
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

  for (let oc = 0; oc < g.outChannels; oc++) {
    const firstChannel = Math.floor(oc / outPerGroup) * inPerGroup;
    for (let ic = 0; ic < inPerGroup; ic++) {
      for (let kd = 0; kd < kernelDepth; kd++) {
        for (let kh = 0; kh < kernelHeight; kh++) {
          for (let kw = 0; kw < kernelWidth; kw++) {
            const index = oc * w.o + ic * w.i + kd * w.d + kh * w.h + kw * w.w;
            weightGrad[index] = epilogue(sum(oc, firstChannel + ic, kd, kh, kw), index, oc);
          }
        }
      }
    }
  }

  function sum(oc: number, channel: number, kd: number, kh: number, kw: number): number {
    let acc = 0;
    for (let n = 0; n < g.batch; n++) {
      for (let od = 0; od < outDepth; od++) {
        const id = depths[od * kernelDepth + kd];
        if (id < 0) continue;
        for (let oh = 0; oh < outHeight; oh++) {
          const ih = heights[oh * kernelHeight + kh];
          if (ih < 0) continue;
          const inputRow = n * x.n + channel * x.c + id * x.d + ih * x.h;
          const outputRow = n * y.n + oc * y.c + od * y.d + oh * y.h;
          for (let ow = 0; ow < outWidth; ow++) {
            const iw = widths[ow * kernelWidth + kw];
            if (iw < 0) continue;
            acc = fma(dtype, input[inputRow + iw * x.w], outputGrad[outputRow + ow * y.w], acc);
          }
        }
      }
    }
    return acc;
  }
}
