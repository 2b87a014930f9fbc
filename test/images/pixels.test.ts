// What counts as an image: pixels of every form, tensors, and messages for what is neither.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import type { ErrorCode } from '../../lib/errors.ts';
import { IMAGE_FIELDS } from '../../lib/image/call.ts';
import { AXIS_FIELDS, packAxis } from '../../lib/image/resample.ts';
import * as native from '../../lib/index.ts';
import { loadBinding } from '../../lib/native/binding.ts';
import { expectError } from '../support/errors.ts';
import { containing, expectSameBytes, randomImage, randomPixels } from './images.ts';

const { Pixels, resize, Tensor } = native;
const size = { width: 3, height: 2 };
const source = { seed: 1, width: 5, height: 4, channels: 3, type: 'uint8' } as const;
const image = randomImage(source) as { data: Uint8Array; width: number; height: number; channels: number };

/** The call, whatever its arguments: what JavaScript could pass. */
const loosely = resize as unknown as (image: unknown, options?: unknown) => { readonly data: Uint8Array };

describe('pixels', () => {
  const expected = resize(image, size).data as Uint8Array;

  it('are accepted in every form', () => {
    const { data, width, height, channels } = image;
    const shared = new Uint8Array(new SharedArrayBuffer(data.length));
    shared.set(data);
    const shifted = new Uint8Array(data.length + 3).subarray(3);
    shifted.set(data);
    const gaps = new Uint8Array(4 * 20 - 5).fill(7);
    for (let y = 0; y < height; y++) gaps.set(data.subarray(y * 15, y * 15 + 15), y * 20);
    const forms = {
      object: { data, width, height, channels },
      Pixels: new Pixels(data, { width, height, channels }),
      'channels inferred': { data, width, height },
      "sharp's": {
        data: Buffer.from(data),
        info: { width, height, channels, format: 'raw', size: data.length },
      },
      clamped: { data: Uint8ClampedArray.from(data), width, height, channels },
      shared: { data: shared, width, height, channels },
      'a view': { data: shifted, width, height, channels },
      'rows with gaps': { data: gaps, width, height, channels, rowStride: 20 },
      'an NHWC tensor': { data, dims: [1, height, width, channels] },
    };
    for (const [name, form] of Object.entries(forms)) {
      const options = name.includes('tensor') ? { ...size, layout: 'NHWC' } : size;
      expectSameBytes(loosely(form, options).data, expected, name);
    }
  });

  it("keep a tensor's axes, with channels first or last", () => {
    const planes = new Uint8Array(60);
    for (let i = 0; i < 60; i++) planes[(i % 3) * 20 + Math.floor(i / 3)] = image.data[i];
    const first = resize({ data: planes, dims: [1, 3, 4, 5] }, size);
    expect(first).to.be.instanceOf(Tensor);
    expect(first.dims).to.deep.equal([1, 3, 2, 3]);
    expect(first.type).to.equal('uint8');
    const last = Uint8Array.from({ length: 18 }, (_, i) => first.data[(i % 3) * 6 + Math.floor(i / 3)]);
    expectSameBytes(last, expected, 'NCHW');
    expect(
      resize({ data: planes, dims: [0, 3, 4, 5].map((n, i) => (i === 0 ? 1 : n)) }, size).dims[0],
    ).to.equal(1);
    expect(resize({ data: new Uint8Array(0), dims: [0, 3, 4, 5] }, size).dims).to.deep.equal([0, 3, 2, 3]);
  });

  it('go on to sharp without a copy', () => {
    const [data, options] = new Pixels(image.data, image).toSharpRaw();
    expect(data).to.equal(image.data);
    expect(options).to.deep.equal({ raw: { width: 5, height: 4, channels: 3 } });
  });

  it('go into out, whose gaps stay as they are', () => {
    const out = {
      data: new Uint8Array(2 * 11 - 2).fill(99),
      width: 3,
      height: 2,
      channels: 3,
      rowStride: 11,
    };
    expect(resize(image, { ...size, out })).to.equal(out);
    expect([...out.data.subarray(9, 11)]).to.deep.equal([99, 99]);
    expectSameBytes(out.data.slice(0, 9), expected.slice(0, 9), 'first row');
    expectSameBytes(out.data.slice(11), expected.slice(9), 'second row');
    const pixels = new Pixels(new Uint8Array(18), { ...size, channels: 3 });
    expect(resize(image, { ...size, out: pixels })).to.equal(pixels);
    expectSameBytes(pixels.data, expected, 'Pixels');
  });

  const { data } = image;
  const detached = new Uint8Array(60);
  structuredClone(detached, { transfer: [detached.buffer] });
  const errors: readonly (readonly [unknown, unknown, unknown, ErrorCode, string])[] = [
    [null, size, TypeError, 'ERR_CONV_SHAPE', 'image must be pixels {data, width, height, channels}'],
    [data, size, TypeError, 'ERR_CONV_SHAPE', 'must be decoded first, as by sharp(file).raw()'],
    [
      { data: [1], width: 1, height: 1 },
      size,
      TypeError,
      'ERR_CONV_DTYPE',
      'image.data must be a Uint8Array, Uint16Array, Int16Array or Float32Array, got [1]',
    ],
    [
      { data: new Float64Array(1), width: 1, height: 1 },
      size,
      TypeError,
      'ERR_CONV_DTYPE',
      'got a Float64Array',
    ],
    [
      { ...image, width: 0 },
      size,
      RangeError,
      'ERR_CONV_SHAPE',
      'image.width must be a positive integer, got 0',
    ],
    [
      { ...image, height: '4' },
      size,
      TypeError,
      'ERR_CONV_SHAPE',
      "image.height must be a positive integer, got '4'",
    ],
    [
      { data, info: { width: 5, height: 4, channels: 2.5 } },
      size,
      RangeError,
      'ERR_CONV_SHAPE',
      'image.info.channels',
    ],
    [
      { ...image, channels: 5 },
      size,
      RangeError,
      'ERR_CONV_SHAPE',
      "image.channels may be at most 4, got 5; of more, make a tensor {data, dims} with layout 'NHWC'",
    ],
    [
      { ...image, height: 5 },
      size,
      RangeError,
      'ERR_CONV_SHAPE',
      '5×5 pixels of 3 channels take 75 values, data has 60',
    ],
    [{ data, width: 7, height: 4 }, size, RangeError, 'ERR_CONV_SHAPE', 'image.channels is missing'],
    [{ ...image, rowStride: 14 }, size, RangeError, 'ERR_CONV_SHAPE', 'at least width·channels = 15, got 14'],
    [{ ...image, rowStride: 16 }, size, RangeError, 'ERR_CONV_SHAPE', 'with rowStride 16 take 63 values'],
    [
      { ...image, data: detached },
      size,
      RangeError,
      'ERR_CONV_SHAPE',
      'the buffer of image.data is detached',
    ],
    [
      { data, dims: [3, 4, 5] },
      size,
      RangeError,
      'ERR_CONV_SHAPE',
      'image must have 4 axes [N,C,H,W], got [3,4,5]',
    ],
    [{ data, dims: [1, 3, 4, 6] }, size, RangeError, 'ERR_CONV_SHAPE', 'hold 72 elements, image.data has 60'],
    [
      { data, shape: [1, 3, 4, 5], stride: [60, 1, 15, 3] },
      size,
      RangeError,
      'ERR_CONV_SHAPE',
      'stride must be that of C order',
    ],
    [
      image,
      { ...size, layout: 'NCWH' },
      RangeError,
      'ERR_CONV_OPTION',
      "options.layout must be 'NCHW' or 'NHWC'",
    ],
    [
      image,
      { ...size, out: new Pixels(new Uint8Array(12), { width: 2, height: 2, channels: 3 }) },
      RangeError,
      'ERR_CONV_SHAPE',
      'options.out is 2×2 pixels of 3 channels, the result is 3×2 pixels of 3 channels',
    ],
    [
      image,
      { ...size, out: new Pixels(new Float32Array(18), { ...size, channels: 3 }) },
      TypeError,
      'ERR_CONV_DTYPE',
      'options.out is float32, the result is uint8',
    ],
    [
      image,
      { ...size, out: { data: data.subarray(0, 18), ...size, channels: 3 } },
      RangeError,
      'ERR_CONV_OVERLAP',
      'options.out shares memory with the source',
    ],
    [
      image,
      { ...size, threads: 0 },
      RangeError,
      'ERR_CONV_OPTION',
      'options.threads must be a positive integer, got 0',
    ],
    [
      image,
      { ...size, signal: AbortSignal.abort() },
      RangeError,
      'ERR_CONV_OPTION',
      'options.signal does not apply here',
    ],
    [image, { ...size, filtre: 'box' }, RangeError, 'ERR_CONV_OPTION', "did you mean 'filter'?"],
  ];
  for (const [value, options, kind, code, text] of errors) {
    it(`errors: ${text}`, () => {
      expectError(() => loosely(value, options), kind as typeof TypeError, code, containing(text));
    });
  }

  it('share no memory behind two buffers over the same shared memory', () => {
    const buffer = new SharedArrayBuffer(64);
    const again = structuredClone(buffer);
    const pixels = (memory: SharedArrayBuffer, offset: number) => ({
      data: new Uint8Array(memory, offset, 16),
      width: 4,
      height: 4,
      channels: 1,
    });
    const call = () => resize(pixels(buffer, 0), { width: 4, height: 4, out: pixels(again, 8) });
    expectError(call, RangeError, 'ERR_CONV_OVERLAP', containing('options.out must not overlap the source'));
  });
});

