// Filters: random calls through all three doors and every instruction set, and options.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import fc from 'fast-check';
import { PADDING_MODES } from '../../lib/geometry.ts';
import { PIXEL_TYPES, type PixelArray } from '../../lib/image/pixels.ts';
import * as native from '../../lib/index.ts';
import { loadBinding } from '../../lib/native/binding.ts';
import * as promises from '../../lib/promises.ts';
import * as reference from '../../lib/reference.ts';
import { expectError } from '../support/errors.ts';
import { containing, expectSameBytes, randomImage } from './images.ts';

const seed = Number(process.env.NATIVE_CONV_SEED ?? 20261124);
const numRuns = Number(process.env.NATIVE_CONV_RUNS ?? 50);
const isas = loadBinding().info().availableIsas;
type Operator = (...operands: unknown[]) => { readonly data: PixelArray };
type Door = Readonly<Record<string, Operator>>;

const weights = fc.oneof(
  fc.integer({ min: -9, max: 9 }),
  fc.constantFrom(127, -128, 500, -33000, 0.25, 1 / 64, -3.625, 0),
  fc.double({ min: -2, max: 2, noNaN: true, noDefaultInfinity: true }),
);
const kernels = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
  .chain(([height, width]) =>
    fc.array(fc.array(weights, { minLength: width, maxLength: width }), {
      minLength: height,
      maxLength: height,
    }),
  );
/** Products of a column and a row of whole numbers, which are run as two passes. */
const products = fc
  .tuple(
    fc.array(fc.integer({ min: -6, max: 20 }), { minLength: 4, maxLength: 6 }),
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 4, maxLength: 6 }),
  )
  .map(([column, row]) => column.map((a) => row.map((b) => a * b)));
const line = fc.array(weights, { minLength: 1, maxLength: 7 });
const type = fc.constantFrom(...PIXEL_TYPES);
const delta = fc.constantFrom(0, 0.5, 128, -7.25);
const size = fc.constantFrom(1, 3, 5, 7);
const calls = fc.oneof(
  fc.record({
    name: fc.constant('filter2d'),
    args: fc.tuple(fc.oneof(kernels, products)),
    options: fc.record({ type, delta }),
  }),
  fc.record({
    name: fc.constant('sepFilter2d'),
    args: fc.tuple(line, line),
    options: fc.record({ type, delta }),
  }),
  fc.record({
    name: fc.constant('gaussianBlur'),
    args: fc.constant([]),
    options: fc.record({ sigma: fc.constantFrom(0, 0.6, 1.3, 2), kernelSize: size }),
  }),
  fc.record({
    name: fc.constant('sobel'),
    args: fc.constant([]),
    options: fc.record({ dx: fc.constantFrom(1, 2), kernelSize: fc.constantFrom(3, 5), type, delta }),
  }),
  fc.record({
    name: fc.constant('boxBlur'),
    args: fc.constant([]),
    options: fc.record({
      kernelSize: fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })),
    }),
  }),
  fc.record({ name: fc.constant('scharr'), args: fc.constant([]), options: fc.record({ type }) }),
  fc.record({
    name: fc.constant('laplacian'),
    args: fc.constant([]),
    options: fc.record({ kernelSize: size }),
  }),
  fc.record({ name: fc.constant('sharpen'), args: fc.constant([]), options: fc.record({ amount: weights }) }),
);
const sources = fc.record({
  type,
  seed: fc.nat(1000),
  // Wide pictures are read without a padded copy.
  width: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 70 }) },
    { weight: 1, arbitrary: fc.integer({ min: 180, max: 700 }) },
  ),
  height: fc.integer({ min: 1, max: 40 }),
  channels: fc.integer({ min: 1, max: 4 }),
});

