// How `native-conv bench` is called: arguments, options, help. Its work is loaded when it runs. Layer: command line.
// SPDX-License-Identifier: MIT

import type { Command } from 'commander';

export function addBench(program: Command, exit: (code: number) => void): void {
  program
    .command('bench')
    .summary('time a suite of layers (in a clone of the repository)')
    .description('Runs the benchmark of the repository; --help prints its options.')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[arguments...]')
    .action(async (args: readonly string[]) => {
      const { benchCommand } = await import('../bench.ts');
      exit(await benchCommand(args));
    });
}
