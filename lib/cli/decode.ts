// Files to pixels: what sharp decodes, upright, as sRGB or grey of 8 bits. Layer: command line.
// SPDX-License-Identifier: MIT

import type Sharp from 'sharp';
import { Pixels } from '../image/pixels.ts';

interface DecodeOptions {
  /** One channel instead of colours. */
  readonly gray?: boolean;
  /** Without the alpha channel. */
  readonly opaque?: boolean;
}

/** @throws what sharp throws of a file that is missing, damaged or no image. */
export async function decode(
  sharp: typeof Sharp,
  file: string,
  { gray = false, opaque = false }: DecodeOptions = {},
): Promise<Pixels<'uint8'>> {
  const image = sharp(file)
    .autoOrient()
    .toColourspace(gray ? 'b-w' : 'srgb');
  if (gray) image.grayscale();
  if (opaque) image.removeAlpha();
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return new Pixels(data, info);
}
