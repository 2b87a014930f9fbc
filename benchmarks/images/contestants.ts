// Who takes part in the image suite: ourselves, opencv.js and sharp. The others are installed into ../peers/.
// SPDX-License-Identifier: MIT

import * as library from '../../lib/index.ts';
import { type Contestant, called } from '../contestant.ts';
import { AUTO } from '../native-conv.ts';
import { loadPeer, packagePresence } from '../peers.ts';
import { type ImageTask, type PixelBytes, targetSize } from './task.ts';

export type ImageContestant = Contestant<ImageTask, PixelBytes, Uint8Array>;

/** What a file of ../peers/ exports for images. */
export interface ImageAdaptor {
  prepare: ImageContestant['prepare'];
}

type Result = { readonly data: Uint8Array };
type Images = Pick<typeof library, ImageTask['operation']>;

/** The call of a door of ours; `out` where it is to write into the same memory each time. */
export function callOf(
  door: Images,
  task: ImageTask,
  image: PixelBytes,
  settings: { readonly threads?: number; readonly out?: library.Pixels } = {},
): Result {
  const result = () => {
    switch (task.operation) {
      case 'filter2d':
        return door.filter2d(image, task.options.kernel, settings);
      case 'gaussianBlur':
        return door.gaussianBlur(image, { ...task.options, ...settings });
      case 'boxBlur':
        return door.boxBlur(image, { ...task.options, ...settings });
      case 'resize':
        return door.resize(image, { ...task.options, ...settings });
    }
  };
  return result() as Result;
}

/** Images have one algorithm each, which keeps to the numbers contract. */
const ours: ImageContestant = {
  name: AUTO.name,
  peer: false,
  presence: AUTO.presence,
  refuses: () => undefined,
  prepare(task, pixels, { threads, reuseOutput }) {
    const { width, height } = targetSize(task);
    const { channels } = pixels;
    const memory = new Uint8Array(width * height * channels);
    const out = reuseOutput ? { out: new library.Pixels(memory, { width, height, channels }) } : {};
    const run = () => callOf(library, task, pixels, { threads, ...out }).data;
    return { algorithm: '', kernel: '', isa: library.info().isa, exact: true, ...called(run) };
  },
};

const opencv: ImageContestant = {
  name: 'opencv.js',
  peer: true,
  presence: () => packagePresence('@techstark/opencv-js'),
  refuses({ operation }, { threads }) {
    if (operation === 'resize') return 'it interpolates without antialiasing';
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

export const IMAGE_CONTESTANTS: readonly ImageContestant[] = [ours, opencv, sharp];
