// The rows of a picture that arrives in strips, of which only those that are still needed are held. Layer: operators.
// SPDX-License-Identifier: MIT

import { rangeError, typeError } from '../errors.ts';
import { type ImageView, type PixelArray, readImage } from '../image/pixels.ts';
import { allocatePixels } from './image.ts';

export class RowWindow {
  readonly #operator: string;
  #count = 0;
  #first: ImageView | null = null;
  #data: PixelArray = new Uint8Array(0);
  /** Of the picture's rows, the first that `#data` holds, and the first that is still needed. */
  #base = 0;
  #top = 0;
  #end = 0;

  constructor(operator: string) {
    this.#operator = operator;
  }

  get top(): number {
    return this.#top;
  }

  /** How many rows have arrived. */
  get end(): number {
    return this.#end;
  }

  /** Copies a strip's rows, so that its memory may be used again; those that were dropped go. */
  append(value: unknown): void {
    const strip = this.#read(value);
    const length = strip.width * strip.channels;
    const kept = this.#data.subarray((this.#top - this.#base) * length);
    const data = allocatePixels(this.#operator, kept.length + strip.height * length, strip.type);
    data.set(kept);
    for (let y = 0; y < strip.height; y++) {
      const from = y * strip.rowStride;
      data.set(strip.data.subarray(from, from + length), kept.length + y * length);
    }
    this.#data = data;
    this.#base = this.#top;
    this.#end += strip.height;
  }

  /** Says that the rows before this one are no longer needed. */
  dropBefore(row: number): void {
    this.#top = Math.min(this.#end, Math.max(this.#top, row));
  }

  /** The rows from `top` to `end`, as a picture; there must be such. */
  view(): ImageView {
    const { type, width, channels, layout } = this.#first as ImageView;
    const rowStride = width * channels;
    const height = this.#end - this.#top;
    const data = this.#data.subarray((this.#top - this.#base) * rowStride);
    const planeStride = height * rowStride;
    return { data, type, planes: 1, height, width, channels, rowStride, planeStride, dims: null, layout };
  }

  #read(value: unknown): ImageView {
    const operator = this.#operator;
    const name = `strip ${this.#count}`;
    const strip = readImage(operator, name, value, 'NHWC');
    if (strip.dims !== null) {
      throw typeError('ERR_CONV_SHAPE', operator, `${name} must be pixels, got a tensor`);
    }
    this.#first ??= strip;
    const { type, width, channels } = this.#first;
    if (strip.type !== type) {
      throw typeError('ERR_CONV_DTYPE', operator, `${name} is ${strip.type}, those before it are ${type}`);
    }
    if (strip.width !== width || strip.channels !== channels) {
      const message = `${name} has ${strip.width} pixels of ${strip.channels} channels a row, those before it have ${width} of ${channels}`;
      throw rangeError('ERR_CONV_SHAPE', operator, message);
    }
    this.#count += 1;
    return strip;
  }
}
