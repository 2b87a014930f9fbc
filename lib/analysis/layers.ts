// A stack of windows, as receptive fields and coverage read it: kernel, stride, dilation and padding per axis.
// Layer: analysis.
// SPDX-License-Identifier: MIT

import { readOptions } from '../check.ts';
import { describe, rangeError, typeError } from '../errors.ts';
import type { Triple } from '../geometry.ts';
import {
  extent,
  type PaddingOption,
  type PerAxis,
  parsePadding,
  parsePerAxis,
  type Rank,
} from '../padding.ts';

/** A convolution or a pooling, as far as positions go. A number stands for every axis. */
export interface WindowLayer {
  readonly kernelSize: PerAxis;
  /** Default 1. */
  readonly stride?: PerAxis;
  /** Default 1. */
  readonly dilation?: PerAxis;
  /** Default 0. `'same'` only with stride 1: else it depends on the input's size. */
  readonly padding?: PaddingOption;
}

export interface ParsedLayer {
  readonly kernel: Triple;
  readonly stride: Triple;
  readonly dilation: Triple;
  /** Before the first element. */
  readonly padBegin: Triple;
}

export interface Stack {
  readonly rank: Rank;
  readonly layers: readonly ParsedLayer[];
}

const NAMES = new Set(['kernelSize', 'stride', 'dilation', 'padding']);

/** Reads layers; the rank is that of the first array among their options, 2 if there are only numbers. */
export function parseLayers(caller: string, layers: unknown): Stack {
  if (!Array.isArray(layers)) {
    throw typeError('ERR_CONV_OPTION', caller, `layers must be an array, got ${describe(layers)}`);
  }
  if (layers.length === 0) throw rangeError('ERR_CONV_OPTION', caller, 'layers must have at least one layer');
  const named = layers.map((layer) => readOptions(caller, layer ?? null, NAMES));
  const rank = rankOfLayers(caller, named);
  return { rank, layers: named.map((layer) => parseLayer(caller, layer, rank)) };
}

function rankOfLayers(caller: string, layers: readonly Readonly<Record<string, unknown>>[]): Rank {
  for (const layer of layers) {
    for (const value of Object.values(layer)) {
      if (!Array.isArray(value)) continue;
      const rank = value.length;
      if (rank === 1 || rank === 2 || rank === 3) return rank;
      throw rangeError('ERR_CONV_OPTION', caller, `a layer has 1, 2 or 3 axes, got ${describe(value)}`);
    }
  }
  return 2;
}

function parseLayer(caller: string, layer: Readonly<Record<string, unknown>>, rank: Rank): ParsedLayer {
  const read = (name: string, byDefault?: number) =>
    parsePerAxis(caller, `options.${name}`, layer[name] ?? byDefault, rank, 1, 1);
  const kernel = read('kernelSize');
  const stride = read('stride', 1);
  const dilation = read('dilation', 1);
  const padding = parsePadding(caller, layer.padding, rank);
  if (typeof padding !== 'string') return { kernel, stride, dilation, padBegin: padding.begin };
  if (stride.some((step) => step > 1)) {
    const message = `padding '${padding}' with a stride depends on the input's size; give numbers`;
    throw rangeError('ERR_CONV_OPTION', caller, message);
  }
  const begin = (axis: number): number => {
    const half = (extent(kernel[axis], dilation[axis]) - 1) / 2;
    return padding === 'same' ? Math.floor(half) : Math.ceil(half);
  };
  return { kernel, stride, dilation, padBegin: [begin(0), begin(1), begin(2)] };
}

/** The axes that a rank has, of the three. */
export function axesOf(rank: Rank): (0 | 1 | 2)[] {
  return ([0, 1, 2] as const).slice(3 - rank);
}
