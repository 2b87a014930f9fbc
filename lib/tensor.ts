// Tensors: what every operator returns, and the shapes of object that every operator accepts (view.ts reads them).
// Layer: above check.ts. A tensor is a typed array in C order with its dims; it copies nothing and owns no handle.
// SPDX-License-Identifier: MIT

import type { FloatArray } from './call.ts';
import { checkChoice, checkDims, outOfMemory, readDims, readOptions } from './check.ts';
import { describe, formatDims, rangeError, typeError } from './errors.ts';
import { DTYPES, type DType } from './geometry.ts';
import { fromHalf } from './half.ts';
import { resultMemory } from './memory.ts';
import { sfc32 } from './random.ts';

export interface TensorDataTypes {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly uint8: Uint8Array;
  readonly uint16: Uint16Array;
  readonly int16: Int16Array;
  /** Bits of IEEE half precision. */
  readonly float16: Uint16Array;
}

/** What a tensor may hold: convolutions take floats, image operators also integers. @useDeclaredType */
export type ElementType = keyof TensorDataTypes;

/** `Float32Array` for `'float32'`, `Uint8Array` for `'uint8'`, and so on. */
export type TensorData<T extends ElementType> = TensorDataTypes[T];

type ElementArray = TensorDataTypes[ElementType];

/**
 * What operators accept, by structure: `{data, dims}` (this library's and onnxruntime's tensors), `{data, shape}`,
 * and an ndarray, whose `stride` and `offset` are in elements. `data` is a Float32Array or Float64Array, of any
 * realm, over an ArrayBuffer or a SharedArrayBuffer; its static type is wider so that a tensor type that could
 * hold other data too (as onnxruntime's) is accepted, and checked when called.
 */
export type TensorLike =
  | { readonly data: ArrayLike<unknown>; readonly dims: readonly number[] }
  | {
      readonly data: ArrayLike<unknown>;
      readonly shape: readonly number[];
      readonly stride?: readonly number[];
      readonly offset?: number;
    };

/** The tensor type with the dtype of another tensor's data, where that is known statically. */
export type ResultOf<Like> = Like extends { readonly data: infer Data }
  ? Data extends Float32Array
    ? Tensor<'float32'>
    : Data extends Float64Array
      ? Tensor<'float64'>
      : Tensor
  : Tensor;

/** A number, or equally long arrays of such. */
export type Nested = number | readonly Nested[];

const FACTORY_OPTIONS = new Set(['type']);
const RANDOM_OPTIONS = new Set(['seed', 'type']);

/**
 * A dense array in C order (the last axis varies fastest): of float32 or float64 values, or of an image operator's
 * uint8, uint16 or int16 ones.
 * `new ort.Tensor(y.type, y.data, y.dims)` makes onnxruntime's tensor of it and copies nothing.
 *
 * @example
 * ```ts
 * import { Tensor } from 'native-conv';
 * const x = new Tensor(Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2]);
 * console.log(x.type, x.dims); // float32 [ 1, 1, 2, 2 ]
 * ```
 */
export class Tensor<T extends ElementType = DType> {
  readonly data: TensorData<T>;
  readonly dims: readonly number[];
  readonly type: T;

  /**
   * @param data - ∏dims values; kept, not copied.
   * @param dims - the size of each axis; copied.
   * @param type - `'float16'` where a Uint16Array holds the bits of such; otherwise it follows from the data.
   * @throws TypeError `ERR_CONV_DTYPE` for other data, RangeError `ERR_CONV_SHAPE` where the length does not fit.
   */
  constructor(data: TensorData<T>, dims: readonly number[], type?: T) {
    this.type = typeOf(data, type) as T;
    this.dims = readDims('Tensor', 'dims', dims);
    checkLength('Tensor', '', data, this.dims);
    this.data = data;
  }

  /** The same as `dims`, under the name that NumPy and others use. */
  get shape(): readonly number[] {
    return this.dims;
  }

  /**
   * A tensor of nested arrays of numbers; a single number has dims `[]`.
   *
   * @param options - `type`: `'float32'` (default) or `'float64'`.
   * @throws RangeError `ERR_CONV_SHAPE` if the arrays are ragged.
   *
   * @example
   * ```ts
   * import { Tensor } from 'native-conv';
   * console.log(Tensor.from([[1, 2, 3], [4, 5, 6]]).dims); // [ 2, 3 ]
   * ```
   */
  static from<T extends DType = 'float32'>(nested: Nested, options?: { readonly type?: T }): Tensor<T> {
    const type = readType('Tensor.from', readOptions('Tensor.from', options, FACTORY_OPTIONS)) as T;
    const dims: number[] = [];
    for (let level: unknown = nested; Array.isArray(level); level = level[0]) dims.push(level.length);
    const tensor = allocate('Tensor.from', dims, type);
    fill(tensor.data, 0, nested, dims, 0);
    return tensor;
  }

