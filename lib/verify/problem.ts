// Random calls of every operator: dims, options, layouts, dtypes and data, drawn one number at a time from any source,
// so that a seeded generator and a property-testing library make the same calls. Layer: verify.
// SPDX-License-Identifier: MIT

import { checkChoice } from '../check.ts';
import { type DType, PADDING_MODES, product } from '../geometry.ts';
import { OPERATOR_NAMES, type OperatorName } from '../ops/table.ts';
import { extent, type Rank } from '../padding.ts';
import { Tensor } from '../tensor.ts';

/** One call: `door[operator](...operands, options)`. */
export interface Problem {
  readonly operator: OperatorName;
  /** Tensors, and the dims that gradients take. */
  readonly operands: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly type: DType;
}

/** An integer from `least` to `most`, both included. Less is simpler. */
export type Draw = (least: number, most: number) => number;

/** What random calls keep to. */
export interface ProblemLimits {
  /** By default both. */
  readonly type?: DType;
  /** Multiply-adds of the largest. By default what the reference does in some milliseconds. */
  readonly multiplyAdds?: number;
}

type Options = Record<string, unknown>;

const LAYOUTS = { first: ['NCW', 'NCHW', 'NCDHW'], last: ['NWC', 'NHWC', 'NDHWC'] };
const SPATIAL = ['W', 'HW', 'DHW'];
const ACTIVATIONS = [
  undefined,
  'relu',
  'relu6',
  'hardSwish',
  { type: 'leakyRelu', alpha: 0.3 },
  { type: 'clamp', min: -0.25, max: Number.POSITIVE_INFINITY },
  'prelu',
  'sigmoid',
  'tanh',
  'silu',
  'elu',
  'gelu',
];
const MOST_WORK = 300_000;
const LONGEST = [40, 12, 7];

/** Values with everything that a chain of sums can meet: ordinary, huge, subnormal, both zeros. */
function data(dims: readonly number[], type: DType, seed: number): Tensor {
  const tensor = Tensor.random(dims, { type, seed });
  const scales =
    type === 'float32' ? [1, 1, 1, 1e4, 1e-4, 1e-40, 0, -0] : [1, 1, 1, 1e8, 1e-8, 1e-310, 0, -0];
  for (const [i, value] of tensor.data.entries())
    tensor.data[i] = value * scales[(i * 7 + seed) % scales.length];
  return tensor;
}

const flip = (draw: Draw): boolean => draw(0, 1) === 1;
const pick = <Item>(draw: Draw, items: readonly Item[]): Item => items[draw(0, items.length - 1)];
const perAxis = (draw: Draw, rank: number, least: number, most: number): number[] =>
  Array.from({ length: rank }, () => draw(least, most));

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

function drawType(draw: Draw, { type }: ProblemLimits): DType {
  return type ?? (draw(0, 2) < 2 ? 'float32' : 'float64');
}

function drawWindow(draw: Draw, rank: Rank, limits: ProblemLimits): Window {
  const window: Window = {
    rank,
    type: drawType(draw, limits),
    last: flip(draw),
    batch: draw(0, 8) === 8 ? 0 : draw(1, 3),
    groups: draw(0, 4) < 3 ? 1 : draw(2, 4),
    inPerGroup: flip(draw) ? draw(6, 24) : draw(1, 5),
    outPerGroup: flip(draw) ? draw(10, 40) : draw(1, 9),
    input: perAxis(draw, rank, 1, LONGEST[rank - 1]),
    kernel: perAxis(draw, rank, 1, 5),
    stride: perAxis(draw, rank, 1, 3),
    dilation: perAxis(draw, rank, 1, 3),
    pads: Array.from({ length: rank }, () => perAxis(draw, 2, 0, 4)),
    weightLayout: draw(0, 2),
    threads: draw(1, 3),
    seed: draw(1, 1e6),
  };
  return fitWork(fitKernel(window), limits.multiplyAdds ?? MOST_WORK);
}

/** Takes taps off until the kernel fits its padded input; one tap always does. */
function fitKernel(w: Window): Window {
  const kernel = w.kernel.map((size, axis) => {
    const room = w.input[axis] + w.pads[axis][0] + w.pads[axis][1];
    return Math.min(size, Math.floor((room - 1) / w.dilation[axis]) + 1);
  });
  return { ...w, kernel };
}

