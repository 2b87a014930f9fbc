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
import { followAspect, type Region, type Size } from '../image/placement.ts';
import {
  type Axis,
  type Coordinates,
  type PackedAxis,
  packAxis,
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
import { axesOf, readBox, readSampling, SAMPLING_NAMES } from './sampling.ts';

/** A part of an image in pixels, which may begin and end between two of them. */
export type Box = Region;

export interface ResizeOptions<Out extends ImageLike = ImageLike> extends ImageOptions<Out> {
  /** Of the result; where one of the two is missing, it follows from the aspect ratio. */
  readonly width?: number;
  readonly height?: number;
  /** Default `'bicubic'`. */
  readonly filter?: ResizeFilter;
  /**
   * Widens the filter where the image shrinks, so that every pixel counts. Default `true`; `false` interpolates between
   * the pixels around a point, as ONNX Resize, PyTorch and TensorFlow.js do. `'nearest'` has nothing to widen; of two
   * pixels that are equally near, `false` takes the second one (ONNX's `round_prefer_ceil`), and the default the one
   * that Pillow's sum of steps arrives at.
   */
  readonly antialias?: boolean;
  /**
   * Which point of the source an output pixel stands for: `'half-pixel'` (default; pixels are areas),
   * `'align-corners'` (corner pixels stay where they are) or `'asymmetric'` (o·scale, of which `'nearest'` takes the
   * whole part).
   */
  readonly coordinates?: Coordinates;
  /** The bicubic kernel's a: −0.5 by default with antialias (Pillow), −0.75 without (ONNX, PyTorch). */
  readonly cubic?: number;
  /** The part of the source to resize; by default all of it. */
  readonly box?: Box;
}

const FAMILY = imageFamily('resize', ['width', 'height', ...SAMPLING_NAMES, 'box']);

type Given = Readonly<Record<string, unknown>>;

export function readSize(operator: string, { width, height }: Given, box: Size): Size {
  if (width === undefined && height === undefined) {
    const message = 'options must say the width, the height or both of the result';
    throw typeError('ERR_CONV_OPTION', operator, message);
  }
  const given = (name: 'width' | 'height', value: unknown) =>
    value === undefined ? undefined : checkInteger(operator, `options.${name}`, value, 1);
  return followAspect(given('width', width), given('height', height), box);
}

function prepare(door: Door, image: ImageLike, options: unknown): ImageCall {
  const settings = parseImageOptions(FAMILY, door, options);
  const source = readImage('resize', 'image', image, settings.layout);
  const sampling = readSampling('resize', 'options', settings.given, 'bicubic');
  const box = readBox('resize', 'options.box', settings.given.box, source);
  const size = readSize('resize', settings.given, box);
  const { rows, columns } = axesOf(source, box, size);
  const pack = (axis: Axis) => packAxis('resize', axis, sampling);
  return resampleCall('resize', source, settings, size, pack(rows), pack(columns));
}

export function resampleCall(
  operator: string,
  source: ImageView,
  settings: ImageSettings,
  { width, height }: Size,
  vertical: PackedAxis,
  horizontal: PackedAxis,
): ImageCall {
  return assembleImage(operator, source, settings, {
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
    tables: [vertical.fields, horizontal.fields],
  });
}

export const prepareResize = <I extends ImageLike>(
  door: Door,
  image: I,
  options: ResizeOptions,
): ImageCall<ImageOf<I, PixelTypeOf<I>>> =>
  prepare(door, image, options) as ImageCall<ImageOf<I, PixelTypeOf<I>>>;
