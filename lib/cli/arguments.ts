// Reads the values of options. What a value should have been goes to the user with the option's name.
// Layer: command line.
// SPDX-License-Identifier: MIT

import type { InvalidArgumentError } from 'commander';

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

  return {
    dims,
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
