// Who takes part in the image suite: ourselves, opencv.js and sharp. The others are installed into ../peers/.
// SPDX-License-Identifier: MIT

import * as library from '../../lib/index.ts';
import { type Contestant, called } from '../contestant.ts';
import { AUTO, AUTO_OUT } from '../native-conv.ts';
import { loadPeer, packagePresence } from '../peers.ts';
import { type ImageTask, type ImageValues, type PixelBytes, targetSize } from './task.ts';

export type ImageContestant = Contestant<ImageTask, PixelBytes, ImageValues>;

/** What a file of ../peers/ exports for images. */
export interface ImageAdaptor {
  prepare: ImageContestant['prepare'];
}

type Result = { readonly data: ImageValues };
type Images = Pick<typeof library, ImageTask['operation']>;

/** The call of a door of ours; `memory` where it is to write into the same each time. */
export function callOf(
  door: Images,
  task: ImageTask,
  image: PixelBytes,
  { memory, ...settings }: { readonly threads?: number; readonly memory?: ImageValues } = {},
): Result {
  const { width, height } = targetSize(task);
  const pixelsOut =
    memory instanceof Uint8Array
      ? { out: new library.Pixels(memory, { width, height, channels: image.channels }) }
      : {};
  const result = () => {
    switch (task.operation) {
      case 'filter2d':
        return door.filter2d(image, task.options.kernel, { ...settings, ...pixelsOut });
      case 'gaussianBlur':
        return door.gaussianBlur(image, { ...task.options, ...settings, ...pixelsOut });
      case 'boxBlur':
        return door.boxBlur(image, { ...task.options, ...settings, ...pixelsOut });
      case 'resize':
        return door.resize(image, { ...task.options, ...settings, ...pixelsOut });
      case 'toTensor': {
        const { mean, std, ...resize } = task.options;
        const out = memory && new library.Tensor(memory as Float32Array, [1, image.channels, height, width]);
        return door.toTensor(image, { resize, mean, std, ...settings, ...(out && { out }) });
      }
    }
  };
  return result() as Result;
}

/** Images have one algorithm each, which keeps to the numbers contract. */
function ours({ name, presence }: typeof AUTO, sameMemory: boolean): ImageContestant {
  return {
    name,
    peer: false,
    presence,
    refuses: () => undefined,
    prepare(task, pixels, { threads, reuseOutput }) {
      const memory = sameMemory || reuseOutput ? callOf(library, task, pixels, { threads }).data : undefined;
      const run = () => callOf(library, task, pixels, { threads, memory }).data;
      return { algorithm: '', kernel: '', isa: library.info().isa, exact: true, ...called(run) };
    },
  };
}

const opencv: ImageContestant = {
  name: 'opencv.js',
  peer: true,
  presence: () => packagePresence('@techstark/opencv-js'),
  refuses({ operation }, { threads }) {
    if (operation === 'resize' || operation === 'toTensor') return 'it interpolates without antialiasing';
    if (threads > 1) return 'one thread only';
    return undefined;
  },
  prepare: async (...call) => (await loadPeer<ImageAdaptor>('opencv.ts')).prepare(...call),
};

const sharp: ImageContestant = {
  name: 'sharp',
  peer: true,
  presence: () => packagePresence('sharp'),
  refuses: ({ operation }) => (operation === 'boxBlur' ? 'it has no such filter' : undefined),
  prepare: async (...call) => (await loadPeer<ImageAdaptor>('sharp.ts')).prepare(...call),
};

export const IMAGE_CONTESTANTS: readonly ImageContestant[] = [
  ours(AUTO, false),
  ours(AUTO_OUT, true),
  opencv,
  sharp,
];
