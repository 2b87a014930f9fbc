// Reads what a caller passed as a tensor, by structure: `{data, dims}`, `{data, shape}` or an ndarray with strides.
// Layer: above tensor.ts. Tests kinds by tags, never by instanceof, so that values of other realms work.
// SPDX-License-Identifier: MIT

import type { FloatArray } from './call.ts';
import { checkDims, checkInteger, readArray, readDims } from './check.ts';
import { describe, formatDims, rangeError, typeError } from './errors.ts';
import { type DType, product } from './geometry.ts';
import { allocateData, checkAttached, checkLength, dataType, detached } from './tensor.ts';

/** A checked operand: contiguous data of a float dtype, as many as its dims say. */
export interface View {
  readonly data: FloatArray;
  readonly dims: readonly number[];
  readonly type: DType;
  /** The caller's memory: `data`, or what it is gathered from. */
  readonly memory: FloatArray;
  /** How `memory` is strided where `data` is a copy of it, made when it is first asked for. */
  readonly strided?: Strided;
}

export interface Strided {
  readonly strides: readonly number[];
  /** Of the first element, in {@link View.memory}. */
  readonly offset: number;
  /** Elements of the memory. */
  readonly reach: number;
}

/** An ndarray whose elements do not lie in C order: executors copy it, or `data` does. */
class StridedView implements View {
  readonly dims: readonly number[];
  readonly type: DType;
  readonly memory: FloatArray;
  readonly strided: Strided;
  readonly #operator: string;
  #data: FloatArray | undefined;

  constructor(
    operator: string,
    dims: readonly number[],
    type: DType,
    memory: FloatArray,
    strides: readonly number[],
    offset: number,
  ) {
    this.dims = dims;
    this.type = type;
    this.memory = memory;
    this.strided = { strides, offset, reach: memory.length };
    this.#operator = operator;
  }

  get data(): FloatArray {
    if (this.#data === undefined) {
      const into = allocateData(this.#operator, product(this.dims), this.type);
      this.#data = gather(this.memory, into, this.dims, this.strided.strides, this.strided.offset);
    }
    return this.#data;
  }
}

/** What an object of one of the three forms said, each property read once. */
interface Candidate {
  readonly data: unknown;
  readonly dims: unknown;
  readonly stride: unknown;
  readonly offset: unknown;
}

/**
 * Checks a tensor that will be read; a strided one will be copied into C order.
 *
 * @param name - how messages call it: `input`, `options.bias`.
 */
export function readView(operator: string, name: string, value: unknown): View {
  const tensor = candidate(operator, name, value);
  const type = dataType(operator, `${name}.data`, tensor.data);
  const data = tensor.data as FloatArray;
  if (tensor.stride !== undefined) return readStrided(operator, name, tensor, type);
  const dims = readDims(operator, `${name}.dims`, tensor.dims);
  checkLength(operator, `${name}.`, data, dims);
  return { data, dims, type, memory: data };
}

/** Checks a tensor that will be written: one whose elements do not lie in C order is refused. */
export function readTarget(operator: string, name: string, value: unknown): View {
  const view = readView(operator, name, value);
  if (view.strided === undefined) return view;
  throw rangeError(
    'ERR_CONV_SHAPE',
    operator,
    `${name} is written to, so its strides must be those of C order`,
  );
}

function candidate(operator: string, name: string, value: unknown): Candidate {
  if (typeof value === 'object' && value !== null) {
    const { data, dims, shape, stride, offset } = value as Readonly<Record<string, unknown>>;
    const sizes = dims ?? shape;
    if (data !== undefined && sizes !== undefined) {
      return {
        data,
        dims: sizes,
        stride: unpolluted('stride', stride),
        offset: unpolluted('offset', offset),
      };
    }
  }
  throw typeError(
    'ERR_CONV_SHAPE',
    operator,
    `${name} must be a tensor {data, dims} or {data, shape}, got ${describe(value)}${
      Array.isArray(value) ? '; Tensor.from makes a tensor of nested arrays' : ''
    }`,
  );
}

/** A tensor has no strides only because other code has put some on Object.prototype. */
export function unpolluted(name: string, value: unknown): unknown {
  return value === (Object.prototype as Readonly<Record<string, unknown>>)[name] ? undefined : value;
}

/** An ndarray: element (i, j, …) is at offset + i·stride[0] + j·stride[1] + …; strides may be negative. */
function readStrided(operator: string, name: string, tensor: Candidate, type: DType): View {
  const dims = readDims(operator, `${name}.shape`, tensor.dims);
  const count = checkDims(operator, `${name}.shape`, dims);
  const strides = checkStrides(operator, name, tensor.stride, dims);
  const offset =
    tensor.offset === undefined
      ? 0
      : checkInteger(operator, `${name}.offset`, tensor.offset, 0, 'ERR_CONV_SHAPE');
  const data = tensor.data as FloatArray;
  checkAttached(operator, `${name}.`, data);
  let first = offset;
  let last = offset;
  let contiguous = true;
  for (let axis = dims.length - 1, step = 1; axis >= 0 && count > 0; axis--) {
    const reach = (dims[axis] - 1) * strides[axis];
    if (reach < 0) first += reach;
    else last += reach;
    contiguous &&= dims[axis] === 1 || strides[axis] === step;
    step *= dims[axis];
  }
  if (count > 0 && (first < 0 || last >= data.length)) {
    throw rangeError(
      'ERR_CONV_SHAPE',
      operator,
      `${name} of shape ${formatDims(dims)}, stride ${formatDims(strides)} and offset ${offset} reaches elements ` +
        `${first} to ${last}, its data has ${data.length}`,
    );
  }
  const memory = part(operator, name, data, first, count === 0 ? first : last + 1);
  if (contiguous || count === 0) return { data: memory, dims, type, memory };
  return new StridedView(operator, dims, type, memory, strides, offset - first);
}

/** `data.subarray`, which throws an error of its own for a detached array that optimised code took for a live one. */
function part(operator: string, name: string, data: FloatArray, first: number, end: number): FloatArray {
  try {
    return data.subarray(first, end);
  } catch {
    throw detached(operator, `${name}.data`);
  }
}

function checkStrides(
  operator: string,
  name: string,
  strides: unknown,
  dims: readonly number[],
): readonly number[] {
  const values = Array.isArray(strides)
    ? readArray(operator, `${name}.stride`, strides, 'ERR_CONV_SHAPE')
    : [];
  if (Array.isArray(strides) && values.length === dims.length && values.every(Number.isSafeInteger))
    return values as number[];
  const message = `${name}.stride must be ${dims.length} integers, got ${describe(strides)}`;
  throw typeError('ERR_CONV_SHAPE', operator, message);
}

/** Copies strided elements into C order, those from `first` to `end`; walks them with one counter per axis. */
export function gather(
  from: FloatArray,
  into: FloatArray,
  dims: readonly number[],
  strides: readonly number[],
  offset: number,
  first = 0,
  end = into.length,
): FloatArray {
  const index = new Array<number>(dims.length).fill(0);
  let position = offset;
  for (let axis = dims.length - 1, rest = first; axis >= 0 && rest > 0; axis--) {
    index[axis] = rest % dims[axis];
    position += index[axis] * strides[axis];
    rest = Math.floor(rest / dims[axis]);
  }
  for (let i = first; i < end; i++) {
    into[i] = from[position];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      position += strides[axis];
      if (++index[axis] < dims[axis]) break;
      position -= dims[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return into;
}
