// Checks of single values, shared by tensors, options and lowering. Layer: just above errors.ts.
// Each throws a message that names the operator, the value and what it received; none allocates unless it throws.
// SPDX-License-Identifier: MIT

import {
  createError,
  describe,
  type ErrorCode,
  formatChoices,
  formatDims,
  rangeError,
  typeError,
} from './errors.ts';

/** The most elements along one axis: native indices within an axis are 32-bit. */
export const MAX_AXIS = 2 ** 31 - 1;

/** The `least` of an integer that may be negative. */
export const ANY_INTEGER = -2147483647;

/** An integer in [`least`, 2³¹ − 1]. */
export function checkInteger(
  operator: string,
  name: string,
  value: unknown,
  least: 1 | 0 | typeof ANY_INTEGER,
  code: ErrorCode = 'ERR_CONV_OPTION',
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= MAX_AXIS)
    return value;
  const kind = least === ANY_INTEGER ? 'an' : least === 0 ? 'a non-negative' : 'a positive';
  const wanted = `${name} must be ${kind} integer`;
  if (typeof value !== 'number') throw typeError(code, operator, `${wanted}, got ${describe(value)}`);
  if (value > MAX_AXIS && value !== Number.POSITIVE_INFINITY) {
    throw rangeError('ERR_CONV_TOO_LARGE', operator, `${name} may be at most ${MAX_AXIS}, got ${value}`);
  }
  throw rangeError(code, operator, `${wanted}, got ${describe(value)}`);
}

/** One of a list of names. */
export function checkChoice<Choice extends string>(
  operator: string,
  name: string,
  value: unknown,
  choices: readonly Choice[],
): Choice {
  if (choices.includes(value as Choice)) return value as Choice;
  const message = `${name} must be ${formatChoices(choices)}, got ${describe(value)}`;
  throw createError(
    typeof value === 'string' ? 'RangeError' : 'TypeError',
    'ERR_CONV_OPTION',
    operator,
    message,
  );
}

/** The most values of dims, or of an option with one value per axis: it bounds the reading of a hostile array. */
const MAX_VALUES = 64;

/** An array's values, each read once: what is checked is what is used, also where a Proxy or a getter answers. */
export function readArray(
  operator: string,
  name: string,
  array: readonly unknown[],
  code: ErrorCode = 'ERR_CONV_OPTION',
  most = MAX_VALUES,
): unknown[] {
  const length = checkLength(operator, name, array, code, most);
  const values: unknown[] = [];
  for (let i = 0; i < length; i++) values.push(array[i]);
  return values;
}

/** The length of what claims to have one. */
export function checkLength(
  operator: string,
  name: string,
  array: ArrayLike<unknown>,
  code: ErrorCode,
  most: number,
): number {
  const length: unknown = array.length;
  if (typeof length === 'number' && Number.isInteger(length) && length <= most) return length;
  throw rangeError(code, operator, `${name} may have at most ${most} values, got ${describe(length)}`);
}

/** Dims as a caller passed them: a copy, checked. */
export function readDims(operator: string, name: string, dims: unknown): readonly number[] {
  const copy = Array.isArray(dims) ? readArray(operator, name, dims, 'ERR_CONV_SHAPE') : dims;
  checkDims(operator, name, copy);
  return copy as readonly number[];
}

/** Dims: an array of non-negative integers. Returns the number of elements. */
export function checkDims(operator: string, name: string, dims: unknown): number {
  if (!Array.isArray(dims)) {
    throw typeError(
      'ERR_CONV_SHAPE',
      operator,
      `${name} must be an array of integers, got ${describe(dims)}`,
    );
  }
  let count = 1;
  for (let axis = 0; axis < dims.length; axis++) {
    const size: unknown = dims[axis];
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > MAX_AXIS) {
      checkInteger(operator, `${name}[${axis}]`, size, 0, 'ERR_CONV_SHAPE');
    }
    count *= size as number;
  }
  if (count > Number.MAX_SAFE_INTEGER) throw tooLarge(operator, `${name} ${formatDims(dims)}`, count);
  return count;
}

export function tooLarge(operator: string, what: string, count: number): Error {
  return rangeError(
    'ERR_CONV_TOO_LARGE',
    operator,
    `${what} would hold ${count} elements, more than can be addressed`,
  );
}

export function outOfMemory(operator: string, what: string, count: number, bytes: number): Error {
  return rangeError(
    'ERR_CONV_TOO_LARGE',
    operator,
    `${what} would hold ${count} elements, and there is no memory for its ${bytes} bytes`,
  );
}

/** A finite number. */
export function checkFinite(operator: string, name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const make = typeof value === 'number' ? rangeError : typeError;
  throw make('ERR_CONV_OPTION', operator, `${name} must be a finite number, got ${describe(value)}`);
}

/**
 * Refuses option names that do not exist (with the nearest one that does), and those that another operator has.
 * Returns the options' values, each read once. What other code may have put on Object.prototype is no option.
 */
export function readOptions(
  operator: string,
  options: unknown,
  allowed: ReadonlySet<string>,
  elsewhere: ReadonlySet<string> = allowed,
): Readonly<Record<string, unknown>> {
  if (options === undefined) return NO_OPTIONS;
  if (!isRecord(options)) {
    throw typeError('ERR_CONV_OPTION', operator, `options must be an object, got ${describe(options)}`);
  }
  const values = readProperties(options);
  for (const name in values) if (!allowed.has(name)) throw unknownName(operator, name, allowed, elsewhere);
  return values;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/**
 * Options for an operator that must look at one of them before it can parse the others: each property read once.
 * What is no options object is left as it is, for the parser to refuse; none given are empty ones.
 */
export function readOnce(options: unknown): Readonly<Record<string, unknown>> {
  if (options === undefined) return NO_OPTIONS;
  return isRecord(options) ? readProperties(options) : (options as Readonly<Record<string, unknown>>);
}

/** The enumerable properties of an object, each read once, in an object that inherits none. */
export function readProperties(object: object): Readonly<Record<string, unknown>> {
  const values = new Bare() as Record<string, unknown>;
  for (const name in object) {
    if (Object.hasOwn(Object.prototype, name) && !Object.hasOwn(object, name)) continue;
    values[name] = (object as Readonly<Record<string, unknown>>)[name];
  }
  return values;
}

/** An object that inherits nothing but, unlike Object.create(null)'s, is quick: V8 keeps its values in slots. */
class Bare {}
Object.setPrototypeOf(Bare.prototype, null);
Reflect.deleteProperty(Bare.prototype, 'constructor');

const NO_OPTIONS: Readonly<Record<string, unknown>> = Object.freeze(Object.create(null));

function unknownName(
  operator: string,
  name: string,
  allowed: ReadonlySet<string>,
  elsewhere: ReadonlySet<string>,
): Error {
  if (elsewhere.has(name)) {
    return rangeError(
      'ERR_CONV_OPTION',
      operator,
      `options.${name} does not apply here; there are ${[...allowed].join(', ')}`,
    );
  }
  const nearest = nearestName(name, allowed);
  const advice =
    nearest === undefined ? `there are ${[...allowed].join(', ')}` : `did you mean '${nearest}'?`;
  return rangeError('ERR_CONV_OPTION', operator, `unknown option ${describe(name)}; ${advice}`);
}

/** The name at the smallest edit distance, if it is near enough to be a slip of the pen. */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let best = Math.max(2, Math.floor(name.length / 2)) + 1;
  for (const candidate of names) {
    const distance = editDistance(plain(name), plain(candidate));
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** snake_case and case do not count: `padding_mode` is nearest to `paddingMode`. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