  /**
   * A tensor of zeros.
   *
   * @param options - `type`: `'float32'` (default) or `'float64'`.
   *
   * @example
   * ```ts
   * import { Tensor } from 'native-conv';
   * console.log(Tensor.zeros([2, 2], { type: 'float64' }).toNested()); // [ [ 0, 0 ], [ 0, 0 ] ]
   * ```
   */
  static zeros<T extends DType = 'float32'>(
    dims: readonly number[],
    options?: { readonly type?: T },
  ): Tensor<T> {
    const type = readType('Tensor.zeros', readOptions('Tensor.zeros', options, FACTORY_OPTIONS)) as T;
    return allocate('Tensor.zeros', dims, type);
  }

  /**
   * Pseudo-random values, uniform in [−1, 1), the same for the same seed everywhere: C. Doty-Humphrey's sfc32
   * (PractRand). float32 values are multiples of 2⁻²³, float64 values of 2⁻⁵².
   *
   * @param options - `seed`: a non-negative safe integer, 0 by default; `type`: `'float32'` (default) or `'float64'`.
   *
   * @example
   * ```ts
   * import { Tensor } from 'native-conv';
   * const weight = Tensor.random([8, 3, 3, 3], { seed: 7 });
   * console.log(weight.data.every((value) => value >= -1 && value < 1)); // true
   * ```
   */
  static random<T extends DType = 'float32'>(
    dims: readonly number[],
    options?: { readonly seed?: number; readonly type?: T },
  ): Tensor<T> {
    const given = readOptions('Tensor.random', options, RANDOM_OPTIONS);
    const type = readType('Tensor.random', given) as T;
    const seed = given.seed ?? 0;
    if (!Number.isSafeInteger(seed) || (seed as number) < 0) {
      const message = `options.seed must be a non-negative safe integer, got ${describe(seed)}`;
      throw typeof seed === 'number'
        ? rangeError('ERR_CONV_OPTION', 'Tensor.random', message)
        : typeError('ERR_CONV_OPTION', 'Tensor.random', message);
    }
    const next = sfc32(seed as number);
    const tensor = allocate('Tensor.random', dims, type);
    const data: FloatArray = tensor.data;
    const draw =
      type === 'float32'
        ? () => (next() >>> 8) * 2 ** -23 - 1
        : () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) * 2 ** -52 - 1;
    for (let i = 0; i < data.length; i++) data[i] = draw();
    return tensor;
  }

  /**
   * The values as nested arrays; a tensor with dims `[]` gives a number.
   *
   * @example
   * ```ts
   * import { Tensor } from 'native-conv';
   * console.log(Tensor.from([[1], [2]]).toNested()); // [ [ 1 ], [ 2 ] ]
   * ```
   */
  toNested(): Nested {
    const { data } = this;
    return nest(this.type === 'float16' ? Array.from(data, fromHalf) : data, 0, this.dims, 0);
  }
}

/** The intrinsic getter behind `Object.prototype.toString`'s tag: works across realms, and cannot be forged. */
const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get as (this: unknown) => string | undefined;

/** The name of a typed array's class, of any realm; undefined for anything else. */
export function typedArrayName(data: unknown): string | undefined {
  return ArrayBuffer.isView(data) ? typedArrayTag.call(data) : undefined;
}

const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Uint8Array: 'uint8',
  Uint16Array: 'uint16',
  Int16Array: 'int16',
};

/** The element type of a tensor of this data; bits may be said to be those of float16. */
function typeOf(data: unknown, type: unknown): ElementType {
  const held = elementType('Tensor', 'data', data);
  if (type === undefined || type === held) return held;
  if (type === 'float16' && held === 'uint16') return type;
  const message = `a tensor of ${describe(type)} cannot hold ${held} data`;
  throw typeError('ERR_CONV_DTYPE', 'Tensor', message);
}

/** The element type of a typed array that a tensor may hold. */
function elementType(operator: string, name: string, data: unknown): ElementType {
  const type = ELEMENT_TYPES[typedArrayName(data) ?? ''];
  if (type !== undefined) return type;
  const wanted = 'a Float32Array, Float64Array, Uint8Array, Uint16Array or Int16Array';
  throw badData(operator, name, data, wanted);
}

/** The dtype of a typed array of floats. */
export function dataType(operator: string, name: string, data: unknown): DType {
  const type = ELEMENT_TYPES[typedArrayName(data) ?? ''];
  if (type === 'float32' || type === 'float64') return type;
  throw badData(operator, name, data, 'a Float32Array or a Float64Array');
}

function badData(operator: string, name: string, data: unknown, wanted: string): Error {
  const message = `${name} must be ${wanted}, got ${describe(data)}${dataAdvice(data)}`;
  return typeError('ERR_CONV_DTYPE', operator, message);
}

