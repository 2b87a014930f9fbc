// Pixels: the images that the image operators take, by structure, and the ones that they return. Layer: above tensor.ts.
// An image is `planes` pictures of interleaved channels: a `[N,C,H,W]` tensor is N·C planes of one channel.
// SPDX-License-Identifier: MIT

import { checkDims, checkInteger, readDims } from '../check.ts';
import { describe, formatDims, rangeError, typeError } from '../errors.ts';
import { checkAttached, type ElementType, type Tensor, typedArrayName } from '../tensor.ts';
import { unpolluted } from '../view.ts';

export interface PixelDataTypes {
  readonly uint8: Uint8Array;
  readonly uint16: Uint16Array;
  readonly int16: Int16Array;
  readonly float32: Float32Array;
}

export const PIXEL_TYPES = ['uint8', 'uint16', 'int16', 'float32'] as const;
/** What a pixel's channels are. @useDeclaredType */
export type PixelType = (typeof PIXEL_TYPES)[number];
/** `Uint8Array` for `'uint8'`, and so on. @useDeclaredType */
export type PixelData<T extends PixelType> = PixelDataTypes[T];
/** The class of each type's array. */
export const PIXEL_ARRAYS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  float32: Float32Array,
} as const;
export type PixelArray = PixelDataTypes[PixelType] | Uint8ClampedArray;

/**
 * One picture, 1 to 4 interleaved channels: `{data, width, height, channels}`, a canvas's ImageData (RGBA, no
 * `channels`), or what sharp's `raw().toBuffer({resolveWithObject: true})` gives, `{data, info}`. `data` is a
 * Uint8Array (a Buffer, a Uint8ClampedArray), Uint16Array, Int16Array or Float32Array, over any kind of buffer; where
 * `channels` is missing it follows from the length. `rowStride` is the number of elements from one row to the next.
 */
export type PixelsLike =
  | {
      readonly data: ArrayLike<number>;
      readonly width: number;
      readonly height: number;
      readonly channels?: number;
      readonly rowStride?: number;
    }
  | {
      readonly data: ArrayLike<number>;
      readonly info: { readonly width: number; readonly height: number; readonly channels: number };
    };

/** A batch of images: a tensor of `layout` `[N,C,H,W]` or `[N,H,W,C]` whose data is of a pixel type. */
export type ImageTensorLike =
  | { readonly data: ArrayLike<unknown>; readonly dims: readonly number[] }
  | { readonly data: ArrayLike<unknown>; readonly shape: readonly number[] };

export type ImageLike = PixelsLike | ImageTensorLike;

/** A tensor for a tensor, pixels for pixels. */
export type ImageOf<Like, Type extends PixelType> = Like extends
  | { readonly dims: readonly number[] }
  | { readonly shape: readonly number[] }
  ? Tensor<Type>
  : Pixels<Type>;

/** The pixel type of an image's data, where that is known statically. */
export type PixelTypeOf<Like> = Like extends { readonly data: infer Data }
  ? Data extends Uint8Array | Uint8ClampedArray
    ? 'uint8'
    : Data extends Uint16Array
      ? 'uint16'
      : Data extends Int16Array
        ? 'int16'
        : Data extends Float32Array
          ? 'float32'
          : PixelType
  : PixelType;

/**
 * A picture of 1 to 4 interleaved channels, without gaps between its rows.
 *
 * @example
 * ```ts
 * import { Pixels } from 'native-conv';
 * const gray = new Pixels(Uint8Array.of(0, 85, 170, 255), { width: 2, height: 2, channels: 1 });
 * console.log(gray.type, gray.width); // uint8 2
 * ```
 */
export class Pixels<T extends PixelType = PixelType> {
  readonly data: PixelData<T>;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly type: T;

  /**
   * @param data - height·width·channels values; kept, not copied.
   * @throws TypeError or RangeError as the image operators do.
   */
  constructor(
    data: PixelData<T>,
    size: { readonly width: number; readonly height: number; readonly channels: number },
  ) {
    const { width, height, channels } = size;
    const view = readImage('Pixels', 'pixels', { data, width, height, channels }, 'NHWC');
    this.data = data;
    this.width = width;
    this.height = height;
    this.channels = channels;
    this.type = view.type as T;
  }

