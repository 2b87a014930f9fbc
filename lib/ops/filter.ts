// Filters of images: any kernel, a column by a row, and the named ones. Anchors, borders, weights and rounding are
// OpenCV's. Layer: operators.
// SPDX-License-Identifier: MIT

import { checkChoice, checkFinite, checkInteger, readArray, readOnce } from '../check.ts';
import { describe, rangeError, typeError } from '../errors.ts';
import { PADDING_MODES, type PaddingMode } from '../geometry.ts';
import type { ImageCall, Rounding } from '../image/call.ts';
import {
  fixedGaussianKernel,
  gaussianKernel,
  laplacianKernel,
  roundTiesToEven,
  scharrKernel,
  sobelKernel,
} from '../image/kernels.ts';
import {
  type ImageLike,
  type ImageOf,
  type ImageView,
  PIXEL_TYPES,
  type PixelType,
  readImage,
} from '../image/pixels.ts';
import type { Door } from '../options.ts';
import { type PerAxis, parsePerAxis } from '../padding.ts';
import {
  assembleImage,
  type ImageFamily,
  type ImageOptions,
  type ImageSettings,
  imageFamily,
  parseImageOptions,
} from './image.ts';

export interface BorderOptions extends ImageOptions {
  /** What lies beyond the edges: `'reflect'` by default (dcb·abcd·cba, OpenCV's BORDER_REFLECT_101). */
  readonly border?: PaddingMode;
}

export interface FilterOptions extends BorderOptions {
  /** The weight that stands over the output, [y, x]; the middle by default, ⌊size ÷ 2⌋. */
  readonly anchor?: PerAxis;
  /** Added to each result. Default 0. */
  readonly delta?: number;
  /** Of the result; whole numbers are rounded to nearest even and clamped. By default the source's. */
  readonly type?: PixelType;
}

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

export interface GaussianBlurOptions extends BorderOptions {
  /** Standard deviation in pixels, or [y, x]; 0 (default) makes it follow from `kernelSize`. */
  readonly sigma?: PerAxis;
  /** Odd, or [y, x] of such; by default it covers 3σ (uint8) or 4σ on either side. */
  readonly kernelSize?: PerAxis;
}

export interface SharpenOptions extends BorderOptions {
  /** How much of the difference to the neighbours is added. Default 1. */
  readonly amount?: number;
}

export const BORDER = ['border'];
const DERIVATIVE = [...BORDER, 'scale', 'delta', 'type'];
/** What goes with a kernel of the caller's. */
export const KERNEL_OPTIONS = [...BORDER, 'anchor', 'delta', 'type'];
const FILTER2D = imageFamily('filter2d', KERNEL_OPTIONS);
const SEP_FILTER2D = imageFamily('sepFilter2d', KERNEL_OPTIONS);
const GAUSSIAN_BLUR = imageFamily('gaussianBlur', [...BORDER, 'sigma', 'kernelSize']);
const SOBEL = imageFamily('sobel', [...DERIVATIVE, 'dx', 'dy', 'kernelSize']);
const SCHARR = imageFamily('scharr', [...DERIVATIVE, 'dx', 'dy']);
const LAPLACIAN = imageFamily('laplacian', [...DERIVATIVE, 'kernelSize']);
const SHARPEN = imageFamily('sharpen', [...BORDER, 'amount']);

type Given = ImageSettings['given'];

/** A call's parts that every filter starts with. */
function open(family: ImageFamily, door: Door, image: ImageLike, options: unknown) {
  const settings = parseImageOptions(family, door, options);
  return { settings, source: readImage(family.name, 'image', image, settings.layout), given: settings.given };
}

export function checkNumber(operator: string, name: string, value: unknown, byDefault: number): number {
  return value === undefined ? byDefault : checkFinite(operator, name, value);
}

export function readBorder(operator: string, { border }: Given): PaddingMode {
  return border === undefined ? 'reflect' : checkChoice(operator, 'options.border', border, PADDING_MODES);
}

export function readType(operator: string, { type }: Given, byDefault: PixelType): PixelType {
  return type === undefined ? byDefault : checkChoice(operator, 'options.type', type, PIXEL_TYPES);
}

