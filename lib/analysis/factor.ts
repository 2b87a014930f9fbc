// Whether a kernel can be split into k×1 and 1×k, and how well: a kernel is a matrix, and its best sum of r outer
// products is its truncated singular value decomposition (Eckart & Young 1936). Between channels as in Jaderberg,
// Vedaldi & Zisserman, arXiv 1405.3866, scheme 2. Layer: analysis.
// SPDX-License-Identifier: MIT

import type { Matrix } from 'ml-matrix';
import type { FloatArray } from '../call.ts';
import { checkInteger, readOptions } from '../check.ts';
import { createError, describe, formatDims, rangeError, typeError } from '../errors.ts';
import type { DType } from '../geometry.ts';
import { checkDivides } from '../ops/shapes.ts';
import { type ResultOf, Tensor, type TensorLike } from '../tensor.ts';
import { readView, type View } from '../view.ts';

export interface FactorOptions {
  /** Channels between the stages, per group; by default as many as keep the error within `tolerance`. */
  readonly rank?: number;
  /** The relative error that counts as none. Default 1e-6 for float32, 1e-12 for float64. */
  readonly tolerance?: number;
  /** Default 1. */
  readonly groups?: number;
}

/** One kernel of a weight: the kH×kW matrix between an input and an output channel. */
export interface KernelRank {
  readonly outChannel: number;
  /** Within its group. */
  readonly inChannel: number;
  /** Descending. */
  readonly singularValues: readonly number[];
  /** Products of a column and a row that it takes, within the tolerance; 1 can be split, 0 is all zeros. */
  readonly rank: number;
  /** Relative Frobenius error of its best single product of a column and a row. */
  readonly splitError: number;
}

/** A split of a whole weight, ready for `spatialSeparableConv2d`. */
export interface SpatialFactors<T = Tensor> {
  /** Whether every kernel can be split, within the tolerance. */
  readonly separable: boolean;
  /** Each kernel by itself, output channel by output channel. */
  readonly kernels: readonly KernelRank[];
  /** Channels between the stages, per group. */
  readonly rank: number;
  /** `[groups·rank, C/g, kH, 1]`. */
  readonly column: T;
  /** `[O, rank, 1, kW]`. */
  readonly row: T;
  /** Relative Frobenius error of column·row against the weight. */
  readonly error: number;
  /** The same for each output channel by itself. */
  readonly channelErrors: readonly number[];
}

const CALLER = 'factorSpatial';
const NAMES = new Set(['rank', 'tolerance', 'groups']);
const TOLERANCE: Readonly<Record<DType, number>> = { float32: 1e-6, float64: 1e-12 };

/**
 * Splits a 2-D weight into a k×1 and a 1×k convolution, exactly where that is possible, as well as possible where
 * not. Needs the package `ml-matrix` for the singular value decomposition, and loads it on first use.
 *
 * @param weight - `[O, C/g, kH, kW]`.
 * @returns a promise of the split, and what it loses.
 * @throws TypeError or RangeError for what is no such weight or a bad option; Error `ERR_CONV_LOAD` without `ml-matrix`.
 *
 * @example
 * ```ts
 * import { factorSpatial, Tensor } from 'native-conv/analysis';
 * const sobel = await factorSpatial(Tensor.from([[[[1, 0, -1], [2, 0, -2], [1, 0, -1]]]]));
 * console.log(sobel.separable, sobel.column.dims, sobel.row.dims); // true [1, 1, 3, 1] [1, 1, 1, 3]
 * const laplacian = await factorSpatial(Tensor.from([[[[0, 1, 0], [1, -4, 1], [0, 1, 0]]]]));
 * console.log(laplacian.separable, laplacian.kernels[0].rank); // false 2
 * ```
 */
