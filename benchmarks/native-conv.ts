// Ourselves as contestants of the benchmark: free to choose any algorithm, and within the numbers contract; with new
// results, and with all results in the same memory.
// SPDX-License-Identifier: MIT

import * as library from '../lib/index.ts';
import type { NamedShape } from '../test/shapes.ts';
import { type Contestant, called } from './contestant.ts';

const LAYERS = {
  conv1d: library.Conv1d,
  conv2d: library.Conv2d,
  conv3d: library.Conv3d,
  depthwiseConv2d: library.DepthwiseConv2d,
  convTranspose2d: library.ConvTranspose2d,
  convTranspose3d: library.ConvTranspose3d,
} as const;

function nativeConv(name: string, reproducible: boolean, sameMemory: boolean): Contestant {
  return {
    name,
    peer: false,
    presence: () => ({ version: library.info().version }),
    refuses: () => undefined,
    prepare(shape, operands, { threads, reuseOutput }) {
      const options = { ...shape.options, ...multiplierOf(shape), threads, reproducible };
      const layer = new LAYERS[shape.operator]({ data: operands.weight, dims: shape.weight }, options);
      const { algorithm, kernel, isa, reproducible: exact } = layer.explain(shape.input);
      const input = { data: operands.input, dims: shape.input };
      const into = sameMemory || reuseOutput ? { out: layer.run(input) } : {};
      return { algorithm, kernel, isa, exact, ...called(() => layer.run(input, into).data) };
    },
  };
}

/** A depthwise layer is told how many outputs each channel has, since its weight does not show it. */
function multiplierOf({ operator, input, weight }: NamedShape): { readonly multiplier?: number } {
  return operator === 'depthwiseConv2d' ? { multiplier: weight[0] / input[1] } : {};
}

export const AUTO = nativeConv('auto', false, false);
export const REPRODUCIBLE = nativeConv('reproducible', true, false);
/** Into `out`, as oneDNN writes. */
export const AUTO_OUT = nativeConv('auto-out', false, true);
export const REPRODUCIBLE_OUT = nativeConv('reproducible-out', true, true);
