// How toTensor's options `resize` and `crop` become the place of an image in its tensor. Layer: operators.
// SPDX-License-Identifier: MIT

import { checkChoice, checkInteger, readProperties } from '../check.ts';
import { describe, rangeError, typeError } from '../errors.ts';
import {
  centred,
  FITS,
  followAspect,
  type Placement,
  place,
  type Size,
  type Target,
} from '../image/placement.ts';
import { readBox, SAMPLING_NAMES } from './sampling.ts';

const NAME = 'toTensor';

type Given = Readonly<Record<string, unknown>>;

/** An option that another one has made idle. */
export function without(name: string, other: string): Error {
  return rangeError('ERR_CONV_OPTION', NAME, `options.${name} does nothing without ${other}`);
}

/** The properties of an option that is an object; none where it is missing. */
export function readGroup(name: string, value: unknown, names: readonly string[]): Given {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw typeError('ERR_CONV_OPTION', NAME, `${name} must be an object, got ${describe(value)}`);
  }
  const group = readProperties(value);
  const unknown = Object.keys(group).find((key) => !names.includes(key));
  if (unknown === undefined) return group;
  const message = `unknown option ${name}.${unknown}; there are ${names.join(', ')}`;
  throw rangeError('ERR_CONV_OPTION', NAME, message);
}

const integer = (name: string, value: unknown) =>
  value === undefined ? undefined : checkInteger(NAME, `options.${name}`, value, 1);

/** Names within the option `resize`. */
export const RESIZE_NAMES = [...['width', 'height', 'shortest', 'longest', 'fit'], ...SAMPLING_NAMES, 'box'];

/** The options `resize` and `crop`, read without an image. */
export interface Placing {
  readonly box: unknown;
  target(box: Size): Target;
  readonly crop: (Size & { readonly left: number | undefined; readonly top: number | undefined }) | undefined;
}

/** @param resize - read by {@link readGroup}. */
export function readPlacing(crop: unknown, resize: Given): Placing {
  const placing = { box: resize.box, target: readTarget(resize), crop: readCrop(crop) };
  if (placing.crop !== undefined && resize.fit === 'contain')
    throw rangeError('ERR_CONV_OPTION', NAME, "options.crop and fit: 'contain' exclude each other");
  return placing;
}

function readTarget(given: Given): Placing['target'] {
  const [width, height] = [integer('resize.width', given.width), integer('resize.height', given.height)];
  const [shortest, longest] = [
    integer('resize.shortest', given.shortest),
    integer('resize.longest', given.longest),
  ];
  const fit = given.fit === undefined ? 'fill' : checkChoice(NAME, 'options.resize.fit', given.fit, FITS);
  const sides = Number(width !== undefined || height !== undefined);
  if (sides + Number(shortest !== undefined) + Number(longest !== undefined) > 1) {
    const message = 'options.resize takes width and height, or shortest, or longest: one of the three';
    throw rangeError('ERR_CONV_OPTION', NAME, message);
  }
  if (given.fit !== undefined && (width === undefined || height === undefined))
    throw without('resize.fit', 'both resize.width and resize.height');
  if (shortest !== undefined) return () => ({ kind: 'shortest', pixels: shortest });
  if (longest !== undefined) return () => ({ kind: 'longest', pixels: longest });
  if (sides === 0) return () => ({ kind: 'same' });
  return (box) => ({ kind: 'size', size: followAspect(width, height, box), fit });
}

function readCrop(value: unknown): Placing['crop'] {
  if (value === undefined) return undefined;
  const given = readGroup('options.crop', value, ['width', 'height', 'left', 'top']);
  const [width, height] = [integer('crop.width', given.width), integer('crop.height', given.height)];
  if (
    width === undefined ||
    height === undefined ||
    (given.left === undefined) !== (given.top === undefined)
  ) {
    const message = 'options.crop must be {width, height} or {left, top, width, height}';
    throw typeError('ERR_CONV_OPTION', NAME, message);
  }
  const offset = (name: 'left' | 'top') =>
    given[name] === undefined ? undefined : checkInteger(NAME, `options.crop.${name}`, given[name], 0);
  return { width, height, left: offset('left'), top: offset('top') };
}

/** Where an image goes. */
export function placeImage(placing: Placing, image: Size): Placement {
  const box = readBox(NAME, 'options.resize.box', placing.box, image);
  const target = placing.target(box);
  if (target.kind === 'same' && !(Number.isInteger(box.width) && Number.isInteger(box.height))) {
    const message = 'options.resize.box of a fraction of a pixel needs a size to resize to';
    throw rangeError('ERR_CONV_OPTION', NAME, message);
  }
  const placed = place(target, box);
  return placing.crop === undefined ? placed : cropped(placing.crop, placed);
}

/** Cuts the tensor down; without a place of its own, to its middle. */
function cropped(crop: NonNullable<Placing['crop']>, placed: Placement): Placement {
  const { width, height } = crop;
  const { resized } = placed;
  const middle = centred(crop, resized);
  const { left = middle.left, top = middle.top } = crop;
  if (left < 0 || top < 0 || left + width > resized.width || top + height > resized.height) {
    const message = `options.crop of ${width}×${height} does not fit into the ${resized.width}×${resized.height} image`;
    throw rangeError('ERR_CONV_OPTION', NAME, message);
  }
  return { ...placed, crop: { left, top, width, height }, size: { width, height } };
}
