// Which part of an image becomes which part of a tensor: resize, then crop, then pad. Rounding is that of the
// libraries whose preprocessing models were published with, named beside each rule. Layer: beneath ops.
// SPDX-License-Identifier: MIT

import { roundTiesToEven } from './kernels.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Region extends Size {
  readonly left: number;
  readonly top: number;
}

export const FITS = ['fill', 'cover', 'contain'] as const;
/** How an image is fitted into a size of another shape. @useDeclaredType */
export type Fit = (typeof FITS)[number];

/** How the size of the resized image follows. */
export type Target =
  | { readonly kind: 'shortest' | 'longest'; readonly pixels: number }
  | { readonly kind: 'size'; readonly size: Size; readonly fit: Fit }
  | { readonly kind: 'same' };

export interface Placement {
  /** The part of the image that is resized. */
  readonly box: Region;
  /** What it is resized to. */
  readonly resized: Size;
  /** The part of that which is kept. */
  readonly crop: Region;
  /** Of the tensor, and where the kept part lies in it. */
  readonly size: Size;
  readonly left: number;
  readonly top: number;
}

/** A size of which one side may be missing: it follows from the other one and the aspect ratio of the part. */
export function followAspect(width: number | undefined, height: number | undefined, part: Size): Size {
  const follow = (other: number, ratio: number) => Math.max(1, Math.round(other * ratio));
  return {
    width: width ?? follow(height as number, part.width / part.height),
    height: height ?? follow(width as number, part.height / part.width),
  };
}

/** Places without a crop of its own. */
export function place(target: Target, box: Region): Placement {
  switch (target.kind) {
    case 'same':
      return whole(box, box);
    case 'shortest':
      return whole(box, shortest(target.pixels, box));
    case 'longest':
      return whole(box, contained({ width: target.pixels, height: target.pixels }, box));
    case 'size':
      return fitted(target.fit, target.size, box);
  }
}

function whole(box: Region, { width, height }: Size): Placement {
  const crop = { left: 0, top: 0, width, height };
  return { box, resized: { width, height }, crop, size: { width, height }, left: 0, top: 0 };
}

/** torchvision's Resize(n): the other side is truncated. */
function shortest(pixels: number, { width, height }: Size): Size {
  const long = Math.max(1, Math.trunc((pixels * Math.max(width, height)) / Math.min(width, height)));
  return width <= height ? { width: pixels, height: long } : { width: long, height: pixels };
}

/** Ultralytics' LetterBox: sides to the nearest pixel. */
function contained(size: Size, { width, height }: Size): Size {
  const ratio = Math.min(size.width / width, size.height / height);
  const side = (length: number): number => Math.max(1, roundTiesToEven(length * ratio));
  return { width: side(width), height: side(height) };
}

function fitted(fit: Fit, size: Size, box: Region): Placement {
  if (fit === 'fill') return whole(box, size);
  if (fit === 'cover') return whole(covering(size, box), size);
  const resized = contained(size, box);
  // LetterBox rounds half a gap less 0.1: the odd pixel goes to the right and to the bottom.
  const left = Math.floor((size.width - resized.width) / 2);
  const top = Math.floor((size.height - resized.height) / 2);
  return { ...whole(box, resized), size, left, top };
}

/** Pillow's ImageOps.fit: the middle part of the size's aspect ratio, which may begin between two pixels. */
function covering(size: Size, box: Region): Region {
  const [ratio, wanted] = [box.width / box.height, size.width / size.height];
  const width = ratio >= wanted ? wanted * box.height : box.width;
  const height = ratio >= wanted ? box.height : box.width / wanted;
  const left = box.left + (box.width - width) * 0.5;
  const top = box.top + (box.height - height) * 0.5;
  return { left, top, width, height };
}

/** torchvision's CenterCrop: half a gap is rounded to even. */
export function centred({ width, height }: Size, within: Size): Region {
  const left = roundTiesToEven((within.width - width) / 2);
  const top = roundTiesToEven((within.height - height) / 2);
  return { left, top, width, height };
}
