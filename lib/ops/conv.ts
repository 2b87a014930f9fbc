// convNd: the general convolution (cross-correlation, as everywhere in deep learning). Everything else is sugar
// for it or its adjoint. Layer: operators.
// SPDX-License-Identifier: MIT

import type { DType, Geometry } from '../geometry.ts';
import { CONV_OPTIONS, type ConvOptions, type Settings } from '../options.ts';
import type { Rank } from '../padding.ts';
import type { Plan } from './call.ts';
import {
  checkChannels,
  forwardGeometry,
  INPUT_AND_WEIGHT,
  type OperandNames,
  smallDims,
  splitDims,
  splitWeight,
  type WeightShape,
} from './shapes.ts';
import { prepareOneWeight, type WeightedOperator } from './weighted.ts';

type Dims = readonly number[];

/** The plan of one convolution; `weight` may have been read from a shorthand. */
export function planConv(
  operator: string,
  settings: Settings,
  type: DType,
  inputDims: Dims,
  weightDims: Dims,
  weight: WeightShape,
  names: OperandNames = INPUT_AND_WEIGHT,
): Plan {
  const { rank, layout, groups } = settings;
  const input = splitDims(operator, names.input, inputDims, rank, layout);
  const outChannels = checkChannels(operator, names, inputDims, input.channels, weightDims, weight, groups);
  const geometry = forwardGeometry(operator, 'conv', settings, type, {
    batch: input.batch,
    inChannels: input.channels,
    outChannels,
    input: input.spatial,
    kernel: weight.kernel,
  });
  return convResult(geometry, rank);
}

/** The plan of a single forward geometry. */
export function convResult(geometry: Geometry, rank: Rank): Plan {
  return { geometries: [geometry], dims: smallDims(geometry, rank), channels: geometry.outChannels };
}

function convOperator(name: string, rank: Rank): WeightedOperator {
  const shape = (settings: Settings, dims: Dims) =>
    splitWeight(name, 'weight', dims, rank, settings.weightLayout);
  return {
    name,
    rank,
    options: CONV_OPTIONS,
    weights: ['weight'],
    multiplied: false,
    plan: (settings, type, input, [weight]) =>
      planConv(name, settings, type, input, weight, shape(settings, weight)),
    channels: (settings, [weight]) => shape(settings, weight).inner * settings.groups,
  };
}

export const conv1dOperator = convOperator('conv1d', 1);
export const conv2dOperator = convOperator('conv2d', 2);
export const conv3dOperator = convOperator('conv3d', 3);

export const prepareConv1d = prepareOneWeight<ConvOptions<1>>(conv1dOperator);
export const prepareConv2d = prepareOneWeight<ConvOptions<2>>(conv2dOperator);
export const prepareConv3d = prepareOneWeight<ConvOptions<3>>(conv3dOperator);
