// A photograph blurred along a diagonal, as by a hand that shook, and brought back: by the transposed convolution, which
// restores the shape, and by deconvolution, which restores the values.
// SPDX-License-Identifier: MIT

import sharp from 'sharp';
import { loadPhoto } from '../../lib/cli/demo/photo.ts';
import { conv2d, convTranspose2d, deconvolve2d, Tensor } from '../../lib/index.ts';

const TAPS = 10;
const DECAY = 0.8;

/** A trail that fades away from the middle of the kernel. */
function trail(): Tensor<'float64'> {
  const size = 2 * TAPS - 1;
  const kernel = Tensor.zeros([1, 1, size, size], { type: 'float64' });
  const total = (1 - DECAY ** TAPS) / (1 - DECAY);
  for (let i = 0; i < TAPS; i++) kernel.data[(TAPS - 1 + i) * (size + 1)] = DECAY ** i / total;
  return kernel;
}

export interface Restoration {
  readonly original: Tensor<'float64'>;
  readonly blurred: Tensor<'float64'>;
  readonly transposed: Tensor<'float64'>;
  readonly deconvolved: Tensor<'float64'>;
}

/** Brightness from 0 to 1, `[1, 1, 128, 128]`. */
export async function restorePhotograph(): Promise<Restoration> {
  const { image } = await loadPhoto(undefined, 128);
  const colour = new Tensor<'float64'>(Float64Array.from(image.data), image.dims);
  const luma = Tensor.from([[[[0.299]], [[0.587]], [[0.114]]]], { type: 'float64' });
  const original = conv2d(colour, luma);
  const kernel = trail();
  const blurred = conv2d(original, kernel, { padding: 'same' });
  return {
    original,
    blurred,
    transposed: convTranspose2d(blurred, kernel, { padding: TAPS - 1 }),
    deconvolved: deconvolve2d(blurred, kernel, { padding: 'same', tolerance: 1e-9, iterations: 500 })
      .estimate,
  };
}

export async function photographs(): Promise<Readonly<Record<string, Buffer>>> {
  const pictures = Object.entries(await restorePhotograph()).map(
    async ([name, { data, dims }]: [string, Tensor<'float64'>]) => {
      const bytes = Uint8Array.from(data, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
      const raw = { width: dims[3], height: dims[2], channels: 1 as const };
      return [`photograph-${name}.png`, await sharp(bytes, { raw }).png().toBuffer()] as const;
    },
  );
  return Object.fromEntries(await Promise.all(pictures));
}
