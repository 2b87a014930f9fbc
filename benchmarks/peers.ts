// The other libraries of the benchmark. They are installed into peers/ by `npm run bench:setup`; nothing here needs
// them until a shape is prepared, and what is missing takes no part.
// SPDX-License-Identifier: MIT

import { existsSync, readFileSync } from 'node:fs';
import type { NamedShape } from '../test/shapes.ts';
import type { Contestant, Operands, Prepared, Settings } from './contestant.ts';
import { ONEDNN_MODES, onednnContestant, prepareOnednn } from './onednn.ts';

/** What a file of peers/ exports. They are loaded by address, because they only compile where they are installed. */
export interface Adaptor {
  prepare(shape: NamedShape, operands: Operands, settings: Settings): Promise<Prepared>;
}

const PEERS_FOLDER = new URL('peers/', import.meta.url);

/** Loads a file of peers/. */
export async function loadPeer<Exports = Adaptor>(file: string): Promise<Exports> {
  return (await import(new URL(file, PEERS_FOLDER).href)) as Exports;
}

/** Where the package is installed, its version; otherwise what to do about it. */
export function packagePresence(name: string): ReturnType<Contestant['presence']> {
  const manifest = new URL(`node_modules/${name}/package.json`, PEERS_FOLDER);
  if (!existsSync(manifest)) return { missing: `${name} is not installed: npm run bench:setup` };
  return JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
}

const onnxruntime: Contestant = {
  name: 'onnxruntime',
  peer: true,
  presence: () => packagePresence('onnxruntime-node'),
  refuses: () => undefined,
  prepare: async (...call) => (await loadPeer('onnxruntime.ts')).prepare(...call),
};

const tfjsWasm: Contestant = {
  name: 'tfjs-wasm',
  peer: true,
  presence: () => packagePresence('@tensorflow/tfjs-backend-wasm'),
  refuses({ operator, options }, { threads }) {
    if (operator.endsWith('3d')) return 'no 3-D kernels';
    if ((options.groups ?? 1) > 1) return 'no grouped convolution';
    if ((options.dilation ?? 1) > 1 && ((options.stride ?? 1) > 1 || operator.startsWith('convTranspose'))) {
      return 'no dilation together with a stride, nor transposed';
    }
    if (threads > 1) return 'one thread only in Node.js';
    return undefined;
  },
  prepare: async (...call) => (await loadPeer('tfjs.ts')).prepare(...call),
};

export const PEERS: readonly Contestant[] = [
  onnxruntime,
  ...ONEDNN_MODES.map((mode) => onednnContestant(mode, prepareOnednn)),
  tfjsWasm,
];
