// resize: random calls through all three doors and every instruction set, the interpolations that are not Pillow's
// against formulas written out, and options.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import fc from 'fast-check';
import { PIXEL_TYPES, type PixelArray } from '../../lib/image/pixels.ts';
import { COORDINATES, RESIZE_FILTERS } from '../../lib/image/resample.ts';
import * as native from '../../lib/index.ts';
import { loadBinding } from '../../lib/native/binding.ts';
import * as promises from '../../lib/promises.ts';
import * as reference from '../../lib/reference.ts';
import { expectError } from '../support/errors.ts';
import { containing, expectSameBytes, randomImage, randomPixels } from './images.ts';

const seed = Number(process.env.NATIVE_CONV_SEED ?? 20261124);
const numRuns = Number(process.env.NATIVE_CONV_RUNS ?? 60);
const isas = loadBinding().info().availableIsas;

const cases = fc.record({
  type: fc.constantFrom(...PIXEL_TYPES),
  seed: fc.nat(1000),
  width: fc.integer({ min: 1, max: 90 }),
  height: fc.integer({ min: 1, max: 90 }),
  channels: fc.integer({ min: 1, max: 4 }),
  to: fc.record({ width: fc.integer({ min: 1, max: 90 }), height: fc.integer({ min: 1, max: 90 }) }),
  filter: fc.constantFrom(...RESIZE_FILTERS),
  antialias: fc.boolean(),
  coordinates: fc.constantFrom(...COORDINATES),
  planes: fc.integer({ min: 0, max: 2 }),
  threads: fc.integer({ min: 1, max: 3 }),
});

