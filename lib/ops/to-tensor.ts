// toTensor: images resized, cropped, padded, normalised and laid out for a model, each by one call. Layer: operators.
// SPDX-License-Identifier: MIT

import { readArray } from '../check.ts';
import { describe, formatDims, rangeError, typeError } from '../errors.ts';
import { product } from '../geometry.ts';
import type { ImageBatch, ImageCall, ImageGeometry, ImageTable } from '../image/call.ts';
import { ImageTensor, type ImageTensorType, ImageTransform } from '../image/image-tensor.ts';
import {
  type ImageLayout,
  type ImageLike,
  type ImageView,
  MAX_CHANNELS,
  type PixelArray,
  type PixelType,
  readImage,
} from '../image/pixels.ts';
import type { Placement, Size } from '../image/placement.ts';
import { type Axis, packAxis, type Sampling } from '../image/resample.ts';
import { resultMemory } from '../memory.ts';
import type { Door } from '../options.ts';
import { checkAttached, type ElementType, Tensor, type TensorData } from '../tensor.ts';
import type { Stepwise } from '../turns.ts';
import { overlaps, pictureOf } from './image.ts';
import { axesOf } from './sampling.ts';
import {
  defaultScale,
  readColours,
  readTensorOptions,
  type TensorSettings,
  type ToTensorOptions,
} from './tensor-options.ts';
import { placeImage, without } from './tensor-placement.ts';

const NAME = 'toTensor';

/** The last two tables: where the image lies, and what becomes of each channel (lib/image/call.ts). */
function finishTables(
  settings: TensorSettings,
  image: ImageView,
  placed: Placement,
): readonly [Int32Array, Float64Array] {
  const { order, type, channels, mean, std, scale = defaultScale(image.type, type) } = settings;
  const depth = image.planes * image.channels;
  const hasAlpha = depth % 2 === 0;
  const blend = settings.blend && hasAlpha;
  const coloured = depth >= 3;
  const gray = order === 'gray' && coloured;
  const sources = order === 'gray' || !coloured ? new Array<number>(channels).fill(0) : [0, 1, 2];
  if (order === 'bgr') sources.reverse();
  const { pad, background } = readColours(settings, image.type);
  const values = mean.flatMap((m, k) => [scale / std[k], -m / std[k], pad[k]]);
  return [
    Int32Array.of(placed.left, placed.top, Number(gray), Number(blend), ...sources),
    Float64Array.of(...values, ...background),
  ];
}

