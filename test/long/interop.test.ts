// Tensors go on to the real onnxruntime-node and TensorFlow.js as they are. Both are peers of the benchmark: where
// `npm run bench:setup` has not installed them, the tests say so and are skipped.
// SPDX-License-Identifier: MIT

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { expect } from 'chai';
import { loadPeer, packagePresence } from '../../benchmarks/peers.ts';
import { conv2d, ImageTensor, presets, Tensor, toTensor } from '../../lib/index.ts';
import { randomImage } from '../images/images.ts';
import type { NamedShape } from '../shapes.ts';

/** What is used of the peers, whose own types are there only where they are installed. */
interface OrtTensor {
  readonly type: string;
  readonly data: ArrayBufferView;
  readonly dims: readonly number[];
}
interface Ort {
  readonly Tensor: new (type: string, data: ArrayBufferView, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{ run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>> }>;
  };
}
interface OnnxModel {
  convolutionModel(shape: NamedShape, weight: Float32Array): Uint8Array;
}
interface Tf {
  setBackend(name: string): Promise<boolean>;
  tensor(data: ArrayBufferView, dims: readonly number[]): TfTensor;
  mul(a: TfTensor, b: number): TfTensor;
}
interface TfTensor {
  readonly shape: number[];
  readonly dtype: string;
  data(): Promise<Float32Array>;
}
interface TfWasm {
  setWasmPaths(folder: string): void;
}

const peerRequire = createRequire(new URL('../../benchmarks/peers/package.json', import.meta.url));

/** Skips the suite, with a note, where a peer is missing. */
function needPeer(context: Mocha.Context, name: string): void {
  const presence = packagePresence(name);
  if (!('missing' in presence)) return;
  console.log(`    skipped: ${presence.missing}`);
  context.skip();
}

const photos = [
  randomImage({ seed: 1, width: 61, height: 40, channels: 3, type: 'uint8' }),
  randomImage({ seed: 2, width: 33, height: 57, channels: 3, type: 'uint8' }),
];
const size = { width: 32, height: 32, fit: 'contain' } as const;
const batch = () => toTensor(photos, { ...presets.imagenet, crop: undefined, resize: size });

describe('onnxruntime-node', () => {
  before(function () {
    needPeer(this, 'onnxruntime-node');
  });

  it('runs a session on the result of toTensor, whose memory it reads', async () => {
    const ort = peerRequire('onnxruntime-node') as Ort;
    const { convolutionModel } = await loadPeer<OnnxModel>('onnx-model.ts');
    const weight = Tensor.random([4, 3, 3, 3], { seed: 3 }) as Tensor<'float32'>;
    const options = { stride: 2, padding: 1 };
    const shape: NamedShape = {
      name: 'x',
      operator: 'conv2d',
      input: [2, 3, 32, 32],
      weight: weight.dims,
      options,
    };
    const session = await ort.InferenceSession.create(convolutionModel(shape, weight.data), {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
    });

    const t = batch();
    const x = new ort.Tensor(t.type, t.data, t.dims);
    expect(x.data, 'the tensor holds our array').to.equal(t.data);
    expect(x.data.buffer).to.equal(t.data.buffer);

    const check = async (): Promise<void> => {
      const { y } = await session.run({ x });
      const expected = conv2d(t, weight, options);
      expect(y.dims).to.deep.equal(expected.dims);
      const actual = y.data as Float32Array;
      const error = (expected.data as Float32Array).reduce(
        (most, value, i) => Math.max(most, Math.abs(value - actual[i])),
        0,
      );
      expect(error).to.be.below(1e-4);
    };
    await check();
    // Written afterwards, read by the next run: there is no copy in between.
    t.data.set(Tensor.random(t.dims, { seed: 4 }).data as Float32Array);
    await check();
  });

  for (const type of ['float32', 'float16', 'uint8'] as const) {
    it(`takes type, data and dims of a ${type} tensor without a copy`, () => {
      const ort = peerRequire('onnxruntime-node') as Ort;
      const t = toTensor(photos, { resize: size, type });
      expect(t).to.be.instanceOf(ImageTensor);
      const x = new ort.Tensor(t.type, t.data, t.dims);
      expect([x.type, x.dims]).to.deep.equal([type, [2, 3, 32, 32]]);
      expect(x.data.buffer).to.equal(t.data.buffer);
      expect(x.data.byteOffset).to.equal(t.data.byteOffset);
    });
  }
});

describe('TensorFlow.js', () => {
  before(function () {
    needPeer(this, '@tensorflow/tfjs-core');
    needPeer(this, '@tensorflow/tfjs-backend-wasm');
  });

  it('makes its tensor of data and dims, and computes with it', async () => {
    const tf = peerRequire('@tensorflow/tfjs-core') as Tf;
    const entry = peerRequire.resolve('@tensorflow/tfjs-backend-wasm');
    (peerRequire(entry) as TfWasm).setWasmPaths(`${dirname(entry)}/`);
    expect(await tf.setBackend('wasm')).to.equal(true);
    const y = batch();
    const tensor = tf.tensor(y.data, y.dims);
    expect([tensor.dtype, tensor.shape]).to.deep.equal(['float32', [2, 3, 32, 32]]);
    expect(await tensor.data()).to.deep.equal(y.data);
    const doubled = await tf.mul(tensor, 2).data();
    expect(doubled).to.deep.equal(y.data.map((value) => value * 2));
  });
});
