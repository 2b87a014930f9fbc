// The image operators of the door `native-conv/promises`: prepared by lib/ops, run by the binary off the event loop.
// Layer: native, over image-executor.ts.
// SPDX-License-Identifier: MIT

import { prepareBoxBlur } from '../ops/box.ts';
import { prepareLaplacian, prepareScharr, prepareSobel } from '../ops/derivative.ts';
import { prepareFilter2d, prepareSepFilter2d } from '../ops/filter.ts';
import { prepareGaussianBlur, prepareSharpen } from '../ops/gaussian.ts';
import { prepareResize } from '../ops/resize.ts';
import { prepareFilter2dStrips, prepareResizeStrips } from '../ops/strips.ts';
import { prepareToTensor } from '../ops/to-tensor.ts';
import { promisedBatch, promisedImage, promisedStrips } from './image-executor.ts';

/** As `toTensor` of `native-conv`, off the event loop. */
export const toTensor = promisedBatch(prepareToTensor);
/** As `resize` of `native-conv`, off the event loop. */
export const resize = promisedImage(prepareResize);
/** As `filter2d` of `native-conv`, off the event loop. */
export const filter2d = promisedImage(prepareFilter2d);
/** As `sepFilter2d` of `native-conv`, off the event loop. */
export const sepFilter2d = promisedImage(prepareSepFilter2d);
/** As `gaussianBlur` of `native-conv`, off the event loop. */
export const gaussianBlur = promisedImage(prepareGaussianBlur);
/** As `boxBlur` of `native-conv`, off the event loop. */
export const boxBlur = promisedImage(prepareBoxBlur);
/** As `sobel` of `native-conv`, off the event loop. */
export const sobel = promisedImage(prepareSobel);
/** As `scharr` of `native-conv`, off the event loop. */
export const scharr = promisedImage(prepareScharr);
/** As `laplacian` of `native-conv`, off the event loop. */
export const laplacian = promisedImage(prepareLaplacian);
/** As `sharpen` of `native-conv`, off the event loop. */
export const sharpen = promisedImage(prepareSharpen);
/** As `resizeStrips` of `native-conv`, off the event loop. */
export const resizeStrips = promisedStrips(prepareResizeStrips);
/** As `filter2dStrips` of `native-conv`, off the event loop. */
export const filter2dStrips = promisedStrips(prepareFilter2dStrips);
