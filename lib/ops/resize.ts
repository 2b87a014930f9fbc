// resize: images resampled by separable filters, antialiased as Pillow does it, or interpolated as ONNX Resize,
// PyTorch and TensorFlow.js do. Layer: operators.
// SPDX-License-Identifier: MIT

import { checkInteger } from '../check.ts';
import { typeError } from '../errors.ts';
import type { ImageCall } from '../image/call.ts';
import {
  type ImageLike,
  type ImageOf,
  type ImageView,
  type PixelTypeOf,
  readImage,
} from '../image/pixels.ts';
import type { Region, Size } from '../image/placement.ts';
import {
  type Axis,
  type AxisTable,
  axisTable,
  type Coordinates,
  quantised,
  type ResizeFilter,
} from '../image/resample.ts';
import type { Door } from '../options.ts';
import {
  assembleImage,
  type ImageOptions,
  type ImageSettings,
  imageFamily,
  parseImageOptions,
} from './image.ts';
import { readBox, readSampling } from './sampling.ts';

/** A part of an image in pixels, which may begin and end between two of them. */
export type Box = Region;

export interface ResizeOptions<Out extends ImageLike = ImageLike> extends ImageOptions<Out> {
  /** Of the result; where one of the two is missing, it follows from the aspect ratio. */
  readonly width?: number;
  readonly height?: number;
  /** Default `'bicubic'`. */
  readonly filter?: ResizeFilter;
  /** Widens the filter where the image shrinks, so that every pixel counts. Default `true`. */
  readonly antialias?: boolean;
  /**
   * Which point of the source an output pixel stands for: `'half-pixel'` (default; pixels are areas),
   * `'align-corners'` (corner pixels stay where they are) or `'asymmetric'` (o·scale).
   */
  readonly coordinates?: Coordinates;
  /** The bicubic kernel's a: −0.5 by default with antialias (Pillow), −0.75 without (ONNX, PyTorch). */
  readonly cubic?: number;
  /** The part of the source to resize; by default all of it. */
  readonly box?: Box;
}

const FAMILY = imageFamily('resize', [
  'width',
  'height',
  'filter',
  'antialias',
  'coordinates',
  'cubic',
  'box',
]);

type Given = Readonly<Record<string, unknown>>;

export function readSize(operator: string, { width, height }: Given, box: Size): Size {
  if (width === undefined && height === undefined) {
    const message = 'options must say the width, the height or both of the result';
    throw typeError('ERR_CONV_OPTION', operator, message);
  }
  const given = (name: 'width' | 'height', value: unknown) =>
    value === undefined ? null : checkInteger(operator, `options.${name}`, value, 1);
  const [w, h] = [given('width', width), given('height', height)];
  const follow = (other: number, ratio: number) => Math.max(1, Math.round(other * ratio));
  return {
    width: w ?? follow(h as number, box.width / box.height),
    height: h ?? follow(w as number, box.height / box.width),
  };
}

function prepare(door: Door, image: ImageLike, options: unknown): ImageCall {
  const settings = parseImageOptions(FAMILY, door, options);
  const source = readImage('resize', 'image', image, settings.layout);
  const sampling = readSampling('resize', 'options', settings.given, 'bicubic');
  const box = readBox('resize', 'options.box', settings.given.box, source);
  const { width, height } = readSize('resize', settings.given, box);
  const rows: Axis = { size: source.height, begin: box.top, end: box.top + box.height, outputs: height };
  const columns: Axis = { size: source.width, begin: box.left, end: box.left + box.width, outputs: width };
  return resampleCall(
    'resize',
    source,
    settings,
    { table: axisTable(rows, sampling), outputs: height },
    { table: axisTable(columns, sampling), outputs: width },
  );
}

/** A table, and how many outputs it has. */
interface TabledAxis {
  readonly table: AxisTable;
  readonly outputs: number;
}

/** A call of two tables. */
export function resampleCall(
  operator: string,
  source: ImageView,
  settings: ImageSettings,
  rows: TabledAxis,
  columns: TabledAxis,
): ImageCall {
  const [vertical, horizontal] = [rows.table, columns.table];
  const weights = ({ weights }: { readonly weights: Float64Array }) =>
    source.type === 'uint8' ? quantised(weights) : weights;
  return assembleImage(operator, source, settings, {
    operation: 'resample',
    height: rows.outputs,
    width: columns.outputs,
    type: source.type,
    border: 'replicate',
    kernelHeight: vertical.taps,
    kernelWidth: horizontal.taps,
    anchorY: 0,
    anchorX: 0,
    delta: 0,
    rounding: 'even',
    tables: [vertical.bounds, weights(vertical), horizontal.bounds, weights(horizontal)],
  });
}

export const prepareResize = <I extends ImageLike>(
  door: Door,
  image: I,
  options: ResizeOptions,
): ImageCall<ImageOf<I, PixelTypeOf<I>>> =>
  prepare(door, image, options) as ImageCall<ImageOf<I, PixelTypeOf<I>>>;