/** Both axes of the part that is kept. */
function resampledAxes(sampling: Sampling, image: ImageView, { box, resized, crop }: Placement) {
  const { rows, columns } = axesOf(image, box, resized);
  const pack = (axis: Axis, first: number, count: number) =>
    packAxis(NAME, axis, sampling, { first, count, top: 0 });
  return [pack(rows, crop.top, crop.height), pack(columns, crop.left, crop.width)] as const;
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

/** The most images of an array, which is copied at once. */
const MOST_IMAGES = 2 ** 16;

/** The pictures of all images: one of pixels, all of a tensor. */
function* readImages(value: unknown, sourceLayout: ImageLayout | undefined): Stepwise<ImageView[]> {
  const isList = Array.isArray(value);
  const list = isList ? readArray(NAME, 'images', value, 'ERR_CONV_SHAPE', MOST_IMAGES) : [value];
  const views: ImageView[] = [];
  let tensors = 0;
  for (const [i, image] of list.entries()) {
    const name = isList ? `images[${i}]` : 'image';
    const view = readImage(NAME, name, image, sourceLayout ?? 'NCHW');
    yield;
    if (view.dims === null) {
      views.push(view);
    } else {
      tensors += 1;
      yield* addPictures(name, view, view.dims[0], views);
    }
  }
  if (views.length === 0) throw rangeError('ERR_CONV_SHAPE', NAME, 'images is empty');
  if (sourceLayout !== undefined && tensors === 0) throw without('sourceLayout', 'a tensor among the images');
  return views;
}

/** Those of a tensor, without a copy: channels side by side, or a plane for each. */
function* addPictures(name: string, view: ImageView, count: number, views: ImageView[]): Stepwise<void> {
  const planes = view.layout === 'NHWC' ? 1 : view.planes / Math.max(1, count);
  const channels = planes * view.channels;
  if (channels > MAX_CHANNELS) {
    const message = `${name} has ${channels} channels in layout ${view.layout}, an image at most ${MAX_CHANNELS}; sourceLayout says where they are`;
    throw rangeError('ERR_CONV_SHAPE', NAME, message);
  }
  const length = planes * view.planeStride;
  for (let n = 0; n < count; n++) {
    checkAttached(NAME, `${name}.`, view.data);
    const data = view.data.subarray(n * length, (n + 1) * length);
    views.push({ ...view, data, planes, dims: null });
    yield;
  }
}

/** What images of one shape share. */
interface ShapePlan {
  readonly size: Size;
  readonly geometry: ImageGeometry;
  readonly tables: readonly ImageTable[];
  readonly transform: ImageTransform;
}

function planShape(settings: TensorSettings, view: ImageView): ShapePlan {
  const { type, channels, last, sampling } = settings;
  const placed = placeImage(settings.placing, view);
  const { width, height } = placed.size;
  const [rows, columns] = resampledAxes(sampling, view, placed);
  const [planes, interleaved] = last ? [1, channels] : [channels, 1];
  const rowStride = width * interleaved;
  return {
    size: placed.size,
    geometry: {
      operation: 'tensor',
      planes: view.planes,
      channels: view.channels,
      source: pictureOf(view),
      // Only the loops of `tensor` see a float16.
      target: { type: type as PixelType, height, width, rowStride, planeStride: height * rowStride },
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
    tables: [rows.fields, columns.fields, ...finishTables(settings, view, placed)],
    transform: transformOf(view, placed),
  };
}

/** Images that follow one of the same shape share its plan: batches mostly are of one. */
function* planShapes(settings: TensorSettings, views: readonly ImageView[]): Stepwise<ShapePlan[]> {
  const plans: ShapePlan[] = [];
  for (const [i, view] of views.entries()) {
    plans.push(i > 0 && sameShape(view, views[i - 1]) ? plans[i - 1] : planShape(settings, view));
    checkSize(i, plans[i].size, plans[0].size);
    yield;
  }
  return plans;
}

function sameShape(a: ImageView, b: ImageView): boolean {
  return (
    a.type === b.type &&
    a.planes === b.planes &&
    a.height === b.height &&
    a.width === b.width &&
    a.channels === b.channels &&
    a.rowStride === b.rowStride &&
    a.planeStride === b.planeStride
  );
}

function checkSize(i: number, { width, height }: Size, first: Size): void {
  if (width === first.width && height === first.height) return;
  const message = `images[${i}] becomes ${width}×${height}, images[0] ${first.width}×${first.height}; a batch needs one size, as by resize: {width, height} or crop`;
  throw rangeError('ERR_CONV_SHAPE', NAME, message);
}

export function* prepareToTensor(
  door: Door,
  images: ImageLike | readonly ImageLike[],
  options?: ToTensorOptions,
): Stepwise<ImageBatch<ImageTensor>> {
  const settings = readTensorOptions(door, options);
  const { type, channels, last } = settings;
  const views = yield* readImages(images, settings.sourceLayout);
  const plans = yield* planShapes(settings, views);
  const { width, height } = plans[0].size;
  const dims = last ? [views.length, height, width, channels] : [views.length, channels, height, width];
  const { out } = settings.given;
  const data =
    out === undefined
      ? resultMemory<TensorData<ImageTensorType>>(NAME, type, ARRAYS[type], product(dims))
      : readOut(out, type, dims);
  const transforms = plans.map(({ transform }) => transform);
  const result = new ImageTensor(data, dims, type, transforms);
  const area = height * width * channels;
  const calls: ImageCall[] = [];
  for (const [i, view] of views.entries()) {
    checkAttached(NAME, 'options.out.', data);
    if (overlaps(data, view.data))
      throw rangeError('ERR_CONV_OVERLAP', NAME, 'options.out shares memory with an image');
    calls.push({
      operator: NAME,
      geometry: plans[i].geometry,
      source: view.data,
      target: data.subarray(i * area, (i + 1) * area) as PixelArray,
      tables: plans[i].tables,
      threads: settings.threads,
      signal: settings.signal,
      result,
    });
    yield;
  }
  return { calls, result };
}
