// pointwiseConv2d: the 1×1 convolution, a matrix product over the channels of each pixel. Sugar for conv2d that
// also takes a weight without its two axes of 1. Layer: operators.
// SPDX-License-Identifier: MIT

import { formatDims, rangeError } from '../errors.ts';
import type { WeightOrder } from '../geometry.ts';
import { CONV_OPTIONS, type ConvOptions, type Settings } from '../options.ts';
import { planConv } from './conv.ts';
import { splitWeight, type WeightShape } from './shapes.ts';
import { prepareOneWeight, type WeightedOperator } from './weighted.ts';

type Dims = readonly number[];

/** Reads `[O,C]` or `[O,C,1,1]`, or the same axes in the order of the weight layout. */
export function splitPointwise(operator: string, name: string, settings: Settings, dims: Dims): WeightShape {
  const order = settings.weightLayout;
  const shape = splitWeight(operator, name, dims.length === 2 ? withKernel(dims, order) : dims, 2, order);
  if (shape.kernel[1] === 1 && shape.kernel[2] === 1) return shape;
  throw rangeError('ERR_CONV_SHAPE', operator, `${name} must have a kernel of 1×1, got ${formatDims(dims)}`);
}

function withKernel([first, second]: Dims, order: WeightOrder): Dims {
  if (order === 'OIHW') return [first, second, 1, 1];
  return order === 'HWIO' ? [1, 1, first, second] : [first, 1, 1, second];
}

export const pointwiseConv2dOperator: WeightedOperator = {
  name: 'pointwiseConv2d',
  rank: 2,
  options: CONV_OPTIONS,
  weights: ['weight'],
  multiplied: false,
  plan: (settings, type, input, [weight]) => {
    const shape = splitPointwise('pointwiseConv2d', 'weight', settings, weight);
    return planConv('pointwiseConv2d', settings, type, input, weight, shape);
  },
  channels: (settings, [weight]) =>
    splitPointwise('pointwiseConv2d', 'weight', settings, weight).inner * settings.groups,
};

export const preparePointwiseConv2d = prepareOneWeight<ConvOptions<2>>(pointwiseConv2dOperator);
