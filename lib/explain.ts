// explain(): what a call would do, and why, from dims and options alone. Layer: above ops/ and native/.
// SPDX-License-Identifier: MIT

import { checkDims } from './check.ts';
import { bytesMoved } from './cost.ts';
import { type DType, type Geometry, multiplyAdds, packGeometry, product } from './geometry.ts';
import { loadBinding, type NativePlan } from './native/binding.ts';
import type { Plan } from './ops/call.ts';
import { type OperatorName, type OptionsOf, planOperator } from './ops/table.ts';
import type { ExtraOptions, Settings } from './options.ts';

/** Algorithms inside the numbers contract (docs/decisions.md). */
const CHAIN_ALGORITHMS: ReadonlySet<string> = new Set([
  'direct',
  'im2col-gemm',
  'implicit-gemm',
  'pointwise',
  'depthwise',
  'phases',
]);

/**
 * The error of a result, in units of eps·Σ|x||w| with eps = 2⁻²⁴ (float32) or 2⁻⁵³ (float64): half the distance of 1
 * to the next number, which is what one rounding can be off by.
 */
export interface ExpectedError {
  readonly units: number;
  /**
   * `'bound'`: no result is further off (to first order; a chain of K fused multiply-adds rounds K times).
   * `'measured'`: the largest that was seen on random data of even magnitude, rounded up.
   */
  readonly basis: 'bound' | 'measured';
  /** The command, in a clone, that measures it. */
  readonly measuredBy?: string;
  /**
   * False where an element also carries the error of its neighbours: Σ|x||w| is then the largest of a tile, so beside
   * pixels 100 times as large, small ones are off by 100 times as many of their own units. In the gradient of a weight
   * it is the largest of the taps from one input to one output channel.
   */
  readonly local?: false;
}

/** The largest errors of the algorithms outside the contract, as their tests print them, rounded up. */
const MEASURED: ReadonlyMap<string, { readonly units: number; readonly by: string }> = new Map([
  ['winograd-f2', { units: 3, by: 'test/winograd.test.ts' }],
  ['winograd-f4', { units: 14, by: 'test/winograd.test.ts' }],
  ['fft', { units: 12, by: 'test/fft.test.ts' }],
]);
const MEASURED_OF_WEIGHT_GRADIENTS: typeof MEASURED = new Map([
  ['winograd-f4', { units: 20, by: 'test/winograd.test.ts' }],
]);

/** One step of a call; only separable convolutions have two. */
export interface StageExplanation extends NativePlan {
  readonly multiplyAdds: number;
  readonly expectedError: ExpectedError;
  /** Whether the algorithm is inside the numbers contract. */
  readonly reproducible: boolean;
}

/** What a call would do; of two stages, names are joined by `' + '` and costs added. */
export interface Explanation {
  readonly operator: string;
  /** Dims of the result. */
  readonly dims: readonly number[];
  readonly type: DType;
  readonly algorithm: string;
  readonly kernel: string;
  readonly isa: string;
  readonly threads: number;
  /** Algorithms that rank before the chosen one, and why each was refused. */
  readonly refusals: NativePlan['refusals'];
  /** Scratch, an intermediate between two stages and packed weights included; what `setWorkspaceLimit` limits. */
  readonly workspaceBytes: number;
  /** Taps that fall on padding counted. */
  readonly multiplyAdds: number;
  /** The least that must be moved: every operand read once, the result written once. */
  readonly bytesMoved: number;
  readonly expectedError: ExpectedError;
  /** Whether the result is inside the numbers contract: the same bits everywhere. */
  readonly reproducible: boolean;
  readonly stages: readonly StageExplanation[];
}

/**
 * Explains a call without running it.
 *
 * @param op - a public name: `'conv2d'`, `'matmul'`, …
 * @param inputDims - of the first operand; of a gradient, the dims of its forward call's input.
 * @param weightDims - of the weight (matmul: of `b`); two arrays where there are two weights; none for im2col and col2im.
 * @param options - the call's, and `type`: `'float32'` (default) or `'float64'`.
 * @throws as the call would, and Error `ERR_CONV_LOAD` if the binary cannot be loaded.
 *
 * @example
 * ```ts
 * import { explain } from 'native-conv';
 * const { dims, multiplyAdds } = explain('conv2d', [1, 3, 32, 32], [8, 3, 3, 3], { padding: 1 });
 * console.log(dims, multiplyAdds); // [ 1, 8, 32, 32 ] 221184
 * ```
 */
