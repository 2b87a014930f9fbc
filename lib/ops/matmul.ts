// matmul: batched matrix products with NumPy's broadcasting of the batch axes, which are merged until at most three
// are left. Layer: operators.
// SPDX-License-Identifier: MIT

import type { PreparedCall } from '../call.ts';
import { readOnce } from '../check.ts';
import { formatDims, rangeError } from '../errors.ts';
import { type DType, type Geometry, type MatmulGeometry, product, type Triple } from '../geometry.ts';
import {
  type Door,
  type EpilogueOptions,
  type ExecutionOptions,
  MATMUL_OPTIONS,
  type OptionFamily,
  parseBoolean,
  parseOptions,
  type Settings,
} from '../options.ts';
import type { ResultOf, TensorLike } from '../tensor.ts';
import { readView } from '../view.ts';
import { assemble, checkSameType, computeType, type Plan, type PreparedFor } from './call.ts';
import { makeGeometry } from './shapes.ts';

type Dims = readonly number[];

export interface MatmulOptions extends ExecutionOptions, EpilogueOptions {
  /** The first operand is `[*, K, M]`. Default `false`. */
  readonly transposeA?: boolean;
  /** The second operand is `[*, N, K]`. Default `false`. */
  readonly transposeB?: boolean;
}

/** Options after parsing: those of every operator, and which operands are transposed. */
export interface MatmulSettings {
  readonly common: Settings;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export interface MatmulOperator {
  readonly name: 'matmul';
  readonly options: OptionFamily;
  readonly parse: (door: Door, options: unknown) => MatmulSettings;
  readonly plan: (settings: MatmulSettings, type: DType, a: Dims, b: Dims) => Plan;
}

const ONES: Triple = [1, 1, 1];

/** A batch axis: its size, and each operand's stride along it in elements, 0 where it is broadcast. */
interface BatchAxis {
  size: number;
  readonly strideA: number;
  readonly strideB: number;
}

function parse(door: Door, options: unknown): MatmulSettings {
  const given = readOnce(options);
  const common = parseOptions('matmul', door, MATMUL_OPTIONS, 2, given);
  return {
    common,
    transposeA: parseBoolean('matmul', 'transposeA', given.transposeA),
    transposeB: parseBoolean('matmul', 'transposeB', given.transposeB),
  };
}

function plan({ common, transposeA, transposeB }: MatmulSettings, type: DType, a: Dims, b: Dims): Plan {
  const [rows, depth] = splitMatrix('a', a, transposeA);
  const [depthB, columns] = splitMatrix('b', b, transposeB);
  if (depth !== depthB) {
    const message = `a ${formatDims(a)} has ${depth} columns${transposeA ? ' when transposed' : ''}, b ${formatDims(b)} has ${depthB} rows${transposeB ? ' when transposed' : ''}`;
    throw rangeError('ERR_CONV_SHAPE', 'matmul', message);
  }
  const sizes = broadcast(a, b);
  const axes = mergeAxes(sizes, a, b);
  const matmul: MatmulGeometry = {
    rows,
    columns,
    depth,
    transposeA,
    transposeB,
    batch: outermostFirst(axes, 1, (axis) => axis.size),
    strideA: outermostFirst(axes, 0, (axis) => axis.strideA),
    strideB: outermostFirst(axes, 0, (axis) => axis.strideB),
  };
  const window = { batch: 1, inChannels: 1, outChannels: 1, input: ONES, kernel: ONES };
  const geometry: Geometry = { ...makeGeometry('matmul', common, type, window, ONES), matmul };
  return { geometries: [geometry], dims: [...sizes, rows, columns], channels: columns };
}

function splitMatrix(
  name: string,
  dims: Dims,
  transposed: boolean,
): readonly [rows: number, columns: number] {
  if (dims.length < 2) {
    throw rangeError(
      'ERR_CONV_SHAPE',
      'matmul',
      `${name} must have at least 2 axes, got ${formatDims(dims)}`,
    );
  }
  const [first, second] = dims.slice(-2);
  return transposed ? [second, first] : [first, second];
}

/** The batch axes of the result: aligned at the end; an axis of 1 goes with any. */
function broadcast(a: Dims, b: Dims): number[] {
  const count = Math.max(a.length, b.length) - 2;
  return Array.from({ length: count }, (_, axis) => {
    const sizeA = batchSize(a, count - axis);
    const sizeB = batchSize(b, count - axis);
    if (sizeA === sizeB || sizeB === 1) return sizeA;
    if (sizeA === 1) return sizeB;
    const message = `batch axes of a ${formatDims(a)} and b ${formatDims(b)} do not broadcast: ${sizeA} against ${sizeB}`;
    throw rangeError('ERR_CONV_SHAPE', 'matmul', message);
  });
}

/** The size of the batch axis that is `fromEnd` places before the matrix; 1 where there is none. */
function batchSize(dims: Dims, fromEnd: number): number {
  return dims[dims.length - 2 - fromEnd] ?? 1;
}

/** Innermost first. Two neighbours become one where both operands step through them evenly. */
function mergeAxes(sizes: Dims, a: Dims, b: Dims): BatchAxis[] {
  const axes: BatchAxis[] = [];
  let stepA = product(a.slice(-2));
  let stepB = product(b.slice(-2));
  for (let fromEnd = 1; fromEnd <= sizes.length; fromEnd++) {
    const sizeA = batchSize(a, fromEnd);
    const sizeB = batchSize(b, fromEnd);
    const axis = {
      size: sizes[sizes.length - fromEnd],
      strideA: sizeA === 1 ? 0 : stepA,
      strideB: sizeB === 1 ? 0 : stepB,
    };
    stepA *= sizeA;
    stepB *= sizeB;
    const inner = axes.at(-1);
    if (axis.size === 1) continue;
    if (inner && axis.strideA === inner.strideA * inner.size && axis.strideB === inner.strideB * inner.size) {
      inner.size *= axis.size;
    } else {
      axes.push(axis);
    }
  }
  if (axes.length <= 3) return axes;
  const message = `batch axes of a ${formatDims(a)} and b ${formatDims(b)} broadcast in ${axes.length} steps; at most 3 can be taken`;
  throw rangeError('ERR_CONV_SHAPE', 'matmul', message);
}

function outermostFirst(
  axes: readonly BatchAxis[],
  filler: number,
  value: (axis: BatchAxis) => number,
): Triple {
  const at = (index: number): number => (index < axes.length ? value(axes[index]) : filler);
  return [at(2), at(1), at(0)];
}

function prepare(door: Door, a: TensorLike, b: TensorLike, options: unknown): PreparedCall {
  const first = readView('matmul', 'a', a);
  const second = readView('matmul', 'b', b);
  checkSameType('matmul', 'a', first.type, 'b', second.type);
  const settings = parse(door, options);
  const type = computeType('matmul', first.type, settings.common);
  const planned = plan(settings, type, first.dims, second.dims);
  return assemble('matmul', planned, settings.common, [{ source: first, weight: second }]);
}

export const matmulOperator: MatmulOperator = { name: 'matmul', options: MATMUL_OPTIONS, parse, plan };

export const prepareMatmul = <X extends TensorLike>(
  door: Door,
  a: X,
  b: TensorLike,
  options?: MatmulOptions,
) => prepare(door, a, b, options) as PreparedFor<ResultOf<X>>;
