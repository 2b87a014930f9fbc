// A convolution is linear, so it is a matrix: `matrix · vec(x) = vec(conv(x))`, dense or as compressed sparse rows.
// Layer: analysis.
// SPDX-License-Identifier: MIT

import type { FloatArray } from '../call.ts';
import { checkChoice, readOptions, tooLarge } from '../check.ts';
import { describe, formatDims, rangeError, typeError } from '../errors.ts';
import { type DType, type Geometry, inputLength, outputLength } from '../geometry.ts';
import type { Plan } from '../ops/call.ts';
import { type OperatorName, type OptionsOf, planOperator } from '../ops/table.ts';
import { CONV_TRANSPOSE_OPTIONS, type Settings } from '../options.ts';
import { tapTable } from '../reference/padding.ts';
import { inputStrides, outputStrides, weightStrides } from '../reference/strides.ts';
import { allocateData, type ResultOf, Tensor, type TensorLike } from '../tensor.ts';
import { readView } from '../view.ts';

/** Operators of one weight that are a single sliding product. */
export type LinearOperator = Extract<
  OperatorName,
  `conv${1 | 2 | 3}d` | `convTranspose${1 | 2 | 3}d` | `depthwiseConv${1 | 2 | 3}d` | 'pointwiseConv2d'
>;

/** The call's own options; what is added to the product, and how it is run, have no place in a matrix. */
export type MatrixOptions<Name extends LinearOperator> = Omit<
  OptionsOf<Name>,
  'bias' | 'residual' | 'activation' | 'out' | 'threads' | 'algorithm' | 'reproducible'
>;

/** Compressed sparse rows, with SciPy's names: row r has `data[i]` in column `indices[i]`, i from indptr[r] to indptr[r+1]. */
export interface CsrMatrix {
  readonly dims: readonly [rows: number, columns: number];
  readonly indptr: Float64Array;
  /** Ascending within a row. */
  readonly indices: Int32Array;
  readonly data: Float32Array | Float64Array;
}

const CALLER = 'convolutionMatrix';
/** Every name that one of the operators knows; the operator refuses those that it does not. */
const NAMES = new Set([...CONV_TRANSPOSE_OPTIONS.names.explain, 'format']);
const FORMATS = ['dense', 'csr'] as const;
const OPERATOR = /^(conv|convTranspose|depthwiseConv)[123]d$|^pointwiseConv2d$/;
/** Indices are 32-bit, and a matrix of more elements is no picture any more. */
const MOST_ELEMENTS = 2 ** 31 - 1;

/**
 * The matrix of a convolution: its rows are the elements of the result, its columns those of the input, both in
 * memory order. Of a batch it is block-diagonal; of a transposed convolution, the transpose of its convolution's.
 *
 * @param op - `'conv2d'`, `'depthwiseConv1d'`, `'convTranspose3d'`, …
 * @param inputDims - of the input.
 * @param weight - of the call.
 * @param options - the call's, and `format`: `'dense'` (default) is a tensor `[rows, columns]`, `'csr'` a {@link CsrMatrix}.
 * @throws as the call would; RangeError `ERR_CONV_OPTION` for a bias, residual or activation, `ERR_CONV_TOO_LARGE`.
 *
 * @example
 * ```ts
 * import { convolutionMatrix, Tensor } from 'native-conv/analysis';
 * const kernel = Tensor.from([[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]]);
 * const matrix = convolutionMatrix('conv2d', [1, 1, 4, 4], kernel);
 * console.log(matrix.dims, matrix.toNested()[0]); // [4, 16] [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0]
 * ```
 */
