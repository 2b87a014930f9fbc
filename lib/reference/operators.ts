// The operators of the door `native-conv/reference`, one line each: prepared by lib/ops, run by the loops that define
// them. Layer: reference.
// SPDX-License-Identifier: MIT

import { deconvolution } from '../deconvolution/deconvolve2d.ts';
import { prepareCol2im, prepareIm2col } from '../ops/columns.ts';
import { prepareConv1d, prepareConv2d, prepareConv3d } from '../ops/conv.ts';
import { prepareDepthwiseConv1d, prepareDepthwiseConv2d, prepareDepthwiseConv3d } from '../ops/depthwise.ts';
import type { ArgumentsThrough, Prepare } from '../ops/door.ts';
import {
  prepareConv1dInputGrad,
  prepareConv1dWeightGrad,
  prepareConv2dInputGrad,
  prepareConv2dWeightGrad,
  prepareConv3dInputGrad,
  prepareConv3dWeightGrad,
  prepareConvTranspose1dInputGrad,
  prepareConvTranspose1dWeightGrad,
  prepareConvTranspose2dInputGrad,
  prepareConvTranspose2dWeightGrad,
  prepareConvTranspose3dInputGrad,
  prepareConvTranspose3dWeightGrad,
} from '../ops/gradients.ts';
import { prepareMatmul } from '../ops/matmul.ts';
import { preparePointwiseConv2d } from '../ops/pointwise.ts';
import { prepareSeparableConv2d, prepareSpatialSeparableConv2d } from '../ops/separable.ts';
import { prepareConvTranspose1d, prepareConvTranspose2d, prepareConvTranspose3d } from '../ops/transpose.ts';
import type { Tensor } from '../tensor.ts';
import { runReference } from './executor.ts';

function reference<Args extends unknown[], Result extends Tensor>(
  prepare: Prepare<Args, Result>,
): (...args: ArgumentsThrough<'reference', Args>) => Result {
  return (...args) => {
    const call = prepare('reference', ...(args as unknown as Args));
    runReference(call);
    return call.result;
  };
}

/** As `conv2d` of `native-conv`, by the loops that define it. */
export const conv2d = reference(prepareConv2d);
/** As `conv1d` of `native-conv`, by the loops that define it. */
export const conv1d = reference(prepareConv1d);
/** As `conv3d` of `native-conv`, by the loops that define it. */
export const conv3d = reference(prepareConv3d);
/** As `pointwiseConv2d` of `native-conv`, by the loops that define it. */
export const pointwiseConv2d = reference(preparePointwiseConv2d);
/** As `depthwiseConv2d` of `native-conv`, by the loops that define it. */
export const depthwiseConv2d = reference(prepareDepthwiseConv2d);
/** As `depthwiseConv1d` of `native-conv`, by the loops that define it. */
export const depthwiseConv1d = reference(prepareDepthwiseConv1d);
/** As `depthwiseConv3d` of `native-conv`, by the loops that define it. */
export const depthwiseConv3d = reference(prepareDepthwiseConv3d);
/** As `separableConv2d` of `native-conv`, by the loops that define it. */
export const separableConv2d = reference(prepareSeparableConv2d);
/** As `spatialSeparableConv2d` of `native-conv`, by the loops that define it. */
export const spatialSeparableConv2d = reference(prepareSpatialSeparableConv2d);
/** As `convTranspose2d` of `native-conv`, by the loops that define it. */
export const convTranspose2d = reference(prepareConvTranspose2d);
/** As `convTranspose1d` of `native-conv`, by the loops that define it. */
export const convTranspose1d = reference(prepareConvTranspose1d);
/** As `convTranspose3d` of `native-conv`, by the loops that define it. */
export const convTranspose3d = reference(prepareConvTranspose3d);
/** As `conv1dInputGrad` of `native-conv`, by the loops that define it. */
export const conv1dInputGrad = reference(prepareConv1dInputGrad);
/** As `conv2dInputGrad` of `native-conv`, by the loops that define it. */
export const conv2dInputGrad = reference(prepareConv2dInputGrad);
/** As `conv3dInputGrad` of `native-conv`, by the loops that define it. */
export const conv3dInputGrad = reference(prepareConv3dInputGrad);
/** As `conv1dWeightGrad` of `native-conv`, by the loops that define it. */
export const conv1dWeightGrad = reference(prepareConv1dWeightGrad);
/** As `conv2dWeightGrad` of `native-conv`, by the loops that define it. */
export const conv2dWeightGrad = reference(prepareConv2dWeightGrad);
/** As `conv3dWeightGrad` of `native-conv`, by the loops that define it. */
export const conv3dWeightGrad = reference(prepareConv3dWeightGrad);
/** As `convTranspose1dInputGrad` of `native-conv`, by the loops that define it. */
export const convTranspose1dInputGrad = reference(prepareConvTranspose1dInputGrad);
/** As `convTranspose2dInputGrad` of `native-conv`, by the loops that define it. */
export const convTranspose2dInputGrad = reference(prepareConvTranspose2dInputGrad);
/** As `convTranspose3dInputGrad` of `native-conv`, by the loops that define it. */
export const convTranspose3dInputGrad = reference(prepareConvTranspose3dInputGrad);
/** As `convTranspose1dWeightGrad` of `native-conv`, by the loops that define it. */
export const convTranspose1dWeightGrad = reference(prepareConvTranspose1dWeightGrad);
/** As `convTranspose2dWeightGrad` of `native-conv`, by the loops that define it. */
export const convTranspose2dWeightGrad = reference(prepareConvTranspose2dWeightGrad);
/** As `convTranspose3dWeightGrad` of `native-conv`, by the loops that define it. */
export const convTranspose3dWeightGrad = reference(prepareConvTranspose3dWeightGrad);
/** As `im2col` of `native-conv`, by the loops that define it. */
export const im2col = reference(prepareIm2col);
/** As `col2im` of `native-conv`, by the loops that define it. */
export const col2im = reference(prepareCol2im);
/** As `matmul` of `native-conv`, by the loops that define it. */
export const matmul = reference(prepareMatmul);
/** As `deconvolve2d` of `native-conv`, by the loops that define its operators. */
export const deconvolve2d = deconvolution('reference', { conv2d, conv2dInputGrad, matmul });
