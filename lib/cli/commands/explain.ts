// How `native-conv explain` is called: arguments, options, help. Its work is loaded when it runs. Layer: command line.
// SPDX-License-Identifier: MIT

import type { Command } from 'commander';
import type { Parsers } from '../arguments.ts';
import type { ExplainOptions } from '../explain.ts';

export function addExplain(program: Command, parsers: Parsers): void {
  program
    .command('explain')
    .summary('say how a call would be computed, and what it costs')
    .description(
      'Says how a call would be computed: output, algorithm and why not a better one, memory, cost, error. ' +
        'Of a gradient, give the dims of its forward call.',
    )
    .argument('<operator>', 'conv2d, depthwiseConv1d, convTranspose3d, matmul, …')
    .argument('<input>', 'dims of the input, as in 1x64x56x56 or 1,64,56,56', parsers.dims)
    .argument(
      '[weight...]',
      'dims of the weight; of matmul, of its second operand; two for separable convolutions',
      parsers.moreDims,
    )
    .option('--stride <n>', 'a number, or one per axis, as in 2,1', parsers.value)
    .option('--padding <n>', "a number, one per axis, [[1,0],[1,0]], 'same' or 'same-lower'", parsers.value)
    .option('--dilation <n>', 'a number, or one per axis', parsers.value)
    .option('--groups <n>', 'a number', parsers.value)
    .option('--options <json>', 'every other option of the call, as JSON', parsers.object)
    .option('--json', 'print JSON instead of a table')
    .addHelpText(
      'after',
      `
Examples:
  native-conv explain conv2d 1x64x56x56 64x64x3x3 --padding 1
  native-conv explain convTranspose2d 1x64x28x28 64x32x4x4 --stride 2 --padding 1
  native-conv explain separableConv2d 1x32x56x56 32x1x3x3 64x32 --options '{"activation":"relu"}' --json`,
    )
    .action(
      async (
        operator: string,
        input: readonly number[],
        weights: readonly (readonly number[])[] | undefined,
        options: ExplainOptions,
      ) => {
        const { explainCommand } = await import('../explain.ts');
        await explainCommand(operator, input, weights ?? [], options);
      },
    );
}
