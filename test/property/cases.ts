// Random calls of every operator: dims, options, layouts, dtypes and data, as fast-check arbitraries that shrink.
// SPDX-License-Identifier: MIT

import fc from 'fast-check';
import type { DType } from '../../lib/geometry.ts';
import { PADDING_MODES } from '../../lib/geometry.ts';
import { OPERATORS, type OperatorName } from '../../lib/ops/table.ts';
import { Tensor } from '../../lib/tensor.ts';

/** One call: `door[operator](...operands, options)`. */
export interface Case {
  readonly operator: OperatorName;
  readonly operands: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly type: DType;
}

type Options = Record<string, unknown>;
type Rank = 1 | 2 | 3;

const LAYOUTS = { first: ['NCW', 'NCHW', 'NCDHW'], last: ['NWC', 'NHWC', 'NDHWC'] };
const SPATIAL = ['W', 'HW', 'DHW'];
const ACTIVATIONS = ['relu', 'relu6', 'hardSwish', 'sigmoid', 'tanh', 'silu', 'elu', 'gelu'];
/** Multiply-adds of the largest case: what the reference does in some milliseconds. */
const MOST_WORK = 300_000;

/** Values with everything that a chain of sums can meet: ordinary, huge, subnormal, both zeros. */
function data(dims: readonly number[], type: DType, seed: number): Tensor {
  const tensor = Tensor.random(dims, { type, seed });
  const scales =
    type === 'float32' ? [1, 1, 1, 1e4, 1e-4, 1e-40, 0, -0] : [1, 1, 1, 1e8, 1e-8, 1e-310, 0, -0];
  tensor.data.forEach((value, i) => {
    tensor.data[i] = value * scales[(i * 7 + seed) % scales.length];
  });
  return tensor;
}

const size = (min: number, max: number) => fc.integer({ min, max });
const perAxis = (rank: Rank, min: number, max: number) =>
  fc.array(size(min, max), { minLength: rank, maxLength: rank });

interface Window {
  readonly rank: Rank;
  readonly type: DType;
  readonly last: boolean;
  readonly batch: number;
  readonly groups: number;
  readonly inPerGroup: number;
  readonly outPerGroup: number;
  readonly input: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly pads: readonly (readonly number[])[];
  readonly weightLayout: number;
  readonly threads: number;
  readonly seed: number;
}

function windows(rank: Rank): fc.Arbitrary<Window> {
  const longest = [40, 12, 7][rank - 1];
  return fc
    .record({
      rank: fc.constant(rank),
      type: fc.constantFrom<DType>('float32', 'float32', 'float64'),
      last: fc.boolean(),
      batch: fc.oneof({ weight: 8, arbitrary: size(1, 3) }, { weight: 1, arbitrary: fc.constant(0) }),
      groups: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 2, arbitrary: size(2, 4) }),
      inPerGroup: fc.oneof(size(1, 5), size(6, 24)),
      outPerGroup: fc.oneof(size(1, 9), size(10, 40)),
      input: perAxis(rank, 1, longest),
      kernel: perAxis(rank, 1, 5),
      stride: perAxis(rank, 1, 3),
      dilation: perAxis(rank, 1, 3),
      pads: fc.array(perAxis(2 as Rank, 0, 4), { minLength: rank, maxLength: rank }),
      weightLayout: size(0, 2),
      threads: size(1, 3),
      seed: size(1, 1e6),
    })
    .filter((w) => w.input.every((n, i) => extent(w, i) <= n + w.pads[i][0] + w.pads[i][1]))
    .filter((w) => work(w) <= MOST_WORK);
}

const anyWindow = fc.constantFrom<Rank>(1, 2, 3).chain(windows);

const extent = (w: Window, axis: number) => (w.kernel[axis] - 1) * w.dilation[axis] + 1;
const product = (values: readonly number[]) => values.reduce((a, b) => a * b, 1);
const output = (w: Window) =>
  w.input.map((n, i) => Math.floor((n + w.pads[i][0] + w.pads[i][1] - extent(w, i)) / w.stride[i]) + 1);