export function readAnchor(
  operator: string,
  { anchor }: Given,
  height: number,
  width: number,
): [number, number] {
  if (anchor === undefined) return [Math.floor(height / 2), Math.floor(width / 2)];
  const [, y, x] = parsePerAxis(operator, 'options.anchor', anchor, 2, 0, 0);
  if (y < height && x < width) return [y, x];
  const message = `options.anchor [${y},${x}] lies outside of the ${height}×${width} kernel`;
  throw rangeError('ERR_CONV_OPTION', operator, message);
}

/** Numbers of an array or a typed array. */
function readWeights(operator: string, name: string, value: unknown): Float32Array {
  const list = ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value;
  if (!Array.isArray(list)) {
    throw typeError(
      'ERR_CONV_SHAPE',
      operator,
      `${name} must be an array of numbers, got ${describe(value)}`,
    );
  }
  const values = readArray(operator, name, list, 'ERR_CONV_SHAPE');
  if (values.length === 0) throw rangeError('ERR_CONV_SHAPE', operator, `${name} is empty`);
  return Float32Array.from(values, (weight, i) =>
    checkNumber(operator, `${name}[${i}]`, weight === undefined ? null : weight, 0),
  );
}

interface Kernel2d {
  readonly weights: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** Rows of numbers, or a tensor of two axes. */
export function readKernel(operator: string, value: unknown): Kernel2d {
  if (Array.isArray(value)) {
    const rows = readArray(operator, 'kernel', value, 'ERR_CONV_SHAPE').map((row, y) =>
      readWeights(operator, `kernel[${y}]`, row),
    );
    const width = rows[0]?.length ?? 0;
    if (width === 0) throw rangeError('ERR_CONV_SHAPE', operator, 'kernel is empty');
    if (rows.some((row) => row.length !== width)) {
      throw rangeError('ERR_CONV_SHAPE', operator, 'the rows of kernel must be equally long');
    }
    return { weights: Float32Array.from(rows.flatMap((row) => [...row])), height: rows.length, width };
  }
  const { data, dims, shape } = readOnce(value ?? {}) ?? {};
  const sizes: unknown = dims ?? shape;
  if (!Array.isArray(sizes) || sizes.length !== 2) {
    const message = `kernel must be rows of numbers or a tensor {data, dims} of two axes, got ${describe(value)}`;
    throw typeError('ERR_CONV_SHAPE', operator, message);
  }
  const height = checkInteger(operator, 'kernel.dims[0]', sizes[0], 1, 'ERR_CONV_SHAPE');
  const width = checkInteger(operator, 'kernel.dims[1]', sizes[1], 1, 'ERR_CONV_SHAPE');
  const weights = readWeights(operator, 'kernel.data', data);
  if (weights.length === height * width) return { weights, height, width };
  const message = `kernel.dims [${height},${width}] hold ${height * width} elements, kernel.data has ${weights.length}`;
  throw rangeError('ERR_CONV_SHAPE', operator, message);
}

interface Result {
  readonly type: PixelType;
  readonly delta: number;
  readonly rounding?: Rounding;
  readonly anchor?: readonly [y: number, x: number];
}

/** A call of one kernel. */
export function filterCall(
  operator: string,
  source: ImageView,
  settings: ImageSettings,
  { weights, height, width }: Kernel2d,
  { type, delta, anchor = [Math.floor(height / 2), Math.floor(width / 2)] }: Result,
): ImageCall {
  return assembleImage(operator, source, settings, {
    operation: 'filter',
    height: source.height,
    width: source.width,
    type,
    border: readBorder(operator, settings.given),
    kernelHeight: height,
    kernelWidth: width,
    anchorY: anchor[0],
    anchorX: anchor[1],
    delta: Math.fround(delta),
    rounding: 'even',
    tables: [weights],
  });
}

/** A call of a column and a row. */
export function separableCall(
  operator: string,
  source: ImageView,
  settings: ImageSettings,
  column: Float32Array,
  row: Float32Array,
  {
    type,
    delta,
    rounding = 'even',
    anchor = [Math.floor(column.length / 2), Math.floor(row.length / 2)],
  }: Result,
): ImageCall {
  return assembleImage(operator, source, settings, {
    operation: 'separable',
    height: source.height,
    width: source.width,
    type,
    border: readBorder(operator, settings.given),
    kernelHeight: column.length,
    kernelWidth: row.length,
    anchorY: anchor[0],
    anchorX: anchor[1],
    delta: Math.fround(delta),
    rounding,
    tables: [column, row],
  });
}

function filter2d(door: Door, image: ImageLike, kernel: unknown, options: unknown): ImageCall {
  const { settings, source, given } = open(FILTER2D, door, image, options);
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
  const { settings, source, given } = open(SEP_FILTER2D, door, image, options);
  const row = readWeights('sepFilter2d', 'kernelX', kernelX);
  const column = readWeights('sepFilter2d', 'kernelY', kernelY);
  return separableCall('sepFilter2d', source, settings, column, row, {
    type: readType('sepFilter2d', given, source.type),
    delta: checkNumber('sepFilter2d', 'options.delta', given.delta, 0),
    anchor: readAnchor('sepFilter2d', given, column.length, row.length),
  });
}

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

/** Far beyond it a kernel would be longer than any image. */
const MOST_SIGMA = 10_000;

function gaussianBlur(door: Door, image: ImageLike, options: unknown): ImageCall {
  const { settings, source, given } = open(GAUSSIAN_BLUR, door, image, options);
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
    return Float32Array.from((fixed ? fixedGaussianKernel : gaussianKernel)(size, sigma[axis]));
  };
  const rounding = fixed ? 'up' : 'even';
  const result: Result = { type: source.type, delta: 0, rounding };
  return separableCall('gaussianBlur', source, settings, kernel(0), kernel(1), result);
}

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
  const { settings, source, given } = open(family, door, image, options);
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