export function convolutionMatrix<Name extends LinearOperator, X extends TensorLike>(
  op: Name,
  inputDims: readonly number[],
  weight: X,
  options: MatrixOptions<Name> & { readonly format: 'csr' },
): CsrMatrix;
export function convolutionMatrix<Name extends LinearOperator, X extends TensorLike>(
  op: Name,
  inputDims: readonly number[],
  weight: X,
  options?: MatrixOptions<Name> & { readonly format?: 'dense' },
): ResultOf<X>;
export function convolutionMatrix(
  op: LinearOperator,
  inputDims: readonly number[],
  weight: TensorLike,
  options?: object,
): Tensor | CsrMatrix {
  if (!OPERATOR.test(op)) {
    const message = `op must be a convolution of one weight, got ${describe(op)}`;
    throw (typeof op === 'string' ? rangeError : typeError)('ERR_CONV_OPTION', CALLER, message);
  }
  const { format: asked, ...call } = readOptions(op, options, NAMES);
  const format = checkChoice(CALLER, 'options.format', asked ?? 'dense', FORMATS);
  const { data, dims, type } = readView(op, 'weight', weight);
  const { plan, settings } = planOperator(op, inputDims, dims, { ...call, type }, CALLER);
  checkLinear(op, settings);
  if (format === 'dense') checkDense(op, plan.geometries[0]);
  const matrix = sparseMatrix(op, plan, data);
  return format === 'csr' ? matrix : denseMatrix(op, type, matrix);
}

function checkLinear(operator: string, { bias, residual, activation }: Settings): void {
  const added =
    (bias && 'bias') ??
    (residual && 'residual') ??
    (activation.activation.kind === 'none' ? null : 'activation');
  if (added === null) return;
  const message = `options.${added} has no place in a matrix; apply it to the product`;
  throw rangeError('ERR_CONV_OPTION', operator, message);
}

function sparseMatrix(operator: string, { geometries: [geometry] }: Plan, weight: FloatArray): CsrMatrix {
  const forward = forwardMatrix(operator, geometry, weight);
  return geometry.kind === 'convTranspose' ? transpose(operator, geometry.dtype, forward) : forward;
}

/** Rows are the small side's elements, columns the large side's. */
function forwardMatrix(operator: string, g: Geometry, weight: FloatArray): CsrMatrix {
  const [rows, columns] = [outputLength(g), inputLength(g)];
  checkSize(operator, 'a matrix dimension', Math.max(rows, columns));
  const row = rowMaker(g, weight);
  // Twice over the rows, first to count: the arrays have their length from the start.
  const indptr = new Float64Array(rows + 1);
  for (const [index, entries] of row()) indptr[index + 1] = entries.size;
  for (let i = 0; i < rows; i++) indptr[i + 1] += indptr[i];
  checkSize(operator, 'the matrix', indptr[rows]);
  const indices = new Int32Array(indptr[rows]);
  const data = allocateData(operator, indptr[rows], g.dtype);
  for (const [index, entries] of row()) {
    const sorted = [...entries].sort(([a], [b]) => a - b);
    for (const [i, [column, value]] of sorted.entries()) {
      indices[indptr[index] + i] = column;
      data[indptr[index] + i] = value;
    }
  }
  return { dims: [rows, columns], indptr, indices, data };
}

