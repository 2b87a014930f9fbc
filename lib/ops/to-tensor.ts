// toTensor: images resized, cropped, padded, normalised and laid out for a model, each by one call. Layer: operators.
// SPDX-License-Identifier: MIT

import { checkChoice, checkFinite, readArray } from '../check.ts';
import { describe, formatDims, rangeError, typeError } from '../errors.ts';
import { product } from '../geometry.ts';
import type { ImageBatch, ImageCall } from '../image/call.ts';
import { ImageTensor, type ImageTensorType, ImageTransform, TENSOR_TYPES } from '../image/image-tensor.ts';
import {
  type ImageView,
  type PixelArray,
  type PixelsLike,
  type PixelType,
  readImage,
} from '../image/pixels.ts';
import type { Fit, Placement, Region, Size } from '../image/placement.ts';
import {
  type Axis,
  axisTable,
  type Coordinates,
  type ResizeFilter,
  type Sampling,
} from '../image/resample.ts';
import { resultMemory } from '../memory.ts';
import type { Door } from '../options.ts';
import { type ElementType, Tensor, type TensorData } from '../tensor.ts';
import {
  type ImageOptions,
  type ImageSettings,
  imageFamily,
  overlaps,
  parseImageOptions,
  pictureOf,
} from './image.ts';
import { axesOf, readSampling, weightTable } from './sampling.ts';
import { placeImage, readGroup, without } from './tensor-placement.ts';

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
  'type',
]);
const RESIZE_NAMES = [
  ...['width', 'height', 'shortest', 'longest', 'fit'],
  ...['filter', 'antialias', 'coordinates', 'cubic', 'box'],
];
const MOST = { uint8: 255, uint16: 65535, int16: 32767, float32: 1 } as const;

type Given = ImageSettings['given'];

/** Options that are the same for every image of a batch. */
interface Shared {
  readonly given: Given;
  readonly resize: Given;
  readonly sampling: Sampling;
  readonly type: ImageTensorType;
  readonly order: 'rgb' | 'bgr' | 'gray';
  readonly blend: boolean;
  readonly last: boolean;
}

