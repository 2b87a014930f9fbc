// The packages of examples/, and what is used of them: their own types are only there where they are installed.
// SPDX-License-Identifier: MIT

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const examplesRequire = createRequire(new URL('../../examples/package.json', import.meta.url));

export interface OrtTensor {
  readonly type: string;
  readonly data: ArrayBufferView;
  readonly dims: readonly number[];
}

export interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
}

export interface Ort {
  readonly Tensor: new (type: string, data: ArrayBufferView, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array, options?: object): Promise<OrtSession> };
}

export const ort = examplesRequire('onnxruntime-node') as Ort;

/** A session on one thread of the processor. */
export function sessionOf(model: Uint8Array): Promise<OrtSession> {
  return ort.InferenceSession.create(model, { executionProviders: ['cpu'], intraOpNumThreads: 1 });
}

export interface TfTensor {
  readonly shape: number[];
  readonly dtype: string;
  data(): Promise<Float32Array>;
}

type Resize = (
  image: TfTensor,
  size: readonly [number, number],
  alignCorners: boolean,
  halfPixel: boolean,
) => TfTensor;

export interface Tf {
  setBackend(name: string): Promise<boolean>;
  tensor(data: ArrayBufferView, dims: readonly number[], type?: string): TfTensor;
  mul(a: TfTensor, b: number): TfTensor;
  readonly image: { readonly resizeBilinear: Resize; readonly resizeNearestNeighbor: Resize };
}

/** TensorFlow.js on its WebAssembly backend. */
export async function loadTf(): Promise<Tf> {
  const tf = examplesRequire('@tensorflow/tfjs-core') as Tf;
  const entry = examplesRequire.resolve('@tensorflow/tfjs-backend-wasm');
  const wasm = examplesRequire(entry) as { setWasmPaths(folder: string): void };
  wasm.setWasmPaths(`${dirname(entry)}/`);
  if (!(await tf.setBackend('wasm'))) throw new Error('TensorFlow.js has no WebAssembly backend');
  return tf;
}

/** Absolute path of an example. */
export function exampleFile(name: string): string {
  return fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
}
