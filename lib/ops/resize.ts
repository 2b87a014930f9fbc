// resize: images resampled by separable filters, antialiased as Pillow does it, or interpolated as ONNX Resize,
// PyTorch and TensorFlow.js do. Layer: operators.
// SPDX-License-Identifier: MIT

import { checkChoice, checkInteger, readProperties } from '../check.ts';
import { describe, rangeError, typeError } from '../errors.ts';
import type { ImageCall } from '../image/call.ts';
import {
  type ImageLike,
  type ImageOf,
  type ImageView,
  type PixelTypeOf,
  readImage,
} from '../image/pixels.ts';
import {
  type Axis,
  axisTable,
  COORDINATES,
  type Coordinates,
  quantised,
  RESIZE_FILTERS,
  type ResizeFilter,
  type Sampling,
} from '../image/resample.ts';
import type { Door } from '../options.ts';
import { assembleImage, type ImageOptions, imageFamily, parseImageOptions } from './image.ts';

/** A part of an image in pixels, which may begin and end between two of them. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

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

function readSampling(given: Given): Sampling {
  const { filter, antialias = true, coordinates, cubic } = given;
  if (typeof antialias !== 'boolean') {
    throw typeError(
      'ERR_CONV_OPTION',
      'resize',
      `options.antialias must be a boolean, got ${describe(antialias)}`,
    );
  }
  const chosen =
    filter === undefined ? 'bicubic' : checkChoice('resize', 'options.filter', filter, RESIZE_FILTERS);
  if (cubic !== undefined && chosen !== 'bicubic') {
    const message = `options.cubic belongs to the filter 'bicubic', the filter is '${chosen}'`;
    throw rangeError('ERR_CONV_OPTION', 'resize', message);
  }
  // Far outside of this the weights of uint8 images could overflow; the published values are −0.5 and −0.75.
  const a = cubic === undefined ? (antialias ? -0.5 : -0.75) : checkNumber('options.cubic', cubic, -1, 0);
  return {
    filter: chosen,
    antialias,
    coordinates:
      coordinates === undefined
        ? 'half-pixel'
        : checkChoice('resize', 'options.coordinates', coordinates, COORDINATES),
    cubic: chosen === 'bicubic' ? a : 0,
  };
}

function checkNumber(name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number') {
    throw typeError('ERR_CONV_OPTION', 'resize', `${name} must be a number, got ${describe(value)}`);
  }
  if (value >= least && value <= most) return value;
  throw rangeError(
    'ERR_CONV_OPTION',
    'resize',
    `${name} must lie between ${least} and ${most}, got ${describe(value)}`,
  );
}

function readBox(value: unknown, { width, height }: ImageView): Box {
  if (value === undefined) return { left: 0, top: 0, width, height };
  if (typeof value !== 'object' || value === null) {
    const message = `options.box must be {left, top, width, height}, got ${describe(value)}`;
    throw typeError('ERR_CONV_OPTION', 'resize', message);
  }
  const box = readProperties(value);
  const left = checkNumber('options.box.left', box.left, 0, width);
  const top = checkNumber('options.box.top', box.top, 0, height);
  const size = (name: 'width' | 'height', most: number): number => {
    const length = checkNumber(`options.box.${name}`, box[name], 0, most);
    if (length > 0) return length;
    throw rangeError('ERR_CONV_OPTION', 'resize', `options.box.${name} must be positive, got 0`);
  };
  return { left, top, width: size('width', width - left), height: size('height', height - top) };
}

function readSize({ width, height }: Given, box: Box): { readonly width: number; readonly height: number } {
  if (width === undefined && height === undefined) {
    const message = 'options must say the width, the height or both of the result';
    throw typeError('ERR_CONV_OPTION', 'resize', message);
  }
  const given = (name: 'width' | 'height', value: unknown) =>
    value === undefined ? null : checkInteger('resize', `options.${name}`, value, 1);
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
  const sampling = readSampling(settings.given);
  const box = readBox(settings.given.box, source);
  const { width, height } = readSize(settings.given, box);
  const rows: Axis = { size: source.height, begin: box.top, end: box.top + box.height, outputs: height };
  const columns: Axis = { size: source.width, begin: box.left, end: box.left + box.width, outputs: width };
  const [vertical, horizontal] = [axisTable(rows, sampling), axisTable(columns, sampling)];
  const weights = ({ weights }: { readonly weights: Float64Array }) =>
    source.type === 'uint8' ? quantised(weights) : weights;
  return assembleImage('resize', source, settings, {
    operation: 'resample',
    height,
    width,
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
