// What filters of images share: options and kernels as callers write them, the calls that they become. Anchors, borders
// and rounding are OpenCV's. Layer: operators.
// SPDX-License-Identifier: MIT

import { checkChoice, checkFinite, checkInteger, checkLength, readArray, readOnce } from '../check.ts';
import { describe, rangeError, typeError } from '../errors.ts';
import { PADDING_MODES, type PaddingMode } from '../geometry.ts';
import type { ImageCall, Rounding } from '../image/call.ts';
import {
  type ImageLike,
  type ImageOf,
  type ImageView,
  PIXEL_TYPES,
  type PixelType,
  readImage,
} from '../image/pixels.ts';
import type { Door } from '../options.ts';
import { parsePerAxis } from '../padding.ts';
import {
  assembleImage,
  type ImageFamily,
  type ImageOptions,
  type ImageSettings,
  parseImageOptions,
} from './image.ts';

export interface BorderOptions extends ImageOptions {
  /** What lies beyond the edges: `'reflect'` by default (dcb·abcd·cba, OpenCV's BORDER_REFLECT_101). */
  readonly border?: PaddingMode;
}

export const BORDER = ['border'];

export type Given = ImageSettings['given'];

/** The result of `type`, or of any pixel type where an option says it. */
export type Filtered<I extends ImageLike> = ImageCall<ImageOf<I, PixelType>>;

/** A call's parts that every filter starts with. */
export function openFilter(family: ImageFamily, door: Door, image: ImageLike, options: unknown) {
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

/** The most weights of a kernel, which are read while the event loop waits. */
export const MOST_WEIGHTS = 2 ** 16;
/** The most rows of one that is not a tensor: each is an array of its own, which takes longer to find than to read. */
const MOST_ROWS = 2 ** 14;

/** Numbers of an array or a typed array. */
export function readWeights(operator: string, name: string, value: unknown): Float32Array {
  const weights = new Float32Array(readLength(operator, name, value, MOST_WEIGHTS));
  copyWeights(operator, (i) => `${name}[${i}]`, value as ArrayLike<unknown>, weights, 0, weights.length);
  return weights;
}

function readLength(operator: string, name: string, value: unknown, most: number): number {
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) {
    const message = `${name} must be an array of numbers, got ${describe(value)}`;
    throw typeError('ERR_CONV_SHAPE', operator, message);
  }
  const length = checkLength(operator, name, value as ArrayLike<unknown>, 'ERR_CONV_SHAPE', most);
  if (length > 0) return length;
  throw rangeError('ERR_CONV_SHAPE', operator, `${name} is empty`);
}

/** Reads each value once, into `weights` from `at` on. */
function copyWeights(
  operator: string,
  nameOf: (i: number) => string,
  values: ArrayLike<unknown>,
  weights: Float32Array,
  at: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const value = values[i];
    weights[at + i] = typeof value === 'number' ? value : Number.NaN;
    if (Number.isFinite(weights[at + i])) continue;
    const weight = checkFinite(operator, nameOf(i), value);
    throw rangeError('ERR_CONV_OPTION', operator, `${nameOf(i)} is beyond float32: ${weight}`);
  }
}

export interface Kernel2d {
  readonly weights: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** Rows of weights, 16,384 of them at most, or a tensor `[kH, kW]`: at most 65,536 weights. */
export type KernelLike =
  | readonly (readonly number[])[]
  | { readonly data: ArrayLike<number>; readonly dims: readonly number[] };

/** Rows of numbers, or a tensor of two axes. */
export function readKernel(operator: string, value: unknown): Kernel2d {
  return Array.isArray(value) ? readRows(operator, value) : readTensor(operator, value);
}

function readRows(operator: string, value: readonly unknown[]): Kernel2d {
  if (value.length > MOST_ROWS) {
    const message = `kernel has ${describe(value.length)} rows, more than ${MOST_ROWS}: pass a tensor {data, dims}`;
    throw rangeError('ERR_CONV_SHAPE', operator, message);
  }
  const rows = readArray(operator, 'kernel', value, 'ERR_CONV_SHAPE', MOST_ROWS);
  const height = rows.length;
  if (height === 0) throw rangeError('ERR_CONV_SHAPE', operator, 'kernel is empty');
  const most = Math.floor(MOST_WEIGHTS / height);
  const width = readLength(operator, 'kernel[0]', rows[0], most);
  const weights = new Float32Array(height * width);
  let y = 0;
  const nameOf = (x: number) => `kernel[${y}][${x}]`;
  for (; y < height; y++) {
    const row = rows[y] as ArrayLike<unknown>;
    // Names are for errors only: there may be tens of thousands of rows.
    const isLike = Array.isArray(row) && row.length === width;
    if (!isLike && readLength(operator, `kernel[${y}]`, row, most) !== width) {
      throw rangeError('ERR_CONV_SHAPE', operator, 'the rows of kernel must be equally long');
    }
    copyWeights(operator, nameOf, row, weights, y * width, width);
  }
  return { weights, height, width };
}

function readTensor(operator: string, value: unknown): Kernel2d {
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

export interface FilterResult {
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
  { type, delta, anchor = [Math.floor(height / 2), Math.floor(width / 2)] }: FilterResult,
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
  }: FilterResult,
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

/** Rows of weights, times a factor. */
export function plane(rows: readonly (readonly number[])[], scale: number): Kernel2d {
  const weights = Float32Array.from(
    rows.flatMap((row) => [...row]),
    (weight) => weight * scale,
  );
  return { weights, height: rows.length, width: rows[0].length };
}
