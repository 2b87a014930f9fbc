// Who takes part in the suite of gradients: ourselves twice, and oneDNN. onnxruntime has no gradients in its packages for
// Node.js, and those of tfjs-wasm are its transposed convolutions, which the other suites time.
// SPDX-License-Identifier: MIT

import * as library from '../../lib/index.ts';
import { type Contestant, called } from '../contestant.ts';
import { AUTO, REPRODUCIBLE } from '../native-conv.ts';
import { ONEDNN_MODES, onednnContestant, prepareOnednnGradient } from '../onednn.ts';
import { type GradientOperands, type GradientTask, outputDims } from './task.ts';

export type GradientContestant = Contestant<GradientTask, GradientOperands>;

type Rank = '1d' | '2d' | '3d';
type Forward = `conv${Rank}` | `convTranspose${Rank}`;

/** Depthwise convolutions have their gradients as grouped ones. */
function forwardCall({ forward }: GradientTask): {
  readonly operator: Forward;
  readonly options: GradientTask['forward']['options'];
} {
  const { operator, options, input } = forward;
  if (operator !== 'depthwiseConv2d') return { operator, options };
  return { operator: 'conv2d', options: { ...options, groups: input[1] } };
}

function ours({ name, presence }: Contestant, reproducible: boolean): GradientContestant {
  return {
    name,
    peer: false,
    presence,
    refuses: () => undefined,
    prepare(task, operands, { threads, reuseOutput }) {
      const { operator, options } = forwardCall(task);
      const { forward, by } = task;
      const call = `${operator}${by === 'input' ? 'InputGrad' : 'WeightGrad'}` as const;
      const settings = { ...options, threads, reproducible };
      const gradOutput = { data: operands.gradOutput, dims: outputDims(forward) };
      const other = by === 'input' ? 'weight' : 'input';
      const operand = { data: operands[other], dims: forward[other] };
      const out = reuseOutput ? { out: library.Tensor.zeros(forward[by]) } : {};
      const plan = library.explain(call, forward.input, forward.weight, settings);
      const { algorithm, kernel, isa, reproducible: exact } = plan;
      const run = () => library[call](gradOutput, operand, forward[by], { ...settings, ...out }).data;
      return { algorithm, kernel, isa, exact, ...called(run as () => Float32Array) };
    },
  };
}

export const GRADIENT_CONTESTANTS: readonly GradientContestant[] = [
  ours(AUTO, false),
  ours(REPRODUCIBLE, true),
  ...ONEDNN_MODES.map((mode) => onednnContestant(mode, prepareOnednnGradient)),
];
