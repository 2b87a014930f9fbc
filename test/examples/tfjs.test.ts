// Tensors go on to the real TensorFlow.js as they are.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { presets, toTensor } from '../../lib/index.ts';
import { randomImage } from '../images/images.ts';
import { loadTf } from './packages.ts';

describe('TensorFlow.js', () => {
  it('makes its tensor of data and dims, and computes with it', async () => {
    const tf = await loadTf();
    const photo = randomImage({ seed: 1, width: 61, height: 40, channels: 3, type: 'uint8' });
    const y = toTensor([photo, photo], presets.mobilenet);
    const tensor = tf.tensor(y.data, y.dims);
    expect([tensor.dtype, tensor.shape]).to.deep.equal(['float32', [2, 224, 224, 3]]);
    expect(await tensor.data()).to.deep.equal(y.data);
    const doubled = await tf.mul(tensor, 2).data();
    expect(doubled).to.deep.equal(y.data.map((value) => value * 2));
  });
});