function dataAdvice(data: unknown): string {
  if (Array.isArray(data)) return '; Tensor.from makes a tensor of nested arrays';
  if (typeof data === 'function')
    return '; of a TensorFlow.js tensor t, pass {data: t.dataSync(), shape: t.shape}';
  return '';
}

/** Checks dims, and that they hold as many elements as the data; `name` is a prefix for messages, `''` or `input.`. */
export function checkLength(operator: string, name: string, data: ElementArray, dims: unknown): number {
  const count = checkDims(operator, `${name}dims`, dims);
  checkAttached(operator, name, data);
  if (count === data.length) return count;
  const message = `${name}dims ${formatDims(dims as readonly number[])} hold ${count} elements, ${name}data has ${data.length}`;
  throw rangeError('ERR_CONV_SHAPE', operator, message);
}

/** Refuses a detached array, whose length of 0 would else pass for that of empty dims. */
export function checkAttached(
  operator: string,
  name: string,
  data: ArrayBufferView & { readonly length: number },
): void {
  if (data.length > 0 || !isDetached(data)) return;
  throw detached(operator, `${name}data`);
}

/** What is thrown where the memory of an operand has been taken away. */
export function detached(operator: string, name: string): Error {
  const message = `the buffer of ${name} is detached: it was transferred, perhaps to a worker`;
  return rangeError('ERR_CONV_SHAPE', operator, message);
}

/** Node.js 20 has no `ArrayBuffer.prototype.detached`. */
export function isDetached(data: ArrayBufferView): boolean {
  if (data.buffer.byteLength > 0) return false;
  try {
    // Not a new view: optimised code makes one of a detached buffer without throwing (Node.js 20).
    data.buffer.slice(0, 0);
    return false;
  } catch {
    return true;
  }
}

/** Memory that could shrink under a running call is refused. */
export function checkFixed(operator: string, operands: readonly unknown[]): void {
  for (const data of operands) {
    if (ArrayBuffer.isView(data) && isResizable(data)) {
      const message =
        'an operand lies in a resizable ArrayBuffer, which could shrink during the call; copy it first';
      throw typeError('ERR_CONV_DTYPE', operator, message);
    }
  }
}

function isResizable(data: ArrayBufferView): boolean {
  return (data.buffer as { readonly resizable?: boolean }).resizable === true;
}

/** A tensor of zeros; what memory cannot hold is a RangeError that says so. */
export function allocate<T extends DType>(operator: string, dims: readonly number[], type: T): Tensor<T> {
  const count = checkDims(operator, 'dims', dims);
  return new Tensor<T>(allocateData(operator, count, type), dims);
}

/** A tensor for an executor to write, every element of it: it is not cleared. */
export function allocateResult<T extends DType>(
  operator: string,
  dims: readonly number[],
  type: T,
): Tensor<T> {
  const count = checkDims(operator, 'dims', dims);
  const array = type === 'float32' ? Float32Array : Float64Array;
  return new Tensor<T>(resultMemory<FloatArray>(operator, type, array, count) as TensorData<T>, dims);
}

/** Zeros. */
export function allocateData<T extends DType>(operator: string, count: number, type: T): TensorData<T> {
  try {
    return (type === 'float32' ? new Float32Array(count) : new Float64Array(count)) as TensorData<T>;
  } catch {
    throw outOfMemory(operator, `a ${type} array`, count, count * (type === 'float32' ? 4 : 8));
  }
}

function readType(operator: string, options: Readonly<Record<string, unknown>>): DType {
  return options.type === undefined ? 'float32' : checkChoice(operator, 'options.type', options.type, DTYPES);
}

/** Writes nested arrays that must have these dims; returns the next free offset. */
function fill(
  data: FloatArray,
  offset: number,
  nested: unknown,
  dims: readonly number[],
  axis: number,
): number {
  const wanted = axis === dims.length ? 'a number' : `an array of ${dims[axis]}`;
  if (axis === dims.length && typeof nested === 'number') {
    data[offset] = nested;
    return offset + 1;
  }
  if (axis < dims.length && Array.isArray(nested) && nested.length === dims[axis]) {
    return nested.reduce<number>((next, inner) => fill(data, next, inner, dims, axis + 1), offset);
  }
  const message = `nested arrays must be equally long numbers: expected ${wanted} at depth ${axis}, got ${describe(nested)}`;
  throw typeof nested === 'number' || Array.isArray(nested)
    ? rangeError('ERR_CONV_SHAPE', 'Tensor.from', message)
    : typeError('ERR_CONV_DTYPE', 'Tensor.from', message);
}

function nest(data: ArrayLike<number>, offset: number, dims: readonly number[], axis: number): Nested {
  if (axis === dims.length) return data[offset];
  const step = dims.slice(axis + 1).reduce((total, size) => total * size, 1);
  return Array.from({ length: dims[axis] }, (_, index) => nest(data, offset + index * step, dims, axis + 1));
}
