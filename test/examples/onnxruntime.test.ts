// Tensors go on to the real onnxruntime-node as they are.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { conv2d, ImageTensor, presets, Tensor, toTensor } from '../../lib/index.ts';
import { randomImage } from '../images/images.ts';
import { onnxModel } from '../support/onnx.ts';
import { ort, sessionOf } from './packages.ts';

const photos = [
  randomImage({ seed: 1, width: 61, height: 40, channels: 3, type: 'uint8' }),
  randomImage({ seed: 2, width: 33, height: 57, channels: 3, type: 'uint8' }),
];
const size = { width: 32, height: 32, fit: 'contain' } as const;

describe('onnxruntime-node', () => {
  it('runs a session on the result of toTensor, whose memory it reads', async () => {
    const weight = Tensor.random([4, 3, 3, 3], { seed: 3 }) as Tensor<'float32'>;
    const options = { stride: 2, padding: 1 };
    const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
    const session = await sessionOf(
      onnxModel({
        nodes: [{ operator: 'Conv', inputs: ['x', 'w'], output: 'y', attributes }],
        weights: [{ name: 'w', type: 'float32', dims: weight.dims, data: weight.data }],
        inputs: [{ name: 'x', type: 'float32', dims: [2, 3, 32, 32] }],
        outputs: [{ name: 'y', type: 'float32', dims: [2, 4, 16, 16] }],
      }),
    );

    const t = toTensor(photos, { ...presets.imagenet, crop: undefined, resize: size });
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
      const t = toTensor(photos, { resize: size, type });
      expect(t).to.be.instanceOf(ImageTensor);
      const x = new ort.Tensor(t.type, t.data, t.dims);
      expect([x.type, x.dims]).to.deep.equal([type, [2, 3, 32, 32]]);
      expect(x.data.buffer).to.equal(t.data.buffer);
      expect(x.data.byteOffset).to.equal(t.data.byteOffset);
    });
  }

  it('gives tensors that operators take', async () => {
    const session = await sessionOf(
      onnxModel({
        nodes: [{ operator: 'Relu', inputs: ['x'], output: 'y' }],
        inputs: [{ name: 'x', type: 'float32', dims: [1, 1, 3, 3] }],
        outputs: [{ name: 'y', type: 'float32', dims: [1, 1, 3, 3] }],
      }),
    );
    const x = new ort.Tensor('float32', Float32Array.of(-1, 2, -3, 4, -5, 6, -7, 8, -9), [1, 1, 3, 3]);
    const { y } = await session.run({ x });
    const ones = new Tensor(new Float32Array(4).fill(1), [1, 1, 2, 2]);
    const sums = conv2d({ data: y.data as Float32Array, dims: y.dims }, ones);
    expect([...sums.data]).to.deep.equal([6, 8, 12, 14]);
  });
});
