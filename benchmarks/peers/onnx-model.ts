// A convolution as an ONNX model of one node, its weight an initializer. The messages are those parts of ONNX's
// schema (onnx.proto3, https://github.com/onnx/onnx) that such a model needs.
// SPDX-License-Identifier: MIT

import protobuf from 'protobufjs';
import type { NamedShape } from '../../test/shapes.ts';
import { lower } from '../geometry.ts';

const SCHEMA = `
syntax = "proto3";
message Model { int64 ir_version = 1; Graph graph = 7; repeated OperatorSet opset_import = 8; }
message OperatorSet { string domain = 1; int64 version = 2; }
message Graph {
  repeated Node node = 1; string name = 2; repeated Tensor initializer = 5;
  repeated Value input = 11; repeated Value output = 12;
}
message Node {
  repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
  repeated Attribute attribute = 5;
}
message Attribute { string name = 1; int64 i = 3; repeated int64 ints = 8; int32 type = 20; }
message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message Value { string name = 1; Type type = 2; }
message Type { TensorType tensor_type = 1; }
message TensorType { int32 elem_type = 1; Shape shape = 2; }
message Shape { repeated Dimension dim = 1; }
message Dimension { int64 dim_value = 1; }
`;
const IR_VERSION = 8;
const OPSET = 17;
const FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

/** The model's bytes; input `x`, output `y`. */
export function convolutionModel(shape: NamedShape, weight: Float32Array): Uint8Array {
  const { transposed, rank, batch, outChannels, output, kernel, stride, dilation, padding, groups } =
    lower(shape);
  const axes = (value: number) => Array.from({ length: rank }, () => value);
  const ints = (name: string, values: readonly number[]) => ({ name, type: ATTRIBUTE_INTS, ints: values });
  const value = (name: string, dims: readonly number[]) => ({
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  });
  const node = {
    input: ['x', 'w'],
    output: ['y'],
    name: shape.name,
    opType: transposed ? 'ConvTranspose' : 'Conv',
    attribute: [
      ints('kernel_shape', kernel.slice(3 - rank)),
      ints('strides', axes(stride)),
      ints('dilations', axes(dilation)),
      ints('pads', [...axes(padding), ...axes(padding)]),
      { name: 'group', type: ATTRIBUTE_INT, i: groups },
    ],
  };
  const rawData = new Uint8Array(weight.buffer, weight.byteOffset, weight.byteLength);
  const model = protobuf.parse(SCHEMA).root.lookupType('Model');
  const message = {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name: 'benchmark',
      node: [node],
      initializer: [{ name: 'w', dims: shape.weight, dataType: FLOAT, rawData }],
      input: [value('x', shape.input)],
      output: [value('y', [batch, outChannels, ...output.slice(3 - rank)])],
    },
  };
  const wrong = model.verify(message);
  if (wrong !== null) throw new Error(`ONNX model of ${shape.name}: ${wrong}`);
  return model.encode(message).finish();
}
