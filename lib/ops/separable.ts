// Separable convolutions: two stages whose intermediate belongs to the executor. separableConv2d is depthwise, then
// pointwise (Chollet, arXiv 1610.02357); spatialSeparableConv2d is k×1, then 1×k. Layer: operators.
// SPDX-License-Identifier: MIT

import { NO_PARSED_ACTIVATION } from '../activation.ts';
import { checkDims } from '../check.ts';
import { formatDims, rangeError } from '../errors.ts';
import type { DType, Triple } from '../geometry.ts';
import {
  CONV_OPTIONS,
  type ConvOptions,
  DEPTHWISE_OPTIONS,
  type DepthwiseConvOptions,
  type Settings,
} from '../options.ts';
import { NO_PADDING, type Padding } from '../padding.ts';
import type { Plan } from './call.ts';
import { convResult, planConv } from './conv.ts';
import { depthwiseChannels, depthwiseGeometry } from './depthwise.ts';
import { splitPointwise } from './pointwise.ts';
import { splitWeight, type WeightShape } from './shapes.ts';
import { prepareTwoWeights, type WeightedOperator } from './weighted.ts';

type Dims = readonly number[];

const ONES: Triple = [1, 1, 1];

/** Two stages as one plan; messages about the second speak of what the first hands it. */
function chain(operator: string, first: Plan, second: (intermediate: Dims) => Plan): Plan {
  checkDims(operator, 'intermediate', first.dims);
  const last = second(first.dims);
  return { ...last, geometries: [...first.geometries, ...last.geometries] };
}

/** The first stage's settings: nothing is applied to the intermediate. */
function bare(settings: Settings): Settings {
  return { ...settings, activation: NO_PARSED_ACTIVATION };
}

function planSeparable(
  settings: Settings,
  type: DType,
  input: Dims,
  [depthwise, pointwise]: readonly Dims[],
): Plan {
  const name = 'separableConv2d';
  const first = depthwiseGeometry(name, 'depthwise', bare(settings), type, input, depthwise);
  // Stride, padding and dilation belong to the depthwise stage.
  const atPixels: Settings = {
    ...settings,
    stride: ONES,
    dilation: ONES,
    padding: NO_PADDING,
    paddingMode: 'zeros',
  };
  const shape = splitPointwise(name, 'pointwise', settings, pointwise);
  return chain(name, convResult(first, 2), (intermediate) =>
    planConv(name, atPixels, type, intermediate, pointwise, shape, {
      input: 'the intermediate',
      weight: 'pointwise',
    }),
  );
}

function planSpatial(settings: Settings, type: DType, input: Dims, [column, row]: readonly Dims[]): Plan {
  const name = 'spatialSeparableConv2d';
  const vertical = splitLine(name, 'column', settings, column, 2);
  const horizontal = splitLine(name, 'row', settings, row, 1);
  const first = planConv(name, along(bare(settings), 1), type, input, column, vertical, {
    input: 'input',
    weight: 'column',
  });
  return chain(name, first, (intermediate) =>
    planConv(name, along(settings, 2), type, intermediate, row, horizontal, {
      input: 'the intermediate',
      weight: 'row',
    }),
  );
}

/** Reads a weight whose kernel is 1 along `flat`. */
function splitLine(operator: string, name: string, settings: Settings, dims: Dims, flat: 1 | 2): WeightShape {
  const shape = splitWeight(operator, name, dims, 2, settings.weightLayout);
  if (shape.kernel[flat] === 1) return shape;
  const wanted = flat === 2 ? 'k×1' : '1×k';
  throw rangeError(
    'ERR_CONV_SHAPE',
    operator,
    `${name} must have a kernel of ${wanted}, got ${formatDims(dims)}`,
  );
}

/** The share of stride, dilation and padding that one axis has. */
function along(settings: Settings, axis: 1 | 2): Settings {
  const only = (values: Triple, filler: number): Triple =>
    axis === 1 ? [filler, values[1], filler] : [filler, filler, values[2]];
  const { padding } = settings;
  const share: Padding =
    typeof padding === 'string' ? padding : { begin: only(padding.begin, 0), end: only(padding.end, 0) };
  return {
    ...settings,
    stride: only(settings.stride, 1),
    dilation: only(settings.dilation, 1),
    padding: share,
  };
}

export const separableConv2dOperator: WeightedOperator = {
  name: 'separableConv2d',
  rank: 2,
  options: DEPTHWISE_OPTIONS,
  weights: ['depthwise', 'pointwise'],
  multiplied: true,
  plan: planSeparable,
  channels: (settings, [depthwise], multiplier) =>
    depthwiseChannels('separableConv2d', 'depthwise', settings, depthwise, multiplier),
};

export const spatialSeparableConv2dOperator: WeightedOperator = {
  name: 'spatialSeparableConv2d',
  rank: 2,
  options: CONV_OPTIONS,
  weights: ['column', 'row'],
  multiplied: false,
  plan: planSpatial,
  channels: (settings, [column]) =>
    splitLine('spatialSeparableConv2d', 'column', settings, column, 2).inner * settings.groups,
};

export const prepareSeparableConv2d = prepareTwoWeights<DepthwiseConvOptions<2>>(separableConv2dOperator);
export const prepareSpatialSeparableConv2d = prepareTwoWeights<ConvOptions<2>>(
  spatialSeparableConv2dOperator,
);
