// What the image tests share: pseudo-random images, made as golden/images.py makes them, and comparison byte for byte.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { PIXEL_ARRAYS, type PixelArray, type PixelType } from '../../lib/image/pixels.ts';

export interface Source {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly type: PixelType;
}

const SCALES: Readonly<Record<PixelType, (state: number) => number>> = {
  uint8: (state) => state >>> 24,
  uint16: (state) => state >>> 16,
  int16: (state) => (state >>> 16) - 32768,
  float32: (state) => state / 2 ** 24,
};

/** `count` values of a linear congruential generator (Numerical Recipes). */
export function randomPixels(seed: number, count: number, type: PixelType): PixelArray {
  const data = new PIXEL_ARRAYS[type](count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = SCALES[type](state);
  }
  return data;
}

export function randomImage({ seed, width, height, channels, type }: Source) {
  return { data: randomPixels(seed, width * height * channels, type), width, height, channels };
}

/** The bytes of a typed array. */
export function bytesOf(data: ArrayBufferView): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

export function expectSameBytes(actual: PixelArray, expected: PixelArray, what: string): void {
  expect(actual.constructor.name, what).to.equal(expected.constructor.name);
  if (bytesOf(actual).equals(bytesOf(expected))) return;
  const at = expected.findIndex((value, i) => !Object.is(value, actual[i]));
  expect.fail(`${what}: value ${at} of ${expected.length} is ${actual[at]}, expected ${expected[at]}`);
}

/** Matches messages that contain a text. */
export function containing(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}
