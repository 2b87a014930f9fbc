// How `native-conv verify` is called: arguments, options, help. Its work is loaded when it runs. Layer: command line.
// SPDX-License-Identifier: MIT

import type { Command } from 'commander';
import type { Parsers } from '../arguments.ts';
import type { VerifyOptions } from '../verify.ts';

const DEFAULT_CASES = 20;

export function addVerify(program: Command, parsers: Parsers, exit: (code: number) => void): void {
  program
    .command('verify')
    .summary('check this machine: random calls, every way of running them, against the reference')
    .description(
      'Makes random calls of the operators, runs each through every door, algorithm and instruction set that this ' +
        'machine has, and compares the results with those of the reference: the same bits where they are promised, a ' +
        'bound on the error elsewhere. With --kernel, checks functions of your own in the same way: a module that ' +
        'exports them by the names of the operators, as in conv2d(input, weight, options); one may return null for ' +
        'a call that it does not take.',
    )
    .option('--op <operator>', 'which operator, several times if you like (default: all)', parsers.more)
    .option('--cases <n>', 'random calls of each operator', parsers.integer(1), DEFAULT_CASES)
    .option('--seed <n>', 'makes the same calls again', parsers.integer(0), 1)
    .option('--isa <name>', 'which instruction set, several times if you like (default: all)', parsers.more)
    .addOption(
      program
        .createOption('--kernel <module>', 'check the kernels that this module exports, not ours')
        .conflicts('isa'),
    )
    .option('--json', 'print JSON instead of a table')
    .addHelpText(
      'after',
      `
Examples:
  native-conv verify
  native-conv verify --op conv2d --cases 500 --seed 7
  native-conv verify --op matmul --isa avx2 --isa portable --json
  native-conv verify --kernel ./my-kernel.mjs
  native-conv verify --kernel ./my-kernel.mjs --op conv2d --cases 200`,
    )
    .action(async (options: VerifyOptions) => {
      const { verifyCommand } = await import('../verify.ts');
      exit(await verifyCommand(options));
    });
}
