// The operators of the door `native-conv/promises`, one line each: prepared by lib/ops, run by the binary off the event
// loop. Layer: native, over executor.ts.
// SPDX-License-Identifier: MIT

import { setImmediate } from 'node:timers/promises';
import { promisedDeconvolution } from '../deconvolution/deconvolve2d.ts';
import { prepareCol2im, prepareIm2col } from '../ops/columns.ts';
import { prepareConv1d, prepareConv2d, prepareConv3d } from '../ops/conv.ts';
import { prepareDepthwiseConv1d, prepareDepthwiseConv2d, prepareDepthwiseConv3d } from '../ops/depthwise.ts';
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
import { promised } from './executor.ts';
import { warmUp } from './warm-up.ts';

warmUp();

/** As `conv2d` of `native-conv`, off the event loop. */
export const conv2d = promised(prepareConv2d);
/** As `conv1d` of `native-conv`, off the event loop. */
export const conv1d = promised(prepareConv1d);
/** As `conv3d` of `native-conv`, off the event loop. */
export const conv3d = promised(prepareConv3d);
/** As `pointwiseConv2d` of `native-conv`, off the event loop. */
export const pointwiseConv2d = promised(preparePointwiseConv2d);
/** As `depthwiseConv2d` of `native-conv`, off the event loop. */
export const depthwiseConv2d = promised(prepareDepthwiseConv2d);
/** As `depthwiseConv1d` of `native-conv`, off the event loop. */
export const depthwiseConv1d = promised(prepareDepthwiseConv1d);
/** As `depthwiseConv3d` of `native-conv`, off the event loop. */
export const depthwiseConv3d = promised(prepareDepthwiseConv3d);
/** As `separableConv2d` of `native-conv`, off the event loop. */
export const separableConv2d = promised(prepareSeparableConv2d);
/** As `spatialSeparableConv2d` of `native-conv`, off the event loop. */
export const spatialSeparableConv2d = promised(prepareSpatialSeparableConv2d);
/** As `convTranspose2d` of `native-conv`, off the event loop. */
export const convTranspose2d = promised(prepareConvTranspose2d);
/** As `convTranspose1d` of `native-conv`, off the event loop. */
export const convTranspose1d = promised(prepareConvTranspose1d);
/** As `convTranspose3d` of `native-conv`, off the event loop. */
export const convTranspose3d = promised(prepareConvTranspose3d);
/** As `conv1dInputGrad` of `native-conv`, off the event loop. */
export const conv1dInputGrad = promised(prepareConv1dInputGrad);
/** As `conv2dInputGrad` of `native-conv`, off the event loop. */
export const conv2dInputGrad = promised(prepareConv2dInputGrad);
/** As `conv3dInputGrad` of `native-conv`, off the event loop. */
export const conv3dInputGrad = promised(prepareConv3dInputGrad);
/** As `conv1dWeightGrad` of `native-conv`, off the event loop. */
export const conv1dWeightGrad = promised(prepareConv1dWeightGrad);
/** As `conv2dWeightGrad` of `native-conv`, off the event loop. */
export const conv2dWeightGrad = promised(prepareConv2dWeightGrad);
/** As `conv3dWeightGrad` of `native-conv`, off the event loop. */
export const conv3dWeightGrad = promised(prepareConv3dWeightGrad);
/** As `convTranspose1dInputGrad` of `native-conv`, off the event loop. */
export const convTranspose1dInputGrad = promised(prepareConvTranspose1dInputGrad);
/** As `convTranspose2dInputGrad` of `native-conv`, off the event loop. */
export const convTranspose2dInputGrad = promised(prepareConvTranspose2dInputGrad);
/** As `convTranspose3dInputGrad` of `native-conv`, off the event loop. */
export const convTranspose3dInputGrad = promised(prepareConvTranspose3dInputGrad);
/** As `convTranspose1dWeightGrad` of `native-conv`, off the event loop. */
export const convTranspose1dWeightGrad = promised(prepareConvTranspose1dWeightGrad);
/** As `convTranspose2dWeightGrad` of `native-conv`, off the event loop. */
export const convTranspose2dWeightGrad = promised(prepareConvTranspose2dWeightGrad);
/** As `convTranspose3dWeightGrad` of `native-conv`, off the event loop. */
export const convTranspose3dWeightGrad = promised(prepareConvTranspose3dWeightGrad);
/** As `im2col` of `native-conv`, off the event loop. */
export const im2col = promised(prepareIm2col);
/** As `col2im` of `native-conv`, off the event loop. */
export const col2im = promised(prepareCol2im);
/** As `matmul` of `native-conv`, off the event loop. */
export const matmul = promised(prepareMatmul);
/** As `deconvolve2d` of `native-conv`, off the event loop. */
export const deconvolve2d = promisedDeconvolution({ conv2d, conv2dInputGrad, matmul }, setImmediate);