export async function factorSpatial<X extends TensorLike>(
  weight: X,
  options?: FactorOptions,
): Promise<SpatialFactors<ResultOf<X>>> {
  const view = readWeight(weight);
  const given = readOptions(CALLER, options, NAMES);
  const groups = checkInteger(CALLER, 'options.groups', given.groups ?? 1, 1);
  checkDivides(
    CALLER,
    `weight ${formatDims(view.dims)} has ${view.dims[0]} output channels`,
    view.dims[0],
    groups,
  );
  const tolerance = readTolerance(given.tolerance, view.type);
  const most = mostProducts(view.dims, groups);
  const rank = given.rank === undefined ? null : readRank(given.rank, most);
  const decompose = await loadDecomposition();
  const kernels = kernelRanks(view, decompose, tolerance);
  const split = splitWeight(view, groups, decompose, rank, tolerance);
  const errors = splitErrors(view, groups, split);
  return {
    separable: kernels.every((kernel) => kernel.rank <= 1),
    kernels,
    ...split,
    ...errors,
  } as SpatialFactors as SpatialFactors<ResultOf<X>>;
}

function readWeight(weight: TensorLike): View {
  const view = readView(CALLER, 'weight', weight);
  if (view.dims.length !== 4 || view.dims.includes(0)) {
    const message = `weight must be [O,C/g,kH,kW] without an empty axis, got ${formatDims(view.dims)}`;
    throw rangeError('ERR_CONV_SHAPE', CALLER, message);
  }
  const bad = view.data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return view;
  throw rangeError('ERR_CONV_SHAPE', CALLER, `weight must be finite, element ${bad} is ${view.data[bad]}`);
}

function readTolerance(value: unknown, type: DType): number {
  if (value === undefined) return TOLERANCE[type];
  if (typeof value === 'number' && value >= 0 && value < 1) return value;
  const message = `options.tolerance must be from 0 to below 1, got ${describe(value)}`;
  throw (typeof value === 'number' ? rangeError : typeError)('ERR_CONV_OPTION', CALLER, message);
}

/** Beyond this rank, further products are zero. */
function mostProducts([outer, inner, height, width]: readonly number[], groups: number): number {
  return Math.min(inner * height, (outer / groups) * width);
}

function readRank(value: unknown, most: number): number {
  const rank = checkInteger(CALLER, 'options.rank', value, 1);
  if (rank <= most) return rank;
  throw rangeError(
    'ERR_CONV_OPTION',
    CALLER,
    `options.rank may be at most ${most} for this weight, got ${rank}`,
  );
}

/** A decomposition: columns of `left`, singular values in descending order, columns of `right`. */
interface Decomposition {
  readonly left: Matrix;
  readonly values: readonly number[];
  readonly right: Matrix;
}

type Decompose = (
  rows: number,
  columns: number,
  element: (row: number, column: number) => number,
) => Decomposition;

async function loadDecomposition(): Promise<Decompose> {
  const { Matrix, SingularValueDecomposition } = await import('ml-matrix').catch((cause: unknown) => {
    const message = 'the package ml-matrix cannot be loaded; run: npm install ml-matrix';
    throw createError('Error', 'ERR_CONV_LOAD', CALLER, message, cause);
  });
  return (rows, columns, element) => {
    const matrix = Matrix.zeros(rows, columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) matrix.set(row, column, element(row, column));
    }
    const { leftSingularVectors, diagonal, rightSingularVectors } = new SingularValueDecomposition(matrix, {
      autoTranspose: true,
    });
    return {
      left: leftSingularVectors,
      values: diagonal.slice(0, Math.min(rows, columns)),
      right: rightSingularVectors,
    };
  };
}

function kernelRanks({ data, dims }: View, decompose: Decompose, tolerance: number): KernelRank[] {
  const [outer, inner, height, width] = dims;
  const ranks: KernelRank[] = [];
  for (let outChannel = 0; outChannel < outer; outChannel++) {
    for (let inChannel = 0; inChannel < inner; inChannel++) {
      const first = (outChannel * inner + inChannel) * height * width;
      const { values } = decompose(height, width, (row, column) => data[first + row * width + column]);
      const rank = neededProducts(values, tolerance);
      ranks.push({ outChannel, inChannel, singularValues: values, rank, splitError: restOf(values, 1) });
    }
  }
  return ranks;
}

