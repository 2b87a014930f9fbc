// How `native-conv info` is called: arguments, options, help. Its work is loaded when it runs. Layer: command line.
// SPDX-License-Identifier: MIT

import type { Command } from 'commander';

export function addInfo(program: Command): void {
  program
    .command('info')
    .summary('say what this machine offers and what is used of it')
    .description('Prints version, instruction sets, threads, caches and the chosen kernel of each operation.')
    .option('--json', 'print JSON instead of a table')
    .addHelpText('after', '\nExample:\n  NATIVE_CONV_ISA=avx2 native-conv info --json')
    .action(async (options: { readonly json?: boolean }) => {
      const { infoCommand } = await import('../info.ts');
      await infoCommand(options);
    });
}