  /**
   * The arguments that make sharp take these pixels as they are, without a copy.
   *
   * @example
   * ```ts
   * import { Pixels } from 'native-conv';
   * const gray = new Pixels(Uint8Array.of(0, 85, 170, 255), { width: 2, height: 2, channels: 1 });
   * // sharp(...gray.toSharpRaw()).png()
   * console.log(gray.toSharpRaw()[1].raw.channels); // 1
   * ```
   */
  toSharpRaw(): [
    data: PixelData<T>,
    options: { raw: { width: number; height: number; channels: 1 | 2 | 3 | 4 } },
  ] {
    const { width, height } = this;
    const channels = this.channels as 1 | 2 | 3 | 4;
    return [this.data, { raw: { width, height, channels } }];
  }
}

/** What image operators return. */
export type ImageResult = Pixels | Tensor<ElementType>;

/** A checked image. Strides are in elements; the last plane and the last row end without their gap. */
export interface ImageView {
  readonly data: PixelArray;
  readonly type: PixelType;
  readonly planes: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly rowStride: number;
  readonly planeStride: number;
  /** Of a tensor; `null` for pixels. */
  readonly dims: readonly number[] | null;
  readonly layout: ImageLayout;
}

export const IMAGE_LAYOUTS = ['NCHW', 'NHWC'] as const;
/** Order of the axes of a batch of images. @useDeclaredType */
export type ImageLayout = (typeof IMAGE_LAYOUTS)[number];

/** What an object of one of the forms said, each property read once. */
interface Candidate {
  readonly data: unknown;
  readonly width: unknown;
  readonly height: unknown;
  readonly channels: unknown;
  readonly rowStride: unknown;
  readonly info: unknown;
  readonly dims: unknown;
  readonly stride: unknown;
  readonly type: unknown;
}

function candidate(value: unknown): Candidate | null {
  if (typeof value !== 'object' || value === null) return null;
  const { data, width, height, channels, rowStride, info, dims, shape, stride, type } = value as Record<
    string,
    unknown
  >;
  return {
    data,
    width,
    height,
    channels: unpolluted('channels', channels),
    rowStride: unpolluted('rowStride', rowStride),
    info,
    dims: dims ?? shape,
    stride: unpolluted('stride', stride),
    type,
  };
}

export const MAX_CHANNELS = 4;

/** Checks an image: pixels, or a tensor of this layout. */
export function readImage(operator: string, name: string, value: unknown, layout: ImageLayout): ImageView {
  const image = candidate(value);
  if (image === null || image.data === undefined) throw notAnImage(operator, name, value);
  if (image.dims !== undefined) return readImageTensor(operator, name, image, layout);
  const info = candidate(image.info);
  const size = info ?? image;
  if (size.width === undefined || size.height === undefined) throw notAnImage(operator, name, value);
  return readPixels(operator, name, image, size, info === null ? name : `${name}.info`);
}

function readPixels(
  operator: string,
  name: string,
  value: Candidate,
  size: Candidate,
  prefix: string,
): ImageView {
  const type = pixelType(operator, `${name}.data`, value.data);
  const data = value.data as PixelArray;
  checkAttached(operator, `${name}.`, data);
  const width = checkInteger(operator, `${prefix}.width`, size.width, 1, 'ERR_CONV_SHAPE');
  const height = checkInteger(operator, `${prefix}.height`, size.height, 1, 'ERR_CONV_SHAPE');
  const channels =
    size.channels === undefined
      ? inferChannels(operator, name, data, width, height, value.rowStride)
      : checkInteger(operator, `${prefix}.channels`, size.channels, 1, 'ERR_CONV_SHAPE');
  if (channels > MAX_CHANNELS) {
    const message = `${prefix}.channels may be at most ${MAX_CHANNELS}, got ${channels}; of more, make a tensor {data, dims} with layout 'NHWC'`;
    throw rangeError('ERR_CONV_SHAPE', operator, message);
  }
  const rowStride = readRowStride(operator, name, value.rowStride, width * channels);
  checkExtent(operator, name, data, { width, height, channels, rowStride });
  const planeStride = height * rowStride;
  return {
    data,
    type,
    planes: 1,
    height,
    width,
    channels,
    rowStride,
    planeStride,
    dims: null,
    layout: 'NHWC',
  };
}

function readRowStride(operator: string, name: string, value: unknown, least: number): number {
  if (value === undefined) return least;
  const stride = checkInteger(operator, `${name}.rowStride`, value, 1, 'ERR_CONV_SHAPE');
  if (stride >= least) return stride;
  const message = `${name}.rowStride counts elements from row to row, at least width·channels = ${least}, got ${stride}`;
  throw rangeError('ERR_CONV_SHAPE', operator, message);
}

