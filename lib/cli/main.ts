#!/usr/bin/env node
// The command `native-conv`: its subcommands, their options and help, and how errors reach the user.
// Layer: command line; the door of lib/cli.
// SPDX-License-Identifier: MIT

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { PADDING_MODES } from '../geometry.ts';
import { TENSOR_TYPES } from '../image/image-tensor.ts';
import { IMAGE_LAYOUTS } from '../image/pixels.ts';
import { FITS } from '../image/placement.ts';
import { presets } from '../image/presets.ts';
import { RESIZE_FILTERS } from '../image/resample.ts';
import { createParsers, type Parsers } from './arguments.ts';
import type { ExplainOptions } from './explain.ts';
import { codeOf, EXIT, Failure, messageOf } from './failure.ts';
import type { FilterCommandOptions } from './filter.ts';
import { loadCommander } from './packages.ts';
import type { TensorOptions } from './tensor.ts';
import type { VerifyOptions } from './verify.ts';

const DEFAULT_SIDE = 256;
const DEFAULT_CASES = 20;

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

function addTensor(program: Command, parsers: Parsers, exit: (code: number) => void): void {
  const choice = (flags: string, description: string, choices: readonly string[]) =>
    program.createOption(flags, description).choices(choices);
  program
    .command('tensor')
    .summary('make a .npy batch of images, ready for a model')
    .description(
      'Decodes images, resizes, crops and normalises each in one pass, and writes them to one .npy array of ' +
        '[N,C,H,W] or [N,H,W,C]. Its rows are named in <file>.jsonl. A file that cannot be used does not stop the ' +
        'others: it has no row, is told of at the end, and the exit code is 1.',
    )
    .argument('<images...>', 'files, folders (with their subfolders) and globs')
    .requiredOption('-o, --out <file>', 'the .npy file to write')
    .addOption(
      choice('-p, --preset <name>', 'settings that models were published with', Object.keys(presets)),
    )
    .option('--resize <size>', '320x240, 224 (a square), shortest:256 or longest:640', parsers.resize)
    .addOption(choice('--fit <how>', 'with a width and a height: stretch, cut, or leave borders', FITS))
    .addOption(choice('--filter <name>', 'how pixels are weighed', RESIZE_FILTERS))
    .option('--crop <size>', 'the middle part of this size, after resizing', parsers.size)
    .option('--mean <numbers>', 'taken from x·scale: one number, or one per channel', parsers.perChannel)
    .option('--std <numbers>', 'divides what is left: one number, or one per channel', parsers.perChannel)
    .option('--scale <number>', 'factor of the pixels (default: 1/255)', parsers.number)
    .addOption(choice('--channels <order>', 'order of the channels', ['rgb', 'bgr', 'gray']))
    .addOption(choice('--layout <layout>', 'order of the axes', IMAGE_LAYOUTS))
    .addOption(choice('--type <type>', 'of the array', TENSOR_TYPES))
    .option('--options <json>', 'every other option of toTensor, as JSON', parsers.object)
    .option('--resume', 'go on with a batch that was interrupted; files that failed are tried again')
    .addHelpText(
      'after',
      `
Examples:
  native-conv tensor photos --preset imagenet -o batch.npy
  native-conv tensor 'photos/**/*.jpg' more.png --preset yolo --type float16 -o batch.npy
  native-conv tensor photos --resize 96x96 --fit cover --mean 0.5 --std 0.5 --layout NHWC -o batch.npy
  native-conv tensor photos --preset imagenet -o batch.npy --resume`,
    )
    .action(async (images: readonly string[], options: TensorOptions) => {
      const { tensorCommand } = await import('./tensor.ts');
      exit(await tensorCommand(images, options));
    });
}

function addFilter(program: Command, parsers: Parsers): void {
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
      const { filterCommand } = await import('./filter.ts');
      await filterCommand(from, to, options);
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
        const { explainCommand } = await import('./explain.ts');
        await explainCommand(operator, input, weights ?? [], options);
      },
    );
}

function addVerify(program: Command, parsers: Parsers, exit: (code: number) => void): void {
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
      const { verifyCommand } = await import('./verify.ts');
      exit(await verifyCommand(options));
    });
}

function addBench(program: Command, exit: (code: number) => void): void {
  program
    .command('bench')
    .summary('time a suite of layers (in a clone of the repository)')
    .description('Runs the benchmark of the repository; --help prints its options.')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[arguments...]')
    .action(async (args: readonly string[]) => {
      const { benchCommand } = await import('./bench.ts');
      exit(await benchCommand(args));
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
