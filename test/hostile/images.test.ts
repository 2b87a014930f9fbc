// Hostile options of the image operators and of deconvolve2d, at every door, and their memory: each number of each
// option is replaced by what is none, by fractions, negative and huge ones. SPDX-License-Identifier: MIT

import { expect } from 'chai';
import * as native from '../../lib/index.ts';
import * as promises from '../../lib/promises.ts';
import * as reference from '../../lib/reference.ts';

type Function = (...args: readonly unknown[]) => unknown;
const DOORS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { native, promises, reference };

const pixels = {
  data: Uint8Array.from({ length: 16 * 12 * 3 }, (_, i) => (i * 37) % 256),
  width: 16,
  height: 12,
};
const kernel = { data: new Float32Array([0, 1, 0, 1, 2, 1, 0, 1, 0]), dims: [3, 3] };
const x = native.Tensor.random([1, 2, 6, 6], { seed: 1 });
const w = native.Tensor.random([2, 1, 3, 3], { seed: 2 });

/** Operands, and options with every number that there is. */
const CALLS: readonly (readonly [name: string, operands: readonly unknown[], options: object])[] = [
  ['resize', [pixels], { width: 7, height: 9, threads: 1, box: { left: 1, top: 1, width: 12, height: 9 } }],
  ['resize', [pixels], { width: 7, height: 9, filter: 'bicubic', antialias: false, cubic: -0.75 }],
  [
    'toTensor',
    [pixels],
    {
      resize: { width: 8, height: 8, fit: 'contain', box: { left: 1, top: 1, width: 12, height: 9 } },
      ...{ pad: [0, 1, 2], mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.4], scale: 1 / 255, threads: 1 },
    },
  ],
  ['toTensor', [pixels], { resize: { shortest: 5 }, background: 7, alpha: 'blend' }],
  ['toTensor', [pixels], { resize: { longest: 5 }, mean: 0.5, std: 0.5 }],
  [
    'toTensor',
    [pixels],
    { resize: { width: 8, height: 8, fit: 'cover' }, crop: { width: 4, height: 4, left: 1, top: 1 } },
  ],
  ['filter2d', [pixels, kernel], { anchor: [1, 1], delta: 1, threads: 1 }],
  ['sepFilter2d', [pixels, [1, 2, 1], [1, 2, 1]], { anchor: 1, delta: 1 }],
  ['gaussianBlur', [pixels], { sigma: [1.5, 2], kernelSize: [3, 5], threads: 1 }],
  ['gaussianBlur', [pixels], { sigma: 1.5 }],
  ['boxBlur', [pixels], { kernelSize: [3, 5], anchor: [1, 2], threads: 1 }],
  ['sobel', [pixels], { dx: 1, dy: 1, kernelSize: 3, scale: 2, delta: 1 }],
  ['scharr', [pixels], { dx: 1, dy: 0, scale: 2, delta: 1 }],
  ['laplacian', [pixels], { kernelSize: 3, scale: 2, delta: 1 }],
  ['sharpen', [pixels], { amount: 0.5, threads: 1 }],
  ['deconvolve2d', [x, w], { groups: 2, padding: [1, 1], iterations: 2, tolerance: 0.1, damping: 0.01 }],
  [
    'deconvolve2d',
    [x, w],
    { groups: 2, method: 'wiener', padding: 'same', paddingMode: 'circular', balance: 0.1 },
  ],
];

const NO_NUMBERS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '3', true, 3n, {}];
const ODD_NUMBERS = [-0, 0, 0.5, 1e-320, -1, 2 ** 31, -(2 ** 31), 2 ** 32 + 1, 2 ** 53, 2 ** 64, 1e300];

/** The options with one number replaced, for every number in them. */
function* replaced(
  given: object,
  value: unknown,
  path = '',
): Generator<readonly [path: string, options: object]> {
  for (const [name, old] of Object.entries(given)) {
    const put = (changed: unknown): object =>
      Array.isArray(given)
        ? given.map((v, i) => (String(i) === name ? changed : v))
        : { ...given, [name]: changed };
    if (typeof old === 'number') yield [`${path}${name}`, put(value)];
    else if (typeof old === 'object') {
      for (const [inner, changed] of replaced(old, value, `${path}${name}.`)) yield [inner, put(changed)];
    }
  }
}

/** What a call comes to at a door: its result's values, or the code and message of its error. */
async function outcome(
  door: string,
  name: string,
  operands: readonly unknown[],
  options: object,
): Promise<string> {
  try {
    const result = (await (DOORS[door][name] as Function)(...operands, options)) as {
      readonly data?: Uint8Array;
      readonly estimate?: { readonly data: Uint8Array };
    };
    return `gives ${(result.data ?? result.estimate?.data)?.length} values`;
  } catch (error) {
    const { code, message, stack } = error as Error & { readonly code?: string };
    expect(code, stack).to.match(/^ERR_CONV_(?!INTERNAL)/);
    expect(message).to.match(new RegExp(`^${name}: `));
    return `${code} ${message}`;
  }
}

