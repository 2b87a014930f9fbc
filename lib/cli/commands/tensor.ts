// How `native-conv tensor` is called: arguments, options, help. Its work is loaded when it runs. Layer: command line.
// SPDX-License-Identifier: MIT

import type { Command } from 'commander';
import { TENSOR_TYPES } from '../../image/image-tensor.ts';
import { IMAGE_LAYOUTS } from '../../image/pixels.ts';
import { FITS } from '../../image/placement.ts';
import { presets } from '../../image/presets.ts';
import { RESIZE_FILTERS } from '../../image/resample.ts';
import type { Parsers } from '../arguments.ts';
import type { TensorOptions } from '../tensor.ts';

export function addTensor(program: Command, parsers: Parsers, exit: (code: number) => void): void {
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
      const { tensorCommand } = await import('../tensor.ts');
      exit(await tensorCommand(images, options));
    });
}
