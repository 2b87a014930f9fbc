// toTensor of images that are tensors themselves: what it makes of their pictures one by one.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import fc from 'fast-check';
import { PIXEL_ARRAYS, PIXEL_TYPES } from '../../lib/image/pixels.ts';
import * as native from '../../lib/index.ts';
import { loadBinding } from '../../lib/native/binding.ts';
import * as promises from '../../lib/promises.ts';
import * as reference from '../../lib/reference.ts';
import { expectSameBytes, randomImage } from './images.ts';

const { toTensor } = native;
const seed = Number(process.env.NATIVE_CONV_SEED ?? 20261124);
const numRuns = Number(process.env.NATIVE_CONV_RUNS ?? 60);
const isas = loadBinding().info().availableIsas;

const chosen = fc.record(
  {
    resize: fc.constantFrom(
      { width: 20, height: 31 },
      { width: 40, height: 24, fit: 'contain' as const },
      { width: 17, height: 12, fit: 'cover' as const, filter: 'lanczos' as const },
    ),
    alpha: fc.constantFrom('blend' as const, 'drop' as const),
    channels: fc.constantFrom('rgb' as const, 'bgr' as const, 'gray' as const),
    layout: fc.constantFrom('NCHW' as const, 'NHWC' as const),
    type: fc.constantFrom('float32' as const, 'float16' as const, 'uint8' as const),
  },
  { requiredKeys: [] },
);

describe('toTensor of tensors', () => {
  afterEach(() => loadBinding().setIsa(isas[0]));

  it('makes of a tensor of images what it makes of each, with channels last or first', async () => {
    const sizes = fc.record({
      type: fc.constantFrom(...PIXEL_TYPES),
      width: fc.integer({ min: 8, max: 70 }),
      height: fc.integer({ min: 9, max: 50 }),
      channels: fc.integer({ min: 1, max: 4 }),
    });
    const property = fc.asyncProperty(sizes, chosen, async (size, options: native.ToTensorOptions) => {
      const pictures = [5, 6].map((from) => randomImage({ ...size, seed: from }));
      const expected = reference.toTensor(pictures, options).data;
      const { width, height, channels, type } = size;
      const last = new Float32Array(pictures.flatMap(({ data }) => [...data]));
      const first = Float32Array.from(last, (_, at) => {
        const [n, c] = [
          Math.floor(at / (width * height * channels)),
          Math.floor(at / (width * height)) % channels,
        ];
        return last[(n * width * height + (at % (width * height))) * channels + c];
      });
      const tensors = [
        { values: first, sourceLayout: undefined, dims: [2, channels, height, width] },
        { values: last, sourceLayout: 'NHWC', dims: [2, height, width, channels] },
      ] as const;
      for (const { values, sourceLayout, dims } of tensors) {
        const tensor = { data: PIXEL_ARRAYS[type].from(values), dims };
        const given = { ...options, ...(sourceLayout && { sourceLayout }) };
        const where = JSON.stringify([size, given]);
        expectSameBytes(reference.toTensor(tensor, given).data, expected, `reference: ${where}`);
        for (const isa of isas) {
          loadBinding().setIsa(isa);
          expectSameBytes(toTensor(tensor, { ...given, threads: 2 }).data, expected, `${isa}: ${where}`);
        }
        expectSameBytes((await promises.toTensor(tensor, given)).data, expected, `promises: ${where}`);
      }
    });
    await fc.assert(property, { seed, numRuns });
  });

  it('joins tensors and pixels in a batch, with a transform for each picture', () => {
    const photo = randomImage({ seed: 1, width: 40, height: 30, channels: 4, type: 'uint8' });
    const two = { data: new Uint8Array(2 * 6 * 4 * 3).fill(7), dims: [2, 6, 4, 3] };
    const x = toTensor([two, photo], { resize: { width: 8, height: 6 }, sourceLayout: 'NHWC' });
    expect(x.dims).to.deep.equal([3, 3, 6, 8]);
    expect(x.transforms.map(({ scaleX }) => scaleX)).to.deep.equal([2, 2, 8 / photo.width]);
  });
});