export function explain<Name extends OperatorName>(
  op: Name,
  inputDims: readonly number[],
  weightDims?: readonly number[] | readonly (readonly number[])[],
  options?: OptionsOf<Name> & ExtraOptions['explain'],
): Explanation {
  const { operator, plan, settings } = planOperator(op, inputDims, weightDims, options);
  return explainPlan(operator, plan, settings);
}

/** Explains a plan; layers enter here. */
export function explainPlan(operator: string, plan: Plan, settings: Settings): Explanation {
  checkDims(operator, 'output', plan.dims);
  const binding = loadBinding();
  const plans = binding.explain(operator, settings.threads, ...plan.geometries.map(packGeometry));
  const stages = plan.geometries.map((geometry, i): StageExplanation => {
    const native = plans[i];
    return {
      ...native,
      multiplyAdds: multiplyAdds(geometry),
      expectedError: errorOf(geometry, native.algorithm),
      reproducible: isReproducible(geometry, native.algorithm),
    };
  });
  const type = plan.geometries[0].dtype;
  const names = (name: 'algorithm' | 'kernel' | 'isa'): string =>
    [...new Set(stages.map((stage) => stage[name]))].join(' + ');
  return {
    operator,
    dims: plan.dims,
    type,
    algorithm: names('algorithm'),
    kernel: names('kernel'),
    isa: names('isa'),
    threads: Math.max(...stages.map((stage) => stage.threads)),
    refusals: stages.flatMap((stage) => stage.refusals),
    workspaceBytes: scratchBytes(stages),
    multiplyAdds: sum(stages.map((stage) => stage.multiplyAdds)),
    bytesMoved: bytesMoved(plan, settings),
    expectedError: addErrors(stages),
    reproducible: stages.every((stage) => stage.reproducible),
    stages,
  };
}

/** Stages that run one after another use the same scratch. */
function scratchBytes(stages: readonly StageExplanation[]): number {
  const own = stages.map((stage) => stage.workspaceBytes);
  const held = stages.some((stage) => stage.fused) ? sum(own) : Math.max(...own);
  return held + sum(stages.map((stage) => stage.intermediateBytes));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** im2col, col2im and matmul have one order each; convolutions have algorithms that add in another. */
function isReproducible(geometry: Geometry, algorithm: string): boolean {
  const sliding = geometry.kind.startsWith('conv');
  return !sliding || CHAIN_ALGORITHMS.has(algorithm);
}

/** The most roundings that one element of the result goes through before bias, residual and activation. */
function chainLength(g: Geometry): number {
  switch (g.kind) {
    case 'conv':
      return (g.inChannels / g.groups) * product(g.kernel);
    case 'convTranspose':
      return (g.outChannels / g.groups) * tapsThatMeet(g);
    case 'convWeightGrad':
      return g.batch * product(g.output);
    case 'im2col':
      return 0;
    case 'col2im':
      return tapsThatMeet(g);
    case 'matmul':
      return g.matmul.depth;
  }
}

/** Taps of a kernel that can fall on one element of the large side: every (stride ÷ gcd(stride, dilation))-th. */
function tapsThatMeet({ kernel, stride, dilation }: Geometry): number {
  return kernel.reduce(
    (taps, size, axis) =>
      taps * Math.ceil((size * greatestCommonDivisor(stride[axis], dilation[axis])) / stride[axis]),
    1,
  );
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function errorOf(geometry: Geometry, algorithm: string): ExpectedError {
  const ofKind = geometry.kind === 'convWeightGrad' ? MEASURED_OF_WEIGHT_GRADIENTS : MEASURED;
  const measured = ofKind.get(algorithm);
  if (measured) {
    const measuredBy = `npx mocha --no-config --import=tsx ${measured.by}`;
    return { units: measured.units, basis: 'measured', measuredBy, local: false };
  }
  // The transposed convolution by col2im adds its K products in another order, but no more of them.
  return { units: chainLength(geometry), basis: 'bound' };
}

/** Of two stages, a first-order bound: the second carries on the first's error and adds its own. */
function addErrors(stages: readonly StageExplanation[]): ExpectedError {
  const units = sum(stages.map((stage) => stage.expectedError.units));
  const measured = stages.find((stage) => stage.expectedError.basis === 'measured');
  return measured ? { ...measured.expectedError, units } : { units, basis: 'bound' };
}
