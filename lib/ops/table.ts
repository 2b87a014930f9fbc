// THE table of operators: every public name, and how its plan follows from dims and options. explain() reads it, and
// a test holds the doors' exports against it. Layer: operators.
// SPDX-License-Identifier: MIT

import { readDims } from '../check.ts';
import { describe, rangeError, typeError } from '../errors.ts';
import type { DType } from '../geometry.ts';
import {
  type ConvGradOptions,
  type ConvOptions,
  type ConvTransposeGradOptions,
  type ConvTransposeOptions,
  type DepthwiseConvOptions,
  parseOptions,
  type Settings,
} from '../options.ts';
import type { Plan } from './call.ts';
import {
  type Col2imOptions,
  type ColumnsOperator,
  col2imOperator,
  type Im2colOptions,
  im2colOperator,
} from './columns.ts';
import { conv1dOperator, conv2dOperator, conv3dOperator } from './conv.ts';
import { depthwiseConv1dOperator, depthwiseConv2dOperator, depthwiseConv3dOperator } from './depthwise.ts';
import * as gradients from './gradients.ts';
import { type MatmulOptions, matmulOperator } from './matmul.ts';
import { pointwiseConv2dOperator } from './pointwise.ts';
import { separableConv2dOperator, spatialSeparableConv2dOperator } from './separable.ts';
import { convTranspose1dOperator, convTranspose2dOperator, convTranspose3dOperator } from './transpose.ts';
import type { WeightedOperator } from './weighted.ts';

type Dims = readonly number[];

/** A plan, and the options that it was made with. */
export interface Planned {
  readonly operator: string;
  readonly plan: Plan;
  readonly settings: Settings;
}

/** Plans an operator from the dims of its operands (of a gradient: of its forward call's operands). */
type Planner = (input: Dims, weights: readonly Dims[], options: unknown) => Planned;

function weighted(operator: WeightedOperator): Planner {
  return (input, weights, options) => {
    checkCount(operator.name, weights, operator.weights.length);
    const settings = parseOptions(operator.name, 'explain', operator.options, operator.rank, options);
    return {
      operator: operator.name,
      plan: operator.plan(settings, typeOf(settings), input, weights),
      settings,
    };
  };
}

function gradient(operator: gradients.GradientOperator): Planner {
  return (input, weights, options) => {
    checkCount(operator.name, weights, 1);
    const settings = parseOptions(operator.name, 'explain', operator.options, operator.rank, options);
    const plan = gradients.planGradient(operator, settings, typeOf(settings), input, weights[0]);
    return { operator: operator.name, plan, settings };
  };
}

function columns(operator: ColumnsOperator): Planner {
  return (input, weights, options) => {
    checkCount(operator.name, weights, 0);
    return { operator: operator.name, ...operator.plan('explain', null, input, options) };
  };
}

const matmul: Planner = (a, weights, options) => {
  checkCount('matmul', weights, 1);
  const settings = matmulOperator.parse('explain', options);
  const plan = matmulOperator.plan(settings, typeOf(settings.common), a, weights[0]);
  return { operator: 'matmul', plan, settings: settings.common };
};

function typeOf(settings: Settings): DType {
  return settings.type ?? 'float32';
}

function checkCount(operator: string, weights: readonly Dims[], count: number): void {
  if (weights.length === count) return;
  const message = `it takes the dims of ${count} weights, got ${weights.length}`;
  throw rangeError('ERR_CONV_SHAPE', operator, message);
}