function fitWork(w: Window, most: number): Window {
  if (work(w) <= most) return w;
  const { batch, outPerGroup, inPerGroup, groups, input } = w;
  const half = (value: number) => Math.max(1, Math.floor(value / 2));
  if (outPerGroup > 1) return fitWork({ ...w, outPerGroup: half(outPerGroup) }, most);
  if (inPerGroup > 1) return fitWork({ ...w, inPerGroup: half(inPerGroup) }, most);
  if (batch > 1 || groups > 1) return fitWork({ ...w, batch: Math.min(1, batch), groups: 1 }, most);
  const smaller = fitKernel({ ...w, input: input.map(half) });
  return work(smaller) === work(w) ? w : fitWork(smaller, most);
}

function output(w: Window): number[] {
  return w.input.map((size, axis) => {
    const [begin, end] = w.pads[axis];
    return Math.floor((size + begin + end - extent(w.kernel[axis], w.dilation[axis])) / w.stride[axis]) + 1;
  });
}

function work(w: Window): number {
  return (
    Math.max(1, w.batch) * w.groups * w.outPerGroup * product(output(w)) * w.inPerGroup * product(w.kernel)
  );
}

/** `[N, C, *spatial]` in the problem's layout. */
function tensorDims(w: Window, channels: number, spatial: readonly number[]): number[] {
  return w.last ? [w.batch, ...spatial, channels] : [w.batch, channels, ...spatial];
}

/** The weight's layout by name, and its dims in that layout, from those of the default one. */
function weightOf(w: Window, outer: number, inner: number, [a, b]: readonly [string, string]) {
  const spatial = SPATIAL[w.rank - 1];
  const [name, dims] = [
    [`${a}${b}${spatial}`, [outer, inner, ...w.kernel]],
    [`${spatial}${b}${a}`, [...w.kernel, inner, outer]],
    a === 'O'
      ? [`${a}${spatial}${b}`, [outer, ...w.kernel, inner]]
      : [`${b}${spatial}${a}`, [inner, ...w.kernel, outer]],
  ][w.weightLayout] as [string, number[]];
  return { name, dims };
}

function layoutOf(w: Window): string {
  return (w.last ? LAYOUTS.last : LAYOUTS.first)[w.rank - 1];
}

function windowOptions(w: Window): Options {
  const { stride, pads, dilation, threads } = w;
  return { stride, padding: pads, dilation, layout: layoutOf(w), threads };
}

/** Bias, residual and activation for a result. */
function drawEpilogue(
  draw: Draw,
  type: DType,
  channels: number,
  dims: readonly number[],
  seed: number,
): Options {
  const options: Options = {};
  if (flip(draw)) options.bias = data([channels], type, seed + 1);
  if (flip(draw)) options.residual = data(dims, type, seed + 2);
  const activation = flip(draw) ? pick(draw, ACTIVATIONS) : undefined;
  if (activation === 'prelu') options.activation = { type: 'prelu', slope: data([channels], type, seed + 3) };
  else if (activation !== undefined) options.activation = activation;
  return options;
}

type Maker = (operator: OperatorName, rank: Rank, draw: Draw, limits: ProblemLimits) => Problem;

const conv: Maker = (operator, rank, draw, limits) => {
  const w = drawWindow(draw, rank, limits);
  const channels = w.groups * w.outPerGroup;
  const weight = weightOf(w, channels, w.inPerGroup, ['O', 'I']);
  const options = {
    ...windowOptions(w),
    groups: w.groups,
    weightLayout: weight.name,
    paddingMode: pick(draw, PADDING_MODES),
    ...drawEpilogue(draw, w.type, channels, tensorDims(w, channels, output(w)), w.seed),
  };
  const input = data(tensorDims(w, w.groups * w.inPerGroup, w.input), w.type, w.seed);
  return { operator, operands: [input, data(weight.dims, w.type, w.seed + 9)], options, type: w.type };
};

const depthwise: Maker = (operator, rank, draw, limits) => {
  const w = drawWindow(draw, rank, limits);
  const channels = w.inPerGroup * draw(1, 3);
  const weight = weightOf(w, channels, 1, ['O', 'I']);
  const options = {
    ...windowOptions(w),
    weightLayout: weight.name,
    paddingMode: pick(draw, PADDING_MODES),
    ...drawEpilogue(draw, w.type, channels, tensorDims(w, channels, output(w)), w.seed),
  };
  const input = data(tensorDims(w, w.inPerGroup, w.input), w.type, w.seed);
  return { operator, operands: [input, data(weight.dims, w.type, w.seed + 9)], options, type: w.type };
};

