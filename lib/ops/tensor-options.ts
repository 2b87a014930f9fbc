// The options of toTensor, as callers write them and as they are read: all that can be said of them before an image is
// seen. Layer: operators.
// SPDX-License-Identifier: MIT

import { checkChoice, checkFinite, readArray } from '../check.ts';
import { describe, rangeError } from '../errors.ts';
import { type ImageTensorType, TENSOR_TYPES } from '../image/image-tensor.ts';
import { IMAGE_LAYOUTS, type ImageLayout, type PixelType } from '../image/pixels.ts';
import type { Fit, Region, Size } from '../image/placement.ts';
import type { Coordinates, ResizeFilter, Sampling } from '../image/resample.ts';
import type { Door } from '../options.ts';
import { type ImageOptions, type ImageSettings, imageFamily, parseImageOptions } from './image.ts';
import { readSampling } from './sampling.ts';
import { type Placing, RESIZE_NAMES, readGroup, readPlacing, without } from './tensor-placement.ts';

export interface ToTensorResize {
  /** Of the result; where one of the two is missing, it follows from the aspect ratio. */
  readonly width?: number;
  readonly height?: number;
  /** Instead of width and height: the length of the shorter side (torchvision's rounding). */
  readonly shortest?: number;
  /** Instead of width and height: the length of the longer side. */
  readonly longest?: number;
  /**
   * With both width and height: `'fill'` (default) stretches; `'cover'` takes the middle part of their aspect ratio
   * (Pillow's ImageOps.fit); `'contain'` leaves borders of the colour `pad` (a letterbox, as Ultralytics').
   */
  readonly fit?: Fit;
  /** Default `'bilinear'`. */
  readonly filter?: ResizeFilter;
  readonly antialias?: boolean;
  readonly coordinates?: Coordinates;
  readonly cubic?: number;
  /** The part of the image to take; by default all of it. */
  readonly box?: Region;
}

/** A number for every channel, or one for each. */
export type PerChannel = number | readonly number[];

export interface ToTensorOptions extends Omit<ImageOptions, 'out'> {
  readonly resize?: ToTensorResize;
  /** After resizing: the middle part of this size, or the one at `left`, `top`. */
  readonly crop?: Size & { readonly left?: number; readonly top?: number };
  /** Colour of the borders that `fit: 'contain'` leaves, as pixels have it: grey or [red, green, blue]. Default 0. */
  readonly pad?: PerChannel;
  /** Taken from x·scale, of each channel of the tensor in turn. Default 0. */
  readonly mean?: PerChannel;
  /** Divides what is left. Default 1. */
  readonly std?: PerChannel;
  /** By default what makes 1 of the brightest uint8 or uint16 pixel (255, in a uint8 tensor); other types: 1. */
  readonly scale?: number;
  /** Order of the tensor's channels: `'rgb'` (default), `'bgr'`, or one, `'gray'`. */
  readonly channels?: 'rgb' | 'bgr' | 'gray';
  /** An alpha channel is left out (`'drop'`, default), or blended over `background` (`'blend'`). */
  readonly alpha?: 'drop' | 'blend';
  /** With `alpha: 'blend'`: grey or [red, green, blue], as pixels have it. Default white. */
  readonly background?: PerChannel;
  /** Order of the tensor's axes: `'NCHW'` (default) or `'NHWC'`. */
  readonly layout?: 'NCHW' | 'NHWC';
  /** Of images that are tensors themselves: `'NCHW'` (default) or `'NHWC'`. */
  readonly sourceLayout?: ImageLayout;
  /** Of the tensor: `'float32'` (default), `'float16'` (bits in a Uint16Array) or `'uint8'`, rounded and clamped. */
  readonly type?: ImageTensorType;
  /** A tensor of the result's dims and type to write to; the result shares its data. */
  readonly out?: { readonly data: ArrayLike<unknown>; readonly dims: readonly number[] };
}

const NAME = 'toTensor';
const FAMILY = imageFamily(NAME, [
  'resize',
  'crop',
  'pad',
  'mean',
  'std',
  'scale',
  'channels',
  'alpha',
  'background',
  'sourceLayout',
  'type',
]);
/** The brightest value of each type of pixels. */
const MOST = { uint8: 255, uint16: 65535, int16: 32767, float32: 1 } as const;

