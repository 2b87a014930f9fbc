// Gradients of convNd and convTransposeNd with respect to their input and their weight: the forward call's geometry,
// run in another direction. Each takes the forward call's options, and checks gradOutput against them.
// Layer: operators.
// SPDX-License-Identifier: MIT

import type { PreparedCall } from '../call.ts';
import { readDims } from '../check.ts';
import { formatDims, rangeError } from '../errors.ts';
import type { DType, Geometry, Kind } from '../geometry.ts';
import {
  CONV_GRAD_OPTIONS,
  CONV_TRANSPOSE_GRAD_OPTIONS,
  type ConvGradOptions,
  type ConvTransposeGradOptions,
  type Door,
  type OptionFamily,
  parseOptions,
  type Settings,
} from '../options.ts';
import type { Rank } from '../padding.ts';
import type { ResultOf, TensorLike } from '../tensor.ts';
import { readView } from '../view.ts';
import { assemble, checkSameType, computeType, type Plan, type PreparedFor, sameDims } from './call.ts';
import {
  checkChannels,
  forwardGeometry,
  INPUT_AND_WEIGHT,
  largeDims,
  smallDims,
  splitDims,
  splitWeight,
} from './shapes.ts';
import { convTransposeGeometry } from './transpose.ts';

type Dims = readonly number[];

/** A gradient: what it differentiates, and with respect to which operand. */
export interface GradientOperator {
  readonly name: string;
  readonly rank: Rank;
  readonly options: OptionFamily;
  readonly transposed: boolean;
  readonly of: 'input' | 'weight';
}

/** The forward call's geometry, to be run as `kind`. */
function geometryOf(
  operator: GradientOperator,
  settings: Settings,
  type: DType,
  inputDims: Dims,
  weightDims: Dims,
): Geometry {
  const kind = kindOf(operator);
  const { name, rank } = operator;
  if (operator.transposed) return convTransposeGeometry(name, kind, settings, type, inputDims, weightDims);
  const input = splitDims(name, 'input', inputDims, rank, settings.layout);
  const weight = splitWeight(name, 'weight', weightDims, rank, settings.weightLayout);
  const outChannels = checkChannels(
    name,
    INPUT_AND_WEIGHT,
    inputDims,
    input.channels,
    weightDims,
    weight,
    settings.groups,
  );
  return forwardGeometry(name, kind, settings, type, {
    batch: input.batch,
    inChannels: input.channels,
    outChannels,
    input: input.spatial,
    kernel: weight.kernel,
  });
}

/** A convolution's input gradient is a transposed convolution, and the other way round. */
function kindOf(operator: GradientOperator): Kind {
  if (operator.of === 'weight') return 'convWeightGrad';
  return operator.transposed ? 'conv' : 'convTranspose';
}

/** The plan of a gradient, from the dims of the forward call's operands. */
export function planGradient(
  operator: GradientOperator,
  settings: Settings,
  type: DType,
  inputDims: Dims,
  weightDims: Dims,
): Plan {
  const geometry = geometryOf(operator, settings, type, inputDims, weightDims);
  return { geometries: [geometry], dims: operator.of === 'input' ? inputDims : weightDims, channels: 0 };
}

/**
 * Prepares `(gradOutput, weight, inputDims, options)` or `(gradOutput, input, weightDims, options)`.
 *
 * @param dims - of the result: the operand that is differentiated by.
 */
function prepare(
  operator: GradientOperator,
  door: Door,
  gradOutput: TensorLike,
  operand: TensorLike,
  forwardDims: Dims,
  options: unknown,
): PreparedCall {
  const { name, rank } = operator;
  const byInput = operator.of === 'input';
  const gradient = readView(name, 'gradOutput', gradOutput);
  const other = readView(name, byInput ? 'weight' : 'input', operand);
  checkSameType(name, 'gradOutput', gradient.type, byInput ? 'weight' : 'input', other.type);
  const dims = readDims(name, byInput ? 'inputDims' : 'weightDims', forwardDims);
  const settings = parseOptions(name, door, operator.options, rank, options);
  const type = computeType(name, gradient.type, settings);
  const plan = planGradient(
    operator,
    settings,
    type,
    byInput ? dims : other.dims,
    byInput ? other.dims : dims,
  );
  const geometry = plan.geometries[0];
  const expected = operator.transposed ? largeDims(geometry, rank) : smallDims(geometry, rank);
  if (!sameDims(gradient.dims, expected)) {
    const message = `gradOutput must have the forward output's dims ${formatDims(expected)}, got ${formatDims(gradient.dims)}`;
    throw rangeError('ERR_CONV_SHAPE', name, message);
  }
  // A weight gradient takes the large side first: that is the input, or the gradient of a transposed output.
  const swapped = !byInput && !operator.transposed;
  const [source, weight] = swapped ? [other, gradient] : [gradient, other];
  return assemble(name, { ...plan, dims }, settings, [{ source, weight }]);
}