const work = (w: Window) =>
  Math.max(1, w.batch) * w.groups * w.outPerGroup * product(output(w)) * w.inPerGroup * product(w.kernel);

/** `[N, C, *spatial]` in the case's layout. */
function tensorDims(w: Window, channels: number, spatial: readonly number[]): number[] {
  return w.last ? [w.batch, ...spatial, channels] : [w.batch, channels, ...spatial];
}

/** The weight's layout by name, and its dims in that layout, from those of the default one. */
function weightOf(w: Window, outer: number, inner: number, names: readonly [string, string]) {
  const spatial = SPATIAL[w.rank - 1];
  const [a, b] = names;
  const [name, dims] = [
    [`${a}${b}${spatial}`, [outer, inner, ...w.kernel]],
    [`${spatial}${b}${a}`, [...w.kernel, inner, outer]],
    a === 'O'
      ? [`${a}${spatial}${b}`, [outer, ...w.kernel, inner]]
      : [`${b}${spatial}${a}`, [inner, ...w.kernel, outer]],
  ][w.weightLayout] as [string, number[]];
  return { name, dims };
}

function windowOptions(w: Window): Options {
  return {
    stride: w.stride,
    padding: w.pads,
    dilation: w.dilation,
    layout: (w.last ? LAYOUTS.last : LAYOUTS.first)[w.rank - 1],
    threads: w.threads,
  };
}

/** Bias, residual and activation for a result. */
const epilogues = fc.record({
  bias: fc.boolean(),
  residual: fc.boolean(),
  activation: fc.oneof(
    fc.constant(undefined),
    fc.constantFrom(...ACTIVATIONS),
    fc.constant({ type: 'leakyRelu', alpha: 0.3 }),
    fc.constant({ type: 'clamp', min: -0.25, max: Number.POSITIVE_INFINITY }),
    fc.constant('prelu'),
  ),
});

interface Epilogue {
  readonly bias: boolean;
  readonly residual: boolean;
  readonly activation?: unknown;
}

function epilogueOptions(
  e: Epilogue,
  type: DType,
  channels: number,
  dims: readonly number[],
  seed: number,
): Options {
  const options: Options = {};
  if (e.bias) options.bias = data([channels], type, seed + 1);
  if (e.residual) options.residual = data(dims, type, seed + 2);
  if (e.activation === 'prelu')
    options.activation = { type: 'prelu', slope: data([channels], type, seed + 3) };
  else if (e.activation !== undefined) options.activation = e.activation;
  return options;
}

function named(prefix: string, rank: Rank, suffix = ''): OperatorName {
  return `${prefix}${rank}d${suffix}` as OperatorName;
}

const paddingModes = fc.constantFrom(...PADDING_MODES);

const conv = fc.tuple(anyWindow, epilogues, paddingModes).map(([w, e, paddingMode]): Case => {
  const channels = w.groups * w.outPerGroup;
  const weight = weightOf(w, channels, w.inPerGroup, ['O', 'I']);
  const input = data(tensorDims(w, w.groups * w.inPerGroup, w.input), w.type, w.seed);
  const dims = tensorDims(w, channels, output(w));
  const epilogue = epilogueOptions(e, w.type, channels, dims, w.seed);
  const options = {
    ...windowOptions(w),
    groups: w.groups,
    weightLayout: weight.name,
    paddingMode,
    ...epilogue,
  };
  return {
    operator: named('conv', w.rank),
    operands: [input, data(weight.dims, w.type, w.seed + 9)],
    options,
    type: w.type,
  };
});