function plane(rows: readonly (readonly number[])[], scale: number): Kernel2d {
  const weights = Float32Array.from(
    rows.flatMap((row) => [...row]),
    (weight) => weight * scale,
  );
  return { weights, height: rows.length, width: rows[0].length };
}

function laplacian(door: Door, image: ImageLike, options: unknown): ImageCall {
  const { settings, source, given } = open(LAPLACIAN, door, image, options);
  const scale = checkNumber('laplacian', 'options.scale', given.scale, 1);
  const kernel = plane(laplacianKernel(readKernelSize('laplacian', given, 1)), scale);
  return filterCall('laplacian', source, settings, kernel, {
    type: readType('laplacian', given, signedType(source)),
    delta: checkNumber('laplacian', 'options.delta', given.delta, 0),
  });
}

function sharpen(door: Door, image: ImageLike, options: unknown): ImageCall {
  const { settings, source, given } = open(SHARPEN, door, image, options);
  const amount = checkNumber('sharpen', 'options.amount', given.amount, 1);
  const rows = [
    [0, -amount, 0],
    [-amount, 1 + 4 * amount, -amount],
    [0, -amount, 0],
  ];
  return filterCall('sharpen', source, settings, plane(rows, 1), { type: source.type, delta: 0 });
}

/** The result of `type`, or of any pixel type where an option says it. */
type Filtered<I extends ImageLike> = ImageCall<ImageOf<I, PixelType>>;
/** Rows of weights, or a tensor `[kH, kW]`. */
export type KernelLike =
  | readonly (readonly number[])[]
  | { readonly data: ArrayLike<number>; readonly dims: readonly number[] };

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
export const prepareGaussianBlur = <I extends ImageLike>(
  door: Door,
  image: I,
  options: GaussianBlurOptions,
) => gaussianBlur(door, image, options) as Filtered<I>;
export const prepareSobel = <I extends ImageLike>(door: Door, image: I, options?: DerivativeOptions) =>
  sobel(door, image, options) as Filtered<I>;
export const prepareScharr = <I extends ImageLike>(door: Door, image: I, options?: ScharrOptions) =>
  scharr(door, image, options) as Filtered<I>;
export const prepareLaplacian = <I extends ImageLike>(door: Door, image: I, options?: LaplacianOptions) =>
  laplacian(door, image, options) as Filtered<I>;
export const prepareSharpen = <I extends ImageLike>(door: Door, image: I, options?: SharpenOptions) =>
  sharpen(door, image, options) as Filtered<I>;