describe('the packed image geometry', () => {
  it('has the same slots in C++ and in TypeScript', () => {
    expect(loadBinding().imageFields).to.deep.equal(IMAGE_FIELDS);
  });

  it('is checked again in C++, with the tables', () => {
    const run = (change: (call: { fields: number[]; tables: unknown[]; source: Uint8Array }) => void) => {
      const axis = { size: 2, begin: 0, end: 2, outputs: 2 };
      const sampling = { filter: 'lanczos', antialias: true, coordinates: 'half-pixel', cubic: 0 } as const;
      const pack = () => packAxis('test', axis, sampling).fields;
      const call = {
        fields: [0, 1, 1, 0, 2, 2, 2, 4, 0, 2, 2, 2, 4, 0, 1, 1, 0, 0, 0, 0, 1, 1],
        tables: [pack(), pack()] as unknown[],
        source: randomPixels(1, 4, 'uint8') as Uint8Array,
      };
      change(call);
      const tables = call.tables as Float64Array[];
      loadBinding().runImage(
        'resize',
        [Float64Array.from(call.fields), call.source, new Uint8Array(4), tables],
        1,
      );
    };
    run(() => undefined);
    const bad: readonly (readonly [string, Parameters<typeof run>[0]])[] = [
      [
        'leaves its picture',
        ({ tables }) => {
          (tables[0] as Float64Array)[AXIS_FIELDS.indexOf('begin')] = -1;
        },
      ],
      [
        'leaves its picture',
        ({ tables }) => {
          (tables[1] as Float64Array)[AXIS_FIELDS.indexOf('end')] = 3;
        },
      ],
      [
        'another number of outputs',
        ({ tables }) => {
          (tables[0] as Float64Array)[AXIS_FIELDS.indexOf('count')] = 1;
        },
      ],
      [
        'step back',
        ({ tables }) => {
          (tables[1] as Float64Array)[AXIS_FIELDS.indexOf('top')] = 1;
        },
      ],
      [
        'filter must be an integer from 0 to 5',
        ({ tables }) => {
          (tables[0] as Float64Array)[AXIS_FIELDS.indexOf('filter')] = 6;
        },
      ],
      [
        'begin is NaN',
        ({ tables }) => {
          (tables[1] as Float64Array)[AXIS_FIELDS.indexOf('begin')] = Number.NaN;
        },
      ],
      [
        'size must be an integer',
        ({ tables }) => {
          (tables[0] as Float64Array)[AXIS_FIELDS.indexOf('size')] = 0;
        },
      ],
      [
        'leaves its picture',
        ({ tables }) => {
          tables[0] = packAxis(
            'test',
            { size: 4, begin: 2, end: 4, outputs: 2 },
            { filter: 'nearest', antialias: true, coordinates: 'half-pixel', cubic: 0 },
          ).fields;
        },
      ],
      [
        'expected 11 values, got 3',
        ({ tables }) => {
          tables[1] = new Float64Array(3);
        },
      ],
      [
        'wrong kind',
        ({ tables }) => {
          tables[1] = new Int32Array(11);
        },
      ],
      [
        'expected two axes',
        ({ tables }) => {
          tables.pop();
        },
      ],
      [
        'source has 3 elements',
        (call) => {
          call.source = new Uint8Array(3);
        },
      ],
      [
        'rows that overlap',
        ({ fields }) => {
          fields[6] = 1;
        },
      ],
      [
        'sourceHeight must be an integer',
        ({ fields }) => {
          fields[4] = 0;
        },
      ],
      [
        'the types differ',
        ({ fields }) => {
          fields[8] = 1;
        },
      ],
      [
        'more elements than can be addressed',
        ({ fields }) => {
          fields[6] = 2 ** 58;
          fields[4] = 1000;
        },
      ],
    ];
    for (const [text, change] of bad) {
      if (text !== 'the types differ') expect(() => run(change), text).to.throw(text);
      else expect(() => run(change), text).to.throw('target is of another type');
    }
  });
});
