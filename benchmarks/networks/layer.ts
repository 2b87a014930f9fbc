// Rows of the lists of layers: a convolution, how often the network has it, and a name made of its sizes.
// SPDX-License-Identifier: MIT

import type { ShapeOptions } from '../../test/shapes.ts';
import type { SuiteShape } from '../suites.ts';

interface LayerOptions extends ShapeOptions {
  /** How many layers of the network are like this one. */
  readonly count?: number;
}

/** Two-dimensional, on a square map; padded so that stride 1 keeps the size, unless `options` say otherwise. */
export function conv(
  inChannels: number,
  outChannels: number,
  kernel: number,
  size: number,
  options: LayerOptions = {},
): SuiteShape {
  const weight = [outChannels, inChannels, kernel, kernel];
  return planar('conv2d', `c${kernel}`, inChannels, outChannels, size, weight, options);
}

export function depthwise(
  channels: number,
  kernel: number,
  size: number,
  options: LayerOptions = {},
): SuiteShape {
  const weight = [channels, 1, kernel, kernel];
  return planar('depthwiseConv2d', `dw${kernel}`, channels, channels, size, weight, options);
}

export function transposed(
  inChannels: number,
  outChannels: number,
  kernel: number,
  size: number,
  options: LayerOptions,
): SuiteShape {
  const weight = [inChannels, outChannels, kernel, kernel];
  return planar('convTranspose2d', `t${kernel}`, inChannels, outChannels, size, weight, options);
}

function planar(
  operator: 'conv2d' | 'depthwiseConv2d' | 'convTranspose2d',
  kind: string,
  inChannels: number,
  outChannels: number,
  size: number,
  weight: readonly number[],
  { count = 1, ...options }: LayerOptions,
): SuiteShape {
  const { stride = 1, padding = (weight[2] - 1) / 2 } = options;
  const strided = stride === 1 ? '' : `s${stride}`;
  return {
    name: `${kind}${strided}_${inChannels}_${outChannels}_${size}`,
    operator,
    input: [1, inChannels, size, size],
    weight,
    options: { ...options, padding },
    count,
  };
}