describe('resize', () => {
  before(() => console.log(`    seed ${seed}, ${numRuns} runs`));
  afterEach(() => loadBinding().setIsa(isas[0]));

  it("gives the reference's bytes on every instruction set and through every door", async () => {
    const property = fc.asyncProperty(cases, async (c) => {
      const { to, filter, antialias, coordinates, threads, planes, ...source } = c;
      const options = { ...to, filter, antialias, coordinates };
      const { width, height, channels, type } = source;
      const dims = [planes, height, width, channels];
      const image =
        planes === 0
          ? randomImage(source)
          : { data: randomPixels(source.seed, planes * height * width * channels, type), dims };
      const layout = 'NHWC';
      const expected = reference.resize(image, { ...options, layout }).data as PixelArray;
      for (const isa of isas) {
        loadBinding().setIsa(isa);
        const actual = native.resize(image, { ...options, layout, threads }).data as PixelArray;
        expectSameBytes(actual, expected, `${isa}: ${JSON.stringify(c)}`);
      }
      loadBinding().setIsa(isas[0]);
      const later = await promises.resize(image, { ...options, layout });
      expectSameBytes(later.data as PixelArray, expected, `promises: ${JSON.stringify(c)}`);
    });
    await fc.assert(property, { seed, numRuns });
  });

  it('tensors may have more channels than pixels', () => {
    for (const channels of [5, 7]) {
      const image = { data: randomPixels(4, 3 * 33 * 40 * channels, 'uint8'), dims: [3, 33, 40, channels] };
      for (const size of [
        { width: 17, height: 9 },
        { width: 40, height: 50 },
        { width: 61, height: 33 },
      ]) {
        const options = { ...size, layout: 'NHWC', filter: 'lanczos' } as const;
        const expected = reference.resize(image, options).data as PixelArray;
        for (const isa of isas) {
          loadBinding().setIsa(isa);
          expectSameBytes(native.resize(image, options).data as PixelArray, expected, `${isa}, ${channels}`);
        }
      }
    }
  });

  it('strips and blocks of large images join', () => {
    const image = randomImage({ seed: 3, width: 1211, height: 1307, channels: 3, type: 'uint8' });
    for (const [width, height] of [
      [400, 431],
      [1300, 700],
    ] as const) {
      const options = { width, height, filter: 'bilinear' } as const;
      const expected = reference.resize(image, options).data as PixelArray;
      for (const threads of [1, 3]) {
        expectSameBytes(
          native.resize(image, { ...options, threads }).data as PixelArray,
          expected,
          `${threads} threads`,
        );
      }
    }
  });

  /** Row 0, 10, 20, … resized along one axis. */
  function line(values: readonly number[], width: number, options: native.ResizeOptions): number[] {
    const image = { data: Float32Array.from(values), width: values.length, height: 1, channels: 1 };
    return [...(native.resize(image, { width, height: 1, ...options }).data as Float32Array)];
  }

  const ramp = [0, 10, 20, 30];

  it("interpolates as ONNX Resize's examples do", () => {
    // ONNX operator tests resize_upsample_scales_linear, …_align_corners and …_cubic, on the rows of [[1, 2], [3, 4]] and [1, 2, 3, 4].
    expect(line([1, 2], 4, { filter: 'bilinear', antialias: false })).to.deep.equal([1, 1.25, 1.75, 2]);
    const corners = line([1, 2], 4, { filter: 'bilinear', antialias: false, coordinates: 'align-corners' });
    expect(corners).to.deep.equal([1, 4 / 3, 5 / 3, 2].map(Math.fround));
    const cubic = line([1, 2, 3, 4], 8, { filter: 'bicubic', antialias: false });
    // With a = −0.75 and at ¾ between pixels the weights are these; the row is 1, 1, 2, 3 there.
    const expected = 1 * -0.03515625 + 1 * 0.26171875 + 2 * 0.87890625 + 3 * -0.10546875;
    expect(cubic[2]).to.equal(expected);
  });

  it('takes pixels as areas, as points and by their corners', () => {
    const nearest = (coordinates: native.Coordinates) => line(ramp, 2, { filter: 'nearest', coordinates });
    expect(nearest('half-pixel')).to.deep.equal([10, 30]);
    expect(nearest('asymmetric')).to.deep.equal([0, 20]);
    expect(nearest('align-corners')).to.deep.equal([0, 30]);
    expect(
      line(ramp, 1, { filter: 'bilinear', coordinates: 'align-corners', antialias: false }),
    ).to.deep.equal([0]);
    expect(line(ramp, 8, { filter: 'bilinear', coordinates: 'asymmetric', antialias: false })).to.deep.equal([
      0, 5, 10, 15, 20, 25, 30, 30,
    ]);
  });

  it('antialias decides whether every pixel counts', () => {
    const spike = [0, 0, 0, 0, 0, 0, 0, 80];
    expect(line(spike, 2, { filter: 'bilinear', antialias: false })).to.deep.equal([0, 0]);
    expect(line(spike, 2, { filter: 'box' })).to.deep.equal([0, 20]);
  });

  it('cubic sets the kernel', () => {
    const soft = line([0, 8, 0], 6, { filter: 'bicubic', cubic: 0 });
    const sharp = line([0, 8, 0], 6, { filter: 'bicubic', cubic: -1 });
    expect(soft).not.to.deep.equal(sharp);
    expect(soft.every((value) => value >= 0)).to.equal(true);
  });

  it('keeps the aspect ratio where one side is missing', () => {
    const image = randomImage({ seed: 1, width: 30, height: 20, channels: 1, type: 'uint8' });
    const { width, height } = native.resize(image, { width: 9 }) as native.Pixels;
    expect([width, height]).to.deep.equal([9, 6]);
    expect((native.resize(image, { height: 40 }) as native.Pixels).width).to.equal(60);
    const box = { left: 0, top: 0, width: 10, height: 20 };
    expect((native.resize(image, { height: 40, box }) as native.Pixels).width).to.equal(20);
  });

  it('rounds 16-bit integers half away from zero and clamps them', () => {
    const row = (data: Int16Array | Uint16Array, options: native.ResizeOptions) => [
      ...native.resize({ data, width: data.length, height: 1, channels: 1 }, { height: 1, ...options }).data,
    ];
    expect(row(Int16Array.of(1, 2, -1, -2), { width: 2, filter: 'box' })).to.deep.equal([2, -2]);
    const options = { width: 8, filter: 'bicubic' } as const;
    expect(Math.max(...row(Uint16Array.of(0, 0, 65535, 65535), options))).to.equal(65535);
    expect(Math.min(...row(Int16Array.of(-32768, -32768, 32767, 32767), options))).to.equal(-32768);
  });

  it('is cancelled by its signal', async () => {
    const image = randomImage({ seed: 1, width: 8, height: 8, channels: 1, type: 'uint8' });
    const reason = new Error('no longer wanted');
    const error = await promises
      .resize(image, { width: 2, signal: AbortSignal.abort(reason) })
      .catch((cause: unknown) => cause);
    expect(error).to.equal(reason);
  });

  const image = randomImage({ seed: 1, width: 6, height: 4, channels: 1, type: 'uint8' });
  const loosely = native.resize as unknown as (image: unknown, options?: unknown) => unknown;
  const errors: readonly (readonly [unknown, typeof TypeError | typeof RangeError, string])[] = [
    [undefined, TypeError, 'options must say the width, the height or both of the result'],
    [{ width: 0 }, RangeError, 'options.width must be a positive integer, got 0'],
    [
      { width: 2, filter: 'linear' },
      RangeError,
      "options.filter must be 'nearest', 'box', 'bilinear', 'hamming', 'bicubic' or 'lanczos', got 'linear'",
    ],
    [{ width: 2, antialias: 1 }, TypeError, 'options.antialias must be a boolean, got 1'],
    [{ width: 2, coordinates: 'corners' }, RangeError, "options.coordinates must be 'half-pixel'"],
    [{ width: 2, cubic: -2 }, RangeError, 'options.cubic must lie between -1 and 0, got -2'],
    [
      { width: 2, cubic: -0.5, filter: 'box' },
      RangeError,
      "options.cubic belongs to the filter 'bicubic', the filter is 'box'",
    ],
    [{ width: 2, box: [0, 0, 1, 1] }, TypeError, 'options.box.left must be a number, got undefined'],
    [
      { width: 2, box: { left: 4, top: 0, width: 3, height: 1 } },
      RangeError,
      'options.box.width must lie between 0 and 2, got 3',
    ],
    [
      { width: 2, box: { left: 0, top: 0, width: 0, height: 1 } },
      RangeError,
      'options.box.width must be positive, got 0',
    ],
    [
      { width: 2, box: { left: Number.NaN, top: 0, width: 1, height: 1 } },
      RangeError,
      'options.box.left must lie between 0 and 6, got NaN',
    ],
  ];
  for (const [options, kind, text] of errors) {
    it(`errors: ${text}`, () => {
      expectError(() => loosely(image, options), kind, 'ERR_CONV_OPTION', containing(text));
    });
  }
});