const pointwise: Maker = (operator, rank, draw, limits) => {
  const w = drawWindow(draw, rank, limits);
  const channels = w.outPerGroup;
  const dims = flip(draw) ? [channels, w.inPerGroup, 1, 1] : [channels, w.inPerGroup];
  const epilogue = drawEpilogue(draw, w.type, channels, tensorDims(w, channels, w.input), w.seed);
  const input = data(tensorDims(w, w.inPerGroup, w.input), w.type, w.seed);
  return {
    operator,
    operands: [input, data(dims, w.type, w.seed + 9)],
    options: { layout: layoutOf(w), threads: w.threads, ...epilogue },
    type: w.type,
  };
};

const separable: Maker = (operator, rank, draw, limits) => {
  const w = drawWindow(draw, rank, limits);
  const [middle, channels] = [w.inPerGroup * draw(1, 3), w.outPerGroup];
  const options = {
    ...windowOptions(w),
    paddingMode: pick(draw, PADDING_MODES),
    ...drawEpilogue(draw, w.type, channels, tensorDims(w, channels, output(w)), w.seed),
  };
  const operands = [
    data(tensorDims(w, w.inPerGroup, w.input), w.type, w.seed),
    data([middle, 1, ...w.kernel], w.type, w.seed + 9),
    data([channels, middle], w.type, w.seed + 8),
  ];
  return { operator, operands, options, type: w.type };
};

const spatialSeparable: Maker = (operator, rank, draw, limits) => {
  const w = drawWindow(draw, rank, limits);
  const perGroup = draw(1, 4);
  const [middle, channels] = [w.groups * perGroup, w.groups * w.outPerGroup];
  const options = {
    ...windowOptions(w),
    groups: w.groups,
    paddingMode: pick(draw, PADDING_MODES),
    ...drawEpilogue(draw, w.type, channels, tensorDims(w, channels, output(w)), w.seed),
  };
  const operands = [
    data(tensorDims(w, w.groups * w.inPerGroup, w.input), w.type, w.seed),
    data([middle, w.inPerGroup, w.kernel[0], 1], w.type, w.seed + 9),
    data([channels, perGroup, 1, w.kernel[1]], w.type, w.seed + 8),
  ];
  return { operator, operands, options, type: w.type };
};

/** A transposed convolution is given by its adjoint: the window's output is its input. */
function transposed(w: Window) {
  const weight = weightOf(w, w.groups * w.outPerGroup, w.inPerGroup, ['I', 'O']);
  const options = { ...windowOptions(w), groups: w.groups, weightLayout: weight.name, outputSize: w.input };
  const small = tensorDims(w, w.groups * w.outPerGroup, output(w));
  const large = tensorDims(w, w.groups * w.inPerGroup, w.input);
  return { weight, options, small, large, channels: w.groups * w.inPerGroup };
}

const transpose: Maker = (operator, rank, draw, limits) => {
  const w = drawWindow(draw, rank, limits);
  const { weight, options, small, large, channels } = transposed(w);
  return {
    operator,
    operands: [data(small, w.type, w.seed), data(weight.dims, w.type, w.seed + 9)],
    options: { ...options, ...drawEpilogue(draw, w.type, channels, large, w.seed) },
    type: w.type,
  };
};

const convGradient: Maker = (operator, rank, draw, limits) => {
  const w = drawWindow(draw, rank, limits);
  const weight = weightOf(w, w.groups * w.outPerGroup, w.inPerGroup, ['O', 'I']);
  const paddingMode = pick(draw, PADDING_MODES);
  const options = { ...windowOptions(w), groups: w.groups, weightLayout: weight.name, paddingMode };
  const gradient = data(tensorDims(w, w.groups * w.outPerGroup, output(w)), w.type, w.seed);
  const inputDims = tensorDims(w, w.groups * w.inPerGroup, w.input);
  return { ...gradientOperands(operator, w, gradient, inputDims, weight.dims), options };
};

const transposeGradient: Maker = (operator, rank, draw, limits) => {
  const w = drawWindow(draw, rank, limits);
  const { weight, options, small, large } = transposed(w);
  return { ...gradientOperands(operator, w, data(large, w.type, w.seed), small, weight.dims), options };
};

