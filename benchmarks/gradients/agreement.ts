// Whether all contestants compute the same gradient: as in ../agreement.ts, with the definition of gradients.
// SPDX-License-Identifier: MIT

import { type Agreement, checkSamples, compare } from '../agreement.ts';
import type { Settings } from '../contestant.ts';
import { findContestant } from '../contestants.ts';
import {
  chainOf,
  type Lowered,
  largePosition,
  lower,
  product,
  type Tap,
  taps,
  unravel,
} from '../geometry.ts';
import { REPRODUCIBLE } from '../native-conv.ts';
import { GRADIENT_CONTESTANTS } from './contestants.ts';
import { type GradientOperands, type GradientTask, gradientOperandsOf } from './task.ts';

/** By contestant, as the layers' report. */
export async function checkGradients(
  task: GradientTask,
  contestants: readonly string[],
  settings: Settings,
): Promise<Readonly<Record<string, Agreement>>> {
  const operands = gradientOperandsOf(task);
  const outputOf = async (name: string, on: GradientOperands, how: Settings) => {
    const prepared = await findContestant(GRADIENT_CONTESTANTS, name).prepare(task, on, how);
    return { exact: prepared.exact, output: await prepared.output() };
  };
  const fresh = { ...settings, reuseOutput: false };
  const { output: truth } = await outputOf(REPRODUCIBLE.name, operands, fresh);
  const complaint = checkGradientDefinition(task, operands, truth);
  if (complaint !== undefined) return { [REPRODUCIBLE.name]: { worstError: 0, complaint } };
  const { input, weight, gradOutput } = operands;
  const absolute = {
    input: input.map(Math.abs),
    weight: weight.map(Math.abs),
    gradOutput: gradOutput.map(Math.abs),
  };
  const { output: magnitudes } = await outputOf(REPRODUCIBLE.name, absolute, fresh);

  const report: Record<string, Agreement> = {};
  for (const name of contestants) {
    const { output, exact } = await outputOf(name, operands, settings);
    report[name] = compare(output, truth, magnitudes, exact);
  }
  return report;
}

/** What is wrong with a gradient that must equal the definition in every bit; nothing if it does where sampled. */
export function checkGradientDefinition(
  { forward, by }: GradientTask,
  { input, weight, gradOutput }: GradientOperands,
  result: Float32Array,
): string | undefined {
  const lowered = lower(forward);
  const length = product(forward[by]);
  if (by === 'weight') {
    return checkSamples(result, length, (index) => chainOf(weightTaps(lowered, index), input, gradOutput));
  }
  const adjoint = adjointOf(lowered);
  return checkSamples(result, length, (index) => chainOf(taps(adjoint, index), gradOutput, weight));
}

/** A convolution's input gradient is a transposed convolution of the same weight, and the other way round. */
function adjointOf(forward: Lowered): Lowered {
  return {
    ...forward,
    transposed: !forward.transposed,
    inChannels: forward.outChannels,
    outChannels: forward.inChannels,
    input: forward.output,
    output: forward.input,
  };
}

/**
 * Flat indices (input, gradOutput) of the products that a weight's gradient sums up: over images and the positions of
 * the convolution's small side, in order.
 */
function* weightTaps(forward: Lowered, index: number): Generator<Tap> {
  const { batch, groups, inChannels, outChannels, input, output, kernel, transposed } = forward;
  const perKernel = (transposed ? outChannels : inChannels) / groups;
  const offset = unravel(index % product(kernel), kernel);
  const second = Math.floor(index / product(kernel)) % perKernel;
  const first = Math.floor(index / (product(kernel) * perKernel));
  const smallChannels = transposed ? inChannels : outChannels;
  const largeChannel = Math.floor(first / (smallChannels / groups)) * perKernel + second;
  const [inChannel, outChannel] = transposed ? [first, largeChannel] : [largeChannel, first];
  const [small, large] = transposed ? [input, output] : [output, input];
  for (let image = 0; image < batch; image++) {
    for (let s = 0; s < product(small); s++) {
      const position = unravel(s, small);
      const at = offset.map((tap, axis) => largePosition(forward, axis, position[axis], tap));
      if (at.some((value, axis) => value < 0 || value >= large[axis])) continue;
      const l = (at[0] * large[1] + at[1]) * large[2] + at[2];
      const [i, o] = transposed ? [s, l] : [l, s];
      yield [
        (image * inChannels + inChannel) * product(input) + i,
        (image * outChannels + outChannel) * product(output) + o,
      ];
    }
  }
}
