// `native-conv tensor`: images, one after another, into a .npy batch. A file that cannot be read is told of at the end
// and does not stop the others. Layer: command line.
// SPDX-License-Identifier: MIT

import { relative } from 'node:path';
import type { PixelsLike } from '../image/pixels.ts';
import { type PresetName, presets } from '../image/presets.ts';
import { toTensor } from '../index.ts';
import {
  readColours,
  readTensorOptions,
  type ToTensorOptions,
  type ToTensorResize,
} from '../ops/tensor-options.ts';
import { BatchFile, listOf, removeBatch } from './batch-file.ts';
import { decode } from './decode.ts';
import { EXIT, Failure, messageOf } from './failure.ts';
import { findImages } from './inputs.ts';
import { loadSharp } from './packages.ts';
import { startProgress } from './progress.ts';

const MOST_ERRORS = 20;

export interface TensorOptions
  extends Pick<ToTensorOptions, 'crop' | 'mean' | 'std' | 'scale' | 'channels' | 'layout' | 'type'> {
  readonly out: string;
  readonly preset?: PresetName;
  readonly resize?: ToTensorResize;
  readonly fit?: ToTensorResize['fit'];
  readonly filter?: ToTensorResize['filter'];
  readonly options?: ToTensorOptions;
  readonly resume?: boolean;
}

export async function tensorCommand(inputs: readonly string[], options: TensorOptions): Promise<number> {
  const settings = settingsOf(options);
  checkSettings(settings);
  const sharp = await loadSharp();
  const files = await findImages(inputs);
  const batch = await BatchFile.open(options.out, settings, options.resume ?? false);
  const waiting = files.filter((file) => !batch.has(file));
  const before = batch.rows;
  const errors: string[] = [];
  const bar = await startProgress(waiting.length);
  try {
    // The next file is decoded while this one is made a tensor and written: two images are in memory.
    let next = attempt(sharp, waiting[0]);
    for (const [i, file] of waiting.entries()) {
      await bar.at(relative('', file));
      const decoded = await next;
      next = attempt(sharp, waiting[i + 1]);
      const error = await addFile(batch, file, decoded, settings);
      if (error !== undefined) {
        errors.push(`${relative('', file)}: ${error}`);
        await batch.addError(file, error);
      }
      bar.advance();
    }
  } finally {
    bar.stop();
    await batch.close();
  }
  if (batch.dims === undefined) await removeBatch(options.out);
  else {
    const resumed = before === 0 ? '' : ` (${before} were there)`;
    console.log(
      `${options.out}: ${batch.dims.join('×')}${resumed}; ${listOf(options.out)} names the file of each row`,
    );
  }
  return report(errors, waiting.length);
}

/** A preset, changed by the options of the command; those of `--options` come last. */
export function settingsOf(options: TensorOptions): ToTensorOptions {
  const preset: ToTensorOptions = options.preset === undefined ? {} : presets[options.preset];
  const { crop, mean, std, scale, channels, layout, type, fit, filter } = options;
  const changes = { crop, mean, std, scale, channels, layout, type };
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const resize = {
    ...(options.resize === undefined
      ? preset.resize
      : { ...weighingOf(preset.resize, options.resize), ...options.resize }),
    ...(fit && { fit }),
    ...(filter && { filter }),
  };
  return { ...preset, ...given, ...(Object.keys(resize).length > 0 && { resize }), ...options.options };
}

/** Throws, before a file is read, what every image would be refused for. What sharp decodes is bytes. */
function checkSettings(settings: ToTensorOptions): void {
  if (settings.out !== undefined)
    throw new Failure('--options may have no out: --out says where the batch goes');
  readColours(readTensorOptions('native', settings), 'uint8');
}

/** What a new size keeps of a preset's: how pixels are weighed and, of two sides, how they are filled. */
function weighingOf(preset: ToTensorResize = {}, size: ToTensorResize): ToTensorResize {
  const { filter, antialias, fit } = preset;
  return {
    ...(filter && { filter }),
    ...(antialias !== undefined && { antialias }),
    ...(fit && size.width !== undefined && { fit }),
  };
}

type Decoded = { readonly pixels: PixelsLike } | { readonly error: string };

/** Never rejects: nobody may be waiting yet. */
async function attempt(sharp: Parameters<typeof decode>[0], file: string | undefined): Promise<Decoded> {
  if (file === undefined) return { error: '' };
  try {
    return { pixels: await decode(sharp, file) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** Why the file has no row, if it has none. What befalls the batch itself is thrown. */
async function addFile(
  batch: BatchFile,
  file: string,
  decoded: Decoded,
  settings: ToTensorOptions,
): Promise<string | undefined> {
  if ('error' in decoded) return decoded.error;
  let tensor: ReturnType<typeof toTensor>;
  try {
    tensor = toTensor(decoded.pixels, settings);
  } catch (error) {
    return messageOf(error);
  }
  const mismatch = batch.mismatch(tensor);
  if (mismatch === undefined) await batch.add(file, tensor);
  return mismatch;
}

function report(errors: readonly string[], tried: number): number {
  if (errors.length === 0) return EXIT.success;
  console.error(`native-conv: ${errors.length} of ${tried} files could not be used:`);
  for (const error of errors.slice(0, MOST_ERRORS)) console.error(`  ${error.trim().replaceAll('\n', ' ')}`);
  if (errors.length > MOST_ERRORS) console.error(`  … and ${errors.length - MOST_ERRORS} more`);
  return EXIT.difference;
}
