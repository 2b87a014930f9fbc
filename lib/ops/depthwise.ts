// depthwiseConvNd: one kernel (or m of them) per channel, so that nothing is summed over channels. Sugar for convNd
// with as many groups as the input has channels. Layer: operators.
// SPDX-License-Identifier: MIT

import { formatDims, rangeError } from '../errors.ts';
import type { DType, Geometry } from '../geometry.ts';
import { DEPTHWISE_OPTIONS, type DepthwiseConvOptions, type Settings } from '../options.ts';
import type { Rank } from '../padding.ts';
import { convResult } from './conv.ts';
import { forwardGeometry, splitDims, splitWeight, type WeightShape } from './shapes.ts';
import { prepareOneWeight, type WeightedOperator } from './weighted.ts';

type Dims = readonly number[];

/** The geometry of a depthwise convolution: `[N,C,*S]` by `[C·m,1,*K]`. */
export function depthwiseGeometry(
  operator: string,
  name: string,
  settings: Settings,
  type: DType,
  inputDims: Dims,
  weightDims: Dims,
): Geometry {
  const input = splitDims(operator, 'input', inputDims, settings.rank, settings.layout);
  const weight = splitDepthwise(operator, name, settings, weightDims);
  if (weight.outer % input.channels !== 0) {
    throw rangeError(
      'ERR_CONV_SHAPE',
      operator,
      `${name} ${formatDims(weightDims)} has ${weight.outer} output channels, not a multiple of the ` +
        `${input.channels} of input ${formatDims(inputDims)}`,
    );
  }
  const grouped: Settings = { ...settings, groups: input.channels };
  return forwardGeometry(operator, 'conv', grouped, type, {
    batch: input.batch,
    inChannels: input.channels,
    outChannels: weight.outer,
    input: input.spatial,
    kernel: weight.kernel,
  });
}

/** Reads a weight whose one input channel per group is its own. */
export function splitDepthwise(operator: string, name: string, settings: Settings, dims: Dims): WeightShape {
  const weight = splitWeight(operator, name, dims, settings.rank, settings.weightLayout);
  if (weight.inner === 1) return weight;
  const message = `${name} must have 1 input channel per group, got ${weight.inner} in ${formatDims(dims)}`;
  throw rangeError('ERR_CONV_SHAPE', operator, message);
}

/** The input channels of a depthwise weight with `multiplier` outputs for each. */
export function depthwiseChannels(
  operator: string,
  name: string,
  settings: Settings,
  dims: Dims,
  multiplier: number,
): number {
  const { outer } = splitDepthwise(operator, name, settings, dims);
  if (outer % multiplier !== 0) {
    const message = `${name} ${formatDims(dims)} has ${outer} output channels, which multiplier ${multiplier} does not divide`;
    throw rangeError('ERR_CONV_SHAPE', operator, message);
  }
  return outer / multiplier;
}

function depthwiseOperator(name: string, rank: Rank): WeightedOperator {
  return {
    name,
    rank,
    options: DEPTHWISE_OPTIONS,
    weights: ['weight'],
    multiplied: true,
    plan: (settings, type, input, [weight]) =>
      convResult(depthwiseGeometry(name, 'weight', settings, type, input, weight), rank),
    channels: (settings, [weight], multiplier) =>
      depthwiseChannels(name, 'weight', settings, weight, multiplier),
  };
}

export const depthwiseConv1dOperator = depthwiseOperator('depthwiseConv1d', 1);
export const depthwiseConv2dOperator = depthwiseOperator('depthwiseConv2d', 2);
export const depthwiseConv3dOperator = depthwiseOperator('depthwiseConv3d', 3);

export const prepareDepthwiseConv1d = prepareOneWeight<DepthwiseConvOptions<1>>(depthwiseConv1dOperator);
export const prepareDepthwiseConv2d = prepareOneWeight<DepthwiseConvOptions<2>>(depthwiseConv2dOperator);
export const prepareDepthwiseConv3d = prepareOneWeight<DepthwiseConvOptions<3>>(depthwiseConv3dOperator);