const depthwise = fc
  .tuple(anyWindow, epilogues, paddingModes, size(1, 3))
  .map(([w, e, paddingMode, m]): Case => {
    const channels = w.inPerGroup * m;
    const weight = weightOf(w, channels, 1, ['O', 'I']);
    const input = data(tensorDims(w, w.inPerGroup, w.input), w.type, w.seed);
    const epilogue = epilogueOptions(e, w.type, channels, tensorDims(w, channels, output(w)), w.seed);
    return {
      operator: named('depthwiseConv', w.rank),
      operands: [input, data(weight.dims, w.type, w.seed + 9)],
      options: { ...windowOptions(w), weightLayout: weight.name, paddingMode, ...epilogue },
      type: w.type,
    };
  });

const pointwise = fc.tuple(windows(2), epilogues, fc.boolean()).map(([w, e, flat]): Case => {
  const [channels, layout] = [w.outPerGroup, (w.last ? LAYOUTS.last : LAYOUTS.first)[1]];
  const input = data(tensorDims(w, w.inPerGroup, w.input), w.type, w.seed);
  const weight = data(flat ? [channels, w.inPerGroup] : [channels, w.inPerGroup, 1, 1], w.type, w.seed + 9);
  const epilogue = epilogueOptions(e, w.type, channels, tensorDims(w, channels, w.input), w.seed);
  return {
    operator: 'pointwiseConv2d',
    operands: [input, weight],
    options: { layout, threads: w.threads, ...epilogue },
    type: w.type,
  };
});

const separable = fc
  .tuple(windows(2), epilogues, paddingModes, size(1, 3))
  .map(([w, e, paddingMode, m]): Case => {
    const [middle, channels] = [w.inPerGroup * m, w.outPerGroup];
    const input = data(tensorDims(w, w.inPerGroup, w.input), w.type, w.seed);
    const weights = [
      data([middle, 1, ...w.kernel], w.type, w.seed + 9),
      data([channels, middle], w.type, w.seed + 8),
    ];
    const epilogue = epilogueOptions(e, w.type, channels, tensorDims(w, channels, output(w)), w.seed);
    return {
      operator: 'separableConv2d',
      operands: [input, ...weights],
      options: { ...windowOptions(w), paddingMode, ...epilogue },
      type: w.type,
    };
  });

const spatialSeparable = fc
  .tuple(windows(2), epilogues, paddingModes, size(1, 4))
  .map(([w, e, paddingMode, m]): Case => {
    const [middle, channels] = [w.groups * m, w.groups * w.outPerGroup];
    const input = data(tensorDims(w, w.groups * w.inPerGroup, w.input), w.type, w.seed);
    const column = data([middle, w.inPerGroup, w.kernel[0], 1], w.type, w.seed + 9);
    const row = data([channels, m, 1, w.kernel[1]], w.type, w.seed + 8);
    const epilogue = epilogueOptions(e, w.type, channels, tensorDims(w, channels, output(w)), w.seed);
    return {
      operator: 'spatialSeparableConv2d',
      operands: [input, column, row],
      options: { ...windowOptions(w), groups: w.groups, paddingMode, ...epilogue },
      type: w.type,
    };
  });

/** A transposed convolution is given by its adjoint: the window's output is its input. */
function transposed(w: Window) {
  const weight = weightOf(w, w.groups * w.outPerGroup, w.inPerGroup, ['I', 'O']);
  const options = { ...windowOptions(w), groups: w.groups, weightLayout: weight.name, outputSize: w.input };
  const small = tensorDims(w, w.groups * w.outPerGroup, output(w));
  const large = tensorDims(w, w.groups * w.inPerGroup, w.input);
  return { weight, options, small, large, channels: w.groups * w.inPerGroup };
}

const transpose = fc.tuple(anyWindow, epilogues).map(([w, e]): Case => {
  const { weight, options, small, large, channels } = transposed(w);
  return {
    operator: named('convTranspose', w.rank),
    operands: [data(small, w.type, w.seed), data(weight.dims, w.type, w.seed + 9)],
    options: { ...options, ...epilogueOptions(e, w.type, channels, large, w.seed) },
    type: w.type,
  };
});

