// Pixels to and from the real sharp: what it decodes is taken as it is, and what comes back it takes as it is.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import sharp from 'sharp';
import { filter2d, type Pixels, resize } from '../../lib/index.ts';
import { bytesOf, expectSameBytes, randomImage } from './images.ts';

describe('images and sharp', () => {
  for (const channels of [1, 3, 4] as const) {
    it(`go from raw() through resize to toSharpRaw(), ${channels} channels`, async () => {
      const { data, width, height } = randomImage({
        seed: 5,
        width: 31,
        height: 22,
        channels,
        type: 'uint8',
      });
      const png = await sharp(data as Uint8Array, { raw: { width, height, channels } })
        .png()
        .toBuffer();
      const space = channels === 1 ? 'b-w' : 'srgb';
      const decoded = await sharp(png).toColourspace(space).raw().toBuffer({ resolveWithObject: true });
      expect(bytesOf(decoded.data).equals(bytesOf(data)), 'sharp decodes what it encoded').to.equal(true);

      const small = resize(decoded, { width: 13, filter: 'bilinear' });
      expectSameBytes(
        small.data,
        resize({ data, width, height, channels }, { width: 13, filter: 'bilinear' }).data as Uint8Array,
        'decoded',
      );
      const [pixels, options] = small.toSharpRaw();
      expect(pixels).to.equal(small.data);
      const back = await sharp(pixels, options)
        .toColourspace(space)
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(back.info).to.include({ width: small.width, height: small.height, channels });
      expect(bytesOf(back.data).equals(bytesOf(small.data)), 'sharp reads the same bytes').to.equal(true);
    });
  }

  it('go to sharp with 16 bits', async () => {
    const image = randomImage({ seed: 6, width: 9, height: 7, channels: 3, type: 'uint16' });
    const [pixels, options] = (filter2d(image, [[1]]) as Pixels<'uint16'>).toSharpRaw();
    const png = await sharp(pixels, options).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(png).metadata()).depth).to.equal('ushort');
  });

  it("take a canvas's ImageData", () => {
    // As canvas's getImageData gives it: RGBA in a Uint8ClampedArray, no `channels`.
    const { data, ...size } = randomImage({ seed: 7, width: 8, height: 6, channels: 4, type: 'uint8' });
    const { width, height } = size;
    const imageData = { data: new Uint8ClampedArray(data), width, height, colorSpace: 'srgb' };
    const expected = resize({ data, ...size }, { width: 4 }).data as Uint8Array;
    expectSameBytes(resize(imageData, { width: 4 }).data as Uint8Array, expected, 'ImageData');
  });
});
