// What splitting a convolution saves: k×1 then 1×k, or depthwise then pointwise. Layer: analysis.
// SPDX-License-Identifier: MIT

import { checkInteger, readDims, readOptions } from '../check.ts';
import { formatDims, rangeError } from '../errors.ts';
import type { DType, PaddingMode } from '../geometry.ts';
import type { WindowOptions } from '../options.ts';
import { type Cost, cost } from './cost.ts';

export interface SeparableOptions extends Omit<WindowOptions<2>, 'layout'> {
  /** What the padding repeats: default `'zeros'`. */
  readonly paddingMode?: PaddingMode;
  /** Channels between the k×1 and the 1×k stage; by default as many as come out. */
  readonly intermediate?: number;
  /** Depthwise outputs for each input channel. Default 1. */
  readonly multiplier?: number;
  readonly type?: DType;
}

/** How many times as much the standard convolution takes. */
export interface Savings {
  readonly parameters: number;
  readonly multiplications: number;
}

export interface SeparableComparison {
  /** `conv2d`. */
  readonly standard: Cost;
  /** `spatialSeparableConv2d`: k×1, then 1×k. */
  readonly spatial: Cost & { readonly savings: Savings };
  /** `separableConv2d`: depthwise, then 1×1. */
  readonly depthwise: Cost & { readonly savings: Savings };
}

const NAMES = new Set(['stride', 'padding', 'dilation', 'paddingMode', 'type', 'intermediate', 'multiplier']);

/**
 * Compares a standard convolution with its two separable substitutes of the same input and output dims. Whether a
 * given kernel can be split without loss is {@link factorSpatial}'s question; this one is about the price.
 *
 * @param inputDims - `[N, C, H, W]`.
 * @param weightDims - of the standard convolution, `[O, C, kH, kW]`.
 * @throws RangeError `ERR_CONV_SHAPE` for dims of other ranks, and as the calls would.
 *
 * @example
 * ```ts
 * import { compareSeparable } from 'native-conv/analysis';
 * const { standard, spatial } = compareSeparable([1, 1, 5, 5], [1, 1, 3, 3]);
 * console.log(standard.multiplications, spatial.stages.map((stage) => stage.multiplications)); // 81 [45, 27]
 * ```
 */
export function compareSeparable(
  inputDims: readonly number[],
  weightDims: readonly number[],
  options?: SeparableOptions,
): SeparableComparison {
  const name = 'compareSeparable';
  const dims = readDims(name, 'weightDims', weightDims);
  if (dims.length !== 4) {
    const message = `weightDims must be [O,C,kH,kW], got ${formatDims(dims)}`;
    throw rangeError('ERR_CONV_SHAPE', name, message);
  }
  const { intermediate, multiplier, ...window } = readOptions(name, options, NAMES);
  const [outChannels, channels, height, width] = dims;
  const between = checkInteger(name, 'options.intermediate', intermediate ?? outChannels, 1);
  const deep = channels * checkInteger(name, 'options.multiplier', multiplier ?? 1, 1);
  const standard = cost('conv2d', inputDims, dims, window);
  const lines = [
    [between, channels, height, 1],
    [outChannels, between, 1, width],
  ];
  const layers = [
    [deep, 1, height, width],
    [outChannels, deep],
  ];
  const spatial = cost('spatialSeparableConv2d', inputDims, lines, window);
  const depthwise = cost('separableConv2d', inputDims, layers, window);
  return {
    standard,
    spatial: { ...spatial, savings: savings(standard, spatial) },
    depthwise: { ...depthwise, savings: savings(standard, depthwise) },
  };
}

function savings(standard: Cost, split: Cost): Savings {
  return {
    parameters: standard.parameters / split.parameters,
    multiplications: standard.multiplications / split.multiplications,
  };
}
