// The image operators of the door `native-conv/reference`: prepared by lib/ops, run by the loops that define them.
// Layer: reference.
// SPDX-License-Identifier: MIT

import { prepareBoxBlur } from '../../ops/box.ts';
import { prepareLaplacian, prepareScharr, prepareSobel } from '../../ops/derivative.ts';
import { prepareFilter2d, prepareSepFilter2d } from '../../ops/filter.ts';
import { prepareGaussianBlur, prepareSharpen } from '../../ops/gaussian.ts';
import { prepareResize } from '../../ops/resize.ts';
import { prepareFilter2dStrips, prepareResizeStrips } from '../../ops/strips.ts';
import { prepareToTensor } from '../../ops/to-tensor.ts';
import { referenceBatch, referenceImage, referenceStrips } from './executor.ts';

/** As `toTensor` of `native-conv`, by the loops that define it. */
export const toTensor = referenceBatch(prepareToTensor);
/** As `resize` of `native-conv`, by the loops that define it. */
export const resize = referenceImage(prepareResize);
/** As `filter2d` of `native-conv`, by the loops that define it. */
export const filter2d = referenceImage(prepareFilter2d);
/** As `sepFilter2d` of `native-conv`, by the loops that define it. */
export const sepFilter2d = referenceImage(prepareSepFilter2d);
/** As `gaussianBlur` of `native-conv`, by the loops that define it. */
export const gaussianBlur = referenceImage(prepareGaussianBlur);
/** As `boxBlur` of `native-conv`, by the loops that define it. */
export const boxBlur = referenceImage(prepareBoxBlur);
/** As `sobel` of `native-conv`, by the loops that define it. */
export const sobel = referenceImage(prepareSobel);
/** As `scharr` of `native-conv`, by the loops that define it. */
export const scharr = referenceImage(prepareScharr);
/** As `laplacian` of `native-conv`, by the loops that define it. */
export const laplacian = referenceImage(prepareLaplacian);
/** As `sharpen` of `native-conv`, by the loops that define it. */
export const sharpen = referenceImage(prepareSharpen);
/** As `resizeStrips` of `native-conv`, by the loops that define it. */
export const resizeStrips = referenceStrips(prepareResizeStrips);
/** As `filter2dStrips` of `native-conv`, by the loops that define it. */
export const filter2dStrips = referenceStrips(prepareFilter2dStrips);
