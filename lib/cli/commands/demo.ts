// How `native-conv demo` is called: arguments, options, help. Its work is loaded when it runs. Layer: command line.
// SPDX-License-Identifier: MIT

import type { Command } from 'commander';
import type { Parsers } from '../arguments.ts';

const DEFAULT_SIDE = 256;

export function addDemo(program: Command, parsers: Parsers, exit: (code: number) => void): void {
  program
    .command('demo')
    .summary('run every kind of convolution on a photograph')
    .description(
      'Runs every kind of convolution on a photograph, natively and by the reference, prints how long each took and ' +
        'whether the bits agree, and writes pictures of what each did.',
    )
    .option(
      '-i, --image <file>',
      'your own picture, of any format that sharp reads (default: a photograph from npm)',
    )
    .option('-o, --out <folder>', 'where the pictures go', 'out')
    .option(
      '-s, --size <pixels>',
      'length of the longer side that the picture is resized to',
      parsers.side,
      DEFAULT_SIDE,
    )
    .addHelpText(
      'after',
      `
Examples:
  native-conv demo
  native-conv demo --image holiday.jpg --out pictures
  NATIVE_CONV_ISA=avx2 native-conv demo --size 128`,
    )
    .action(async (options: { readonly image?: string; readonly out: string; readonly size: number }) => {
      const { demo } = await import('../demo/command.ts');
      exit(await demo(options));
    });
}
