// The photograph of the demo: whatever sharp can decode, made into floats between 0 and 1, channels first.
// Layer: command line.
// SPDX-License-Identifier: MIT

import { readFile } from 'node:fs/promises';
import { codeOf, Failure, messageOf } from '../failure.ts';
import { loadBaboon, loadSharp } from '../packages.ts';
import type { Floats } from './arrays.ts';

/** Both sides of the working copy are multiples of this: the tiles of the im2col step. */
export const TILE = 16;
export const SMALLEST_SIDE = 3 * TILE;

export interface Photo {
  readonly name: string;
  /** `[1, 3, H, W]`, red, green, blue, 0…1. */
  readonly image: Floats;
  readonly originalWidth: number;
  readonly originalHeight: number;
}

/**
 * Decodes a picture of any format, size, depth, with or without alpha (over white) or colour, turned upright,
 * and resizes it so that its longer side is about `side` pixels.
 *
 * @param path The picture's file; without one, the photograph of the package `baboon-image-uri`.
 * @param side Length of the longer side in pixels.
 * @throws Failure if the file is missing, unreadable, or not a picture.
 */
export async function loadPhoto(path: string | undefined, side: number): Promise<Photo> {
  const sharp = await loadSharp();
  const name = path ?? 'baboon-image-uri';
  const file = path === undefined ? await embeddedPhoto() : await readPicture(path);
  try {
    const upright = await sharp(file).autoOrient().toBuffer({ resolveWithObject: true });
    const { width: originalWidth, height: originalHeight } = upright.info;
    const scale = side / Math.max(originalWidth, originalHeight);
    const width = roundToTiles(originalWidth * scale);
    const height = roundToTiles(originalHeight * scale);
    const pixels = await sharp(upright.data)
      .flatten({ background: '#fff' })
      .resize({ width, height, fit: 'fill', kernel: 'lanczos3' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const data = planar(pixels.data, width * height, pixels.info.channels);
    return { name, image: { data, dims: [1, 3, height, width] }, originalWidth, originalHeight };
  } catch (cause) {
    const why = messageOf(cause).split('\n')[0];
    throw new Failure(`${name} is not a picture that can be decoded: ${why}`, { cause });
  }
}

async function embeddedPhoto(): Promise<Buffer> {
  const uri = await loadBaboon();
  return Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64');
}

async function readPicture(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT') throw new Failure(`there is no file ${path}`, { cause });
    if (code === 'EISDIR') throw new Failure(`${path} is a folder, not a picture`, { cause });
    throw new Failure(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function roundToTiles(pixels: number): number {
  return Math.max(SMALLEST_SIDE, TILE * Math.round(pixels / TILE));
}

/** Interleaved bytes of one (grey) or more channels → three planes of floats. */
function planar(bytes: Uint8Array, area: number, channels: number): Float32Array {
  const data = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    const source = channels < 3 ? 0 : channel;
    for (let i = 0; i < area; i++) data[channel * area + i] = bytes[i * channels + source] / 255;
  }
  return data;
}
