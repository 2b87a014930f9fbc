// tfjs-backend-wasm as a contestant, in the layout that it has kernels for: NHWC, converted beforehand. What is timed
// is the operator alone; its output stays in WebAssembly's memory, where the next operator would read it.
// SPDX-License-Identifier: MIT

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { NamedShape } from '../../test/shapes.ts';
import type { Operands } from '../contestant.ts';
import { lower } from '../geometry.ts';
import { measure } from '../measure.ts';
import type { Adaptor } from '../peers.ts';

export const prepare: Adaptor['prepare'] = async (shape, operands, { threads }) => {
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${dirname(entry)}/`);
  setThreadsCount(threads);
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend of tfjs does not start');
  const operator = operatorOf(shape, operands);
  return {
    algorithm: '',
    kernel: '',
    isa: tf.env().getBool('WASM_HAS_SIMD_SUPPORT') ? 'simd128' : 'wasm',
    exact: false,
    async output() {
      const result = operator();
      return (await tf.transpose(result, [0, 3, 1, 2]).data()) as Float32Array;
    },
    time: (budgetMs) => measure(() => operator().dispose(), budgetMs),
  };
};

/** The operator on operands in tfjs's layout; 1-D runs as 2-D of height 1, as tfjs itself has it. */
function operatorOf(shape: NamedShape, { input, weight }: Operands): () => tf.Tensor4D {
  const { transposed, rank, batch, groups, inChannels, outChannels, output, kernel, ...rest } = lower(shape);
  const { stride, dilation, padding } = rest;
  const plane = lower(shape).input.slice(1);
  const x = toChannelsLast(input, [batch, inChannels, plane[0], plane[1]]);
  const height = rank === 1 ? ([0, 0] as const) : ([padding, padding] as const);
  const pad: tf.backend_util.ExplicitPadding = [[0, 0], [...height], [padding, padding], [0, 0]];
  const [kernelHeight, kernelWidth] = kernel.slice(1);
  if (transposed) {
    // [I, O, kH, kW] → [kH, kW, O, I]
    const w = permuted(weight, [inChannels, outChannels, kernelHeight, kernelWidth], [2, 3, 1, 0]);
    const dims: [number, number, number, number] = [batch, output[1], output[2], outChannels];
    return () => tf.conv2dTranspose(x, w, dims, stride, pad);
  }
  if (groups > 1) {
    // [C·m, 1, kH, kW] → [kH, kW, C, m]
    const multiplier = outChannels / inChannels;
    const w = permuted(weight, [inChannels, multiplier, kernelHeight, kernelWidth], [2, 3, 0, 1]);
    return () => tf.depthwiseConv2d(x, w, stride, pad, 'NHWC', dilation);
  }
  // [O, I, kH, kW] → [kH, kW, I, O]
  const w = permuted(weight, [outChannels, inChannels, kernelHeight, kernelWidth], [2, 3, 1, 0]);
  return () => tf.conv2d(x, w, stride, pad, 'NHWC', dilation);
}

function toChannelsLast(values: Float32Array, dims: [number, number, number, number]): tf.Tensor4D {
  return permuted(values, dims, [0, 2, 3, 1]);
}

function permuted(
  values: Float32Array,
  dims: [number, number, number, number],
  axes: readonly number[],
): tf.Tensor4D {
  return tf.transpose<tf.Tensor4D>(tf.tensor4d(values, dims), [...axes]);
}
