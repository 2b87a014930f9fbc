// boxBlur: the mean of a rectangle. Layer: operators.
// SPDX-License-Identifier: MIT

import { readArray } from '../check.ts';
import { rangeError, typeError } from '../errors.ts';
import type { ImageCall } from '../image/call.ts';
import { type ImageLike, type ImageOf, type PixelTypeOf, readImage } from '../image/pixels.ts';
import type { Door } from '../options.ts';
import { type PerAxis, parsePerAxis } from '../padding.ts';
import { BORDER, type BorderOptions, readAnchor, readBorder, separableCall } from './filtering.ts';
import { assembleImage, imageFamily, parseImageOptions } from './image.ts';

export interface BoxBlurOptions extends BorderOptions {
  /** Of the rectangle, in pixels, or [y, x]. */
  readonly kernelSize: PerAxis;
  /** The pixel of the rectangle that stands over the output, [y, x]; the middle by default, ⌊size ÷ 2⌋. */
  readonly anchor?: PerAxis;
}

const FAMILY = imageFamily('boxBlur', [...BORDER, 'kernelSize', 'anchor']);
/** Sums of as many bytes fit 32 bits. */
const MOST_AREA = 2 ** 23;

function readSize(kernelSize: unknown): readonly [height: number, width: number] {
  if (kernelSize === undefined) throw typeError('ERR_CONV_OPTION', 'boxBlur', 'options must say kernelSize');
  const list = Array.isArray(kernelSize)
    ? readArray('boxBlur', 'options.kernelSize', kernelSize)
    : kernelSize;
  const [, height, width] = parsePerAxis('boxBlur', 'options.kernelSize', list, 2, 1, 1);
  if (height * width <= MOST_AREA) return [height, width];
  const message = `options.kernelSize must not hold more than ${MOST_AREA} pixels, got ${height}×${width}`;
  throw rangeError('ERR_CONV_OPTION', 'boxBlur', message);
}

function boxBlur(door: Door, image: ImageLike, options: unknown): ImageCall {
  const settings = parseImageOptions(FAMILY, door, options);
  const source = readImage('boxBlur', 'image', image, settings.layout);
  const { given } = settings;
  const [height, width] = readSize(given.kernelSize);
  const anchor = readAnchor('boxBlur', given, height, width);
  if (source.type !== 'uint8') {
    const mean = (size: number) => new Float32Array(size).fill(1 / size);
    const result = { type: source.type, delta: 0, anchor };
    return separableCall('boxBlur', source, settings, mean(height), mean(width), result);
  }
  return assembleImage('boxBlur', source, settings, {
    operation: 'box',
    height: source.height,
    width: source.width,
    type: source.type,
    border: readBorder('boxBlur', given),
    kernelHeight: height,
    kernelWidth: width,
    anchorY: anchor[0],
    anchorX: anchor[1],
    delta: 0,
    rounding: 'even',
    tables: [],
  });
}

export const prepareBoxBlur = <I extends ImageLike>(
  door: Door,
  image: I,
  options: BoxBlurOptions,
): ImageCall<ImageOf<I, PixelTypeOf<I>>> =>
  boxBlur(door, image, options) as ImageCall<ImageOf<I, PixelTypeOf<I>>>;
