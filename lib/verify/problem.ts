// Random calls of every operator: dims, options, layouts, dtypes and data, drawn one number at a time from any source,
// so that a seeded generator and a property-testing library make the same calls. Layer: verify.
// SPDX-License-Identifier: MIT

import { checkChoice } from '../check.ts';
import { type DType, PADDING_MODES, product } from '../geometry.ts';
import { OPERATOR_NAMES, type OperatorName } from '../ops/table.ts';
import type { Rank } from '../padding.ts';
import { Tensor } from '../tensor.ts';
import {
  type Draw,
  data,
  drawEpilogue,
  drawType,
  drawWindow,
  flip,
  layoutOf,
  output,
  type ProblemLimits,
  perAxis,
  pick,
  tensorDims,
  type Window,
  weightOf,
  windowOptions,
} from './draw.ts';

/** One call: `door[operator](...operands, options)`. */
export interface Problem {
  readonly operator: OperatorName;
  /** Tensors, and the dims that gradients take. */
  readonly operands: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly type: DType;
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
