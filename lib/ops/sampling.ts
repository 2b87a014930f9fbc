// How operators that resample read their options, and the tables that these come to. Layer: operators.
// SPDX-License-Identifier: MIT

import { checkChoice, readProperties } from '../check.ts';
import { describe, rangeError, typeError } from '../errors.ts';
import type { Region, Size } from '../image/placement.ts';
import {
  type Axis,
  COORDINATES,
  RESIZE_FILTERS,
  type ResizeFilter,
  type Sampling,
} from '../image/resample.ts';

/** The options that {@link readSampling} reads. */
export const SAMPLING_NAMES = ['filter', 'antialias', 'coordinates', 'cubic'];

type Given = Readonly<Record<string, unknown>>;

/** Reads filter, antialias, coordinates and cubic; `prefix` is how messages call the options. */
export function readSampling(
  operator: string,
  prefix: string,
  given: Given,
  byDefault: ResizeFilter,
): Sampling {
  const { filter, antialias = true, coordinates, cubic } = given;
  if (typeof antialias !== 'boolean') {
    throw typeError(
      'ERR_CONV_OPTION',
      operator,
      `${prefix}.antialias must be a boolean, got ${describe(antialias)}`,
    );
  }
  const chosen =
    filter === undefined ? byDefault : checkChoice(operator, `${prefix}.filter`, filter, RESIZE_FILTERS);
  if (cubic !== undefined && chosen !== 'bicubic') {
    const message = `${prefix}.cubic belongs to the filter 'bicubic', the filter is '${chosen}'`;
    throw rangeError('ERR_CONV_OPTION', operator, message);
  }
  // Far outside of this the weights of uint8 images could overflow; the published values are −0.5 and −0.75.
  const a =
    cubic === undefined
      ? antialias
        ? -0.5
        : -0.75
      : checkBetween(operator, `${prefix}.cubic`, cubic, -1, 0);
  return {
    filter: chosen,
    antialias,
    coordinates:
      coordinates === undefined
        ? 'half-pixel'
        : checkChoice(operator, `${prefix}.coordinates`, coordinates, COORDINATES),
    cubic: chosen === 'bicubic' ? a : 0,
  };
}

function checkBetween(operator: string, name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number') {
    throw typeError('ERR_CONV_OPTION', operator, `${name} must be a number, got ${describe(value)}`);
  }
  if (value >= least && value <= most) return value;
  throw rangeError(
    'ERR_CONV_OPTION',
    operator,
    `${name} must lie between ${least} and ${most}, got ${describe(value)}`,
  );
}

/** A part of an image; by default all of it. */
export function readBox(operator: string, name: string, value: unknown, { width, height }: Size): Region {
  if (value === undefined) return { left: 0, top: 0, width, height };
  if (typeof value !== 'object' || value === null) {
    const message = `${name} must be {left, top, width, height}, got ${describe(value)}`;
    throw typeError('ERR_CONV_OPTION', operator, message);
  }
  const box = readProperties(value);
  const left = checkBetween(operator, `${name}.left`, box.left, 0, width);
  const top = checkBetween(operator, `${name}.top`, box.top, 0, height);
  const size = (side: 'width' | 'height', most: number): number => {
    const length = checkBetween(operator, `${name}.${side}`, box[side], 0, most);
    if (length > 0) return length;
    throw rangeError('ERR_CONV_OPTION', operator, `${name}.${side} must be positive, got 0`);
  };
  return { left, top, width: size('width', width - left), height: size('height', height - top) };
}

/** Where a part that begins at `begin` ends: within the image, and behind its beginning, however short it is. */
function endOf(begin: number, length: number, size: number): number {
  return Math.min(size, Math.max(begin + length, begin * (1 + Number.EPSILON), Number.MIN_VALUE));
}

/** Both axes of resampling a part of an image to a size. */
export function axesOf(
  image: Size,
  part: Region,
  { width, height }: Size,
): Readonly<Record<'rows' | 'columns', Axis>> {
  return {
    rows: {
      size: image.height,
      begin: part.top,
      end: endOf(part.top, part.height, image.height),
      outputs: height,
    },
    columns: {
      size: image.width,
      begin: part.left,
      end: endOf(part.left, part.width, image.width),
      outputs: width,
    },
  };
}
