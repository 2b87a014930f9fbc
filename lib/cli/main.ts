#!/usr/bin/env node
// The command `native-conv`: its subcommands, their options and help, and how errors reach the user.
// Layer: command line; the door of lib/cli.
// SPDX-License-Identifier: MIT

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { createParsers, type Parsers } from './arguments.ts';
import type { ExplainOptions } from './explain.ts';
import { codeOf, EXIT, Failure, messageOf } from './failure.ts';
import { loadCommander } from './packages.ts';

const DEFAULT_SIDE = 256;

async function main(): Promise<number> {
  const { Command, CommanderError, InvalidArgumentError } = await loadCommander();
  let exitCode: number = EXIT.success;
  const program = new Command('native-conv')
    .description(
      'Every convolution of the deep-learning textbook: native, and by a reference with the same bits.',
    )
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit codes: 0 all is well; 1 native and reference differ; 2 the call cannot be served.
Environment: NATIVE_CONV_ISA caps the instruction set, NATIVE_CONV_THREADS the threads;
             NATIVE_CONV_DEBUG=1 prints the stack of an error.`,
    );

  const parsers = createParsers(InvalidArgumentError);
  addDemo(program, parsers, (code) => {
    exitCode = code;
  });
  addExplain(program, parsers);
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

function addDemo(program: Command, parsers: Parsers, exit: (code: number) => void): void {
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
      const { demo } = await import('./demo/command.ts');
      exit(await demo(options));
    });
}

function addExplain(program: Command, parsers: Parsers): void {
  program
    .command('explain')
    .summary('say how a call would be computed, and what it costs')
    .description(
      'Says how a call would be computed: output, algorithm and why not a better one, memory, cost, error. ' +
        'Of a gradient, give the dims of its forward call.',
    )
    .argument('<operator>', 'conv2d, depthwiseConv1d, convTranspose3d, matmul, …')
    .requiredOption('--input <dims>', 'dims of the input, as in 1,64,56,56', parsers.dims)
    .option(
      '--weight <dims>',
      'dims of the weight; of matmul, of its second operand; twice for separable convolutions',
      parsers.moreDims,
    )
    .option('--options <json>', 'the options of the call, as JSON', parsers.object)
    .option('--json', 'print JSON instead of a table')
    .addHelpText(
      'after',
      `
Examples:
  native-conv explain conv2d --input 1,64,56,56 --weight 64,64,3,3 --options '{"padding":1}'
  native-conv explain separableConv2d --input 1,32,56,56 --weight 32,1,3,3 --weight 64,32 --json`,
    )
    .action(async (operator: string, options: ExplainOptions) => {
      const { explainCommand } = await import('./explain.ts');
      await explainCommand(operator, options);
    });
}

function addInfo(program: Command): void {
  program
    .command('info')
    .summary('say what this machine offers and what is used of it')
    .description('Prints version, instruction sets, threads, caches and the chosen kernel of each operation.')
    .option('--json', 'print JSON instead of a table')
    .addHelpText('after', '\nExample:\n  NATIVE_CONV_ISA=avx2 native-conv info --json')
    .action(async (options: { readonly json?: boolean }) => {
      const { infoCommand } = await import('./info.ts');
      await infoCommand(options);
    });
}

function readVersion(): string {
  // From dist/cli and from lib/cli alike, the package is two levels up.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
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
