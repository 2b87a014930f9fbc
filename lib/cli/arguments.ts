// Reads the values of options. What a value should have been goes to the user with the option's name.
// Layer: command line.
// SPDX-License-Identifier: MIT

import type { InvalidArgumentError } from 'commander';
import type { Size } from '../image/placement.ts';
import type { ToTensorResize } from '../ops/tensor-options.ts';
import { type FilterKernel, KERNEL_NAMES, parseKernel } from './filter-kernel.ts';

/** Pixels of the demo's working copy: below, kernels outgrow the picture; above, the reference takes minutes. */
const SMALLEST_SIDE = 48;
const LARGEST_SIDE = 1024;

export interface Parsers {
  side(text: string): number;
  /** `1,64,56,56` or `1x64x56x56`. */
  dims(text: string): number[];
  /** One more dims, for an argument that may be given several times. */
  moreDims(text: string, before?: readonly (readonly number[])[]): (readonly number[])[];
  /** One more word, for an option that may be given several times. */
  more(text: string, before?: readonly string[]): string[];
  object(text: string): object;
  /** An option's value as one would write it in a call: `1`, `1,2`, `[[1,0],[1,0]]`, `same`. */
  value(text: string): unknown;
  /** A finite number. */
  number(text: string): number;
  /** A number, or several with commas between them. */
  perChannel(text: string): number | number[];
  /** `224` (a square) or `320x240`, width first. */
  size(text: string): Size;
  /** A size, `shortest:256` or `longest:640`. */
  resize(text: string): ToTensorResize;
  kernel(text: string): FilterKernel;
  /** An integer of at least this. */
  integer(least: number): (text: string) => number;
}

/** Parsers that throw the error which commander turns into a message about the option. */
export function createParsers(Invalid: typeof InvalidArgumentError): Parsers {
  function dims(text: string): number[] {
    const parts = text.split(/[,x×]/).map((part) => part.trim());
    if (parts.every((part) => /^\d+$/.test(part))) return parts.map(Number);
    throw new Invalid('It must be integers with commas between them, as in 1,64,56,56.');
  }

  function numbers(text: string): number[] {
    const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    if (values.every(Number.isFinite)) return values;
    throw new Invalid('It must be a number, or several with commas between them.');
  }

  function size(text: string, also = ''): Size {
    const [, width, height = width] = /^([1-9]\d*)(?:[x×]([1-9]\d*))?$/.exec(text) ?? [];
    if (width !== undefined) return { width: Number(width), height: Number(height) };
    throw new Invalid(`It must be a width and a height, as in 320x240, or one for both${also}.`);
  }

  return {
    dims,
    size: (text) => size(text),
    resize(text) {
      const [, side, pixels] = /^(shortest|longest):([1-9]\d*)$/.exec(text) ?? [];
      if (side === undefined) return size(text, ', or shortest:256, or longest:640');
      return { [side]: Number(pixels) };
    },
    kernel(text) {
      const kernel = parseKernel(text);
      if (kernel !== undefined) return kernel;
      const names = KERNEL_NAMES.join(', ');
      throw new Invalid(
        `It must be one of ${names}, with a number as in gaussian:2, or rows as in "[0,1,0;1,-4,1;0,1,0]".`,
      );
    },
    number(text) {
      const values = numbers(text);
      if (values.length === 1) return values[0];
      throw new Invalid('It must be one number.');
    },
    perChannel(text) {
      const values = numbers(text);
      return values.length === 1 ? values[0] : values;
    },
    moreDims: (text, before = []) => [...before, dims(text)],
    more: (text, before = []) => [...before, text],
    value: (text) => parseJson(text) ?? parseJson(`[${text}]`) ?? text,
    integer: (least) => (text) => {
      const value = Number(text);
      if (Number.isSafeInteger(value) && value >= least && text.trim() !== '') return value;
      throw new Invalid(`It must be an integer from ${least}.`);
    },
    side(text) {
      const side = Number(text);
      if (Number.isInteger(side) && side >= SMALLEST_SIDE && side <= LARGEST_SIDE) return side;
      throw new Invalid(`It must be an integer from ${SMALLEST_SIDE} to ${LARGEST_SIDE}.`);
    },
    object(text) {
      const value = parseJson(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
      throw new Invalid('It must be a JSON object, as in \'{"padding":1}\'.');
    },
  };
}

/** `undefined` for what is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
