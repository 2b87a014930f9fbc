// What convolutions have in common: an input, one or two weights and options. A family defines how dims become a
// plan; preparing, explaining and holding the weights in a layer are the same for all. Layer: operators.
// SPDX-License-Identifier: MIT

import type { PreparedCall } from '../call.ts';
import type { DType } from '../geometry.ts';
import { type Door, type OptionFamily, parseOptions, type Settings } from '../options.ts';
import type { Rank } from '../padding.ts';
import type { ResultOf, TensorLike } from '../tensor.ts';
import { readView, type View } from '../view.ts';
import {
  assemble,
  checkSameType,
  computeType,
  type Plan,
  type PreparedFor,
  type StageOperands,
  type WeightOperand,
} from './call.ts';
import { PlanCache } from './plan-cache.ts';

type Dims = readonly number[];

/** An operator of an input and weights, one stage per weight. */
export interface WeightedOperator {
  /** The public name. */
  readonly name: string;
  readonly rank: Rank;
  readonly options: OptionFamily;
  /** What messages call the weights. */
  readonly weights: readonly string[];
  /** From dims to geometry, one per weight. Throws where they do not fit. */
  readonly plan: (settings: Settings, type: DType, input: Dims, weights: readonly Dims[]) => Plan;
  /** A depthwise weight does not say how many of its outputs share an input channel; a layer asks for that. */
  readonly multiplied: boolean;
  /** The input channels that the weights imply. */
  readonly channels: (settings: Settings, weights: readonly Dims[], multiplier: number) => number;
}

/** Plans for operands that are checked already, and makes the call; layers enter here. */
export function callWeighted(
  operator: WeightedOperator,
  plans: PlanCache,
  settings: Settings,
  input: View,
  weights: readonly WeightOperand[],
): PreparedCall {
  const name = operator.name;
  for (let i = 0; i < weights.length; i++) {
    checkSameType(name, 'input', input.type, operator.weights[i], weights[i].type);
  }
  const type = computeType(name, input.type, settings);
  const dims = weights.map((weight) => weight.dims);
  const plan =
    plans.find(settings, type, input.dims, dims) ??
    newPlan(operator, plans, settings, type, input.dims, dims);
  const operands = weights.map(
    (weight, stage): StageOperands => ({ source: stage === 0 ? input : null, weight }),
  );
  return assemble(name, plan, settings, operands);
}

function newPlan(
  operator: WeightedOperator,
  plans: PlanCache,
  settings: Settings,
  type: DType,
  input: Dims,
  weights: readonly Dims[],
): Plan {
  const plan = operator.plan(settings, type, input, weights);
  plans.add(settings, type, input, weights, plan);
  return plan;
}

function prepare(
  operator: WeightedOperator,
  plans: PlanCache,
  door: Door,
  input: TensorLike,
  weights: readonly TensorLike[],
  options: unknown,
): PreparedCall {
  const source = readView(operator.name, 'input', input);
  const views = weights.map((weight, index) => readView(operator.name, operator.weights[index], weight));
  const settings = parseOptions(operator.name, door, operator.options, operator.rank, options);
  return callWeighted(operator, plans, settings, source, views);
}

/** `(input, weight, options)`, after the door that they came through. */
export function prepareOneWeight<Options>(operator: WeightedOperator) {
  const plans = new PlanCache();
  return <X extends TensorLike>(
    door: Door,
    input: X,
    weight: TensorLike,
    options?: Options,
  ): PreparedFor<ResultOf<X>> =>
    prepare(operator, plans, door, input, [weight], options) as PreparedFor<ResultOf<X>>;
}

/** `(input, first, second, options)`, after the door that they came through. */
export function prepareTwoWeights<Options>(operator: WeightedOperator) {
  const plans = new PlanCache();
  return <X extends TensorLike>(
    door: Door,
    input: X,
    first: TensorLike,
    second: TensorLike,
    options?: Options,
  ): PreparedFor<ResultOf<X>> =>
    prepare(operator, plans, door, input, [first, second], options) as PreparedFor<ResultOf<X>>;
}
