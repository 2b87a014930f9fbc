// What `--kernel` of `native-conv filter` may say. Layer: command line.
// SPDX-License-Identifier: MIT

export const KERNEL_NAMES = ['sobel', 'scharr', 'laplacian', 'gaussian', 'box', 'sharpen'] as const;
export type KernelName = (typeof KERNEL_NAMES)[number];

/** A named kernel with its parameter, or rows of numbers. */
export type FilterKernel =
  | { readonly name: KernelName; readonly value: number | undefined }
  | { readonly rows: readonly (readonly number[])[] };

/** Reads `sobel`, `gaussian:2` or `[-1,0,1;-2,0,2;-1,0,1]`; `undefined` for anything else. */
export function parseKernel(text: string): FilterKernel | undefined {
  return text.trim().startsWith('[') ? parseRows(text.trim()) : parseName(text);
}

function parseName(text: string): FilterKernel | undefined {
  const [word, parameter, ...more] = text.split(':');
  const name = KERNEL_NAMES.find((known) => known === word);
  if (name === undefined || more.length > 0) return undefined;
  if (parameter === undefined) return { name, value: undefined };
  const value = numberOf(parameter);
  return Number.isFinite(value) ? { name, value } : undefined;
}

function parseRows(text: string): FilterKernel | undefined {
  const inner = /^\[([^[\]]+)\]$/.exec(text)?.[1];
  if (inner === undefined) return undefined;
  const rows = inner.split(';').map((row) => row.split(',').map(numberOf));
  const regular = rows.every((row) => row.length === rows[0].length && row.every(Number.isFinite));
  return regular ? { rows } : undefined;
}

/** NaN for an empty text, too. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
