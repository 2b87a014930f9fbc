// The one factory of every error that this library throws from TypeScript. Layer: beneath everything else in lib/.
// `TypeError` is for the wrong kind of value, `RangeError` for a bad value or a mismatch; a plain `Error` says that
// the environment or our own code is at fault. Each message opens with the operator; each error carries a `code`.
// SPDX-License-Identifier: MIT

export type ErrorCode =
  /** A bad option, or an option that does not exist or does not apply. */
  | 'ERR_CONV_OPTION'
  /** Dims that are wrong or do not fit each other. */
  | 'ERR_CONV_SHAPE'
  /** Data that are not of a supported type, or of differing types. */
  | 'ERR_CONV_DTYPE'
  /** A forced algorithm that cannot run this call. */
  | 'ERR_CONV_ALGORITHM'
  /** More elements than an axis, a number or memory can hold. */
  | 'ERR_CONV_TOO_LARGE'
  /** `out` shares memory with an operand. */
  | 'ERR_CONV_OVERLAP'
  /** More asynchronous calls than `setMaxQueued` allows. */
  | 'ERR_CONV_QUEUE'
  /** The native binary cannot be loaded. */
  | 'ERR_CONV_LOAD'
  /** A check of ours failed: a bug in this library. */
  | 'ERR_CONV_INTERNAL';

/** What is thrown: a TypeError, a RangeError or an Error, with a `code` to tell cases apart. */
export interface ConvError extends Error {
  readonly code: ErrorCode;
}

const CONSTRUCTORS = { TypeError, RangeError, Error } as const;

/**
 * Makes an error whose message opens with the operator's public name.
 *
 * @param kind - `TypeError`: the wrong kind of value; `RangeError`: a bad value or a mismatch; `Error`: neither.
 * @param operator - the public name, e.g. `conv2d`.
 * @param message - the rest: what was expected and what was received.
 *
 * @example
 * ```ts
 * const error = createError('RangeError', 'ERR_CONV_OPTION', 'conv2d', 'options.groups must be a positive integer, got 0');
 * console.log(error.message); // conv2d: options.groups must be a positive integer, got 0
 * ```
 */
export function createError(
  kind: keyof typeof CONSTRUCTORS,
  code: ErrorCode,
  operator: string,
  message: string,
  cause?: unknown,
): ConvError {
  const options = cause === undefined ? undefined : { cause };
  return Object.assign(new CONSTRUCTORS[kind](`${operator}: ${message}`, options), { code });
}

/** The wrong kind of value. */
export function typeError(code: ErrorCode, operator: string, message: string): ConvError {
  return createError('TypeError', code, operator, message);
}

/** A value of the right kind that is bad, or does not fit another. */
export function rangeError(code: ErrorCode, operator: string, message: string): ConvError {
  return createError('RangeError', code, operator, message);
}

/** Any value, short enough for a message: `0`, `'same'`, `[1,2]`, `a function`, `a Uint8Array`. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return describeArray(value);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return `${/^[AEIO]/.test(tag) ? 'an' : 'a'} ${tag}`;
}

function describeArray(values: readonly unknown[]): string {
  const shown = values.slice(0, 8).map(describe).join(',');
  return values.length > 8 ? `[${shown},… ${values.length} values]` : `[${shown}]`;
}

/** Dims for a message: `[1,3,32,32]`. */
export function formatDims(dims: readonly number[]): string {
  return `[${dims.join(',')}]`;
}

/** `'a'`, `'a' or 'b'`, `'a', 'b' or 'c'`. */
export function formatChoices(choices: readonly string[]): string {
  const quoted = choices.map((choice) => `'${choice}'`);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}
