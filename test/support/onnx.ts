// Writes small ONNX models. The messages are those parts of ONNX's schema (onnx.proto3,
// https://github.com/onnx/onnx) that they need.
// SPDX-License-Identifier: MIT

import protobuf from 'protobufjs';

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
message Attribute {
  string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated int64 ints = 8; int32 type = 20;
}
message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message Value { string name = 1; Type type = 2; }
message Type { TensorType tensor_type = 1; }
message TensorType { int32 elem_type = 1; Shape shape = 2; }
message Shape { repeated Dimension dim = 1; }
message Dimension { int64 dim_value = 1; }
`;
const MODEL = protobuf.parse(SCHEMA).root.lookupType('Model');
const IR_VERSION = 8;
/** TensorProto.DataType. */
const TYPES = { float32: 1, uint8: 2, int64: 7 } as const;
/** AttributeProto.AttributeType. */
const FLOAT = 1;
const INT = 2;
const STRING = 3;
const INTS = 7;

export type OnnxType = keyof typeof TYPES;
/** Whole numbers are ints, `{float}` is a float. */
export type OnnxAttribute = number | { readonly float: number } | string | readonly number[];

export interface OnnxNode {
  readonly operator: string;
  /** Names of values; '' is an input that is left out. */
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
}

export interface OnnxGraph {
  /** Version of the operator set; 17 unless told. */
  readonly opset?: number;
  readonly nodes: readonly OnnxNode[];
  readonly weights?: readonly (OnnxValue & { readonly data: ArrayBufferView })[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** The model's bytes, as onnxruntime's `InferenceSession.create` takes them. */
export function onnxModel({ opset = 17, nodes, weights = [], inputs, outputs }: OnnxGraph): Uint8Array {
  const message = {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      name: 'graph',
      node: nodes.map(nodeOf),
      initializer: weights.map(({ name, type, dims, data }) => ({
        name,
        dims,
        dataType: TYPES[type],
        rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      })),
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
    },
  };
  const wrong = MODEL.verify(message);
  if (wrong !== null) throw new Error(`not an ONNX model: ${wrong}`);
  return MODEL.encode(message).finish();
}

function nodeOf({ operator, inputs, output, attributes = {} }: OnnxNode, index: number) {
  return {
    opType: operator,
    name: `${operator}_${index}`,
    input: inputs,
    output: [output],
    attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attributeOf(value) })),
  };
}

function attributeOf(value: OnnxAttribute) {
  if (typeof value === 'string') return { type: STRING, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') return { type: INT, i: value };
  return 'float' in value ? { type: FLOAT, f: value.float } : { type: INTS, ints: value };
}

function valueInfo({ name, type, dims }: OnnxValue) {
  const shape = { dim: dims.map((dimValue) => ({ dimValue })) };
  return { name, type: { tensorType: { elemType: TYPES[type], shape } } };
}
