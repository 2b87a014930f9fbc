// Activations: what a caller may write, and how it is lowered to the few kinds that executors know.
// Layer: above view.ts, beside padding.ts; used by options.ts. Formulas: docs/decisions.md.
// SPDX-License-Identifier: MIT

import { checkChoice, readOptions, readProperties } from './check.ts';
import { describe, rangeError, typeError } from './errors.ts';
import { type Activation, type DType, NO_ACTIVATION } from './geometry.ts';
import type { TensorLike } from './tensor.ts';
import { readView, type View } from './view.ts';

export type ActivationName = 'relu' | 'relu6' | 'sigmoid' | 'tanh' | 'silu' | 'hardSwish' | 'elu' | 'gelu';

/**
 * Applied last, to `(convolution + bias) + residual`.
 * - `leakyRelu`: negative values times `alpha`.
 * - `clamp`: into [`min`, `max`]; an infinite bound is no bound.
 * - `prelu`: negative values times `slope`, one per channel `[C]`, or `[1]` for all.
 * - `elu` has α = 1; `gelu` is the exact one, by the error function.
 */
export type ActivationOption =
  | ActivationName
  | { readonly type: 'leakyRelu'; readonly alpha: number }
  | { readonly type: 'clamp'; readonly min: number; readonly max: number }
  | { readonly type: 'prelu'; readonly slope: TensorLike };

export interface ParsedActivation {
  readonly activation: Activation;
  /** prelu's slopes. */
  readonly slope: View | null;
}

export const NO_PARSED_ACTIVATION: ParsedActivation = { activation: NO_ACTIVATION, slope: null };

const NAMED: Readonly<Record<ActivationName, ParsedActivation>> = {
  relu: plain({ kind: 'clamp', alpha: 0, min: 0, max: Number.POSITIVE_INFINITY }),
  relu6: plain({ kind: 'clamp', alpha: 0, min: 0, max: 6 }),
  sigmoid: plain({ ...NO_ACTIVATION, kind: 'sigmoid' }),
  tanh: plain({ ...NO_ACTIVATION, kind: 'tanh' }),
  silu: plain({ ...NO_ACTIVATION, kind: 'silu' }),
  hardSwish: plain({ ...NO_ACTIVATION, kind: 'hardSwish' }),
  elu: plain({ ...NO_ACTIVATION, kind: 'elu', alpha: 1 }),
  gelu: plain({ ...NO_ACTIVATION, kind: 'gelu' }),
};
const NAMES = Object.keys(NAMED) as ActivationName[];
const TYPES = ['leakyRelu', 'clamp', 'prelu'] as const;
const KEYS = {
  leakyRelu: new Set(['type', 'alpha']),
  clamp: new Set(['type', 'min', 'max']),
  prelu: new Set(['type', 'slope']),
} as const;

function plain(activation: Activation): ParsedActivation {
  return { activation, slope: null };
}

/** Reads `options.activation`; its numbers are rounded to the dtype that is computed in by `roundActivation`. */
export function parseActivation(operator: string, value: unknown): ParsedActivation {
  if (value === undefined) return NO_PARSED_ACTIVATION;
  if (typeof value === 'string') {
    if (Object.hasOwn(NAMED, value)) return NAMED[value as ActivationName];
    checkChoice(operator, 'options.activation', value, [
      ...NAMES,
      ...TYPES.map((type) => `{type: ${type}, …}`),
    ]);
  }
  if (typeof value !== 'object' || value === null) {
    const message = `options.activation must be a name or an object {type, …}, got ${describe(value)}`;
    throw typeError('ERR_CONV_OPTION', operator, message);
  }
  return parseObject(operator, readProperties(value));
}

function parseObject(operator: string, given: Readonly<Record<string, unknown>>): ParsedActivation {
  const type = checkChoice(operator, 'options.activation.type', given.type, TYPES);
  readOptions(operator, given, KEYS[type]);
  switch (type) {
    case 'leakyRelu':
      return plain({ kind: 'leaky', alpha: finite(operator, 'alpha', given.alpha), min: 0, max: 0 });
    case 'clamp':
      return parseClamp(operator, given.min, given.max);
    case 'prelu':
      return parsePrelu(operator, given.slope);
  }
}

function parseClamp(operator: string, min: unknown, max: unknown): ParsedActivation {
  const low = bound(operator, 'min', min);
  const high = bound(operator, 'max', max);
  if (low <= high) return plain({ kind: 'clamp', alpha: 0, min: low, max: high });
  const message = `options.activation.min ${low} must not be above options.activation.max ${high}`;
  throw rangeError('ERR_CONV_OPTION', operator, message);
}

/** One slope for all channels is a leaky ReLU. */
function parsePrelu(operator: string, value: unknown): ParsedActivation {
  const slope = readView(operator, 'options.activation.slope', value);
  return slope.data.length === 1 && slope.dims.length <= 1
    ? { activation: { kind: 'leaky', alpha: slope.data[0], min: 0, max: 0 }, slope: null }
    : { activation: { ...NO_ACTIVATION, kind: 'prelu' }, slope };
}

function finite(operator: string, name: string, value: unknown): number {
  if (Number.isFinite(value)) return value as number;
  throw badNumber(operator, name, value, 'a finite number');
}

function bound(operator: string, name: string, value: unknown): number {
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw badNumber(operator, name, value, 'a number (±Infinity is no bound)');
}

function badNumber(operator: string, name: string, value: unknown, wanted: string): Error {
  const message = `options.activation.${name} must be ${wanted}, got ${describe(value)}`;
  const make = typeof value === 'number' ? rangeError : typeError;
  return make('ERR_CONV_OPTION', operator, message);
}

/** The activation with its numbers rounded to the dtype, as every executor must see them. */
export function roundActivation(activation: Activation, type: DType): Activation {
  const { kind, alpha, min, max } = activation;
  if (type === 'float64' || kind === 'none') return activation;
  return { kind, alpha: Math.fround(alpha), min: Math.fround(min), max: Math.fround(max) };
}