/** `(gradOutput, weight, inputDims)`, or `(gradOutput, input, weightDims)`. */
function gradientOperands(
  operator: OperatorName,
  { type, seed }: Window,
  gradient: Tensor,
  inputDims: readonly number[],
  weightDims: readonly number[],
) {
  const [other, dims] = operator.endsWith('InputGrad') ? [weightDims, inputDims] : [inputDims, weightDims];
  return { operator, operands: [gradient, data(other, type, seed + 9), dims], type };
}

const im2col: Maker = (operator, rank, draw, limits) => {
  const w = drawWindow(draw, rank, limits);
  const options = { ...windowOptions(w), kernelSize: w.kernel, paddingMode: pick(draw, PADDING_MODES) };
  return {
    operator,
    operands: [data(tensorDims(w, w.inPerGroup, w.input), w.type, w.seed)],
    options,
    type: w.type,
  };
};

const col2im: Maker = (operator, rank, draw, limits) => {
  const w = drawWindow(draw, rank, limits);
  const options = { ...windowOptions(w), kernelSize: w.kernel, outputSize: w.input };
  const columns = [w.batch, w.inPerGroup * product(w.kernel), product(output(w))];
  return { operator, operands: [data(columns, w.type, w.seed)], options, type: w.type };
};

const matmul: Maker = (operator, _, draw, limits) => {
  const type = drawType(draw, limits);
  const [m, k, n, threads, seed] = [draw(1, 40), draw(0, 60), draw(1, 70), draw(1, 3), draw(1, 1e6)];
  const batch = perAxis(draw, draw(0, 3), 1, 3);
  const batchA = batch.map((size) => (flip(draw) ? 1 : size));
  const shared = flip(draw);
  const [transposeA, transposeB] = [flip(draw), flip(draw)];
  const a = [...batchA, ...(transposeA ? [k, m] : [m, k])];
  const b = [...(shared ? [] : batch), ...(transposeB ? [n, k] : [k, n])];
  const dims = [...(shared ? batchA : batch), m, n];
  return {
    operator,
    operands: [data(a, type, seed), data(b, type, seed + 9)],
    options: { transposeA, transposeB, threads, ...drawEpilogue(draw, type, n, dims, seed) },
    type,
  };
};

/** The first pattern that fits an operator's name makes its problems. */
const MAKERS: readonly (readonly [RegExp, Maker])[] = [
  [/^convTranspose.*Grad$/, transposeGradient],
  [/^conv.*Grad$/, convGradient],
  [/^convTranspose/, transpose],
  [/^conv/, conv],
  [/^depthwise/, depthwise],
  [/^pointwise/, pointwise],
  [/^separable/, separable],
  [/^spatialSeparable/, spatialSeparable],
  [/^im2col$/, im2col],
  [/^col2im$/, col2im],
  [/^matmul$/, matmul],
];

/**
 * A random call of an operator, determined by what `draw` answers.
 *
 * @param draw - asked for one integer after the other; from `least` to `most`, both included.
 *
 * @example
 * ```ts
 * import { describeProblem, randomProblem } from 'native-conv/verify';
 * console.log(describeProblem(randomProblem('matmul', (least) => least))); // matmul([1,0], [0,1], {"transposeA":false,"transposeB":false,"threads":1}) float32
 * ```
 */
export function randomProblem(operator: OperatorName, draw: Draw, limits: ProblemLimits = {}): Problem {
  checkChoice('randomProblem', 'operator', operator, OPERATOR_NAMES);
  const [, make] = MAKERS.find(([pattern]) => pattern.test(operator)) as (typeof MAKERS)[number];
  return make(operator, rankOf(operator, draw), draw, limits);
}

/** The digit in the operator's name; columns are of any rank, other names without a digit of two. */
function rankOf(operator: OperatorName, draw: Draw): Rank {
  const digit = /([123])d/.exec(operator)?.[1];
  if (digit !== undefined) return Number(digit) as Rank;
  return operator === 'im2col' || operator === 'col2im' ? (draw(1, 3) as Rank) : 2;
}

/** A call as text, with dims for tensors. */
export function describeProblem({ operator, operands, options, type }: Problem): string {
  const dims = operands.map((operand) => `[${Array.isArray(operand) ? operand : (operand as Tensor).dims}]`);
  const text = JSON.stringify(options, (_, value) => (value instanceof Tensor ? `[${value.dims}]` : value));
  return `${operator}(${dims.join(', ')}, ${text}) ${type}`;
}