/** Options that are the same for every image of a batch. */
export interface TensorSettings extends ImageSettings {
  readonly placing: Placing;
  readonly sampling: Sampling;
  readonly type: ImageTensorType;
  readonly order: 'rgb' | 'bgr' | 'gray';
  /** Of the tensor. */
  readonly channels: 1 | 3;
  /** Whether alpha is blended, where there is one. */
  readonly blend: boolean;
  /** Of images that are tensors, if it was given. */
  readonly sourceLayout: ImageLayout | undefined;
  /** Whether channels are the last axis. */
  readonly last: boolean;
  readonly scale: number | undefined;
  /** One for each channel of the tensor. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** @throws TypeError or RangeError `ERR_CONV_OPTION` for what no image could be used with. */
export function readTensorOptions(door: Door, options: unknown): TensorSettings {
  const settings = parseImageOptions(FAMILY, door, options);
  const { given, layout, threads, signal } = settings;
  const choice = <C extends string>(name: string, choices: readonly [C, ...C[]]): C =>
    given[name] === undefined ? choices[0] : checkChoice(NAME, `options.${name}`, given[name], choices);
  const resize = readGroup('options.resize', given.resize, RESIZE_NAMES);
  const blend = choice('alpha', ['drop', 'blend']) === 'blend';
  if (given.background !== undefined && !blend) throw without('background', "alpha: 'blend'");
  if (given.pad !== undefined && resize.fit !== 'contain') throw without('pad', "resize.fit: 'contain'");
  const order = choice('channels', ['rgb', 'bgr', 'gray']);
  const channels = order === 'gray' ? 1 : 3;
  const std = readPerChannel('std', given.std, channels, 1);
  if (std.includes(0)) throw rangeError('ERR_CONV_OPTION', NAME, 'options.std divides, and may not be 0');
  return {
    given,
    layout,
    threads,
    signal,
    placing: readPlacing(given.crop, resize),
    sampling: readSampling(NAME, 'options.resize', resize, 'bilinear'),
    type: choice('type', TENSOR_TYPES),
    order,
    channels,
    blend,
    sourceLayout: given.sourceLayout === undefined ? undefined : choice('sourceLayout', IMAGE_LAYOUTS),
    last: layout === 'NHWC',
    scale: given.scale === undefined ? undefined : checkFinite(NAME, 'options.scale', given.scale),
    mean: readPerChannel('mean', given.mean, channels, 0),
    std,
  };
}

function readPerChannel(name: string, value: unknown, count: number, byDefault: number): number[] {
  if (value === undefined) return new Array<number>(count).fill(byDefault);
  const values = Array.isArray(value) ? readArray(NAME, `options.${name}`, value) : [value];
  if (values.length !== count && values.length !== 1) {
    const message = `options.${name} must be a number or ${count} of them, got ${describe(value)}`;
    throw rangeError('ERR_CONV_OPTION', NAME, message);
  }
  for (const number of values) checkFinite(NAME, `options.${name}`, number);
  return values.length === count ? (values as number[]) : new Array<number>(count).fill(values[0] as number);
}

/** Colours, whose range depends on the type of the pixels. */
export interface Colours {
  /** One for each channel of the tensor, in its order. */
  readonly pad: readonly number[];
  /** Red, green, blue. */
  readonly background: readonly number[];
}

/** @throws RangeError `ERR_CONV_OPTION` for colours that pixels of this type cannot have. */
export function readColours({ given, order }: TensorSettings, type: PixelType): Colours {
  const colour = readColour('pad', given.pad, type, 0);
  const pad = order === 'gray' ? [grayPad(colour)] : order === 'bgr' ? [...colour].reverse() : colour;
  return { pad, background: readColour('background', given.background, type, MOST[type]) };
}

/** A colour as the image's pixels have it. */
function readColour(name: string, value: unknown, type: PixelType, byDefault: number): number[] {
  const colour = readPerChannel(name, value, 3, byDefault);
  const [least, most] = type === 'int16' ? [-32768, 32767] : [0, MOST[type]];
  for (const number of colour) {
    if (type === 'float32' || (Number.isInteger(number) && number >= least && number <= most)) continue;
    const message = `options.${name} must be whole numbers from ${least} to ${most} for ${type} pixels, got ${describe(value)}`;
    throw rangeError('ERR_CONV_OPTION', NAME, message);
  }
  return colour;
}

function grayPad([red, green, blue]: readonly number[]): number {
  if (red === green && green === blue) return red;
  const message = 'options.pad must be one grey value for a gray tensor';
  throw rangeError('ERR_CONV_OPTION', NAME, message);
}

/** What makes 1, or 255 in a tensor of bytes, of the brightest pixel, for the types that have one. */
export function defaultScale(source: PixelType, target: ImageTensorType): number {
  if (source !== 'uint8' && source !== 'uint16') return 1;
  return (target === 'uint8' ? 255 : 1) / MOST[source];
}