function inferChannels(
  operator: string,
  name: string,
  data: PixelArray,
  width: number,
  height: number,
  rowStride: unknown,
): number {
  const channels = data.length / (width * height);
  if (rowStride === undefined && Number.isInteger(channels) && channels >= 1) return channels;
  const message = `${name}.channels is missing, and ${data.length} values do not tell it for ${width}×${height} pixels`;
  throw rangeError('ERR_CONV_SHAPE', operator, message);
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly rowStride: number;
}

function checkExtent(operator: string, name: string, data: PixelArray, size: Size): void {
  const { width, height, channels, rowStride } = size;
  const packed = rowStride === width * channels;
  const needed = (height - 1) * rowStride + width * channels;
  if (packed ? data.length === needed : data.length >= needed) return;
  const shape = `${width}×${height} pixels of ${channels} channels${packed ? '' : ` with rowStride ${rowStride}`}`;
  const message = `${name}: ${shape} take ${needed} values, data has ${data.length}`;
  throw rangeError('ERR_CONV_SHAPE', operator, message);
}

function readImageTensor(operator: string, name: string, value: Candidate, layout: ImageLayout): ImageView {
  const dims = readDims(operator, `${name}.dims`, value.dims);
  if (value.type === 'float16') {
    throw typeError('ERR_CONV_DTYPE', operator, `${name} is float16, which image operators do not read`);
  }
  const type = pixelType(operator, `${name}.data`, value.data);
  const data = value.data as PixelArray;
  checkAttached(operator, `${name}.`, data);
  const count = checkDims(operator, `${name}.dims`, dims);
  if (dims.length !== 4) {
    const message = `${name} must have 4 axes [${[...layout].join(',')}], got ${formatDims(dims)}`;
    throw rangeError('ERR_CONV_SHAPE', operator, message);
  }
  if (count !== data.length) {
    const message = `${name}.dims ${formatDims(dims)} hold ${count} elements, ${name}.data has ${data.length}`;
    throw rangeError('ERR_CONV_SHAPE', operator, message);
  }
  if (value.stride !== undefined && !isContiguous(value.stride, dims)) {
    const message = `${name}.stride must be that of C order; copy the array first`;
    throw rangeError('ERR_CONV_SHAPE', operator, message);
  }
  const last = layout === 'NHWC';
  const [height, width] = last ? [dims[1], dims[2]] : [dims[2], dims[3]];
  if (height === 0 || width === 0 || dims[last ? 3 : 1] === 0) {
    throw rangeError('ERR_CONV_SHAPE', operator, `${name} ${formatDims(dims)} has no pixels`);
  }
  const channels = last ? dims[3] : 1;
  const planes = last ? dims[0] : dims[0] * dims[1];
  const rowStride = width * channels;
  return {
    data,
    type,
    planes,
    height,
    width,
    channels,
    rowStride,
    planeStride: height * rowStride,
    dims,
    layout,
  };
}

function isContiguous(stride: unknown, dims: readonly number[]): boolean {
  if (!Array.isArray(stride) || stride.length !== dims.length) return false;
  let step = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (dims[axis] !== 1 && stride[axis] !== step) return false;
    step *= dims[axis];
  }
  return true;
}

const TYPES_BY_ARRAY: Readonly<Record<string, PixelType>> = {
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
  Uint16Array: 'uint16',
  Int16Array: 'int16',
  Float32Array: 'float32',
};

function pixelType(operator: string, name: string, data: unknown): PixelType {
  const type = TYPES_BY_ARRAY[typedArrayName(data) ?? ''];
  if (type !== undefined) return type;
  const message = `${name} must be a Uint8Array, Uint16Array, Int16Array or Float32Array, got ${describe(data)}`;
  throw typeError('ERR_CONV_DTYPE', operator, message);
}

function notAnImage(operator: string, name: string, value: unknown): Error {
  const advice = ArrayBuffer.isView(value)
    ? '; an encoded file must be decoded first, as by sharp(file).raw().toBuffer({ resolveWithObject: true })'
    : '';
  const message = `${name} must be pixels {data, width, height, channels}, {data, info} or a tensor {data, dims}, got ${describe(value)}${advice}`;
  return typeError('ERR_CONV_SHAPE', operator, message);
}
