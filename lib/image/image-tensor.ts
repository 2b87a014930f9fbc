// What toTensor returns: a batch of images as a model takes them, and the way back to their pixels.
// Layer: above tensor.ts.
// SPDX-License-Identifier: MIT

import { Tensor } from '../tensor.ts';

export const TENSOR_TYPES = ['float32', 'float16', 'uint8'] as const;
/** What the elements of a model's tensor are. @useDeclaredType */
export type ImageTensorType = (typeof TENSOR_TYPES)[number];

/** Left, top, right and bottom edge, in pixels. */
export type Corners = readonly [left: number, top: number, right: number, bottom: number];

/**
 * Where an image lies in its tensor: x in the tensor is x in the image · `scaleX` + `offsetX`, and y likewise.
 * Positions are continuous: pixel i reaches from i to i + 1.
 */
export class ImageTransform {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly offsetX: number;
  readonly offsetY: number;
  /** Of the image, in pixels. */
  readonly width: number;
  readonly height: number;

  constructor(values: Omit<ImageTransform, 'toTensor' | 'toImage' | 'boxToImage'>) {
    this.scaleX = values.scaleX;
    this.scaleY = values.scaleY;
    this.offsetX = values.offsetX;
    this.offsetY = values.offsetY;
    this.width = values.width;
    this.height = values.height;
  }

  /** A position in the tensor, of a position in the image. */
  toTensor(x: number, y: number): [x: number, y: number] {
    return [x * this.scaleX + this.offsetX, y * this.scaleY + this.offsetY];
  }

  /** A position in the image, of a position in the tensor. */
  toImage(x: number, y: number): [x: number, y: number] {
    return [(x - this.offsetX) / this.scaleX, (y - this.offsetY) / this.scaleY];
  }

  /** A box in the image, of a box that a model found in the tensor; what reaches beyond the image is cut off. */
  boxToImage([left, top, right, bottom]: Corners): [
    left: number,
    top: number,
    right: number,
    bottom: number,
  ] {
    const inside = (value: number, most: number): number => Math.min(most, Math.max(0, value));
    const [x0, y0] = this.toImage(left, top);
    const [x1, y1] = this.toImage(right, bottom);
    return [inside(x0, this.width), inside(y0, this.height), inside(x1, this.width), inside(y1, this.height)];
  }
}

/** A tensor of images, with a transform for each; float16 values are bits in a Uint16Array. */
export class ImageTensor<T extends ImageTensorType = ImageTensorType> extends Tensor<T> {
  readonly transforms: readonly ImageTransform[];

  constructor(
    data: Tensor<T>['data'],
    dims: readonly number[],
    type: T,
    transforms: readonly ImageTransform[],
  ) {
    super(data, dims, type);
    this.transforms = transforms;
  }

  /** The first image's. */
  get transform(): ImageTransform {
    return this.transforms[0];
  }
}
