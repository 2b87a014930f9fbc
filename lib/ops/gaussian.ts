// gaussianBlur, and sharpen, which undoes some of a blur. Weights and rounding are OpenCV's. Layer: operators.
// SPDX-License-Identifier: MIT

import { readArray } from '../check.ts';
import { describe, rangeError, typeError } from '../errors.ts';
import type { ImageCall } from '../image/call.ts';
import { fixedGaussianKernel, gaussianKernel, roundTiesToEven } from '../image/kernels.ts';
import type { ImageLike } from '../image/pixels.ts';
import type { Door } from '../options.ts';
import { type PerAxis, parsePerAxis } from '../padding.ts';
import {
  BORDER,
  type BorderOptions,
  checkNumber,
  type Filtered,
  type FilterResult,
  filterCall,
  type Given,
  MOST_WEIGHTS,
  openFilter,
  plane,
  separableCall,
} from './filtering.ts';
import { imageFamily } from './image.ts';

export interface GaussianBlurOptions extends BorderOptions {
  /** Standard deviation in pixels, or [y, x]; 0 (default) makes it follow from `kernelSize`. */
  readonly sigma?: PerAxis;
  /** Odd, at most 65,535, or [y, x] of such; by default it covers 3σ (uint8) or 4σ on either side. */
  readonly kernelSize?: PerAxis;
}

export interface SharpenOptions extends BorderOptions {
  /** How much of the difference to the neighbours is added. Default 1. */
  readonly amount?: number;
}

const GAUSSIAN_BLUR = imageFamily('gaussianBlur', [...BORDER, 'sigma', 'kernelSize']);
const SHARPEN = imageFamily('sharpen', [...BORDER, 'amount']);
/** 4σ on either side of it are the longest kernel, longer than most images. */
const MOST_SIGMA = MOST_WEIGHTS / 8 - 1;

function readSigma({ sigma }: Given): readonly [y: number, x: number] {
  const both = Array.isArray(sigma) ? readArray('gaussianBlur', 'options.sigma', sigma) : [sigma, sigma];
  if (both.length !== 2) {
    const message = `options.sigma must be a number or [y, x], got ${describe(sigma)}`;
    throw rangeError('ERR_CONV_OPTION', 'gaussianBlur', message);
  }
  const [y, x] = both.map((value) => checkNumber('gaussianBlur', 'options.sigma', value, 0));
  if (y >= 0 && x >= 0 && Math.max(y, x) <= MOST_SIGMA) return [y, x];
  const message = `options.sigma must lie between 0 and ${MOST_SIGMA}, got ${describe(sigma)}`;
  throw rangeError('ERR_CONV_OPTION', 'gaussianBlur', message);
}

function gaussianBlur(door: Door, image: ImageLike, options: unknown): ImageCall {
  const { settings, source, given } = openFilter(GAUSSIAN_BLUR, door, image, options);
  const sigma = readSigma(given);
  const sizes =
    given.kernelSize === undefined
      ? null
      : parsePerAxis('gaussianBlur', 'options.kernelSize', given.kernelSize, 2, 1, 1);
  const fixed = source.type === 'uint8';
  const kernel = (axis: 0 | 1): Float32Array => {
    const reach = fixed ? 3 : 4;
    const size = sizes?.[axis + 1] ?? roundTiesToEven(sigma[axis] * reach * 2 + 1) | 1;
    if (sizes === null && sigma[axis] === 0) {
      const message = 'options must say sigma, kernelSize or both';
      throw typeError('ERR_CONV_OPTION', 'gaussianBlur', message);
    }
    if (size % 2 === 0) {
      throw rangeError('ERR_CONV_OPTION', 'gaussianBlur', `options.kernelSize must be odd, got ${size}`);
    }
    if (size > MOST_WEIGHTS) {
      const message = `options.kernelSize must be at most ${MOST_WEIGHTS - 1}, got ${size}`;
      throw rangeError('ERR_CONV_OPTION', 'gaussianBlur', message);
    }
    return new Float32Array((fixed ? fixedGaussianKernel : gaussianKernel)(size, sigma[axis]));
  };
  const rounding = fixed ? 'up' : 'even';
  const result: FilterResult = { type: source.type, delta: 0, rounding };
  const column = kernel(0);
  const isSame = sigma[0] === sigma[1] && sizes?.[1] === sizes?.[2];
  return separableCall('gaussianBlur', source, settings, column, isSame ? column : kernel(1), result);
}

function sharpen(door: Door, image: ImageLike, options: unknown): ImageCall {
  const { settings, source, given } = openFilter(SHARPEN, door, image, options);
  const amount = checkNumber('sharpen', 'options.amount', given.amount, 1);
  const rows = [
    [0, -amount, 0],
    [-amount, 1 + 4 * amount, -amount],
    [0, -amount, 0],
  ];
  return filterCall('sharpen', source, settings, plane(rows, 1), { type: source.type, delta: 0 });
}

export const prepareGaussianBlur = <I extends ImageLike>(
  door: Door,
  image: I,
  options: GaussianBlurOptions,
) => gaussianBlur(door, image, options) as Filtered<I>;

export const prepareSharpen = <I extends ImageLike>(door: Door, image: I, options?: SharpenOptions) =>
  sharpen(door, image, options) as Filtered<I>;