const convGradient = fc
  .tuple(anyWindow, paddingModes, fc.boolean())
  .map(([w, paddingMode, ofInput]): Case => {
    const weight = weightOf(w, w.groups * w.outPerGroup, w.inPerGroup, ['O', 'I']);
    const options = { ...windowOptions(w), groups: w.groups, weightLayout: weight.name, paddingMode };
    const gradient = data(tensorDims(w, w.groups * w.outPerGroup, output(w)), w.type, w.seed);
    const inputDims = tensorDims(w, w.groups * w.inPerGroup, w.input);
    const [second, dims] = ofInput ? [weight.dims, inputDims] : [inputDims, weight.dims];
    return {
      operator: named('conv', w.rank, ofInput ? 'InputGrad' : 'WeightGrad'),
      operands: [gradient, data(second, w.type, w.seed + 9), dims],
      options,
      type: w.type,
    };
  });

const transposeGradient = fc.tuple(anyWindow, fc.boolean()).map(([w, ofInput]): Case => {
  const { weight, options, small, large } = transposed(w);
  const [second, dims] = ofInput ? [weight.dims, small] : [small, weight.dims];
  return {
    operator: named('convTranspose', w.rank, ofInput ? 'InputGrad' : 'WeightGrad'),
    operands: [data(large, w.type, w.seed), data(second, w.type, w.seed + 9), dims],
    options,
    type: w.type,
  };
});

const columns = fc.tuple(anyWindow, paddingModes, fc.boolean()).map(([w, paddingMode, toColumns]): Case => {
  const options = { ...windowOptions(w), kernelSize: w.kernel };
  const image = tensorDims(w, w.inPerGroup, w.input);
  if (toColumns) {
    const operands = [data(image, w.type, w.seed)];
    return { operator: 'im2col', operands, options: { ...options, paddingMode }, type: w.type };
  }
  const operands = [data([w.batch, w.inPerGroup * product(w.kernel), product(output(w))], w.type, w.seed)];
  return { operator: 'col2im', operands, options: { ...options, outputSize: w.input }, type: w.type };
});

const matmul = fc
  .record({
    type: fc.constantFrom<DType>('float32', 'float64'),
    m: size(1, 40),
    k: size(0, 60),
    n: size(1, 70),
    batch: fc.array(size(1, 3), { maxLength: 3 }),
    broadcast: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    shared: fc.boolean(),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
    epilogue: epilogues,
    threads: size(1, 3),
    seed: size(1, 1e6),
  })
  .map((c): Case => {
    const batchA = c.batch.map((n, i) => (c.broadcast[i] ? 1 : n));
    const batchB = c.shared ? [] : c.batch;
    const batch = c.shared ? batchA : c.batch;
    const a = [...batchA, ...(c.transposeA ? [c.k, c.m] : [c.m, c.k])];
    const b = [...batchB, ...(c.transposeB ? [c.n, c.k] : [c.k, c.n])];
    const epilogue = epilogueOptions(c.epilogue, c.type, c.n, [...batch, c.m, c.n], c.seed);
    return {
      operator: 'matmul',
      operands: [data(a, c.type, c.seed), data(b, c.type, c.seed + 9)],
      options: { transposeA: c.transposeA, transposeB: c.transposeB, threads: c.threads, ...epilogue },
      type: c.type,
    };
  });

/** Every operator's cases, by family. */
export const FAMILIES = {
  conv,
  depthwise,
  pointwise,
  separable,
  spatialSeparable,
  transpose,
  convGradient,
  transposeGradient,
  columns,
  matmul,
};

/** Operators that FAMILIES can give: a test holds it against the table of operators. */
export const ALL_OPERATORS = Object.keys(OPERATORS) as OperatorName[];

export function describeCase(c: Case): string {
  const dims = c.operands.map(
    (operand) => `[${Array.isArray(operand) ? operand : (operand as Tensor).dims}]`,
  );
  const options = JSON.stringify(c.options, (_, value) =>
    value instanceof Tensor ? `[${value.dims}]` : value,
  );
  return `${c.operator}(${dims.join(', ')}, ${options}) ${c.type}`;
}
