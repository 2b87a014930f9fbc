// sobel, scharr and laplacian: derivatives, signed. Kernels are OpenCV's. Layer: operators.
// SPDX-License-Identifier: MIT

import { checkInteger } from '../check.ts';
import { rangeError } from '../errors.ts';
import type { ImageCall } from '../image/call.ts';
import { laplacianKernel, scharrKernel, sobelKernel } from '../image/kernels.ts';
import type { ImageLike, ImageView, PixelType } from '../image/pixels.ts';
import type { Door } from '../options.ts';
import {
  BORDER,
  type BorderOptions,
  checkNumber,
  type Filtered,
  filterCall,
  type Given,
  openFilter,
  plane,
  readType,
  separableCall,
} from './filtering.ts';
import { type ImageFamily, imageFamily } from './image.ts';

export interface DerivativeOptions extends BorderOptions {
  /** Order along x, 0 to 2; the default is 1 along x and 0 along y. */
  readonly dx?: number;
  readonly dy?: number;
  /** 1 (no smoothing), 3 (default), 5 or 7. */
  readonly kernelSize?: number;
  /** A factor of each result. Default 1. */
  readonly scale?: number;
  readonly delta?: number;
  /** By default `'int16'` of uint8 images, `'float32'` of others, so that signs are kept. */
  readonly type?: PixelType;
}

export type ScharrOptions = Omit<DerivativeOptions, 'kernelSize'>;
/** kernelSize is 1 by default: (0 1 0 · 1 −4 1 · 0 1 0). */
export type LaplacianOptions = Omit<DerivativeOptions, 'dx' | 'dy'>;

const DERIVATIVE = [...BORDER, 'scale', 'delta', 'type'];
const SOBEL = imageFamily('sobel', [...DERIVATIVE, 'dx', 'dy', 'kernelSize']);
const SCHARR = imageFamily('scharr', [...DERIVATIVE, 'dx', 'dy']);
const LAPLACIAN = imageFamily('laplacian', [...DERIVATIVE, 'kernelSize']);

/** int16 of uint8 images, float32 of the rest. */
function signedType(source: ImageView): PixelType {
  return source.type === 'uint8' ? 'int16' : 'float32';
}

function readKernelSize(operator: string, { kernelSize }: Given, byDefault: number): number {
  if (kernelSize === undefined) return byDefault;
  const size = checkInteger(operator, 'options.kernelSize', kernelSize, 1);
  if ([1, 3, 5, 7].includes(size)) return size;
  throw rangeError('ERR_CONV_OPTION', operator, `options.kernelSize must be 1, 3, 5 or 7, got ${size}`);
}

function readOrders(operator: string, { dx, dy }: Given, most: number): readonly [dx: number, dy: number] {
  const orders = [dx ?? (dy === undefined ? 1 : 0), dy ?? 0].map((order, i) =>
    checkInteger(operator, i === 0 ? 'options.dx' : 'options.dy', order, 0),
  );
  const [x, y] = orders;
  if (x <= most && y <= most && x + y > 0 && (most > 1 || x + y === 1)) return [x, y];
  const message =
    most === 1
      ? `one of options.dx and options.dy must be 1 and the other 0, got ${x} and ${y}`
      : `options.dx and options.dy must be 0, 1 or 2 and not both 0, got ${x} and ${y}`;
  throw rangeError('ERR_CONV_OPTION', operator, message);
}

function derivative(
  family: ImageFamily,
  door: Door,
  image: ImageLike,
  options: unknown,
  kernels: (given: Given) => readonly [row: readonly number[], column: readonly number[]],
): ImageCall {
  const { settings, source, given } = openFilter(family, door, image, options);
  const { name } = family;
  const [row, column] = kernels(given);
  const scale = checkNumber(name, 'options.scale', given.scale, 1);
  const scaled = Float32Array.from(column, (weight) => weight * scale);
  return separableCall(name, source, settings, scaled, Float32Array.from(row), {
    type: readType(name, given, signedType(source)),
    delta: checkNumber(name, 'options.delta', given.delta, 0),
  });
}

function sobel(door: Door, image: ImageLike, options: unknown): ImageCall {
  return derivative(SOBEL, door, image, options, (given) => {
    const [dx, dy] = readOrders('sobel', given, 2);
    const size = readKernelSize('sobel', given, 3);
    return [sobelKernel(dx, size), sobelKernel(dy, size)];
  });
}

function scharr(door: Door, image: ImageLike, options: unknown): ImageCall {
  return derivative(SCHARR, door, image, options, (given) => {
    const [dx, dy] = readOrders('scharr', given, 1);
    return [scharrKernel(dx), scharrKernel(dy)];
  });
}

function laplacian(door: Door, image: ImageLike, options: unknown): ImageCall {
  const { settings, source, given } = openFilter(LAPLACIAN, door, image, options);
  const scale = checkNumber('laplacian', 'options.scale', given.scale, 1);
  const kernel = plane(laplacianKernel(readKernelSize('laplacian', given, 1)), scale);
  return filterCall('laplacian', source, settings, kernel, {
    type: readType('laplacian', given, signedType(source)),
    delta: checkNumber('laplacian', 'options.delta', given.delta, 0),
  });
}

export const prepareSobel = <I extends ImageLike>(door: Door, image: I, options?: DerivativeOptions) =>
  sobel(door, image, options) as Filtered<I>;

export const prepareScharr = <I extends ImageLike>(door: Door, image: I, options?: ScharrOptions) =>
  scharr(door, image, options) as Filtered<I>;

export const prepareLaplacian = <I extends ImageLike>(door: Door, image: I, options?: LaplacianOptions) =>
  laplacian(door, image, options) as Filtered<I>;
