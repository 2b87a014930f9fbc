// The gradients that the benchmark times: of a forward call with respect to its input or its weight.
// SPDX-License-Identifier: MIT

import type { NamedShape } from '../../test/shapes.ts';
import type { Operands } from '../contestant.ts';
import { bytesMoved, type Lowered, lower, multiplyAdds } from '../geometry.ts';
import { uniform } from '../operands.ts';
import type { Work } from '../workload.ts';

export interface GradientTask {
  readonly name: string;
  readonly forward: NamedShape;
  /** What it is differentiated by. */
  readonly by: 'input' | 'weight';
}

/** Those of the forward call, and the gradient of its output. */
export interface GradientOperands extends Operands {
  readonly gradOutput: Float32Array;
}

/** `[N, C, *S]` of the forward call's output. */
export function outputDims(forward: NamedShape): readonly number[] {
  const { batch, outChannels, output, rank }: Lowered = lower(forward);
  return [batch, outChannels, ...output.slice(3 - rank)];
}

export function gradientOperandsOf({ name, forward }: GradientTask): GradientOperands {
  const [input, weight, gradOutput] = uniform(name, [forward.input, forward.weight, outputDims(forward)]);
  return { input, weight, gradOutput };
}

/** A gradient takes the multiply-adds of its forward call, and moves the same three tensors. */
export function gradientWork({ forward }: GradientTask): Work {
  return { multiplyAdds: multiplyAdds(forward), bytes: bytesMoved(forward) };
}
