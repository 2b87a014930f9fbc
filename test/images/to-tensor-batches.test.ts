// toTensor of many images: each as if it were alone, and prepared in turns of the event loop.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import * as native from '../../lib/index.ts';
import * as promises from '../../lib/promises.ts';
import * as reference from '../../lib/reference.ts';
import { rejected } from '../support/errors.ts';

const { toTensor } = native;

describe('toTensor of batches', () => {
  it('gives each image of a batch what it gets alone, whatever its neighbours are like', () => {
    const bytes = (count: number) => Uint8Array.from({ length: count }, (_, i) => (i * 37) % 251);
    const [plain, wide] = [bytes(8 * 6 * 3), bytes(9 * 8 * 3)];
    const images = [
      { data: plain, width: 8, height: 6, channels: 3 },
      { data: plain.slice().reverse(), width: 8, height: 6, channels: 3 },
      { data: wide, width: 8, height: 6, channels: 3, rowStride: 27 },
      { data: bytes(8 * 6 * 4), width: 8, height: 6, channels: 4 },
      { data: Uint16Array.from(plain, (value) => value * 200), width: 8, height: 6, channels: 3 },
      { data: bytes(6 * 8 * 3), width: 6, height: 8, channels: 3 },
      { data: plain, width: 8, height: 6, channels: 3 },
      new native.Tensor<'uint8'>(bytes(2 * 3 * 48), [2, 3, 6, 8]),
      new native.Tensor<'uint8'>(bytes(2 * 3 * 48), [2, 3, 8, 6]),
    ];
    const options = { resize: { width: 5, height: 4 }, scale: 1 / 255 };
    for (const door of [native, reference]) {
      const batch = door.toTensor(images, options);
      const singles = images.map((image) => door.toTensor(image, options));
      expect([...batch.data]).to.deep.equal(singles.flatMap(({ data }) => [...data]));
      expect(batch.transforms).to.deep.equal(singles.flatMap(({ transforms }) => transforms));
    }
  });

  it('prepares a batch of many pictures between turns of the event loop: the same bytes, the same errors', async () => {
    const pictures = new native.Tensor<'uint8'>(
      Uint8Array.from({ length: 3000 * 12 }, (_, i) => i),
      [3000, 3, 2, 2],
    );
    const [batch, there] = [promises.toTensor(pictures, { scale: 1 }), toTensor(pictures, { scale: 1 })];
    expect((await batch).data).to.deep.equal(there.data);

    const moved = new native.Tensor<'uint8'>(pictures.data.slice(), pictures.dims);
    const taken = promises.toTensor(moved, { scale: 1 });
    structuredClone(moved.data, { transfer: [moved.data.buffer as ArrayBuffer] });
    const out = native.Tensor.zeros(there.dims);
    const late = promises.toTensor([pictures, { data: Uint8Array.of(1), width: 1, height: 1 }], { out });
    for (const [promise, wanted] of [
      [taken, /^toTensor: the buffer of image\.data is detached/],
      [late, /^toTensor: images\[3000\] becomes 1×1, images\[0\] 2×2/],
    ] as const) {
      expect(((await rejected(promise)) as Error).message).to.match(wanted);
    }
    expect(out.data.every((value: number) => value === 0)).to.equal(true);
  });
});
