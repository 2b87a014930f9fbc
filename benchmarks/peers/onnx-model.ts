// A convolution as an ONNX model of one node, its weight an initializer.
// SPDX-License-Identifier: MIT

import type { NamedShape } from '../../test/shapes.ts';
import { onnxModel } from '../../test/support/onnx.ts';
import { lower } from '../geometry.ts';

/** The model's bytes; input `x`, output `y`. */
export function convolutionModel(shape: NamedShape, weight: Float32Array): Uint8Array {
  const { transposed, rank, batch, outChannels, output, kernel, stride, dilation, padding, groups } =
    lower(shape);
  const axes = (value: number) => Array.from({ length: rank }, () => value);
  return onnxModel({
    nodes: [
      {
        operator: transposed ? 'ConvTranspose' : 'Conv',
        inputs: ['x', 'w'],
        output: 'y',
        attributes: {
          kernel_shape: kernel.slice(3 - rank),
          strides: axes(stride),
          dilations: axes(dilation),
          pads: [...axes(padding), ...axes(padding)],
          group: groups,
        },
      },
    ],
    weights: [{ name: 'w', type: 'float32', dims: shape.weight, data: weight }],
    inputs: [{ name: 'x', type: 'float32', dims: shape.input }],
    outputs: [{ name: 'y', type: 'float32', dims: [batch, outChannels, ...output.slice(3 - rank)] }],
  });
}
