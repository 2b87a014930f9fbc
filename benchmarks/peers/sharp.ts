// sharp as a contestant of the image suite, raw pixels in and out. What is timed is its call from JavaScript and its new
// output; of toTensor, also the loop in JavaScript that users write to normalise the pixels.
// SPDX-License-Identifier: MIT

import sharp, { type Sharp } from 'sharp';
import { called } from '../contestant.ts';
import type { ImageAdaptor } from '../images/contestants.ts';
import type { ImageTask, ImageValues, ResizeTask, TensorTask } from '../images/task.ts';

const RESIZE_KERNELS = { bilinear: 'linear', bicubic: 'cubic', lanczos: 'lanczos3' } as const;

export const prepare: ImageAdaptor['prepare'] = (task, { data, ...raw }, { threads }) => {
  sharp.concurrency(threads);
  sharp.cache(false);
  const channels = raw.channels as 1 | 2 | 3 | 4;
  const bytes = () =>
    apply(task, sharp(data, { raw: { ...raw, channels } }))
      .raw()
      .toBuffer();
  const run = async () => (task.operation === 'toTensor' ? normalised(task, await bytes()) : await bytes());
  return { algorithm: '', kernel: '', isa: '', exact: false, ...called<ImageValues>(run) };
};

function apply(task: ImageTask, image: Sharp): Sharp {
  switch (task.operation) {
    case 'filter2d': {
      const { kernel } = task.options;
      const [height, width] = [kernel.length, kernel[0].length];
      return image.convolve({ width, height, kernel: kernel.flat(), scale: 1 });
    }
    case 'gaussianBlur':
      return image.blur(sigmaOf(task.options));
    case 'boxBlur':
      throw new Error('sharp takes no part in boxBlur');
    case 'resize':
    case 'toTensor':
      return resized(task.options, image);
  }
}

/** Where only a size is given, OpenCV's sigma for it; sharp has no sizes. */
function sigmaOf(options: { readonly sigma?: number; readonly kernelSize?: number }): number {
  return options.sigma ?? 0.3 * (((options.kernelSize ?? 1) - 1) * 0.5 - 1) + 0.8;
}

function normalised({ source, options }: TensorTask, pixels: Uint8Array): Float32Array {
  const { mean, std } = options;
  const area = options.width * options.height;
  const planes = new Float32Array(area * source.channels);
  for (let c = 0; c < source.channels; c++) {
    const factor = 1 / (255 * std[c]);
    const summand = -mean[c] / std[c];
    for (let i = 0; i < area; i++) planes[c * area + i] = pixels[i * source.channels + c] * factor + summand;
  }
  return planes;
}

function resized({ width, height, filter }: ResizeTask['options'], image: Sharp): Sharp {
  return image.resize(width, height, { fit: 'fill', kernel: RESIZE_KERNELS[filter] });
}