export const OPERATORS = {
  conv1d: weighted(conv1dOperator),
  conv2d: weighted(conv2dOperator),
  conv3d: weighted(conv3dOperator),
  pointwiseConv2d: weighted(pointwiseConv2dOperator),
  depthwiseConv1d: weighted(depthwiseConv1dOperator),
  depthwiseConv2d: weighted(depthwiseConv2dOperator),
  depthwiseConv3d: weighted(depthwiseConv3dOperator),
  separableConv2d: weighted(separableConv2dOperator),
  spatialSeparableConv2d: weighted(spatialSeparableConv2dOperator),
  convTranspose1d: weighted(convTranspose1dOperator),
  convTranspose2d: weighted(convTranspose2dOperator),
  convTranspose3d: weighted(convTranspose3dOperator),
  conv1dInputGrad: gradient(gradients.conv1dInputGradOperator),
  conv2dInputGrad: gradient(gradients.conv2dInputGradOperator),
  conv3dInputGrad: gradient(gradients.conv3dInputGradOperator),
  conv1dWeightGrad: gradient(gradients.conv1dWeightGradOperator),
  conv2dWeightGrad: gradient(gradients.conv2dWeightGradOperator),
  conv3dWeightGrad: gradient(gradients.conv3dWeightGradOperator),
  convTranspose1dInputGrad: gradient(gradients.convTranspose1dInputGradOperator),
  convTranspose2dInputGrad: gradient(gradients.convTranspose2dInputGradOperator),
  convTranspose3dInputGrad: gradient(gradients.convTranspose3dInputGradOperator),
  convTranspose1dWeightGrad: gradient(gradients.convTranspose1dWeightGradOperator),
  convTranspose2dWeightGrad: gradient(gradients.convTranspose2dWeightGradOperator),
  convTranspose3dWeightGrad: gradient(gradients.convTranspose3dWeightGradOperator),
  im2col: columns(im2colOperator),
  col2im: columns(col2imOperator),
  matmul,
} as const satisfies Readonly<Record<string, Planner>>;

/** The public name of an operator with a plan. @useDeclaredType */
export type OperatorName = keyof typeof OPERATORS;

type RankOf<Name extends OperatorName> = Name extends `${string}1d${string}`
  ? 1
  : Name extends `${string}3d${string}`
    ? 3
    : 2;

/** The options of an operator, by its public name. */
export type OptionsOf<Name extends OperatorName> = Name extends 'matmul'
  ? MatmulOptions
  : Name extends 'im2col'
    ? Im2colOptions
    : Name extends 'col2im'
      ? Col2imOptions
      : Name extends `convTranspose${string}Grad`
        ? ConvTransposeGradOptions<RankOf<Name>>
        : Name extends `convTranspose${string}`
          ? ConvTransposeOptions<RankOf<Name>>
          : Name extends `${string}Grad`
            ? ConvGradOptions<RankOf<Name>>
            : Name extends `depthwise${string}` | 'separableConv2d'
              ? DepthwiseConvOptions<RankOf<Name>>
              : ConvOptions<RankOf<Name>>;

export const OPERATOR_NAMES = Object.keys(OPERATORS) as OperatorName[];

/** Operators on images, which have no algorithms to choose from and so nothing to explain. */
export const IMAGE_OPERATOR_NAMES = [
  'toTensor',
  'resize',
  'resizeStrips',
  'filter2d',
  'filter2dStrips',
  'sepFilter2d',
  'gaussianBlur',
  'boxBlur',
  'sobel',
  'scharr',
  'laplacian',
  'sharpen',
] as const;

/**
 * Plans a call of an operator from dims alone.
 *
 * @param weightDims - dims of the weight, an array of dims where there are two weights, none for im2col and col2im.
 * @param caller - whom messages name where there is no such operator.
 */
export function planOperator(
  name: OperatorName,
  inputDims: Dims,
  weightDims: Dims | readonly Dims[] | undefined,
  options: unknown,
  caller = 'explain',
): Planned {
  if (!Object.hasOwn(OPERATORS, name)) {
    const message = `op must be one of ${OPERATOR_NAMES.join(', ')}, got ${describe(name)}`;
    throw (typeof name === 'string' ? rangeError : typeError)('ERR_CONV_OPTION', caller, message);
  }
  const input = readDims(name, 'inputDims', inputDims);
  const weights = listDims(weightDims).map((dims) => readDims(name, 'weightDims', dims));
  return OPERATORS[name](input, weights, options);
}

function listDims(dims: Dims | readonly Dims[] | undefined): readonly Dims[] {
  if (dims === undefined) return [];
  return Array.isArray(dims) && Array.isArray(dims[0]) ? (dims as readonly Dims[]) : [dims as Dims];
}