/** The relative error of keeping the first singular values only. */
function restOf(values: readonly number[], kept: number): number {
  const norm = Math.hypot(...values);
  return norm === 0 ? 0 : Math.hypot(...values.slice(kept)) / norm;
}

function neededProducts(values: readonly number[], tolerance: number): number {
  if (values.every((value) => value === 0)) return 0;
  let kept = 1;
  while (restOf(values, kept) > tolerance) kept += 1;
  return kept;
}

interface Split {
  readonly rank: number;
  readonly column: Tensor;
  readonly row: Tensor;
}

/** W[o, i, h, w] = Σ_m column[m, i, h]·row[o, m, w] within each group: a decomposition of (i, h) × (o, w). */
function splitWeight(
  { data, dims, type }: View,
  groups: number,
  decompose: Decompose,
  wanted: number | null,
  tolerance: number,
): Split {
  const [outer, inner, height, width] = dims;
  const perGroup = outer / groups;
  const parts = Array.from({ length: groups }, (_, group) =>
    decompose(inner * height, perGroup * width, (ih, ow) => {
      const o = group * perGroup + Math.floor(ow / width);
      return data[(o * inner * height + ih) * width + (ow % width)];
    }),
  );
  const rank = wanted ?? Math.max(1, ...parts.map(({ values }) => neededProducts(values, tolerance)));
  const column = Tensor.zeros([groups * rank, inner, height, 1], { type });
  const row = Tensor.zeros([outer, rank, 1, width], { type });
  for (const [group, { left, values, right }] of parts.entries()) {
    for (let m = 0; m < rank; m++) {
      // Both factors get an equal share of the scale; of the two signs, that which makes the column's sum positive.
      const sum = left.getColumn(m).reduce((total, value) => total + value, 0);
      const scale = Math.sqrt(values[m]) * (sum < 0 ? -1 : 1);
      const firstOfColumn = (group * rank + m) * inner * height;
      for (let ih = 0; ih < inner * height; ih++) column.data[firstOfColumn + ih] = scale * left.get(ih, m);
      for (let ow = 0; ow < perGroup * width; ow++) {
        const o = group * perGroup + Math.floor(ow / width);
        row.data[(o * rank + m) * width + (ow % width)] = scale * right.get(ow, m);
      }
    }
  }
  return { rank, column, row };
}

/** Measured on the factors as they were rounded, not taken from the singular values. */
function splitErrors(
  { data, dims }: View,
  groups: number,
  { rank, column, row }: Split,
): { readonly error: number; readonly channelErrors: readonly number[] } {
  const [outer, inner, height, width] = dims;
  const perGroup = outer / groups;
  const channels = Array.from({ length: outer }, (_, o) => {
    const group = Math.floor(o / perGroup);
    let [lost, whole] = [0, 0];
    for (let ih = 0; ih < inner * height; ih++) {
      for (let w = 0; w < width; w++) {
        const value = data[(o * inner * height + ih) * width + w];
        lost += (value - productAt(column.data, row.data, group, o, ih, w)) ** 2;
        whole += value ** 2;
      }
    }
    return { lost, whole };
  });

  function productAt(
    columns: FloatArray,
    rows: FloatArray,
    group: number,
    o: number,
    ih: number,
    w: number,
  ): number {
    let sum = 0;
    for (let m = 0; m < rank; m++) {
      sum += columns[(group * rank + m) * inner * height + ih] * rows[(o * rank + m) * width + w];
    }
    return sum;
  }

  const relative = (lost: number, whole: number) => (whole === 0 ? Math.sqrt(lost) : Math.sqrt(lost / whole));
  const total = (name: 'lost' | 'whole') => channels.reduce((sum, channel) => sum + channel[name], 0);
  return {
    error: relative(total('lost'), total('whole')),
    channelErrors: channels.map(({ lost, whole }) => relative(lost, whole)),
  };
}
