// What a call costs, from dims and options: output, parameters, multiplications, memory traffic. Layer: analysis.
// SPDX-License-Identifier: MIT

import { bytesMoved } from '../cost.ts';
import { type DType, type Geometry, multiplyAdds } from '../geometry.ts';
import { type OperatorName, type OptionsOf, planOperator } from '../ops/table.ts';
import type { ExtraOptions } from '../options.ts';

/** One step of a call; only separable convolutions have two. */
export interface StageCost {
  /** Products of which no factor is a zero of the padding. */
  readonly multiplications: number;
  /** Fused multiply-adds, taps on the padding counted: what a kernel that does not look at the borders does. */
  readonly multiplyAdds: number;
}

/** What a call costs; of two stages, the sum. */
export interface Cost extends StageCost {
  readonly operator: string;
  readonly type: DType;
  /** Of the result. */
  readonly dims: readonly number[];
  /** Elements of the weights, and of the bias if the options have one. */
  readonly parameters: number;
  /** The least that must be moved: every operand read once, the result written once. */
  readonly bytes: number;
  /** Arithmetic intensity: floating-point operations (two for a multiply-add) for each byte moved. */
  readonly intensity: number;
  readonly stages: readonly StageCost[];
}

/**
 * What a call of an operator costs.
 *
 * @param op - a public name: `'conv2d'`, `'separableConv2d'`, `'matmul'`, …
 * @param inputDims - of the first operand; of a gradient, the dims of its forward call's input.
 * @param weightDims - of the weight (matmul: of `b`); two arrays where there are two weights; none for im2col and col2im.
 * @param options - the call's, and `type`: `'float32'` (default) or `'float64'`.
 * @throws TypeError or RangeError as the call would.
 *
 * @example
 * ```ts
 * import { cost } from 'native-conv/analysis';
 * console.log(cost('conv2d', [1, 3, 28, 28], [10, 3, 3, 3]).parameters); // 270
 * console.log(cost('conv2d', [1, 1, 5, 5], [1, 1, 3, 3]).multiplications); // 81
 * ```
 */
export function cost<Name extends OperatorName>(
  op: Name,
  inputDims: readonly number[],
  weightDims?: readonly number[] | readonly (readonly number[])[],
  options?: OptionsOf<Name> & ExtraOptions['explain'],
): Cost {
  const { operator, plan, settings } = planOperator(op, inputDims, weightDims, options, 'cost');
  const stages = plan.geometries.map((geometry) => ({
    multiplications: multiplications(geometry),
    multiplyAdds: multiplyAdds(geometry),
  }));
  const total = (name: keyof StageCost) => stages.reduce((sum, stage) => sum + stage[name], 0);
  const bytes = bytesMoved(plan, settings);
  return {
    operator,
    type: plan.geometries[0].dtype,
    dims: plan.dims,
    parameters: countElements(weightDims) + (settings.bias === null ? 0 : plan.channels),
    multiplications: total('multiplications'),
    multiplyAdds: total('multiplyAdds'),
    bytes,
    intensity: bytes === 0 ? 0 : (2 * total('multiplyAdds')) / bytes,
    stages,
  };
}

/**
 * The dims of a call's result.
 *
 * @param op - as for {@link cost}, like the other parameters.
 *
 * @example
 * ```ts
 * import { outputDims } from 'native-conv/analysis';
 * console.log(outputDims('pointwiseConv2d', [1, 100, 500, 500], [20, 100])); // [1, 20, 500, 500]
 * ```
 */
export function outputDims<Name extends OperatorName>(
  op: Name,
  inputDims: readonly number[],
  weightDims?: readonly number[] | readonly (readonly number[])[],
  options?: OptionsOf<Name> & ExtraOptions['explain'],
): number[] {
  return planOperator(op, inputDims, weightDims, options, 'outputDims').plan.dims.slice();
}

function countElements(dims: readonly number[] | readonly (readonly number[])[] | undefined): number {
  const all = (dims ?? []).flat();
  if (all.length === 0) return 0;
  const each = Array.isArray(dims?.[0])
    ? (dims as readonly (readonly number[])[])
    : [dims as readonly number[]];
  return each.reduce((sum, one) => sum + one.reduce((count, size) => count * size, 1), 0);
}

/** Multiply-adds less those of taps that fall on zeros of the padding. */
function multiplications(g: Geometry): number {
  const slides = g.kind === 'conv' || g.kind === 'convTranspose' || g.kind === 'convWeightGrad';
  if (!slides || g.paddingMode !== 'zeros') return multiplyAdds(g);
  const channels = g.batch * g.outChannels * (g.inChannels / g.groups);
  return channels * insideTaps(g, 0) * insideTaps(g, 1) * insideTaps(g, 2);
}

/** Pairs of a small-side position and a tap that meet an element of the large side, along one axis. */
function insideTaps(g: Geometry, axis: 0 | 1 | 2): number {
  const [stride, size] = [g.stride[axis], g.input[axis]];
  let pairs = 0;
  for (let k = 0; k < g.kernel[axis]; k++) {
    // The tap of position o lies at o·stride − before.
    const before = g.padBegin[axis] - k * g.dilation[axis];
    const first = Math.max(0, Math.ceil(before / stride));
    const last = Math.min(g.output[axis] - 1, Math.floor((size - 1 + before) / stride));
    pairs += Math.max(0, last - first + 1);
  }
  return pairs;
}
