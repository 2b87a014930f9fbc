#!/usr/bin/env node
// The command `native-conv`: which subcommands it has, its exit code, and how errors reach the user. What a subcommand
// takes is in commands/.
// Layer: command line; the door of lib/cli.
// SPDX-License-Identifier: MIT

import { packageVersion } from '../version.ts';
import { createParsers } from './arguments.ts';
import { addBench } from './commands/bench.ts';
import { addDemo } from './commands/demo.ts';
import { addExplain } from './commands/explain.ts';
import { addFilter } from './commands/filter.ts';
import { addInfo } from './commands/info.ts';
import { addTensor } from './commands/tensor.ts';
import { addVerify } from './commands/verify.ts';
import { codeOf, EXIT, Failure, messageOf } from './failure.ts';
import { loadCommander } from './packages.ts';

async function main(): Promise<number> {
  const { Command, CommanderError, InvalidArgumentError } = await loadCommander();
  let exitCode: number = EXIT.success;
  const program = new Command('native-conv')
    .description(
      'Every convolution of the deep-learning textbook: native, and by a reference with the same bits.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit codes: 0 all is well; 1 a result is not as it must be; 2 the call cannot be served.
Environment: NATIVE_CONV_ISA caps the instruction set, NATIVE_CONV_THREADS the threads;
             NATIVE_CONV_DEBUG=1 prints the stack of an error.`,
    );

  const parsers = createParsers(InvalidArgumentError);
  const exit = (code: number) => {
    exitCode = code;
  };
  addDemo(program, parsers, exit);
  addTensor(program, parsers, exit);
  addFilter(program, parsers);
  addExplain(program, parsers);
  addVerify(program, parsers, exit);
  addBench(program, exit);
  addInfo(program);

  try {
    await program.parseAsync();
    return exitCode;
  } catch (error) {
    // commander has printed its message or the help already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.failure;
    throw error;
  }
}

/** One line for the user; a stack only on request, or for what we did not foresee. */
function printError(error: unknown): void {
  if (process.env['NATIVE_CONV_DEBUG']) {
    console.error(error);
    return;
  }
  const foreseen = error instanceof Failure || codeOf(error)?.startsWith('ERR_CONV_');
  const hint = foreseen ? '' : ' (NATIVE_CONV_DEBUG=1 prints where)';
  // The library's own message about its binary already opens with our name.
  const message = messageOf(error).replace(/^native-conv: /, '');
  console.error(`native-conv: ${message}${hint}`);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    printError(error);
    process.exitCode = EXIT.failure;
  },
);