describe('hostile options of images and deconvolve2d', () => {
  for (const [name, operands, options] of CALLS) {
    it(`${name} with ${Object.keys(options).join(', ')}`, async () => {
      const shown = (value: unknown) => (typeof value === 'bigint' ? `${value}n` : JSON.stringify(value));
      expect(await outcome('native', name, operands, options), 'as it is').to.match(/^gives/);
      for (const value of [...NO_NUMBERS, ...ODD_NUMBERS]) {
        for (const [path, changed] of replaced(options, value)) {
          const what = `${path}: ${typeof value === 'number' ? value : shown(value)}`;
          const native = await outcome('native', name, operands, changed);
          if (NO_NUMBERS.includes(value as never) && path !== 'padding')
            expect(native, what).not.to.match(/^gives/);
          expect(await outcome('promises', name, operands, changed), what).to.equal(native);
          expect(await outcome('reference', name, operands, changed), what).to.equal(native);
        }
      }
    });
  }
});

/** ES2024, which the library's own sources do not use. */
function resizable(length: number, most = length): ArrayBuffer & { resize(length: number): void } {
  const make = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
  return new make(length, { maxByteLength: most }) as ArrayBuffer & { resize(length: number): void };
}

describe('resizable and length-tracking memory', () => {
  const track = <Kind extends Uint8Array | Float32Array>(data: Kind): Kind => {
    const buffer = resizable(2 * data.byteLength + 8);
    const view = new (data.constructor as new (buffer: ArrayBuffer) => Kind)(buffer);
    buffer.resize(data.byteLength);
    view.set(data);
    return view;
  };
  const image = { ...pixels, channels: 3 };
  const tracked = () => ({ ...image, data: track(image.data) });
  const observed = { data: x.data, dims: x.dims };
  const message =
    'an operand lies in a resizable ArrayBuffer, which could shrink during the call; copy it first';

  type Case = readonly [
    name: string,
    fixed: readonly unknown[],
    moving: readonly unknown[],
    operator?: (door: Readonly<Record<string, unknown>>) => Function,
  ];
  const empty = () => ({ ...image, data: track(new Uint8Array(image.data.length)) });
  const cases: readonly Case[] = [
    ['resize', [image, { width: 7, height: 5 }], [tracked(), { width: 7, height: 5 }]],
    ['toTensor', [image, {}], [tracked(), {}]],
    ['toTensor', [[image, image], {}], [[image, tracked()], {}]],
    ['gaussianBlur', [image, { sigma: 1 }], [tracked(), { sigma: 1 }]],
    ['gaussianBlur', [image, { sigma: 1 }], [image, { sigma: 1, out: empty() }]],
    ['filter2d', [image, kernel], [tracked(), kernel]],
    ['boxBlur', [image, { kernelSize: 3 }], [tracked(), { kernelSize: 3 }]],
    ['sobel', [observed, {}], [{ ...observed, data: track(x.data) }, {}]],
    [
      'conv2d',
      [observed, w, { groups: 2 }],
      [observed, w, { groups: 2, out: { data: track(new Float32Array(32)), dims: [1, 2, 4, 4] } }],
    ],
    ['deconvolve2d', [observed, w, { groups: 2 }], [{ ...observed, data: track(x.data) }, w, { groups: 2 }]],
    [
      'deconvolve2d',
      [observed, w, { groups: 2 }],
      [observed, { ...w, data: track(w.data), dims: w.dims }, { groups: 2 }],
    ],
  ];
  for (const [name, fixed, moving] of cases) {
    it(`is read and written as it is by ${name}, and refused off the event loop`, async () => {
      const plain = (native as unknown as Record<string, Function>)[name](...fixed) as {
        readonly data: unknown;
      };
      const same = (native as unknown as Record<string, Function>)[name](...moving) as {
        readonly data: unknown;
      };
      expect(values(same)).to.deep.equal(values(plain));
      const refused = (promises as unknown as Record<string, Function>)[name](...moving) as Promise<unknown>;
      const error = await refused.then(
        () => 'gave a result',
        ({ code, message }: { code: string; message: string }) => `${code} ${message}`,
      );
      expect(error).to.equal(`ERR_CONV_DTYPE ${name}: ${message}`);
    });
  }

  function values(result: object): readonly number[] {
    const { data, estimate } = result as {
      readonly data?: Uint8Array;
      readonly estimate?: { readonly data: Uint8Array };
    };
    return Array.from(data ?? estimate?.data ?? []);
  }
});
