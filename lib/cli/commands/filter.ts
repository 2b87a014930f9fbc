// How `native-conv filter` is called: arguments, options, help. Its work is loaded when it runs. Layer: command line.
// SPDX-License-Identifier: MIT

import type { Command } from 'commander';
import { PADDING_MODES } from '../../geometry.ts';
import type { Parsers } from '../arguments.ts';
import type { FilterCommandOptions } from '../filter.ts';

export function addFilter(program: Command, parsers: Parsers): void {
  program
    .command('filter')
    .summary('put a picture through a kernel')
    .description(
      'Filters a picture, channel by channel, and writes another one of 8 bits; an alpha channel is left out. ' +
        'sobel, scharr and laplacian write how strong the change is; numbers of their own are clamped to 0…255.',
    )
    .argument('<from>', 'a picture of any format that sharp reads')
    .argument('<to>', 'the picture to write; its ending says the format')
    .requiredOption(
      '-k, --kernel <kernel>',
      'sobel[:size], scharr, laplacian[:size], gaussian[:sigma] (1), box[:size] (3), sharpen[:amount] (1), or rows ' +
        'of numbers, "[-1,0,1;-2,0,2;-1,0,1]"',
      parsers.kernel,
    )
    .addOption(
      program
        .createOption('--border <mode>', 'what lies beyond the edges (default: reflect)')
        .choices(PADDING_MODES),
    )
    .option('--delta <number>', 'added to each result of a kernel of numbers', parsers.number)
    .option('--gray', 'make the picture grey first')
    .addHelpText(
      'after',
      `
Examples:
  native-conv filter in.jpg edges.png --kernel sobel --gray
  native-conv filter in.jpg soft.jpg --kernel gaussian:2
  native-conv filter in.jpg relief.png --kernel "[-2,-1,0;-1,0,1;0,1,2]" --delta 128`,
    )
    .action(async (from: string, to: string, options: FilterCommandOptions) => {
      const { filterCommand } = await import('../filter.ts');
      await filterCommand(from, to, options);
    });
}
