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

/**
 * Refuses option names that do not exist (with the nearest one that does), and those that another operator has.
 * Returns the options, or an empty object where none were given.
 */
export function checkNames(
  operator: string,
  options: unknown,
  allowed: ReadonlySet<string>,
  elsewhere: ReadonlySet<string> = allowed,
): Readonly<Record<string, unknown>> {
  if (options === undefined) return NO_OPTIONS;
  if (
    typeof options !== 'object' ||
    options === null ||
    Array.isArray(options) ||
    ArrayBuffer.isView(options)
  ) {
    throw typeError('ERR_CONV_OPTION', operator, `options must be an object, got ${describe(options)}`);
  }
  for (const name in options) {
    if (!allowed.has(name)) throw unknownName(operator, name, allowed, elsewhere);
  }
  return options as Readonly<Record<string, unknown>>;
}

const NO_OPTIONS: Readonly<Record<string, unknown>> = Object.freeze({});

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