function convGradient(rank: Rank, of: 'input' | 'weight'): GradientOperator {
  const name = `conv${rank}d${of === 'input' ? 'Input' : 'Weight'}Grad`;
  return { name, rank, options: CONV_GRAD_OPTIONS, transposed: false, of };
}

function convTransposeGradient(rank: Rank, of: 'input' | 'weight'): GradientOperator {
  const name = `convTranspose${rank}d${of === 'input' ? 'Input' : 'Weight'}Grad`;
  return { name, rank, options: CONV_TRANSPOSE_GRAD_OPTIONS, transposed: true, of };
}

function prepareInputGrad<Options>(operator: GradientOperator) {
  return <X extends TensorLike>(
    door: Door,
    gradOutput: X,
    weight: TensorLike,
    inputDims: Dims,
    options?: Options,
  ): PreparedFor<ResultOf<X>> =>
    prepare(operator, door, gradOutput, weight, inputDims, options) as PreparedFor<ResultOf<X>>;
}

function prepareWeightGrad<Options>(operator: GradientOperator) {
  return <X extends TensorLike>(
    door: Door,
    gradOutput: X,
    input: TensorLike,
    weightDims: Dims,
    options?: Options,
  ): PreparedFor<ResultOf<X>> =>
    prepare(operator, door, gradOutput, input, weightDims, options) as PreparedFor<ResultOf<X>>;
}

export const conv1dInputGradOperator = convGradient(1, 'input');
export const conv2dInputGradOperator = convGradient(2, 'input');
export const conv3dInputGradOperator = convGradient(3, 'input');
export const conv1dWeightGradOperator = convGradient(1, 'weight');
export const conv2dWeightGradOperator = convGradient(2, 'weight');
export const conv3dWeightGradOperator = convGradient(3, 'weight');
export const convTranspose1dInputGradOperator = convTransposeGradient(1, 'input');
export const convTranspose2dInputGradOperator = convTransposeGradient(2, 'input');
export const convTranspose3dInputGradOperator = convTransposeGradient(3, 'input');
export const convTranspose1dWeightGradOperator = convTransposeGradient(1, 'weight');
export const convTranspose2dWeightGradOperator = convTransposeGradient(2, 'weight');
export const convTranspose3dWeightGradOperator = convTransposeGradient(3, 'weight');

export const prepareConv1dInputGrad = prepareInputGrad<ConvGradOptions<1>>(conv1dInputGradOperator);
export const prepareConv2dInputGrad = prepareInputGrad<ConvGradOptions<2>>(conv2dInputGradOperator);
export const prepareConv3dInputGrad = prepareInputGrad<ConvGradOptions<3>>(conv3dInputGradOperator);
export const prepareConv1dWeightGrad = prepareWeightGrad<ConvGradOptions<1>>(conv1dWeightGradOperator);
export const prepareConv2dWeightGrad = prepareWeightGrad<ConvGradOptions<2>>(conv2dWeightGradOperator);
export const prepareConv3dWeightGrad = prepareWeightGrad<ConvGradOptions<3>>(conv3dWeightGradOperator);
export const prepareConvTranspose1dInputGrad = prepareInputGrad<ConvTransposeGradOptions<1>>(
  convTranspose1dInputGradOperator,
);
export const prepareConvTranspose2dInputGrad = prepareInputGrad<ConvTransposeGradOptions<2>>(
  convTranspose2dInputGradOperator,
);
export const prepareConvTranspose3dInputGrad = prepareInputGrad<ConvTransposeGradOptions<3>>(
  convTranspose3dInputGradOperator,
);
export const prepareConvTranspose1dWeightGrad = prepareWeightGrad<ConvTransposeGradOptions<1>>(
  convTranspose1dWeightGradOperator,
);
export const prepareConvTranspose2dWeightGrad = prepareWeightGrad<ConvTransposeGradOptions<2>>(
  convTranspose2dWeightGradOperator,
);
export const prepareConvTranspose3dWeightGrad = prepareWeightGrad<ConvTransposeGradOptions<3>>(
  convTranspose3dWeightGradOperator,
);