/** Each row of the forward matrix: its index, and values by column. With padding that repeats, taps share a column. */
function rowMaker(
  g: Geometry,
  weight: FloatArray,
): () => Generator<[index: number, entries: Map<number, number>]> {
  const x = inputStrides(g);
  const y = outputStrides(g);
  const w = weightStrides(g);
  const tables = [tapTable(g, 0), tapTable(g, 1), tapTable(g, 2)];
  const inPerGroup = g.inChannels / g.groups;
  const outPerGroup = g.outChannels / g.groups;

  return function* rows() {
    for (let n = 0; n < g.batch; n++) {
      for (let oc = 0; oc < g.outChannels; oc++) {
        for (let od = 0; od < g.output[0]; od++) {
          for (let oh = 0; oh < g.output[1]; oh++) {
            for (let ow = 0; ow < g.output[2]; ow++) {
              yield [n * y.n + oc * y.c + od * y.d + oh * y.h + ow * y.w, entriesOf(n, oc, [od, oh, ow])];
            }
          }
        }
      }
    }
  };

  function entriesOf(n: number, oc: number, position: readonly number[]): Map<number, number> {
    const entries = new Map<number, number>();
    const firstChannel = Math.floor(oc / outPerGroup) * inPerGroup;
    const [depths, heights, widths] = position.map((o, axis) => tapsOf(axis, o));
    for (let ic = 0; ic < inPerGroup; ic++) {
      const channel = n * x.n + (firstChannel + ic) * x.c;
      const taps = oc * w.o + ic * w.i;
      for (const [kd, id] of depths) {
        for (const [kh, ih] of heights) {
          for (const [kw, iw] of widths) {
            const column = channel + id * x.d + ih * x.h + iw * x.w;
            const value = weight[taps + kd * w.d + kh * w.h + kw * w.w];
            entries.set(column, (entries.get(column) ?? 0) + value);
          }
        }
      }
    }
    return entries;
  }

  /** The taps of one position that meet an element, and which. */
  function tapsOf(axis: number, o: number): [tap: number, element: number][] {
    const size = g.kernel[axis];
    const elements = tables[axis].subarray(o * size, (o + 1) * size);
    return [...elements.entries()].filter(([, element]) => element >= 0);
  }
}

function checkSize(operator: string, what: string, count: number): void {
  if (count > MOST_ELEMENTS) throw tooLarge(operator, what, count);
}

/** Before the sparse one is built. */
function checkDense(operator: string, g: Geometry): void {
  const sides = [outputLength(g), inputLength(g)];
  checkSize(operator, `a dense matrix of sides ${formatDims(sides)}`, sides[0] * sides[1]);
}

/** By counting: rows in order, so that the columns of the result ascend. */
function transpose(
  operator: string,
  type: DType,
  { dims: [rows, columns], indptr, indices, data }: CsrMatrix,
): CsrMatrix {
  const starts = new Float64Array(columns + 1);
  for (const column of indices) starts[column + 1] += 1;
  for (let i = 0; i < columns; i++) starts[i + 1] += starts[i];
  const next = starts.slice();
  const turned = new Int32Array(indices.length);
  const values = allocateData(operator, data.length, type);
  for (let row = 0; row < rows; row++) {
    for (let i = indptr[row]; i < indptr[row + 1]; i++) {
      const place = next[indices[i]]++;
      turned[place] = row;
      values[place] = data[i];
    }
  }
  return { dims: [columns, rows], indptr: starts, indices: turned, data: values };
}

function denseMatrix(
  operator: string,
  type: DType,
  { dims: [rows, columns], indptr, indices, data }: CsrMatrix,
): Tensor {
  const dense = allocateData(operator, rows * columns, type);
  for (let row = 0; row < rows; row++) {
    for (let i = indptr[row]; i < indptr[row + 1]; i++) dense[row * columns + indices[i]] = data[i];
  }
  return new Tensor(dense, [rows, columns]);
}

/**
 * A sparse matrix times a vector, summed in float64.
 *
 * @param vector - as long as the matrix has columns.
 * @throws RangeError `ERR_CONV_SHAPE` for another length.
 *
 * @example
 * ```ts
 * import { convolutionMatrix, multiplyCsr, Tensor } from 'native-conv/analysis';
 * const edge = convolutionMatrix('conv1d', [1, 1, 4], Tensor.from([[[-1, 1]]]), { format: 'csr' });
 * console.log([...multiplyCsr(edge, [1, 4, 9, 16])]); // [3, 5, 7]
 * ```
 */
export function multiplyCsr(matrix: CsrMatrix, vector: ArrayLike<number>): Float64Array {
  const [rows, columns] = matrix.dims;
  if (vector.length !== columns) {
    const message = `the matrix has ${columns} columns, the vector ${vector.length} elements`;
    throw rangeError('ERR_CONV_SHAPE', 'multiplyCsr', message);
  }
  const product = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let i = matrix.indptr[row]; i < matrix.indptr[row + 1]; i++) {
      product[row] += matrix.data[i] * vector[matrix.indices[i]];
    }
  }
  return product;
}
