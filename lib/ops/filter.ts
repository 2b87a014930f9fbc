// filter2d with a kernel of any shape, sepFilter2d with a column and a row. Layer: operators.
// SPDX-License-Identifier: MIT

import type { ImageCall } from '../image/call.ts';
import type { ImageLike, PixelType } from '../image/pixels.ts';
import type { Door } from '../options.ts';
import type { PerAxis } from '../padding.ts';
import {
  BORDER,
  type BorderOptions,
  checkNumber,
  type Filtered,
  filterCall,
  type KernelLike,
  openFilter,
  readAnchor,
  readKernel,
  readType,
  readWeights,
  separableCall,
} from './filtering.ts';
import { imageFamily } from './image.ts';

export interface FilterOptions extends BorderOptions {
  /** The weight that stands over the output, [y, x]; the middle by default, ⌊size ÷ 2⌋. */
  readonly anchor?: PerAxis;
  /** Added to each result. Default 0. */
  readonly delta?: number;
  /** Of the result; whole numbers are rounded to nearest even and clamped. By default the source's. */
  readonly type?: PixelType;
}

/** What goes with a kernel of the caller's. */
export const KERNEL_OPTIONS = [...BORDER, 'anchor', 'delta', 'type'];
const FILTER2D = imageFamily('filter2d', KERNEL_OPTIONS);
const SEP_FILTER2D = imageFamily('sepFilter2d', KERNEL_OPTIONS);

function filter2d(door: Door, image: ImageLike, kernel: unknown, options: unknown): ImageCall {
  const { settings, source, given } = openFilter(FILTER2D, door, image, options);
  const weights = readKernel('filter2d', kernel);
  return filterCall('filter2d', source, settings, weights, {
    type: readType('filter2d', given, source.type),
    delta: checkNumber('filter2d', 'options.delta', given.delta, 0),
    anchor: readAnchor('filter2d', given, weights.height, weights.width),
  });
}

function sepFilter2d(
  door: Door,
  image: ImageLike,
  kernelX: unknown,
  kernelY: unknown,
  options: unknown,
): ImageCall {
  const { settings, source, given } = openFilter(SEP_FILTER2D, door, image, options);
  const row = readWeights('sepFilter2d', 'kernelX', kernelX);
  const column = readWeights('sepFilter2d', 'kernelY', kernelY);
  return separableCall('sepFilter2d', source, settings, column, row, {
    type: readType('sepFilter2d', given, source.type),
    delta: checkNumber('sepFilter2d', 'options.delta', given.delta, 0),
    anchor: readAnchor('sepFilter2d', given, column.length, row.length),
  });
}

export const prepareFilter2d = <I extends ImageLike>(
  door: Door,
  image: I,
  kernel: KernelLike,
  options?: FilterOptions,
) => filter2d(door, image, kernel, options) as Filtered<I>;

export const prepareSepFilter2d = <I extends ImageLike>(
  door: Door,
  image: I,
  kernelX: ArrayLike<number>,
  kernelY: ArrayLike<number>,
  options?: FilterOptions,
) => sepFilter2d(door, image, kernelX, kernelY, options) as Filtered<I>;
