// Files to pixels: what sharp decodes, upright, as sRGB or grey of 8 bits. Layer: command line.
// SPDX-License-Identifier: MIT

import type Sharp from 'sharp';
import type { PixelsLike } from '../image/pixels.ts';

/** @throws what sharp throws of a file that is missing, damaged or no image. */
export function decode(sharp: typeof Sharp, file: string): Promise<PixelsLike> {
  return sharp(file).autoOrient().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
}