describe('filters', () => {
  before(() => console.log(`    seed ${seed}, ${numRuns} runs`));
  afterEach(() => loadBinding().setIsa(isas[0]));

  it("give the reference's bytes on every instruction set and through every door", async () => {
    const property = fc.asyncProperty(
      calls,
      sources,
      fc.constantFrom(...PADDING_MODES),
      fc.integer({ min: 1, max: 3 }),
      async ({ name, args, options }, source, border, threads) => {
        const image = randomImage(source);
        const run = (door: object, extra: object = {}) =>
          (door as Door)[name](image, ...args, { ...options, border, ...extra });
        const where = JSON.stringify([name, args, options, source, border]);
        const expected = run(reference).data;
        for (const isa of isas) {
          loadBinding().setIsa(isa);
          expectSameBytes(run(native, { threads }).data, expected, `${isa}: ${where}`);
        }
        loadBinding().setIsa(isas[0]);
        expectSameBytes((await run(promises)).data, expected, `promises: ${where}`);
      },
    );
    await fc.assert(property, { seed, numRuns });
  });

  it('bands and strips of large images join', () => {
    const image = randomImage({ seed: 5, width: 900, height: 801, channels: 3, type: 'uint8' });
    const kernel = [
      [1, -2, 1],
      [0, 3, 0],
      [-1, 0, 2],
    ];
    for (const threads of [1, 3]) {
      const expected = reference.filter2d(image, kernel).data as PixelArray;
      expectSameBytes(native.filter2d(image, kernel, { threads }).data as PixelArray, expected, 'filter2d');
    }
    const expected = reference.gaussianBlur(image, { sigma: 1 }).data as PixelArray;
    expectSameBytes(native.gaussianBlur(image, { sigma: 1 }).data as PixelArray, expected, 'gaussianBlur');
  });

  it('of zeros alone give delta', () => {
    const image = randomImage({ seed: 6, width: 300, height: 9, channels: 3, type: 'uint8' });
    const zeros = [0, 0, 0];
    for (const isa of isas) {
      loadBinding().setIsa(isa);
      for (const { data } of [
        native.sepFilter2d(image, zeros, [1, 2, 1], { delta: 7 }),
        native.sepFilter2d(image, [1, 2, 1], zeros, { delta: 7 }),
        native.filter2d(image, [zeros, zeros], { delta: 7 }),
      ]) {
        expect(new Set(data), isa).to.deep.equal(new Set([7]));
      }
    }
  });

  it('blur white to white, also where a mean is rounded up from a half', () => {
    const white = { data: new Uint8Array(90).fill(255), width: 45, height: 2, channels: 1 };
    for (const door of [native, reference]) {
      for (const kernelSize of [[1, 2], [2, 1], 2, [16, 16], [17, 16]] as const) {
        const data = door.boxBlur(white, { kernelSize, border: 'replicate' }).data as PixelArray;
        expectSameBytes(data, white.data, String(kernelSize));
      }
    }
  });

  it('keep signs where there are any, and clamp where there are none', () => {
    const step = { data: Uint8Array.of(200, 200, 10, 10), width: 4, height: 1, channels: 1 };
    expect([...native.sobel(step).data]).to.deep.equal([0, -760, -760, 0]);
    expect([...native.sobel(step, { type: 'uint8' }).data]).to.deep.equal([0, 0, 0, 0]);
    expect([...native.sobel(step, { type: 'float32', scale: 0.25 }).data]).to.deep.equal([0, -190, -190, 0]);
  });

  it('round halves to even, and make the least pixel of NaN', () => {
    const values = {
      data: Float32Array.of(0.5, 1.5, 2.5, -3, Number.NaN, 300),
      width: 6,
      height: 1,
      channels: 1,
    };
    const options = { type: 'uint8' } as const;
    for (const door of [native, reference]) {
      expect([...door.filter2d(values, [[1]], options).data]).to.deep.equal([0, 2, 2, 0, 0, 255]);
    }
  });

  it('leave out weights of zero, whatever they would meet', () => {
    const values = {
      data: Float32Array.of(Number.POSITIVE_INFINITY, 4, 5),
      width: 3,
      height: 1,
      channels: 1,
    };
    for (const door of [native, reference]) {
      expect([...door.filter2d(values, [[0, 1, 0]]).data]).to.deep.equal([Number.POSITIVE_INFINITY, 4, 5]);
      expect([...door.filter2d(values, [[0]], { delta: 3 }).data]).to.deep.equal([3, 3, 3]);
    }
  });

  it('leave out rows of the kernel of the row below, where sums on the way leave float32', () => {
    const image = {
      data: Uint16Array.from({ length: 35 }, (_, i) => 1 + 9 * i),
      width: 5,
      height: 7,
      channels: 1,
    };
    for (const [column, row] of [
      [
        [1, -1, 0.5],
        [3e38, 3e38],
      ],
      [[3e38], [3e38, 1]],
      [
        [1, 2, 3],
        [1e33, -1e33, 2e33],
      ],
    ]) {
      for (const type of ['uint16', 'float32'] as const) {
        const expected = reference.sepFilter2d(image, column, row, { type });
        expectSameBytes(
          native.sepFilter2d(image, column, row, { type }).data,
          expected.data,
          `${column} × ${row}`,
        );
        const kernel = column.map((a) => row.map((b) => Math.min(a * b, 3e38)));
        const whole = reference.filter2d(image, kernel, { type });
        expectSameBytes(native.filter2d(image, kernel, { type }).data, whole.data, `${kernel}`);
      }
    }
  });

  it('take long kernels, whole and fractional, as rows and as tensors', () => {
    for (const [height, width] of [
      [9, 9],
      [1, 70],
      [90, 3],
      [66, 67],
    ]) {
      for (const scale of [1, 1 / 3]) {
        const data = Array.from({ length: height * width }, (_, i) => ((i * 7) % 11) * scale - 2);
        const rows = Array.from({ length: height }, (_, y) => data.slice(y * width, (y + 1) * width));
        for (const [type, channels] of [
          ['uint8', 3],
          ['uint16', 1],
          ['float32', 1],
        ] as const) {
          const image = randomImage({ seed: 5, width: 24, height: 19, channels, type });
          const what = `${type}, ${height}×${width}, ${scale}`;
          const expected = reference.filter2d(image, { data, dims: [height, width] });
          expectSameBytes(native.filter2d(image, { data, dims: [height, width] }).data, expected.data, what);
          expectSameBytes(native.filter2d(image, rows).data, expected.data, what);
          const [kernelX, kernelY] = [rows[0], rows.map((row) => row[0])];
          const separable = reference.sepFilter2d(image, kernelX, kernelY);
          expectSameBytes(
            native.sepFilter2d(image, kernelX, kernelY).data,
            separable.data,
            `${what} separable`,
          );
        }
      }
    }
  });

  it('take a kernel as a tensor, too', () => {
    const image = randomImage({ seed: 1, width: 9, height: 7, channels: 3, type: 'uint8' });
    const rows = [
      [1, 2],
      [3, -4],
    ];
    const tensor = native.Tensor.from(rows);
    expect(native.filter2d(image, tensor).data).to.deep.equal(native.filter2d(image, rows).data);
  });

  const image = randomImage({ seed: 1, width: 6, height: 4, channels: 1, type: 'uint8' });
  const doors = native as unknown as Door;
  const errors: readonly (readonly [string, readonly unknown[], 'TypeError' | 'RangeError', string])[] = [
    ['filter2d', [], 'TypeError', 'kernel must be rows of numbers or a tensor {data, dims} of two axes'],
    ['filter2d', [[[1, 2], [3]]], 'RangeError', 'the rows of kernel must be equally long'],
    ['filter2d', [[[1, 'a']]], 'TypeError', "kernel[0][1] must be a finite number, got 'a'"],
    ['filter2d', [[]], 'RangeError', 'kernel is empty'],
    ['filter2d', [[[]]], 'RangeError', 'kernel[0] is empty'],
    ['filter2d', [[[1], 2]], 'TypeError', 'kernel[1] must be an array of numbers, got 2'],
    ['filter2d', [[[1, 1e39]]], 'RangeError', 'kernel[0][1] is beyond float32: 1e+39'],
    [
      'filter2d',
      [{ data: [1, Number.NaN], dims: [1, 2] }],
      'RangeError',
      'kernel.data[1] must be a finite number, got NaN',
    ],
    [
      'filter2d',
      [[new Float32Array(65537)]],
      'RangeError',
      'kernel[0] may have at most 65536 values, got 65537',
    ],
    [
      'filter2d',
      [Array.from({ length: 256 }, () => new Float32Array(257))],
      'RangeError',
      'kernel[0] may have at most 256 values, got 257',
    ],
    [
      'filter2d',
      [Array.from({ length: 16385 }, () => [1])],
      'RangeError',
      'kernel has 16385 rows, more than 16384: pass a tensor {data, dims}',
    ],
    [
      'filter2d',
      [{ data: new Float64Array(65537), dims: [65537, 1] }],
      'RangeError',
      'kernel.data may have at most 65536 values, got 65537',
    ],
    [
      'sepFilter2d',
      [new Float32Array(65537), [1]],
      'RangeError',
      'kernelX may have at most 65536 values, got 65537',
    ],
    [
      'filter2d',
      [{ data: [1, 2, 3], dims: [2, 2] }],
      'RangeError',
      'kernel.dims [2,2] hold 4 elements, kernel.data has 3',
    ],
    [
      'filter2d',
      [[[1]], { anchor: [0, 1] }],
      'RangeError',
      'options.anchor [0,1] lies outside of the 1×1 kernel',
    ],
    ['filter2d', [[[1]], { border: 'mirror' }], 'RangeError', "options.border must be 'zeros', 'reflect'"],
    [
      'filter2d',
      [[[1]], { type: 'float64' }],
      'RangeError',
      "options.type must be 'uint8', 'uint16', 'int16' or 'float32'",
    ],
    [
      'filter2d',
      [[[1]], { delta: Number.NaN }],
      'RangeError',
      'options.delta must be a finite number, got NaN',
    ],
    ['sepFilter2d', [[1], 3], 'TypeError', 'kernelY must be an array of numbers, got 3'],
    ['gaussianBlur', [], 'TypeError', 'options must say sigma, kernelSize or both'],
    ['gaussianBlur', [{ kernelSize: 4 }], 'RangeError', 'options.kernelSize must be odd, got 4'],
    [
      'gaussianBlur',
      [{ kernelSize: [3, 65_537] }],
      'RangeError',
      'options.kernelSize must be at most 65535, got 65537',
    ],
    ['gaussianBlur', [{ sigma: -1 }], 'RangeError', 'options.sigma must lie between 0 and 8191, got -1'],
    [
      'sobel',
      [{ dx: 0 }],
      'RangeError',
      'options.dx and options.dy must be 0, 1 or 2 and not both 0, got 0 and 0',
    ],
    ['sobel', [{ kernelSize: 9 }], 'RangeError', 'options.kernelSize must be 1, 3, 5 or 7, got 9'],
    [
      'scharr',
      [{ dx: 1, dy: 1 }],
      'RangeError',
      'one of options.dx and options.dy must be 1 and the other 0, got 1 and 1',
    ],
    ['boxBlur', [], 'TypeError', 'options must say kernelSize'],
    ['boxBlur', [{ kernelSize: 0 }], 'RangeError', 'options.kernelSize must be a positive integer, got 0'],
    [
      'boxBlur',
      [{ kernelSize: 4000 }],
      'RangeError',
      'options.kernelSize must not hold more than 8388608 pixels, got 4000×4000',
    ],
    [
      'boxBlur',
      [{ kernelSize: 3, anchor: 3 }],
      'RangeError',
      'options.anchor [3,3] lies outside of the 3×3 kernel',
    ],
    ['sharpen', [{ amount: '1' }], 'TypeError', "options.amount must be a finite number, got '1'"],
  ];
  for (const [name, args, kind, text] of errors) {
    it(`errors: ${name}: ${text}`, () => {
      const ofShape = /^(kernel|the rows)/.test(text) && !/finite number|beyond float32/.test(text);
      const expected = ofShape ? 'ERR_CONV_SHAPE' : 'ERR_CONV_OPTION';
      const Kind = kind === 'TypeError' ? TypeError : RangeError;
      expectError(() => doors[name](image, ...args), Kind, expected, containing(text));
    });
  }
});
