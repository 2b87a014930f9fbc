// im2col and col2im: the patches of an input as columns `[N, C·∏K, L]`, and their sum back onto the input (PyTorch's
// unfold and fold), in 1 to 3 dimensions. Layer: operators.
// SPDX-License-Identifier: MIT

import type { PreparedCall } from '../call.ts';
import { readOnce } from '../check.ts';
import { describe, formatDims, rangeError, typeError } from '../errors.ts';
import type { PaddingMode } from '../geometry.ts';
import { type DType, type Geometry, product, type Triple } from '../geometry.ts';
import {
  COLUMNS_ADJOINT_OPTIONS,
  COLUMNS_OPTIONS,
  type Door,
  type OptionFamily,
  parseOptions,
  type RunOptions,
  rankOf,
  type Settings,
  type WindowOptions,
} from '../options.ts';
import { type PerAxis, parsePerAxis, type Rank } from '../padding.ts';
import type { ResultOf, TensorLike } from '../tensor.ts';
import { readView } from '../view.ts';
import { assemble, computeType, type Plan, type PreparedFor } from './call.ts';
import { forwardGeometry, largeDims, splitDims } from './shapes.ts';

type Dims = readonly number[];

interface ColumnsOptions extends WindowOptions<Rank>, RunOptions {
  /** Of the window, one per spatial axis; a number stands for every axis. */
  readonly kernelSize: PerAxis;
  /** Accepted for symmetry: the result has the same bits everywhere anyway. */
  readonly reproducible?: boolean;
}

export interface Im2colOptions extends ColumnsOptions {
  /** What the padding repeats: default `'zeros'`. */
  readonly paddingMode?: PaddingMode;
}

export interface Col2imOptions extends ColumnsOptions {
  /** The result's spatial size, one per axis; a number stands for every axis. */
  readonly outputSize: PerAxis;
  /** Here padding crops the result, so that only `'zeros'` makes sense. */
  readonly paddingMode?: 'zeros';
}

/** An operator between an image and its columns. */
export interface ColumnsOperator {
  readonly name: 'im2col' | 'col2im';
  readonly options: OptionFamily;
  /** From the operand's dims (and dtype, unless the options say it) to the plan; columns have one operand, so this parses the options too. */
  readonly plan: (
    door: Door,
    type: DType | null,
    dims: Dims,
    options: unknown,
  ) => { readonly plan: Plan; readonly settings: Settings };
}

/** `kernelSize` or `outputSize` as a triple. */
function parseSize(operator: string, name: 'kernelSize' | 'outputSize', value: unknown, rank: Rank): Triple {
  return parsePerAxis(operator, `options.${name}`, value, rank, 1, 1);
}

function planIm2col(door: Door, operands: DType | null, dims: Dims, options: unknown) {
  const given = readOnce(options);
  const kernelSize = given?.kernelSize;
  const rank = rankOf('im2col', 'options.kernelSize', kernelSize) ?? rankOfDims(dims);
  const settings = parseOptions('im2col', door, COLUMNS_OPTIONS, rank, given);
  const kernel = parseSize('im2col', 'kernelSize', kernelSize, rank);
  const input = splitDims('im2col', 'input', dims, rank, settings.layout);
  const type = computeType('im2col', operands, settings);
  const geometry = forwardGeometry(
    'im2col',
    'im2col',
    settings,
    type,
    window(input.batch, input.channels, input.spatial, kernel),
  );
  const rows = input.channels * product(kernel);
  const plan: Plan = {
    geometries: [geometry],
    dims: [input.batch, rows, product(geometry.output)],
    channels: 0,
  };
  return { plan, settings };
}

function rankOfDims(dims: Dims): Rank {
  const rank = dims.length - 2;
  if (rank === 1 || rank === 2 || rank === 3) return rank;
  const message = `input must have 3, 4 or 5 axes, got ${formatDims(dims)}`;
  throw rangeError('ERR_CONV_SHAPE', 'im2col', message);
}

function planCol2im(door: Door, operands: DType | null, dims: Dims, options: unknown) {
  const given = readOnce(options);
  const size = given?.outputSize;
  const kernelSize = given?.kernelSize;
  const rank =
    rankOf('col2im', 'options.outputSize', size) ?? rankOf('col2im', 'options.kernelSize', kernelSize);
  if (rank === null) {
    const message = `options.outputSize must be an array with one value per spatial axis, got ${describe(size)}`;
    throw typeError('ERR_CONV_OPTION', 'col2im', message);
  }
  const settings = parseOptions('col2im', door, COLUMNS_ADJOINT_OPTIONS, rank, given);
  const kernel = parseSize('col2im', 'kernelSize', kernelSize, rank);
  const output = parseSize('col2im', 'outputSize', size, rank);
  const [batch, channels] = splitColumns(dims, kernel);
  const type = computeType('col2im', operands, settings);
  const geometry = forwardGeometry(
    'col2im',
    'col2im',
    settings,
    type,
    window(batch, channels, output, kernel),
  );
  checkLength(dims, geometry);
  const plan: Plan = { geometries: [geometry], dims: largeDims(geometry, rank), channels: 0 };
  return { plan, settings };
}

/** Reads `[N, C·∏K, L]`. */
function splitColumns(dims: Dims, kernel: Triple): readonly [batch: number, channels: number] {
  if (dims.length !== 3) {
    throw rangeError(
      'ERR_CONV_SHAPE',
      'col2im',
      `columns must have 3 axes [N,C·∏K,L], got ${formatDims(dims)}`,
    );
  }
  const window = product(kernel);
  if (dims[1] > 0 && dims[1] % window === 0) return [dims[0], dims[1] / window];
  const message = `columns ${formatDims(dims)} have ${dims[1]} rows, not a positive multiple of the kernel's ${window}`;
  throw rangeError('ERR_CONV_SHAPE', 'col2im', message);
}

function checkLength(dims: Dims, geometry: Geometry): void {
  const positions = product(geometry.output);
  if (dims[2] === positions) return;
  const message = `columns ${formatDims(dims)} hold ${dims[2]} positions, outputSize and the other options give ${positions}`;
  throw rangeError('ERR_CONV_SHAPE', 'col2im', message);
}

/** Columns keep channels apart: there is nothing to sum over, and as many come out as go in. */
function window(batch: number, channels: number, input: Triple, kernel: Triple) {
  return { batch, inChannels: channels, outChannels: channels, input, kernel };
}

function prepare(
  operator: ColumnsOperator,
  door: Door,
  operandName: string,
  operand: TensorLike,
  options: unknown,
): PreparedCall {
  const source = readView(operator.name, operandName, operand);
  const { plan, settings } = operator.plan(door, source.type, source.dims, options);
  return assemble(operator.name, plan, settings, [{ source, weight: null }]);
}

export const im2colOperator: ColumnsOperator = { name: 'im2col', options: COLUMNS_OPTIONS, plan: planIm2col };
export const col2imOperator: ColumnsOperator = {
  name: 'col2im',
  options: COLUMNS_ADJOINT_OPTIONS,
  plan: planCol2im,
};

export const prepareIm2col = <X extends TensorLike>(door: Door, input: X, options: Im2colOptions) =>
  prepare(im2colOperator, door, 'input', input, options) as PreparedFor<ResultOf<X>>;

export const prepareCol2im = <X extends TensorLike>(door: Door, columns: X, options: Col2imOptions) =>
  prepare(col2imOperator, door, 'columns', columns, options) as PreparedFor<ResultOf<X>>;