function readShared({ given, layout }: ImageSettings): Shared {
  const choice = <C extends string>(name: string, choices: readonly [C, ...C[]]): C =>
    given[name] === undefined ? choices[0] : checkChoice(NAME, `options.${name}`, given[name], choices);
  const resize = readGroup('options.resize', given.resize, RESIZE_NAMES);
  const blend = choice('alpha', ['drop', 'blend']) === 'blend';
  if (given.background !== undefined && !blend) throw without('background', "alpha: 'blend'");
  if (given.pad !== undefined && resize.fit !== 'contain') throw without('pad', "resize.fit: 'contain'");
  return {
    given,
    resize,
    sampling: readSampling(NAME, 'options.resize', resize, 'bilinear'),
    type: choice('type', TENSOR_TYPES),
    order: choice('channels', ['rgb', 'bgr', 'gray']),
    blend,
    last: layout === 'NHWC',
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

function defaultScale(source: PixelType, target: ImageTensorType): number {
  if (source !== 'uint8' && source !== 'uint16') return 1;
  return (target === 'uint8' ? 255 : 1) / MOST[source];
}

/** The last two tables: where the image lies, and what becomes of each channel (lib/image/call.ts). */
function finishTables(
  shared: Shared,
  image: ImageView,
  placed: Placement,
): readonly [Int32Array, Float64Array] {
  const { given, order, type } = shared;
  const hasAlpha = image.channels % 2 === 0;
  const blend = shared.blend && hasAlpha;
  const coloured = image.channels >= 3;
  const gray = order === 'gray' && coloured;
  const outputs = order === 'gray' ? 1 : 3;
  const sources = order === 'gray' || !coloured ? new Array<number>(outputs).fill(0) : [0, 1, 2];
  if (order === 'bgr') sources.reverse();
  const scale =
    given.scale === undefined
      ? defaultScale(image.type, type)
      : checkFinite(NAME, 'options.scale', given.scale);
  const [mean, std] = [
    readPerChannel('mean', given.mean, outputs, 0),
    readPerChannel('std', given.std, outputs, 1),
  ];
  if (std.includes(0)) throw rangeError('ERR_CONV_OPTION', NAME, 'options.std divides, and may not be 0');
  const colour = readColour('pad', given.pad, image.type, 0);
  const pad = order === 'gray' ? [grayPad(colour)] : order === 'bgr' ? [...colour].reverse() : colour;
  const values = mean.flatMap((m, k) => [scale / std[k], -m / std[k], pad[k]]);
  const background = readColour('background', given.background, image.type, MOST[image.type]);
  return [
    Int32Array.of(placed.left, placed.top, Number(gray), Number(blend), ...sources),
    Float64Array.of(...values, ...background),
  ];
}

function grayPad([red, green, blue]: readonly number[]): number {
  if (red === green && green === blue) return red;
  const message = 'options.pad must be one grey value for a gray tensor';
  throw rangeError('ERR_CONV_OPTION', NAME, message);
}

/** The tables of the part that is kept. */
function resampleTables(sampling: Sampling, image: ImageView, placed: Placement) {
  const { box, resized, crop } = placed;
  const { rows, columns } = axesOf(image, box, resized);
  const part = (axis: Axis, first: number, count: number) => {
    const { taps, bounds, weights } = axisTable(axis, sampling);
    const kept = weights.subarray(first * taps, (first + count) * taps);
    return {
      taps,
      tables: [bounds.subarray(2 * first, 2 * (first + count)), weightTable(image.type, kept)],
    };
  };
  return [part(rows, crop.top, crop.height), part(columns, crop.left, crop.width)] as const;
}

function transformOf(
  { width, height }: ImageView,
  { box, resized, crop, left, top }: Placement,
): ImageTransform {
  const [scaleX, scaleY] = [resized.width / box.width, resized.height / box.height];
  const offsetX = left - crop.left - box.left * scaleX;
  const offsetY = top - crop.top - box.top * scaleY;
  return new ImageTransform({ scaleX, scaleY, offsetX: offsetX + 0, offsetY: offsetY + 0, width, height });
}

const ARRAYS = { float32: Float32Array, float16: Uint16Array, uint8: Uint8Array } as const;

function readOut(
  value: unknown,
  type: ImageTensorType,
  dims: readonly number[],
): TensorData<ImageTensorType> {
  if (typeof value !== 'object' || value === null) {
    const message = `options.out must be a tensor {data, dims}, got ${describe(value)}`;
    throw typeError('ERR_CONV_SHAPE', NAME, message);
  }
  const { data, dims: given, shape } = value as Record<string, unknown>;
  const held = new Tensor<ElementType>(data as TensorData<ElementType>, (given ?? shape) as number[]);
  // Whatever realm the array is of; the bits of float16 lie in a Uint16Array.
  if (held.type !== (type === 'float16' ? 'uint16' : type)) {
    throw typeError('ERR_CONV_DTYPE', NAME, `options.out is ${held.type}, the result is ${type}`);
  }
  if (held.dims.length === 4 && held.dims.every((size, axis) => size === dims[axis]))
    return held.data as TensorData<ImageTensorType>;
  const message = `options.out is ${formatDims(held.dims)}, the result is ${formatDims(dims)}`;
  throw rangeError('ERR_CONV_SHAPE', NAME, message);
}

function readImages(value: unknown): ImageView[] {
  const list = Array.isArray(value) ? Array.from(value as readonly unknown[]) : [value];
  if (list.length === 0) throw rangeError('ERR_CONV_SHAPE', NAME, 'images is empty');
  return list.map((image, i) => {
    const name = Array.isArray(value) ? `images[${i}]` : 'image';
    const view = readImage(NAME, name, image, 'NHWC');
    if (view.dims === null) return view;
    const message = `${name} must be pixels {data, width, height, channels}, got a tensor ${formatDims(view.dims)}`;
    throw typeError('ERR_CONV_SHAPE', NAME, message);
  });
}

function checkSizes(placements: readonly Placement[]): Size {
  const [{ size }] = placements;
  for (const [i, { size: other }] of placements.entries()) {
    if (other.width === size.width && other.height === size.height) continue;
    const message = `images[${i}] becomes ${other.width}×${other.height}, images[0] ${size.width}×${size.height}; a batch needs one size, as by resize: {width, height} or crop`;
    throw rangeError('ERR_CONV_SHAPE', NAME, message);
  }
  return size;
}

export function prepareToTensor(
  door: Door,
  images: PixelsLike | readonly PixelsLike[],
  options?: ToTensorOptions,
): ImageBatch<ImageTensor> {
  const settings = parseImageOptions(FAMILY, door, options);
  const shared = readShared(settings);
  const views = readImages(images);
  const placements = views.map((view) => placeImage(shared.given.crop, shared.resize, view));
  const { width, height } = checkSizes(placements);
  const channels = shared.order === 'gray' ? 1 : 3;
  const dims = shared.last
    ? [views.length, height, width, channels]
    : [views.length, channels, height, width];
  const finishes = views.map((view, i) => finishTables(shared, view, placements[i]));
  const { out } = settings.given;
  const { type } = shared;
  const data =
    out === undefined
      ? resultMemory<TensorData<ImageTensorType>>(NAME, type, ARRAYS[type], product(dims))
      : readOut(out, type, dims);
  if (views.some((view) => overlaps(data, view.data)))
    throw rangeError('ERR_CONV_OVERLAP', NAME, 'options.out shares memory with an image');
  const transforms = views.map((view, i) => transformOf(view, placements[i]));
  const result = new ImageTensor(data, dims, shared.type, transforms);
  const calls = views.map((view, i): ImageCall => {
    const [rows, columns] = resampleTables(shared.sampling, view, placements[i]);
    const [planes, interleaved] = shared.last ? [1, channels] : [channels, 1];
    const rowStride = width * interleaved;
    const area = height * width * channels;
    return {
      operator: NAME,
      geometry: {
        operation: 'tensor',
        planes: 1,
        channels: view.channels,
        source: pictureOf(view),
        // Only the loops of `tensor` see a float16.
        target: { type: shared.type as PixelType, height, width, rowStride, planeStride: height * rowStride },
        border: 'zeros',
        kernelHeight: rows.taps,
        kernelWidth: columns.taps,
        anchorY: 0,
        anchorX: 0,
        delta: 0,
        rounding: 'even',
        targetPlanes: planes,
        targetChannels: interleaved,
      },
      source: view.data,
      target: data.subarray(i * area, (i + 1) * area) as PixelArray,
      tables: [...rows.tables, ...columns.tables, ...finishes[i]],
      threads: settings.threads,
      signal: settings.signal,
      result,
    };
  });
  return { calls, result };
}
